import { ASPECTS, boxReports } from './findings.ts'
import type { OwnerOf } from './findings.ts'
import { doctorDocument } from './schema.ts'
import type { StepReport } from '../../engine/plan.ts'
import { read } from '../../engine/read.ts'
import type { Answer } from '../../engine/answer.ts'
import { foreignOwner, selfFacts } from '../../steps/backup/folder-owner.ts'
import type { Self } from '../../steps/backup/folder-owner.ts'
import type { Connection } from '../../host/connection.ts'
import { ifInstalled } from '../../steps/backup/installed.ts'
import { runHostScript, whyFailed } from '../../run/host-script.ts'
import { ledgerFact } from '../../steps/backup/ledger-fact.ts'
import { boxesOf } from '../../inventory/index.ts'
import type { Project } from '../../inventory/index.ts'
import { run } from '../../run/run.ts'
import type { Group } from '../../run/run.ts'
import { defineVerb } from '../../run/verb.ts'
import { sh } from '../../text/sh.ts'
import type { Context } from '../../steps/common/context.ts'
import { stepOfBox } from '../../steps/backup/box-places.ts'
import { places } from '../../steps/backup/places.ts'
import { forEachBackup, withBackup } from '../../run/with-backup.ts'

const DEADLINE = 600

const verb = defineVerb({
  name: 'box',
  usage: ['[PROJECT…]'],
  help: `A doctor of the storage boxes: from each project's host, is the box reached on its port (and on 22 and 23), is its host key the pinned one, do password and key log in, is there room, what lies in the project's folder and what doesn't belong there, does sha256sum run there, and may the account rename and delete. It tries the last two with files of its own, .bitacora-doctor-…, and removes them; all else only looks.
Exit 0: fine. 1: could not look. 2: something is not so.`,
  options: {},
  looks: true,
  words: { well: () => 'all is as it should be' },
  run: (options) =>
    run('box', 'look', options, {
      needs: [],
      steps: (group) =>
        withBackup(group).flatMap(({ context: { project } }) =>
          stepsOf(project).map((step) => ({ project: project.name, step })),
        ),
      run: (group) => forEachBackup(group, (connection, { context }) => lookAt(connection, context, group)),
    }),
})
export default verb

/** Looks at each project's boxes from the project's own host, which is who uploads. Takes no lock, and disturbs no upload. */
export const box = verb.run

function stepsOf(project: Project): string[] {
  return boxesOf(project).flatMap((_, index) => ASPECTS.map((aspect) => stepOfBox(aspect, index + 1)))
}

async function lookAt(connection: Connection, { project }: Context, group: Group): Promise<StepReport[]> {
  const { masker, emit } = group
  const { script } = places(project.name)
  const [step = ''] = stepsOf(project)
  const result = await runHostScript(
    connection,
    {
      key: `${project.name}/${step}`,
      change: { what: `boxes of ${project.name}`, from: null, to: 'looked at' },
      command: ifInstalled(script, project.name, sh`${script} --doctor`),
      deadline: DEADLINE,
    },
    // Its one line is for this program, not for people.
    { masker, emit: (event) => event.type !== 'line' && emit(event) },
  )
  return result.status === '0'
    ? reports(project, result.out, await ownerOf(connection, project, group))
    : failed(project, whyFailed(result))
}

/** Who else a folder belongs to, by this host's ledger and names. Where they can't be read, nobody is accused. */
async function ownerOf(connection: Connection, project: Project, { host, masker }: Group): Promise<OwnerOf> {
  const facts = { ledger: ledgerFact(project.name), ...selfFacts(project.database.name) }
  const { answers } = await read(connection, Object.values(facts), host.postgresql.port, masker)
  const [ledger, id, cluster] = [facts.ledger, facts.host, facts.cluster].map((fact) => answers.get(fact))
  if ([ledger, id, cluster].some((answer) => answer === undefined || 'error' in answer)) return () => undefined
  const value = (answer: Answer | undefined) => (answer !== undefined && 'value' in answer ? answer.value : null)
  const self = { ledger: value(ledger), host: value(id), cluster: value(cluster) } as Self
  return (text) => foreignOwner(text, self)
}

/** Step reports for what the script printed. */
export function reports(project: Project, output: string, owner: OwnerOf = () => undefined): StepReport[] {
  let json: unknown
  try {
    json = JSON.parse(output)
  } catch {
    return failed(project, `the host's script did not print JSON; this renews it: provision ${project.name}`)
  }
  const document = doctorDocument.safeParse(json)
  const boxes = boxesOf(project)
  if (!document.success || document.data.boxes.length !== boxes.length)
    return failed(
      project,
      `the host's script and config are not those of this inventory; this renews them: provision ${project.name}`,
    )
  return document.data.boxes.flatMap((found, index) => boxReports(project.name, boxes[index]!, index + 1, found, owner))
}

/** Every step is told of: the first with the reason, the others wait for it. */
function failed(project: Project, error: string): StepReport[] {
  const [first = '', ...rest] = stepsOf(project)
  return [
    { project: project.name, step: first, status: 'failed', changes: [], error },
    ...rest.map((step): StepReport => ({
      project: project.name,
      step,
      status: 'skipped',
      changes: [],
      reason: `waits for ${first}`,
    })),
  ]
}

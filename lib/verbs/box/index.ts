import type { z } from 'zod'
import { ASPECTS, boxReports } from './findings.ts'
import type { OwnerOf } from './findings.ts'
import type { StepReport } from '../../engine/plan.ts'
import { read } from '../../engine/read.ts'
import { valueOf } from '../../engine/answer.ts'
import { foreignOwner, selfFacts } from '../../steps/backup/folder-owner.ts'
import type { Self } from '../../steps/backup/folder-owner.ts'
import type { Connection } from '../../host/connection.ts'
import { boxAccesses } from '../../steps/backup/box/access.ts'
import { doctorFact } from '../../steps/backup/box/doctor.ts'
import type { DoctorBox, DoctorFact } from '../../steps/backup/box/doctor.ts'
import { ledgerFact } from '../../steps/backup/ledger-fact.ts'
import { boxesOf } from '../../inventory/index.ts'
import type { Project } from '../../inventory/index.ts'
import { run } from '../../run/run.ts'
import type { Group } from '../../run/run.ts'
import { defineVerb } from '../../run/verb.ts'
import type { Context } from '../../steps/common/context.ts'
import { stepOfBox } from '../../steps/backup/box-places.ts'
import { forEachBackup, withBackup } from '../../run/with-backup.ts'

const verb = defineVerb({
  name: 'box',
  summary: 'looks at the storage boxes, from the hosts that upload to them',
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
  const { host, masker, emit } = group
  const [step = ''] = stepsOf(project)
  emit({
    type: 'applying',
    key: `${project.name}/${step}`,
    change: masker.json({ what: `boxes of ${project.name}`, from: null, to: 'looked at' }),
  })
  const facts = {
    doctor: doctorFact(boxAccesses(project)),
    ledger: ledgerFact(project.name),
    ...selfFacts(project.database.name),
  }
  const { answers } = await read(connection, Object.values(facts), host.postgresql.port, masker)
  const [doctor, ledger, id, cluster] = [facts.doctor, facts.ledger, facts.host, facts.cluster].map((fact) => answers.get(fact))
  if (doctor === undefined || 'error' in doctor) return failed(project, doctor?.error ?? 'not asked')
  if (ledger !== undefined && 'error' in ledger) return failed(project, ledger.error)
  const self = { ledger: valueOf(ledger), host: valueOf(id), cluster: valueOf(cluster) } as Self
  // Where this host's own names can't be read, nobody is accused.
  const isUnread = [id, cluster].some((answer) => answer === undefined || 'error' in answer)
  const found = (doctor.value as z.output<DoctorFact['schema']>)(self.ledger, new Date())
  return reports(project, found, (text) => (isUnread ? undefined : foreignOwner(text, self)))
}

/** Step reports for what was found on each box. */
export function reports(project: Project, found: readonly DoctorBox[], owner: OwnerOf = () => undefined): StepReport[] {
  const boxes = boxesOf(project)
  return found.flatMap((one, index) => boxReports(project.name, boxes[index]!, index + 1, one, owner))
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

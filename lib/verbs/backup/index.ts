import type { StepReport } from '../../engine/plan.ts'
import type { Connection } from '../../host/connection.ts'
import { runHostScript, whyFailed } from '../../run/host-script.ts'
import type { RunReport } from '../../run/report/report.ts'
import { run } from '../../run/run.ts'
import type { Group } from '../../run/run.ts'
import { defineVerb } from '../../run/verb.ts'
import { forEachBackup, withBackup } from '../../run/with-backup.ts'
import { ifInstalled } from '../../steps/backup/installed.ts'
import { places } from '../../steps/backup/places.ts'
import type { Context } from '../../steps/common/context.ts'
import { lastLines } from '../../text/lines.ts'
import { goneOnBoxes } from './acknowledge.ts'
import { OPTIONS, requestOf } from './request.ts'
import type { Request } from './request.ts'

/** What an action of the host's backup script said, line by line. */
export interface BackupResult {
  lines: string[]
}

const verb = defineVerb({
  name: 'backup',
  summary: "runs the host's backup script now",
  usage: ['[PROJECT…] [--prune [--check] | --acknowledge | --adopt FILE | --adopt-box]'],
  help: `Runs the backup script on the host, the same that cron runs at night, and shows its stages: dump, look inside, checksum, upload, compare on the box, prune.
Exit 0: made, uploaded and equal on the box. 1: failed; what was there is untouched.`,
  options: OPTIONS,
  words: {
    well: ({ flags }, changes) =>
      changes > 0 ? undefined : flags === undefined ? 'nothing to back up' : 'looked, and changed nothing',
    section: (report) => ({
      title: 'Said',
      lines: report.flags === undefined ? [] : resultsOf(report).flatMap(({ lines }) => lines),
    }),
  },
  run(asked) {
    const request = requestOf(asked)
    return run('backup', request.looks ? 'look' : 'change', asked, {
      flags: request.flags,
      needs: [],
      steps: (group) => withBackup(group).map(({ context }) => ({ project: context.project.name, step: request.step })),
      run: (group) => forEachBackup(group, async (connection, { context }) => [await act(connection, context, request, group)]),
    })
  },
})
export default verb

/** Runs the host's own backup script now, the one that cron runs, one project after the other, and shows its stages. */
export const backup = verb.run
export type BackupOptions = Parameters<typeof backup>[0]

async function act(connection: Connection, { project }: Context, request: Request, group: Group): Promise<StepReport> {
  const { script } = places(project.name)
  const change = request.change(project.name)
  const accepted = request.acceptsGone === true ? await goneOnBoxes(connection, project, group) : undefined
  const result = await runHostScript(
    connection,
    {
      key: `${project.name}/${request.step}`,
      change,
      command: ifInstalled(script, project.name, request.command(script, accepted?.arguments ?? [])),
      deadline: request.deadline,
    },
    group,
  )
  const common = { project: project.name, step: request.step }
  if (result.status !== '0') return { ...common, status: 'failed', changes: [], error: whyFailed(result) }
  const unseen = accepted?.notChecked
  const reason = `what is gone from the box is not accepted, since it could not be looked at: ${unseen}`
  if (unseen !== undefined && accepted?.isPaused !== true) return { ...common, status: 'failed', changes: [], error: reason }
  const said = unseen === undefined ? result.out.trim() : `${result.out.trim()}\n${reason}`
  const note = request.isList ? said : lastLines(result.out, 1)
  const data: BackupResult = { lines: note.split('\n').filter((line) => line !== '') }
  return request.looks
    ? { ...common, status: 'ok', changes: [], note, data }
    : { ...common, status: 'changed', changes: [{ ...change, seconds: result.seconds }], note, data }
}

const resultsOf = ({ hosts }: RunReport) =>
  hosts.flatMap(({ steps }) => steps.flatMap(({ data }) => (data as BackupResult | undefined) ?? []))

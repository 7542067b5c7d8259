import { FrameReader, newNonce, prologue } from './engine/frames.ts'
import type { StepReport } from './engine/plan.ts'
import { lastLines, lineSplitter } from './engine/text.ts'
import type { Connection } from './host/connection.ts'
import type { RunReport } from './report.ts'
import { run } from './run.ts'
import type { Group, RunOptions } from './run.ts'
import { Script, sh } from './shell.ts'
import type { Context } from './steps/context.ts'
import { places } from './steps/places.ts'

const STEP = 'backup'
const DEADLINE = 12 * 3600

/** Runs the host's own backup script now, the one that cron runs, one project after the other, and shows its stages. */
export function backup(options: RunOptions): Promise<RunReport> {
  const withBackup = ({ projects }: Pick<Group, 'projects'>) => projects.filter(({ project }) => project.backup !== undefined)
  return run('backup', false, options, {
    steps: (group) => withBackup(group).map(({ project }) => ({ project: project.name, step: STEP })),
    async run(group) {
      const connection = await group.connect()
      const steps: StepReport[] = []
      for (const context of withBackup(group)) {
        const report = await backUp(connection, context, group)
        group.emit({ type: 'step', report })
        steps.push(report)
      }
      return { steps, roundTrips: connection.roundTrips }
    },
  })
}

async function backUp(connection: Connection, { project }: Context, { masker, emit }: Group): Promise<StepReport> {
  const { script } = places(project.name)
  const key = `${project.name}/${STEP}`
  const change = { what: `backup of ${project.name}`, from: null, to: 'made, uploaded, and equal on the box' }
  const nonce = newNonce()
  const [out, err] = [new FrameReader(nonce), new FrameReader(nonce)]
  const lines = lineSplitter((line) => !line.startsWith(nonce) && emit({ type: 'line', key, line: masker.text(line) }))
  const started = performance.now()
  emit({ type: 'applying', key, change })
  await connection.run(
    Script.join([
      prologue(nonce),
      sh`[ -x ${script} ] || { echo ${`${script} is not there; this makes it: provision ${project.name}`} >&2; e backup 127; exit 0; }`,
      sh`${script} </dev/null; e backup $?\n`,
    ]),
    {
      deadline: DEADLINE,
      onStdout: (chunk) => {
        out.push(chunk)
        lines(chunk)
      },
      onStderr: (chunk) => err.push(chunk),
    },
  )
  const frame = (reader: FrameReader) => reader.frames.find(({ id }) => id === 'backup')
  const status = frame(out)?.status
  const said = (reader: FrameReader) => lastLines(masker.text(frame(reader)?.body.toString() ?? reader.rest().toString()))
  const common = { project: project.name, step: STEP }
  const done = { ...change, seconds: Math.round(performance.now() - started) / 1000 }
  if (status === '0') return { ...common, status: 'changed', changes: [done], note: said(out).split('\n').at(-1) ?? '' }
  const error =
    status === undefined
      ? 'the connection ended, so the outcome is not known; the status task or the log on the host tells'
      : `exit ${status}: ${said(err) || said(out)}`
  return { ...common, status: 'failed', changes: [], error }
}

import type { StepReport } from '../../engine/plan.ts'
import { read } from '../../engine/read.ts'
import { NO_SECRETS } from '../../inventory/index.ts'
import type { HostReport } from '../../run/report/report.ts'
import { run } from '../../run/run.ts'
import type { RunOptions } from '../../run/run.ts'
import { questions } from './facts.ts'
import { judge } from './evaluate.ts'
import { judgeSpace } from './space.ts'
import type { Looked } from './space.ts'
import type { Problem, ProjectStatus, StatusReport } from './types.ts'

const STEP = 'status'

/**
 * How all projects stand, read-only and with one exec a host: tables and head, the newest backup as it lies on the box, its proof, the next
 * run, how long there is room. It leaves no logbook entry, since it may be run every few minutes.
 */
export function status(options: RunOptions, now: Date = new Date()): Promise<StatusReport> {
  const looked: Looked[] = []
  // What `conclude` puts in is all that is in it.
  return run('status', 'look', options, {
    needs: NO_SECRETS,
    steps: () => [],
    logbook: false,
    async run({ host, projects, masker, emit, connect }) {
      const connection = await connect()
      const asked = projects.map((context) => ({ context, ...questions(context) }))
      const facts = asked.flatMap((one) => one.facts)
      emit({ type: 'reading', facts: facts.length })
      const { answers } = await read(connection, facts, host.postgresql.port, masker)
      for (const { context, found } of asked) {
        const all = found(answers)
        const document = all.look !== undefined && 'value' in all.look ? all.look.value : undefined
        looked.push({ host: host.name, project: context.project, status: masker.json(judge(context, all, now)), document })
      }
      return { steps: [], roundTrips: connection.roundTrips }
    },
    conclude(hosts) {
      judgeSpace(looked, now)
      return hosts.map((host) =>
        concluded(
          host,
          looked.filter((one) => one.host === host.name),
        ),
      )
    },
  }) as Promise<StatusReport>
}

/** A host's report with its projects in it. */
export function concluded(host: HostReport, looked: readonly Looked[]): HostReport<ProjectStatus> {
  const steps = looked.map((one) => stepOf(one.project.name, one.status.problems))
  return {
    ...host,
    ok: host.error === undefined && steps.every((step) => step.status === 'ok'),
    steps,
    projects: looked.map((one) => ({ project: one.project.name, status: one.status })),
  }
}

function stepOf(project: string, problems: readonly Problem[]): StepReport {
  const unseen = problems.filter((problem) => problem.unseen === true)
  const changes = problems
    .filter((problem) => problem.unseen !== true)
    .map(({ kind, text, next }) => ({
      what: `${kind} of ${project}`,
      from: text,
      to: 'ok',
      manual: true as const,
      next,
    }))
  return {
    project,
    step: STEP,
    status: unseen.length > 0 ? 'failed' : changes.length > 0 ? 'drift' : 'ok',
    changes,
    ...(unseen.length === 0 ? {} : { error: unseen.map(({ text }) => text).join('\n') }),
  }
}

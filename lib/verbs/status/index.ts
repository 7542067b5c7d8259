import type { StepReport } from '../../engine/plan.ts'
import { read } from '../../engine/read.ts'
import type { HostReport } from '../../run/report/report.ts'
import { run } from '../../run/run.ts'
import type { RunOptions } from '../../run/run.ts'
import { defineVerb } from '../../run/verb.ts'
import { questions } from './facts.ts'
import { statusSummary } from './table.ts'
import { judge } from './evaluate.ts'
import { judgeSpace } from './space.ts'
import type { Looked } from './space.ts'
import type { Problem, ProjectStatus, StatusReport } from './types.ts'

const STEP = 'status'

const verb = defineVerb<{}, ProjectStatus>({
  name: 'status',
  summary: 'how all projects stand',
  usage: ['[PROJECT…]'],
  help: `Shows each project's tables and head, the newest backup as it lies on the box, its age and size, how it is proven, the copies, the next run, and how long there is room; below a project that is not as it should be what is wrong, and the next command. Read-only, one exec a host, and nothing is written into the logbook.
Exit 0: all is well. 1: could not look. 2: something is not so.`,
  options: {},
  looks: true,
  isBrief: true,
  isUnlogged: true,
  words: { summary: statusSummary },
  run: look,
})
export default verb

/**
 * How all projects stand, read-only and with one exec a host: tables and head, the newest backup as it lies on the box, its proof, the next
 * run, how long there is room. It leaves no logbook entry, since it may be run every few minutes.
 */
export const status = verb.run

function look(options: RunOptions): Promise<StatusReport> {
  const now = new Date()
  const looked: Looked[] = []
  return run('status', false, options, {
    needs: [],
    steps: () => [],
    isUnlogged: true,
    async run({ host, projects, masker, emit, connect }) {
      const connection = await connect()
      const asked = projects.map((context) => ({ context, ...questions(context) }))
      const facts = asked.flatMap((one) => one.facts)
      emit({ type: 'reading', facts: facts.length })
      const { answers } = await read(connection, facts, host.postgresql.port, masker)
      for (const { context, found } of asked) {
        const all = found(answers, now)
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
  })
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
      help: `npx zx tasks/${next[0]}.mjs ${next.slice(1).join(' ')}`,
    }))
  return {
    project,
    step: STEP,
    status: unseen.length > 0 ? 'failed' : changes.length > 0 ? 'drift' : 'ok',
    changes,
    ...(unseen.length === 0 ? {} : { error: unseen.map(({ text }) => text).join('\n') }),
  }
}

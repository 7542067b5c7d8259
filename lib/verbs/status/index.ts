import { inspect } from '../../engine/inspect.ts'
import type { StepReport } from '../../engine/plan.ts'
import type { Step } from '../../engine/step.ts'
import type { Host } from '../../inventory/index.ts'
import type { HostReport } from '../../run/report/report.ts'
import { run } from '../../run/run.ts'
import type { RunOptions } from '../../run/run.ts'
import type { Context } from '../../steps/common/context.ts'
import { withoutSecrets } from '../../steps/common/unread.ts'
import { recipe } from '../../steps/index.ts'
import { proofSteps } from '../../steps/proofs.ts'
import { evaluate } from './evaluate.ts'
import { questions } from './facts.ts'
import { byUrgency } from './problems.ts'
import { defineVerb } from '../../run/verb.ts'
import { statusSummary } from './table.ts'
import { judgeSpace } from './space.ts'
import type { Looked } from './space.ts'
import type { Problem, ProjectStatus, StatusReport } from './types.ts'

/** What `status` finds by figures of its own. */
const STEP = 'backups'

const verb = defineVerb<{}, ProjectStatus>({
  name: 'status',
  summary: 'how all projects stand',
  usage: ['[PROJECT…]'],
  help: `Plans what provision --check plans, as far as that needs no secret and none of the project's code, and shows each project's tables and head, the newest backup as it lies on the box, its age and size, how it is proven, the copies, the next run, and how long there is room; below a project that is not as it should be what is wrong, and the next command. Read-only, one exec a host, and nothing is written into the logbook.
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
 * How all projects stand, read-only and with one exec a host: what the steps of the recipe and the proofs find, as far as they need no secret, no
 * login and no code of the project, and figures beside it: sizes, ages, copies, the next run, how long there is room. It leaves no logbook
 * entry, since it may be run every few minutes.
 */
export const status = verb.run

function look(options: RunOptions): Promise<StatusReport> {
  const now = new Date()
  const looked: Looked[] = []
  return run('status', 'look', options, {
    needs: [],
    steps: () => [],
    isUnlogged: true,
    async run({ host, projects, masker, emit, connect }) {
      const connection = await connect()
      const contexts = projects.map(withoutSecrets)
      const asked = contexts.map((context) => ({ context, ...questions(context) }))
      const { reports, answers } = await inspect(
        connection,
        stepsOf(host, contexts),
        { port: host.postgresql.port, masker, emit },
        asked.flatMap(({ facts }) => facts),
      )
      for (const { context, found } of asked) {
        const one = evaluate(context, { found: found(answers, now), reports }, now)
        looked.push({ ...one, status: masker.json(one.status), figures: masker.json(one.figures) })
      }
      return { steps: reports, roundTrips: connection.roundTrips }
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

function stepsOf(host: Host, contexts: readonly Context[]): Step[] {
  return [...recipe(host, contexts), ...contexts.flatMap((context) => proofSteps(context, { hash: false }))]
}

/** A host's report with its projects in it. */
export function concluded(host: HostReport, looked: readonly Looked[]): HostReport<ProjectStatus> {
  const steps = [...host.steps, ...looked.map(({ project, figures }) => stepOf(project.name, figures))]
  return {
    ...host,
    ok: host.error === undefined && steps.every(({ status: each }) => each === 'ok'),
    steps,
    projects: looked.map(({ project, status: { problems, ...own }, figures }) => ({
      project: project.name,
      status: { ...own, problems: [...problems, ...figures].toSorted(byUrgency) },
    })),
  }
}

function stepOf(project: string, problems: readonly Problem[]): StepReport {
  const unseen = problems.filter((problem) => problem.unseen === true)
  const changes = problems
    .filter((problem) => problem.unseen !== true)
    .map(({ kind, text, next }) => ({ what: `${kind} of ${project}`, from: text, to: 'ok', text, manual: true as const, next }))
  return {
    project,
    step: STEP,
    status: unseen.length > 0 ? 'failed' : changes.length > 0 ? 'drift' : 'ok',
    changes,
    ...(unseen.length === 0 ? {} : { error: unseen.map(({ text }) => text).join('\n') }),
  }
}

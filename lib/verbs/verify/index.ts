import { converge } from '../../engine/converge.ts'
import { SETUP_SECRETS } from '../../inventory/index.ts'
import { loginProof } from './login.ts'
import type { Project } from '../../inventory/index.ts'
import { proofSteps } from '../../steps/proofs.ts'
import { readOnlyProof } from './read-only.ts'
import type { RunReport } from '../../run/report/report.ts'
import { run } from '../../run/run.ts'
import type { Group, RunOptions } from '../../run/run.ts'
import { recipe } from '../../steps/index.ts'

/** Proves that it works, read-only: nothing planned, the newest backup fresh and equal on the box, the application's own login, and read-only roles that can't write. */
export function verify(options: RunOptions): Promise<RunReport> {
  return run('verify', 'look', options, {
    needs: SETUP_SECRETS,
    steps: (group) => [
      ...stepsOf(group).map((step) => ({ project: step.project, step: step.name })),
      ...group.projects.flatMap(({ project }) => loginsOf(project).map(([step]) => ({ project: project.name, step }))),
    ],
    async run(group) {
      const connection = await group.connect()
      const reports = await converge(connection, stepsOf(group), { ...group, port: group.host.postgresql.port, check: true })
      for (const context of group.projects) {
        for (const [step, prove] of loginsOf(context.project)) {
          const report = group.masker.json(await prove(connection, context, step))
          group.emit({ type: 'step', report })
          reports.push(report)
        }
      }
      return { steps: reports, roundTrips: connection.roundTrips }
    },
  })
}

/** What is proven by logging in with a project's own passwords. */
function loginsOf({ database }: Project): (readonly [step: string, prove: typeof loginProof])[] {
  return [['login', loginProof], ...(database.readers.length === 0 ? [] : ([['read-only', readOnlyProof]] as const))]
}

function stepsOf({ host, projects }: Pick<Group, 'host' | 'projects'>) {
  return [...recipe(host, projects, { countRows: true }), ...projects.flatMap(proofSteps)]
}

import { converge } from './engine/converge.ts'
import { SETUP_SECRETS } from './inventory/index.ts'
import { loginProof } from './proofs/login.ts'
import { proofSteps } from './proofs/index.ts'
import type { RunReport } from './report.ts'
import { run } from './run.ts'
import type { Group, RunOptions } from './run.ts'
import { recipe } from './steps/index.ts'

const LOGIN = 'login'

/** Proves that it works, read-only: nothing planned, the newest backup fresh and equal on the box, the application's own login. */
export function verify(options: RunOptions): Promise<RunReport> {
  return run('verify', true, options, {
    needs: SETUP_SECRETS,
    steps: (group) => [
      ...stepsOf(group).map((step) => ({ project: step.project, step: step.name })),
      ...group.projects.map(({ project }) => ({ project: project.name, step: LOGIN })),
    ],
    async run(group) {
      const connection = await group.connect()
      const reports = await converge(connection, stepsOf(group), { ...group, port: group.host.postgresql.port, check: true })
      for (const context of group.projects) {
        const report = group.masker.json(await loginProof(connection, context, LOGIN))
        group.emit({ type: 'step', report })
        reports.push(report)
      }
      return { steps: reports, roundTrips: connection.roundTrips }
    },
  })
}

function stepsOf({ host, projects }: Pick<Group, 'host' | 'projects'>) {
  return [...recipe(host, projects), ...projects.flatMap(proofSteps)]
}

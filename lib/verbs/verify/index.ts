import { converge } from '../../engine/converge.ts'
import { loginProof } from './login.ts'
import type { Project } from '../../inventory/index.ts'
import { proofSteps } from '../../steps/proofs.ts'
import { readOnlyProof } from './read-only.ts'
import { run } from '../../run/run.ts'
import type { Group } from '../../run/run.ts'
import { defineVerb } from '../../run/verb.ts'
import { recipe } from '../../steps/index.ts'

const verb = defineVerb({
  name: 'verify',
  summary: 'proves, read-only, that all of it works',
  usage: ['[PROJECT…]'],
  help: `Proves, read-only: nothing differs from the inventory, the tables and the migration head are there, the application's role logs in through an SSH tunnel and reads, cron will run, the newest backup is fresh, and its copy on the box has the same checksum.
Exit 0: all proven. 1: could not look. 2: something is not so.`,
  options: {},
  looks: true,
  words: { well: () => 'all is proven' },
  run(options) {
    return run('verify', 'look', options, {
      needs: ['setup'],
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
  },
})
export default verb

/** Proves that it works, read-only: nothing planned, the newest backup fresh and equal on the box, the application's own login, and read-only roles that can't write. */
export const verify = verb.run

/** What is proven by logging in with a project's own passwords. */
function loginsOf({ database }: Project): (readonly [step: string, prove: typeof loginProof])[] {
  return [['login', loginProof], ...(database.readers.length === 0 ? [] : ([['read-only', readOnlyProof]] as const))]
}

function stepsOf({ host, projects }: Pick<Group, 'host' | 'projects'>) {
  return [...recipe(host, projects, { countRows: true }), ...projects.flatMap((context) => proofSteps(context, { hash: true }))]
}

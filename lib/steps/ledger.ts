import { z } from 'zod'
import { shellFact } from '../engine/fact.ts'
import { step } from '../engine/step.ts'
import type { Step } from '../engine/step.ts'
import { sh } from '../shell.ts'
import { places } from './places.ts'

/**
 * The ledger of the backups that a host's own runs made. Where an earlier version made some, it begins with those whose copy on the box has
 * the same checksum; nothing else there is ever restored from or pruned.
 */
export function ledgerStep(project: string): Step {
  const { script, ledger } = places(project)
  return step({
    project,
    name: 'ledger',
    needs: ['package', 'script', 'config', 'known-host'],
    facts: {
      isBegun: shellFact(
        z.boolean(),
        sh`while IFS= read -r l; do case $l in '{"entry":"seeded"'*) echo true; exit 0;; esac; done < ${ledger} 2>/dev/null; echo false`,
      ),
    },
    plan: ({ isBegun }) =>
      isBegun
        ? []
        : [
            {
              what: `ledger of ${project}`,
              from: null,
              to: 'begun, with the backups made here whose copy on the box is the same',
              run: sh`${script} --seed`,
              deadline: 2 * 3600,
              help: `the script's log is in /var/log/postgres-backup; run it by hand with ${script} --seed`,
            },
          ],
  })
}

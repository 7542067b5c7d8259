import { z } from 'zod'
import { fileFact, shellFact } from '../../engine/fact.ts'
import type { FileState } from '../../engine/file.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import { rootAlone } from '../../engine/owners.ts'
import { sh } from '../../text/sh.ts'
import { places, runsFrom } from './places.ts'

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
      file: fileFact(ledger),
      isBegun: shellFact(
        z.boolean(),
        sh`while IFS= read -r l; do case $l in '{"entry":"seeded"'*) echo true; exit 0;; esac; done < ${ledger} 2>/dev/null; echo false`,
      ),
    },
    plan({ isBegun, file }) {
      const owned = ownerChanges(ledger, file)
      return isBegun
        ? owned
        : [
            ...owned,
            {
              what: `ledger of ${project}`,
              from: null,
              to: 'begun, with the backups made here whose copy on the box is the same',
              run: sh`${rootAlone(runsFrom(project))}
${script} --seed`,
              deadline: 2 * 3600,
              help: `the script's log is in /var/log/postgres-backup; run it by hand with ${script} --seed`,
            },
          ]
    },
  })
}

/** What others could write may hold what they wrote: a person is told. A new file, since they may hold the old one open. */
function ownerChanges(path: string, file: FileState | null): Change[] {
  if (file === null || file.type !== 'file') return []
  if (file.owner === 'root' && (Number.parseInt(file.mode, 8) & 0o022) === 0 && (file.links ?? 1) === 1) return []
  return [
    {
      what: `file ${path} owner`,
      from: `${file.owner}:${file.group} ${file.mode}`,
      to: 'root:root 0600',
      run: sh`[ -f ${path} ] && [ ! -L ${path} ]; cp -- ${path} ${path}.bitacora-new; chmod 0600 -- ${path}.bitacora-new; mv -fT -- ${path}.bitacora-new ${path}`,
      help: 'others than root could write to it, and to what it says of the backups: compare them with the box',
    },
  ]
}

import { asTyped } from '../../format/command.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import { lastLines } from '../../text/lines.ts'
import type { Backup } from '../../inventory/index.ts'
import { ledgerFact } from './ledger-fact.ts'
import type { Ledger } from './ledger-fact.ts'
import { rootAlone } from '../../engine/owners.ts'
import { withIdentity } from './restore-command.ts'
import type { Secret } from '../../text/secret.ts'
import { sh } from '../../text/sh.ts'
import type { Proof } from './document.ts'
import { isOfBackup, standingFailure } from './standing-failure.ts'
import { backupStatusFact } from './first-backup.ts'
import type { BackupStatus } from './first-backup.ts'
import { places, runsFrom } from './places.ts'

/**
 * The trial of a project's backups: where no drill has tested one yet, the newest is restored once from the box, now and not in the night of
 * need, since not all that can be dumped can be loaded again. A drill that failed stays in the host's record: it is not repeated, and a person
 * is told until a backup is proven. `identity`: the private key of encrypted backups, where this run has it.
 */
export function firstDrillStep(project: string, backup: Pick<Backup, 'drill' | 'encryption'>, identity?: Secret): Step {
  const again = ['restore', project]
  const makeNew = `make a new backup (${asTyped(['backup', project])}), and prove it`
  const why =
    backup.drill == null
      ? 'drills are off in the inventory'
      : backup.encryption !== undefined && identity === undefined
        ? 'backups are encrypted, and their private key is not here'
        : undefined
  return step({
    project,
    name: 'first-drill',
    needs: ['first-backup', 'restore-script'],
    facts: { status: backupStatusFact(project), ledger: ledgerFact(project) },
    plan({ status: found, ledger: known }): Change[] {
      const tested = allOf(found, known)
      const failed = standingFailure(tested)
      if (failed !== undefined)
        return [
          {
            what: `restore of ${failed.name}`,
            text: `restoring ${failed.name} failed: ${failed.error ?? 'no reason given'}`,
            from: `failed: ${failed.error ?? 'no reason given'}`,
            to: 'proven by a drill',
            help: `fix the cause, ${makeNew}`,
            next: again,
          },
        ]
      if (why !== undefined || tested.length > 0 || found?.proof?.skipped != null) return []
      return [
        {
          what: `first restore drill of ${project}`,
          text: 'no backup has been restored yet, so none is proven',
          from: null,
          to: 'fetched from the box, loaded, compared, and gone again',
          run: sh`${rootAlone(runsFrom(project))}
${withIdentity(sh`${places(project).restore} --scheduled`, identity)}`,
          deadline: 24 * 3600,
          cause: reasonOf,
          help: `nothing that was there before is changed, but this backup would not come back; the log in /var/log/postgres-backup has all stages. Fix the cause, ${makeNew}`,
          next: again,
        },
      ]
    },
    note({ status: found, ledger: known }) {
      const last = allOf(found, known).toSorted((a, b) => (a.at < b.at ? 1 : -1))[0]
      if (last !== undefined) return `${last.name} ${resultOf(last)} on ${last.at.slice(0, 10)}`
      const left = why ?? found?.proof?.skipped
      return left == null ? 'none yet' : `none yet: ${left}; this makes one: ${asTyped(again)}`
    },
  })
}

/** The drills on record that came to test a backup. */
function testedBy(status: BackupStatus | null): Proof[] {
  return [...(status?.proof == null ? [] : [status.proof]), ...(status?.proofs ?? [])].filter(isOfBackup)
}

/** Those, and restores for real that held. */
function allOf(status: BackupStatus | null, ledger: Ledger | null): Proof[] {
  return [...testedBy(status), ...(ledger?.proofs ?? []).map((one) => ({ ...one, ok: true }))]
}

function resultOf({ ok, contents }: Proof): string {
  return !ok ? 'failed' : contents === 'not looked at' ? 'hash proven' : 'restored'
}

/** What the script says of its failure: `[failed] STAGE: REASON`. */
function reasonOf(stderr: string): string {
  return /\[failed\] (.*)/.exec(stderr)?.[1] ?? lastLines(stderr)
}

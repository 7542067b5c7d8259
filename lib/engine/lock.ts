import { hostname, userInfo } from 'node:os'
import { z } from 'zod'
import { sh } from '../text/sh.ts'
import type { Script } from '../text/sh.ts'

/** In /run: only root can make it, and it is gone after a reboot. */
export const LOCK_FILE = '/run/bitacora.lock'

const holder = z.object({ run: z.string(), since: z.string(), who: z.string(), task: z.string() })
/** Who changes a host, or changed it last. */
export type Holder = z.infer<typeof holder>

export function newHolder(run: string, task: string): Holder {
  return { run, since: new Date().toISOString(), who: `${userInfo().username}@${hostname()}`, task }
}

/** From the lock file's line: `changing MARK PROCESS STARTED {…}` or `changed MARK PROCESS STARTED {…}`. */
export function parseHolder(line: string): Holder | undefined {
  try {
    return holder.parse(JSON.parse(line.slice(Math.max(0, line.indexOf('{')))))
  } catch {
    return undefined
  }
}

/**
 * Defines `mark`: prints the lock file's line and sets `changing` to 1 where a process that lives is changing the host, else to 0. It takes
 * no lock, so it waits for nobody and keeps nobody out. A process is known by its number and its start (proc(5), stat, field 22).
 */
export function readMark(): Script {
  return sh`mark() {
  l=; changing=0; { IFS= read -r l < ${LOCK_FILE}; } 2>/dev/null || :
  case $l in changing\\ *)
    r=\${l#changing * }; p=\${r%% *}; r=\${r#* }; s=
    { IFS= read -r s < "/proc/$p/stat"; } 2>/dev/null && set -- \${s##*) } && [ "\${20}" = "\${r%% *}" ] && changing=1
  esac
  printf '%s' "$l"
}`
}

/**
 * Takes the host's lock on descriptor 9, and writes a mark at the start; `changed` writes the one at the end. Frames: `held` with the line
 * of whoever has it, then `busy` where waiting was in vain; `stale` where the line isn't `generation`. Both end the script. A mark
 * that was left at "changing" is of a run that was killed: whatever was read before is stale, too.
 */
export function takeLock({ mark, generation, wait, holder: who }: TakeLock): Script {
  // Opened without truncating: the content says who holds it. The lock is this shell's alone, so it ends when the shell does.
  return sh`exec 9<>${LOCK_FILE}
lock() { IFS= read -r l < ${LOCK_FILE} || l=; }
if ! flock -n 9; then
  lock; printf '%s' "$l"; e held 0
  flock -w ${wait} 9 || { e busy 0; exit 0; }
fi
IFS= read -r s < "/proc/$$/stat"; set -- \${s##*) }; own="$$ \${20}"
write() { printf '%s %s %s %s\\n' "$1" ${mark} "$own" ${JSON.stringify(who)} > ${LOCK_FILE}; }
changed() { write changed; }
lock
case $l in changing\\ *) changed; e stale 0; exit 0; esac
[ "$l" = ${generation} ] || { e stale 0; exit 0; }
write changing`
}

export interface TakeLock {
  /** Unlike any mark before. */
  mark: string
  /** The file's line when the plan was made. */
  generation: string
  /** Seconds. */
  wait: number
  holder: Holder
}

/** Thrown when another run is changing the host and `--wait` has run out. */
export class LockBusyError extends Error {
  override name = 'LockBusyError'
  readonly holder: Holder | undefined

  constructor(found: Holder | undefined) {
    super(
      `another run is changing this host: ${describeHolder(found)}. Nothing was changed. ` +
        'Wait for it with --wait SECONDS, or run again later; the lock goes with the process that holds it.',
    )
    this.holder = found
  }
}

export function describeHolder(found: Holder | undefined): string {
  return found === undefined ? 'it left no name' : `${found.task} by ${found.who}, since ${found.since} (run ${found.run})`
}

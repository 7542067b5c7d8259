import { hostname, userInfo } from 'node:os'
import { z } from 'zod'

/** In /run: only root can make it, and it is gone after a reboot. */
export const LOCK_FILE = '/run/bitacora.lock'

const holder = z.object({ run: z.string(), since: z.string(), who: z.string(), task: z.string() })
/** Who changes a host, or changed it last: the content of the lock file. */
export type Holder = z.infer<typeof holder>

export function newHolder(run: string, task: string): Holder {
  return { run, since: new Date().toISOString(), who: `${userInfo().username}@${hostname()}`, task }
}

export function parseHolder(line: string): Holder | undefined {
  try {
    return holder.parse(JSON.parse(line))
  } catch {
    return undefined
  }
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

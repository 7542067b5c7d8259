import type { OwnBoxOptions } from '../e2e/backup-script/box-server.ts'

/** What a fault may name: the project that it is tried on. */
export interface Place {
  name: string
  database: string
  owner: string
  script: string
  restore: string
  config: string
  backups: string
  log: string
  /** Where the run keeps the commands for sftp. */
  batch: string
  /** A file of the fault's own; also what the relay makes when an upload has begun. */
  mark: string
  /** Its folder on a small file system that can be full. */
  small: string
  /** Ends the run that is going on with SIGKILL, in a hook. */
  kill: string
  /** Settings that lead to the box by way of the relay. */
  relayed: Record<string, string>
  /** Runs the script (or `run`) while the relay is there, in one of its modes; in the middle of an upload does `then`. */
  relay: (mode: string, then?: string) => string
  /** A box on the host itself, on ground of that kind alone. */
  box: {
    settings: Record<string, string>
    /** Its user's folder of backups, on the host. */
    folder: string
    /** A folder of its own, for files. */
    place: string
    /** Starts its server with these options. */
    start: (options?: OwnBoxOptions & { program?: string }) => string
  }
}

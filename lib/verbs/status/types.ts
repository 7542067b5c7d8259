import type { RunReport } from '../../run/report/report.ts'
import type { UnknownCopies } from '../../steps/backup/known.ts'

/** The document of `status --json`. */
export type StatusReport = RunReport<ProjectStatus>

/** What `--json` says of a project under `status`. Times are ISO 8601, sizes bytes. */
export interface ProjectStatus {
  database: {
    name: string
    /** Null where the database isn't there, or could not be looked at. */
    bytes: number | null
    /** In all schemas, but for those of extensions. */
    tables: number | null
    /** Null where the inventory declares none. */
    declaredTables: number | null
    missingTables: string[]
    extraTables: string[]
    /** Alembic's revisions in the database, and the heads of the code on the host. */
    revisions: string[] | null
    heads: string[] | null
    /** Why the code's heads are not checked, where the code is there; null where they are. */
    codeNotChecked: string | null
    /** Against the newest backup's manifest; null where there is none to compare with. */
    sinceBackup: {
      backup: string
      /** Alembic's head is another one than the backup's: then what differs is only told. */
      isAtAnotherHead: boolean
      /** What the backup has and the database lacks, a text each. */
      differences: string[]
    } | null
  }
  /** Null for a project without backups. */
  backup: BackupState | null
  /** What is not so, and what could not be looked at, the most pressing first. */
  problems: Problem[]
  /** What takes a secret, a login or the project's own code: `verify` checks it. A text each. */
  notChecked: string[]
}

export interface BackupState {
  /** The newest complete one on any of the boxes; what the host itself says of its newest doesn't count. */
  newest: Newest | null
  /** The last backup that was proven, and how the newest one stands; `newest` is null where there is none. */
  proof: { grade: Grade; at: string | null; backup: string | null; newest: NewestProof | null }
  /** The last drill, where one has been made; `enabled` by the inventory. `leanedOn` is empty where it was done as on an empty server. */
  drill: {
    enabled: boolean
    last: { result: 'ok' | 'failed' | 'skipped'; at: string; reason: string | null; leanedOn?: string[] } | null
  }
  /** Complete ones on the host, with all their files' bytes. */
  local: { copies: number; bytes: number; unknown: UnknownCopies | null } & Space
  boxes: BoxState[]
  /** By the schedule, in the host's zone; null where cron doesn't run, or not by that schedule. */
  nextRun: string | null
  zone: string
  lastRun: { ok: boolean; stage: string; finishedAt: string | null; error: string | null } | null
  /** The last lines of the host's log that tell of a failure. */
  errors: string[]
  /** Why pruning is held. */
  held: string | null
}

export interface BoxState extends Space {
  /** As the inventory names it. */
  name: string
  /** Why it could not be looked at; then nothing else is known of it. */
  error: string | null
  copies: number | null
  bytes: number | null
  newest: { name: string; bytes: number; finishedAt: string } | null
  unknown: UnknownCopies | null
}

export type NewestProof = 'proven' | 'not yet' | 'failed'

export type Grade = 'none' | 'dumped' | 'hashed' | 'hashed on the box' | 'hash proven' | 'restored'

export interface Newest {
  name: string
  bytes: number
  /** When it was finished, by its manifest; else when it was begun, by its name. */
  finishedAt: string
  ageSeconds: number
  /** The median of the last seven before it, of the same format; null for the first. */
  usualBytes: number | null
}

/** `fullOn` is null where that is not foreseen, or not known. */
export interface Space {
  freeBytes: number | null
  fullOn: string | null
}

export type Kind = 'database' | 'tables' | 'head' | 'schedule' | 'newest' | 'size' | 'copies' | 'proof' | 'run' | 'space'

export interface Problem {
  /** What it is about: the cell of the table that shows it. */
  kind: Kind
  /** One sentence. */
  text: string
  /** The next command: a task and its arguments. */
  next: string[]
  /** It could not be looked at. */
  unseen?: true
  /** Of the host itself: all its projects have it. */
  shared?: true
}

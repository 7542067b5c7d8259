import { checkValues } from './option.ts'
import type { Options, ValuesOf } from './option.ts'
import type { RunReport } from './report/report.ts'
import type { RunOptions } from './work.ts'

/**
 * A verb: what one can do, as one value. The tasks, `pnpm task`, the `bitacora` command and the library's function are made of it.
 * `Status` is what its report says of each project besides its steps.
 */
export interface Verb<O extends Options = Options, Status = unknown> {
  name: string
  /** What it does, in a few words. */
  summary: string
  /** What may follow its name on the command line, a form a line. */
  usage: readonly string[]
  /** What it does and what its exit codes mean, for help. */
  help: string
  options: O
  /** Throws a UsageError for options that don't go together, and what `run` throws. */
  run: (options: RunOptions & ValuesOf<O>) => Promise<RunReport<Status>>
  /** What its summary says in words of its own. */
  words?: Words<Status>
  /** What comes of a run is shown at its end only; while it goes on, hosts alone. */
  isBrief?: boolean
  /** Its runs leave no entry in the logbook. */
  isUnlogged?: boolean
  /** It changes nothing. */
  looks?: boolean
}

/** How the result of a verb is told, where its steps don't tell all. */
export interface Words<Status = unknown> {
  /** The whole summary, instead of the usual one. */
  summary?: (report: RunReport<Status>) => string
  /** The headline of a run where all went well; undefined for the usual one. `changes`: how many were made. */
  well?: (report: RunReport<Status>, changes: number) => string | undefined
  /** More lines, below a title. */
  section?: (report: RunReport<Status>, width: number) => { title: string; lines: readonly string[] }
}

/** The same verb, whose values are checked also where a program gives them. */
export function defineVerb<const O extends Options, Status = unknown>(verb: Verb<O, Status>): Verb<O, Status> {
  return { ...verb, run: async (options) => verb.run(checkValues<O, RunOptions & ValuesOf<O>>(verb.options, options)) }
}

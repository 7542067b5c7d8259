import type { Ledger } from './ledger-fact.ts'
import { dateOf, stampOf } from './document.ts'
import type { Dump } from './on-host.ts'

/** Files that are named like backups of the project, and that the host's ledger doesn't know. Nothing here ever removes or restores them unasked. */
export interface UnknownCopies {
  copies: number
  bytes: number
  /** By the names; null where none holds a time. */
  oldest: string | null
}

/** A copy that is dated further ahead is never the newest: its date is wrong, or somebody chose it. */
const AHEAD_MS = 86_400_000

export const isAhead = (name: string, now: Date): boolean => (stampOf(name)?.getTime() ?? Infinity) > now.getTime() + AHEAD_MS

/** Copies by what the ledger says of them; without a ledger, before the first run that writes one, all are known. */
export function sortCopies(copies: readonly Dump[], ledger: Ledger | null, now: Date) {
  const sorted = copies.toSorted(([a], [b]) => timeOf(b) - timeOf(a))
  const known = ledger === null ? sorted : sorted.filter(([name]) => ledger.made.has(name))
  const unknown = ledger === null ? [] : sorted.filter(([name]) => !ledger.made.has(name))
  const counts = ([name]: Dump) => !isAhead(name, now) && ledger?.suspects?.has(name) !== true
  const newest = known.find(counts)
  return {
    known,
    unknown,
    newest,
    ahead: known.find(([name]) => isAhead(name, now)),
    /** Newer than the newest, and not counted. */
    suspects: known.slice(0, newest === undefined ? known.length : known.indexOf(newest)).filter(([name]) => !isAhead(name, now)),
  }
}

/** How many are unknown; null for none. */
export function counted(unknown: readonly Dump[]): UnknownCopies | null {
  const times = unknown.map(([name]) => timeOf(name)).filter((time) => time > 0)
  if (unknown.length === 0) return null
  return {
    copies: unknown.length,
    bytes: unknown.reduce((sum, [, bytes]) => sum + bytes, 0),
    oldest: times.length === 0 ? null : new Date(Math.min(...times)).toISOString(),
  }
}

/** The first of the unknown ones that looks newer than the newest known one. */
export const newerUnknown = (unknown: readonly Dump[], newest: string | undefined): string | undefined =>
  unknown.map(([name]) => name).find((name) => newest === undefined || timeOf(name) > timeOf(newest))

/** When a backup was finished, by the ledger, else when it was begun, by its name. */
export const finishedOf = (name: string, ledger: Ledger | null): Date | undefined =>
  dateOf(ledger?.made.get(name)?.finishedAt) ?? stampOf(name)

const timeOf = (name: string) => stampOf(name)?.getTime() ?? 0

import type { Ledger } from '../backup/ledger-fact.ts'
import type { Objects, TableRows } from './facts.ts'
import type { ManifestContents, NewestManifest } from './manifest-fact.ts'
import { parseName } from './names.ts'

/** From so many rows on, a table with half of them or fewer has lost some: as a backup's run compares it with the one before. */
const ENOUGH_ROWS = 10

/** What a database holds now. `counted` has exact rows, of the tables that were counted. */
export interface LiveContents {
  heads: readonly string[] | null
  objects: Objects
  rows: Readonly<Record<string, TableRows>>
  counted: ReadonlyMap<string, number>
}

export type Difference =
  /**
   * `of` is the table or domain that it is a part of; `rows` are those of a table in the backup. `after` is the only table
   * that is missing as well, with which it may have fallen.
   */
  | { kind: 'missing'; things: string; name: string; of: string | null; rows: number | null; after: string | null }
  | { kind: 'owner'; things: string; name: string; was: string; is: string }
  | { kind: 'rows'; name: string; had: number; has: number; isCounted: boolean }

/** A live database against the newest backup's manifest. */
export interface Comparison {
  backup: string
  /** Why nothing could be compared. */
  unfit: string | null
  /** Alembic's heads where they differ: then a deploy may have changed everything else, and nothing is a fault. */
  heads: { was: string | null; is: string | null } | null
  differences: Difference[]
  /** Tables whose rows were compared, partitions as one, and those of them whose rows were counted. */
  tables: number
  counted: number
}

export interface Expected {
  /** What belongs to the project's owner belongs to the right one, whatever it was before. */
  owner: string
  /** Tables of `public` that the inventory lists: where one is missing, that is told elsewhere. */
  declared: readonly string[]
  ledger: Ledger | null
}

/** What the backup has and the database lacks. What the backup doesn't know yet is no difference. Pure. */
export function compareContents(
  { name, sha256, contents }: NewestManifest,
  live: LiveContents,
  { owner, declared, ledger }: Expected,
): Comparison {
  const none = { backup: name, unfit: null, heads: null, differences: [], tables: 0, counted: 0 }
  if (ledger?.made.get(name)?.manifest !== sha256)
    return { ...none, unfit: `the manifest of ${name} on the host is not the one that its ledger knows` }
  if (contents === null) return { ...none, unfit: `the manifest of ${name} on the host cannot be read` }
  const is = live.heads?.toSorted().join(',') || null
  const was = contents.head?.split(',').toSorted().join(',') || null
  const rows = rowDifferences(contents, live)
  return {
    ...none,
    heads: is === was ? null : { was, is },
    differences: [...objectDifferences(contents, live.objects, { owner, declared }), ...rows.differences],
    tables: rows.tables,
    counted: rows.counted,
  }
}

function objectDifferences(
  { objects: before, partitions, rows }: ManifestContents,
  now: Objects,
  { owner, declared }: Omit<Expected, 'ledger'>,
): Difference[] {
  const has = (things: string, name: string) => now[things]?.[name] !== undefined
  const isListed = (name: string) => parseName(name).schema === 'public' && declared.includes(parseName(name).name)
  // Dropping the oldest partition is ordinary.
  const isPartition = (name: string) => partitions[name] !== undefined && has('tables', partitions[name])
  const missingTables = Object.keys(before['tables'] ?? {}).filter((name) => !has('tables', name) && !isPartition(name))
  const after = missingTables.length === 1 ? missingTables[0]! : null
  const missing: Difference[] = []
  const owners: Difference[] = []
  for (const [things, all] of Object.entries(before).toSorted(byUrgency)) {
    for (const [name, value] of Object.entries(all)) {
      if (Array.isArray(value)) {
        // What went with its table needs no word of its own.
        if (!WHOLES.some((kind) => has(kind, name))) continue
        const present = now[things]?.[name] ?? []
        for (const part of value as string[])
          if (!present.includes(part)) missing.push({ kind: 'missing', things, name: part, of: name, rows: null, after })
      } else if (!has(things, name)) {
        if (things === 'tables' && (isListed(name) || isPartition(name))) continue
        const own = things === 'tables' ? { rows: rows[name] ?? null, after: null } : { rows: null, after }
        missing.push({ kind: 'missing', things, name, of: null, ...own })
      } else {
        const [was, is] = [value, now[things]![name]]
        if (typeof was === 'string' && typeof is === 'string' && is !== was && is !== owner)
          owners.push({ kind: 'owner', things, name, was, is })
      }
    }
  }
  return [...missing, ...owners]
}

/** What constraints, indexes, triggers, policies and sequences are parts of. */
const WHOLES = ['tables', 'materializedViews', 'views', 'foreignTables', 'types']

const byUrgency = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]) =>
  Number(other === 'tables') - Number(one === 'tables')

/** The rows of partitions are added up under their topmost table. */
function rowDifferences(
  { rows: before, partitions, objects }: ManifestContents,
  { rows, counted, objects: now }: LiveContents,
): Pick<Comparison, 'differences' | 'tables' | 'counted'> {
  const had = new Map<string, number>()
  for (const [name, n] of Object.entries(before)) {
    const top = partitions[name] ?? name
    had.set(top, (had.get(top) ?? 0) + n)
  }
  const has = new Map<string, { rows: number | null; isCounted: boolean }>()
  for (const [name, { rows: estimate, root }] of Object.entries(rows)) {
    const top = root ?? name
    const [known, n] = [has.get(top) ?? { rows: 0, isCounted: true }, counted.get(name) ?? estimate]
    has.set(top, {
      rows: n === null || known.rows === null ? null : known.rows + n,
      isCounted: known.isCounted && counted.has(name),
    })
  }
  const differences: Difference[] = []
  let [all, sure] = [0, 0]
  for (const [name, n] of had) {
    if (objects['tables']?.[name] === undefined || now['tables']?.[name] === undefined) continue
    // A partitioned table without partitions has none of its own.
    const found = has.get(name) ?? { rows: 0, isCounted: true }
    all += 1
    if (found.isCounted) sure += 1
    if (found.rows !== null && n >= ENOUGH_ROWS && found.rows * 2 <= n)
      differences.push({ kind: 'rows', name, had: n, has: found.rows, isCounted: found.isCounted })
  }
  return { differences, tables: all, counted: sure }
}

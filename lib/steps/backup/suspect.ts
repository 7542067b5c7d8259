import { stampText } from './document.ts'

/** What is known of a backup's contents; absent where the ledger was written by an earlier version. */
export interface Weight {
  bytes: number
  tables?: number | undefined
  rows?: number | undefined
}

/** As the anomaly check compares. */
const COMPARED = 7
const TENTH = 10

/** `.sql.gz`, `.dir.tar.age`: only sizes of the same format can be compared. */
export const formatOf = (name: string): string | undefined => /\.(?:sql|dir)\..*$/.exec(name)?.[0]

/**
 * Backups that are empty where those before them were not, or have less than a tenth of the median of their sizes, with the reason: never the
 * newest until a person has acknowledged them. What is suspect is compared with by none; from an acknowledged one on only later ones count.
 * templates/scripts/suspect.sh decides by the same rule.
 */
export function suspectsOf(weights: ReadonlyMap<string, Weight>, acknowledged: readonly string[] = []): Map<string, string> {
  const suspects = new Map<string, string>()
  const pending = acknowledged.map(stampText).toSorted()
  const sizes = new Map<string | undefined, number[]>()
  let before = { tables: 0, rows: 0 }
  for (const [name, weight] of [...weights].toSorted(([a], [b]) => (stampText(a) < stampText(b) ? -1 : 1))) {
    while (pending[0] !== undefined && pending[0] <= stampText(name)) {
      pending.shift()
      sizes.clear()
      before = { tables: 0, rows: 0 }
    }
    const kept = sizes.get(formatOf(name)) ?? []
    const reason = reasonOf(weight, before, kept.slice(-COMPARED))
    if (reason !== undefined) {
      suspects.set(name, reason)
      continue
    }
    if (weight.tables !== undefined && weight.rows !== undefined) before = { tables: weight.tables, rows: weight.rows }
    if (weight.bytes > 0) sizes.set(formatOf(name), [...kept, weight.bytes])
  }
  return suspects
}

function reasonOf(
  { bytes, tables, rows }: Weight,
  before: { tables: number; rows: number },
  sizes: number[],
): string | undefined {
  if (tables === 0 && before.tables > 0) return `it has no tables, the one before it had ${before.tables}`
  if (rows === 0 && before.rows > 0) return `it has no rows, the one before it had ${before.rows}`
  const usual = sizes.toSorted((a, b) => a - b)[Math.floor(sizes.length / 2)]
  if (usual === undefined || bytes <= 0 || bytes * TENTH >= usual) return undefined
  return `it has ${bytes} bytes, the median of the ${sizes.length} before it is ${usual}`
}

/** `did you mean vps?` where a known name is close, else which names there are. */
export function suggestion(wrong: string, known: readonly string[]): string {
  const near = nearest(wrong, known)
  if (near !== undefined) return `did you mean ${near}?`
  return known.length === 0 ? 'there is none yet' : `there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`
}

/** The known name that a typing slip would explain; undefined when none is near. */
export function nearest(wrong: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((name) => ({ name, slips: distance(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, slips }) => slips <= Math.max(1, Math.floor(Math.max(name.length, wrong.length) / 3)) && slips < name.length)
    .toSorted((a, b) => a.slips - b.slips)
  return best?.name
}

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 20 || a.length > 100) return Infinity
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const ways = [row[j - 1]! + (same ? 0 : 1), row[j]! + 1, next[j - 1]! + 1, swapped ? before[j - 2]! + 1 : Infinity]
      next.push(Math.min(...ways))
    }
    before = row
    row = next
  }
  return row[b.length]!
}

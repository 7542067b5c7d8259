import type { State } from './states.ts'
import type { Files } from './files.ts'

/** What there was on one side before the fault, as the fault left it, and after the run. */
export interface Sides {
  before: Files
  spoiled: Files
  after: Files
  /** What a run that went well removes of it. */
  old: ReadonlySet<string>
}

/** A path without folder, the new backup's name and the run's number taken out. */
const plain = (path: string) =>
  path
    .replace(/^.*\//, '')
    .replace(/^backup_.*_\d{8}_\d{6}\.sql\.gz/, 'NAME')
    .replace(/\.part-\d+-\d+$/, '.part-')
const equal = (a: readonly string[], b: readonly string[]) => a.join('\n') === b.join('\n')

export const added = (from: Files, to: Files) => [...to.keys()].filter((path) => !from.has(path) && !path.includes('.proof-'))
export const gone = (from: Files, to: Files) => [...from.keys()].filter((path) => !to.has(path))
export const changed = (from: Files, to: Files) =>
  [...from].filter(([path, hash]) => to.has(path) && to.get(path) !== hash).map(([path]) => path)

/** The name of the state that the files are in, of those the table knows; in words where they are in none. */
export function stateOf(states: Record<string, State>, sides: Sides, spoils: readonly string[] = []): string {
  const { before, spoiled, after, old } = sides
  const came = added(spoiled, after).map(plain).toSorted()
  const went = gone(spoiled, after)
  const other = changed(spoiled, after)
  const bySelf = [...changed(before, spoiled), ...gone(before, spoiled)]
  const isSpoiled =
    bySelf.length > 0 && equal(bySelf.map((path) => plain(path)).toSorted(), spoils.map((end) => `NAME${end}`).toSorted())
  const fits = ({ added: files, old: ofOld, spoiled: wanted }: State) =>
    other.length === 0 &&
    equal(came, files.toSorted()) &&
    (wanted === true) === isSpoiled &&
    (wanted === true || bySelf.length === 0) &&
    (ofOld === 'stays'
      ? went.length === 0
      : ofOld === 'pruned'
        ? old.size > 0 && equal(went.toSorted(), [...old].toSorted())
        : went.length > 0 && went.length < old.size && went.every((path) => old.has(path)))
  const found = Object.entries(states).find(([, state]) => fits(state))
  if (found !== undefined) return found[0]
  const parts = { added: came, removed: went.toSorted(), changed: other, 'changed by the fault': bySelf.map(plain) }
  return Object.entries(parts)
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => `${what}: ${list.join(' ')}`)
    .join('; ')
}

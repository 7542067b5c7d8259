import type { ReportedChange } from '../../engine/plan.ts'
import type { Json } from '../../engine/step.ts'
import { duration } from '../../format/units.ts'
import { characters, clean, truncate, oneLine } from '../../format/wrap.ts'

const LONGEST = 60
const NAMED = 6

/** What goes on between a signal and the end of the run. */
export const STOPPING = 'closing the connections and writing down what was done; once more ends at once'

/** A value as people write it, on one line. `nothing` is the word for null. */
export function showValue(value: Json, nothing = 'missing', longest = LONGEST): string {
  return truncate(plain(value, nothing), longest)
}

function plain(value: Json, nothing: string): string {
  if (value === null) return nothing
  if (typeof value === 'string') return written(value)
  if (Array.isArray(value)) {
    const named = value.slice(0, NAMED).map((item) => plain(item, 'nothing'))
    return value.length === 0 ? 'none' : named.join(', ') + (value.length > NAMED ? ` and ${value.length - NAMED} more` : '')
  }
  if (typeof value !== 'object') return String(value)
  const entries = Object.entries(value).map(([key, item]) => `${oneLine(key)} ${plain(item, 'nothing')}`)
  return entries.length === 0 ? 'none' : entries.join(', ')
}

function written(value: string): string {
  if (value === '') return 'empty'
  // A value that differs only in its white space must not look the same.
  return value.trim() !== value ? JSON.stringify(clean(value)) : clean(value).replaceAll('\n', '⏎')
}

/** `role onquota_user SUPERUSER true → false`. */
export function showChange(change: Pick<ReportedChange, 'what' | 'from' | 'to' | 'text'>, longest = LONGEST): string {
  if (change.text !== undefined) return oneLine(change.text)
  const { what, from, to } = changeParts(change, longest)
  return `${what} ${from} → ${to}`
}

/** The same in its parts. Of two long values that begin alike, the part where they differ is shown. */
export function changeParts(
  change: Pick<ReportedChange, 'what' | 'from' | 'to'>,
  longest = LONGEST,
): { what: string; from: string; to: string } {
  const [from, to] = [plain(change.from, 'missing'), plain(change.to, 'gone')]
  const alike = from.length > longest || to.length > longest ? sameStart(from, to) : 0
  const skip = alike > longest / 2 ? alike - Math.floor(longest / 4) : 0
  const shown = (text: string) => truncate(skip === 0 ? text : `…${characters(text).slice(skip).join('')}`, longest)
  return { what: oneLine(change.what), from: shown(from), to: shown(to) }
}

/** How many characters two texts have in common at their start. */
function sameStart(one: string, other: string): number {
  const others = characters(other)
  const all = characters(one)
  const at = all.findIndex((character, index) => character !== others[index])
  return at < 0 ? all.length : at
}

/** ` (0.1 s)` where the change has been made, else nothing. */
export function took(change: ReportedChange): string {
  return change.seconds === undefined ? '' : ` (${duration(change.seconds)})`
}

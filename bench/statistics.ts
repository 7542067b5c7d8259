/** The middle one of the values; NaN of none. */
export const median = (values: readonly number[]): number => at(values, 0.5)

/** `median (least to most)`, each with so many digits behind the point. */
export function figures(values: readonly number[], digits = 0): string {
  const show = (part: number) => at(values, part).toFixed(digits)
  return `${show(0.5).padStart(7)}  (${show(0)} to ${show(1)})`
}

/** The medians' ratio, for what was measured in turns. */
export const ratio = (values: readonly number[], base: readonly number[]): string => (median(values) / median(base)).toFixed(2)

function at(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}

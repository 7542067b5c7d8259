import { stampOf } from './document.ts'
import type { Proof } from './document.ts'

/** Whether a backup was tested: a run may be refused, left out, or end before that, and then says nothing of one. */
export const isOfBackup = ({ name, skipped, tested }: Proof) => name !== '' && skipped == null && tested !== false

/** When a backup was begun, by its name. */
export const timeOf = (name: string) => stampOf(name)?.getTime() ?? 0

/** The failure of the newest backup that neither was proven again since nor has a newer one that is proven. */
export function standingFailure(found: readonly Proof[]): Proof | undefined {
  const proven = found.filter(({ ok }) => ok)
  return found
    .filter((one) => !one.ok)
    .filter(
      (one) =>
        !proven.some(({ name, at }) => timeOf(name) > timeOf(one.name) || (name === one.name && new Date(at) > new Date(one.at))),
    )
    .toSorted((a, b) => timeOf(a.name) - timeOf(b.name) || new Date(a.at).getTime() - new Date(b.at).getTime())
    .at(-1)
}

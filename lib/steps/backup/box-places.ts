import { places } from './places.ts'

/** `known-host` for the first box, `known-host-2` for the second. */
export const stepOfBox = (step: string, number: number): string => (number === 1 ? step : `${step}-${number}`)

/** A box's files on the host. A dot before the number: a project may be called onquota-2, but none onquota.2. */
export function boxPlaces(project: string, number: number): { knownHosts: string; boxKey: string } {
  const { knownHosts, boxKey } = places(project)
  return number === 1 ? { knownHosts, boxKey } : { knownHosts: `${knownHosts}.${number}`, boxKey: `${boxKey}.${number}` }
}

import type { Ledger } from '../ledger-fact.ts'
import type { BoxAccess } from './access.ts'
import { failureOf } from './answers.ts'
import type { Answers } from './answers.ts'
import { BESIDE } from './listing.ts'
import type { Copy } from './listing.ts'
import { RESERVE_MIB } from './session.ts'

/** One backup on a box: the checksums of its files. */
export interface Hashed {
  path: string
  /** Why it could not be read or hashed. */
  error?: { text: string; isFinal: boolean }
  /** Of the dump; undefined where its size is not that of the ledger. */
  sha256?: string | undefined
  /** By ending, of what lies beside the dump. */
  beside: ReadonlyMap<string, string>
  /** The dump's checksum as .sha256 and the manifest have it, and whether the signature is the project's. */
  stated: Readonly<Record<string, string>>
}

/** All that were hashed in a session. `seconds` is what a command was given. */
export function hashedIn(answers: Answers, box: BoxAccess, seconds: number): Hashed[] {
  const all: Hashed[] = []
  for (let n = 1; ; n++) {
    const path = answers(`path${n}`)?.out.trim()
    if (path === undefined) return all
    const lines = (answers(`stated${n}`)?.out ?? '').split('\n').map((line) => line.split(' '))
    const stated = Object.fromEntries(lines.map(([key = '', value = '']) => [key, value]))
    const beside = new Map(Object.entries(stated).filter(([key]) => key.startsWith('.')))
    all.push({ path, beside, stated, ...dumpOf(answers, n, box, seconds) })
  }
}

function dumpOf(answers: Answers, n: number, box: BoxAccess, seconds: number): Pick<Hashed, 'sha256' | 'error'> {
  const [beside, there, room, got, here] = ['beside', 'hash', 'room', 'get', 'here'].map((name) => answers(`${name}${n}`))
  if (beside?.status !== '0') return { error: failureOf(beside, box, seconds) }
  if (there === undefined) return {}
  const [sum = ''] = there.out.split(/\s/, 1)
  if (there.status === '0' && /^[0-9a-f]{64}$/.test(sum)) return { sha256: sum }
  if (room !== undefined)
    return {
      error: {
        text: `the box has no shell, so its copy must be downloaded to be compared, and there is too little free disk in /var/tmp for that: its size and ${RESERVE_MIB} MiB in reserve are needed`,
        isFinal: true,
      },
    }
  return here === undefined ? { error: failureOf(got ?? there, box, seconds) } : { sha256: here.out.trim() }
}

/** A dump of another size than this host wrote down. */
export function sizeFault({ name, bytes }: Copy, ledger: Ledger | null): string | undefined {
  const recorded = ledger?.made.get(name)?.bytes
  return recorded === undefined || recorded === bytes
    ? undefined
    : `${name} has ${bytes} bytes on the box, and ${recorded} in the ledger`
}

/** What is wrong with a copy, file by file, against what this host wrote down of it. */
export function faultsOf(copy: Copy, { sha256, beside, stated }: Hashed, ledger: Ledger | null): string[] {
  const { name } = copy
  const recorded = ledger?.made.get(name)?.files ?? {}
  const dump = recorded['']?.sha256
  const fault = (ending: (typeof BESIDE)[number]): string | undefined => {
    const found = beside.get(ending)
    const wanted = recorded[ending]?.sha256
    if (found === undefined) return undefined
    if (wanted !== undefined) return found === wanted ? undefined : `${name}${ending} has another checksum on the box than here`
    // A copy that was taken over has no record of some files: what these say of the dump must hold.
    switch (ending) {
      case '.sha256':
        return stated['sum'] === dump ? undefined : `${name}.sha256 on the box holds another checksum than the dump's`
      case '.manifest.json':
        return stated['manifest'] === dump ? undefined : `${name}.manifest.json on the box does not hold the dump's checksum`
      case '.manifest.json.sig':
        return stated['signed'] === 'no' ? `${name}.manifest.json.sig on the box does not sign the manifest there` : undefined
      default:
        return `${name}${ending} on the box is not one of the files that were recorded here`
    }
  }
  return [
    ...(sha256 === dump ? [] : [sizeFault(copy, ledger) ?? `${name} has another checksum on the box than here`]),
    ...BESIDE.flatMap((ending) => fault(ending) ?? []),
  ]
}

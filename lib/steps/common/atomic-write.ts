import type { Text } from '../../text/secret.ts'
import { sh } from '../../text/sh.ts'
import type { Script } from '../../text/sh.ts'

/**
 * Writes a file beside its place, onto the disk, then renames it: a reader or a power cut sees the old file or the new one. `own` gives the
 * new file, `$t`, its owner and mode before it can be seen; `move` is how mv takes the place. printf is the shell's own, so the content
 * stands in no argument list.
 */
export function atomicWrite(path: string | Script, content: string | Text, own: Script, move: '-fT' | '-nT' = '-fT'): Script {
  const place = typeof path === 'string' ? sh`${path}` : path
  return sh`t=${place}.bitacora-new; rm -f -- "$t"; trap 'rm -f -- "$t"' EXIT
set -C; printf '%s' ${content} > "$t"; set +C
${own}; sync -- "$t"; mv ${move} -- "$t" ${place}`
}

import { z } from 'zod'
import { textFact } from '../../engine/fact.ts'
import type { Change } from '../../engine/step.ts'
import { sh } from '../../text/sh.ts'
import type { Script } from '../../text/sh.ts'

/** What was not ours and had to give way: a folder that is root's alone. */
export const KEPT = '/var/backups/bitacora'

/** The first line of a copy that holds no value which may be a secret. */
const BARE = '# Kept by bitacora without the values that may be secrets.'

/** Where the file at `path` is kept; the end of its name tells different ones apart. */
export function keptPath(path: string, end: string): string {
  return `${KEPT}/${path.slice(1).replaceAll('/', '_')}.${end}`
}

/** Made, or brought back to root alone, whoever made it. */
export const keptFolder = (): Script => sh`mkdir -p -m 0700 -- ${KEPT}; chown root:root -- ${KEPT}; chmod 0700 -- ${KEPT}`

/** Keeps the file as it is, readable by root alone, whoever could read it before. */
export function keepFile(path: string, kept: string): Script {
  return sh`${keptFolder()}; cp -- ${path} ${kept}; chown root:root -- ${kept}; chmod 0600 -- ${kept}`
}

/**
 * Keeps a file of settings: the values of those in `plain`, which hold no secret, where they are one plain word or some in quotes; of all others the
 * names alone. Comments go, since an old password may stand in one.
 */
export function keepSettings(path: string, kept: string, plain: readonly string[]): Script {
  return sh`${keptFolder()}; ${withoutValues(path, kept, plain)}`
}

function withoutValues(path: string, kept: string, plain: readonly string[]): Script {
  const names = plain.join('|')
  const word = String.raw`[A-Za-z0-9_.,:/@+-]*`
  const keep = String.raw`/^[[:blank:]]*(export[[:blank:]]+)?(${names})=(${word}|"[A-Za-z0-9_.,:/@+ -]*"|'[A-Za-z0-9_.,:/@+ -]*')[[:space:]]*$/b`
  const name = String.raw`s/^[[:blank:]]*(export[[:blank:]]+)?([A-Za-z_][A-Za-z0-9_]*)=.*/# \2: its value was not kept/; t`
  const rest = 's/.*[^[:space:]].*/# a line that was not kept/'
  return sh`rm -f -- ${`${kept}.new`}; { printf '%s\\n' ${BARE}; LC_ALL=C sed -E -e ${keep} -e ${name} -e ${rest} -- ${path}; } > ${`${kept}.new`}
chown root:root -- ${`${kept}.new`}; chmod 0600 -- ${`${kept}.new`}; mv -f -- ${`${kept}.new`} ${kept}`
}

/** Copies of `path` that an earlier version kept as they were, values and all, one a line. */
export function wholeCopiesFact(path: string) {
  return textFact(
    z.string().nullable(),
    sh`for f in ${keptPath(path, '')}*; do [ -f "$f" ] && [ ! -L "$f" ] || continue; IFS= read -r l < "$f" || :; [ "$l" = ${BARE} ] || printf '%s\\n' "$f"; done; :`,
  )
}

/** Takes the values out of them. */
export function bareCopies(path: string, found: string | null, plain: readonly string[]): Change[] {
  const ours = new RegExp(`^${RegExp.escape(keptPath(path, ''))}[0-9a-f]{12}$`)
  const copies = (found ?? '').split('\n').filter((line) => ours.test(line))
  return copies.map((copy) => ({
    what: `file ${copy}`,
    from: 'an old config with its secrets',
    to: 'its settings without them',
    run: sh`${keptFolder()}; ${withoutValues(copy, copy, plain)}`,
  }))
}

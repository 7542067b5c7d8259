import type { Change } from '../../engine/step.ts'
import { id, sql } from '../../text/sql.ts'
import type { Sql } from '../../text/sql.ts'
import type { DatabaseFound } from './database-fact.ts'

interface Locale {
  name: string
  project: string
  encoding: string
  locale: string
}

const PROVIDERS: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin' }

/** Of CREATE DATABASE. In a cluster with another default, LC_COLLATE alone would leave the provider to it (15 and later). */
export function localeClauses(version: number, { encoding, locale }: Pick<Locale, 'encoding' | 'locale'>): Sql {
  const provider = version >= 150_000 ? sql` LOCALE_PROVIDER libc` : sql``
  return sql`ENCODING ${encoding}${provider} LC_COLLATE ${locale} LC_CTYPE ${locale}`
}

/** What was chosen when the database was made, and can't be changed: for a person. */
export function planLocale({ name, project, encoding, locale }: Locale, found: DatabaseFound): Change[] {
  const changes: Change[] = []
  const recreate = `it was chosen when the database was created: dump it, recreate it with the right one, restore`
  const fixed = (what: string, from: string, to: string, help: string) =>
    changes.push({ what: `database ${name} ${what}`, from, to, help })
  const declare = (value: string) => `${recreate}; or write "${value}" in projects.${project}.database`
  if (found.encoding !== encoding) fixed('encoding', found.encoding, encoding, declare(found.encoding))
  if (found.provider !== 'c') {
    const provider = PROVIDERS[found.provider] ?? found.provider
    const from = found.locale === null ? provider : `${provider}, ${found.locale}`
    fixed('locale provider', from, `libc, ${locale}`, `text is not sorted as in ${locale}; ${recreate}`)
  } else {
    if (sameLocale(found.collate) !== sameLocale(locale)) fixed('collation', found.collate, locale, declare(found.collate))
    if (sameLocale(found.ctype) !== sameLocale(locale)) fixed('character type', found.ctype, locale, declare(found.ctype))
  }
  const { collationVersion, collationOffered } = found
  if (collationVersion !== null && collationOffered !== null && collationVersion !== collationOffered) {
    const refresh = sql`ALTER DATABASE ${id(name)} REFRESH COLLATION VERSION`
    const help = `the system now sorts text in another way, so indexes on text may miss rows. In a quiet hour, connected to ${name}: ${sql`REINDEX DATABASE ${id(name)}`.text}; then: ${refresh.text}`
    fixed('collation version', collationVersion, collationOffered, help)
  }
  return changes
}

/** en_US.UTF-8 and en_US.utf8 are two spellings of one locale. */
function sameLocale(locale: string): string {
  return locale.toLowerCase().replace('utf-8', 'utf8')
}

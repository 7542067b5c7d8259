import { expect, test } from 'vitest'
import { localeClauses, planLocale } from '../../../lib/steps/database/locale.ts'
import { RIGHT_DATABASE as right } from './support.ts'

const wanted = { name: 'onquota_db', project: 'onquota', encoding: 'UTF8', locale: 'en_US.UTF-8' }
const plan = (change: object, more = {}) =>
  planLocale({ ...wanted, ...more }, { ...right, ...change }).map(({ what, from, to }) => [
    what.replace('database onquota_db ', ''),
    from,
    to,
  ])

test.each([
  ["the locale's other spelling", { collate: 'en_US.utf8', ctype: 'en_US.utf8' }, []],
  ['another encoding', { encoding: 'LATIN1' }, [['encoding', 'LATIN1', 'UTF8']]],
  ['another collation', { collate: 'C' }, [['collation', 'C', 'en_US.UTF-8']]],
  ['another character type', { ctype: 'es_MX.UTF-8' }, [['character type', 'es_MX.UTF-8', 'en_US.UTF-8']]],
  ['sorted by ICU', { provider: 'i', locale: 'en-US' }, [['locale provider', 'icu, en-US', 'libc, en_US.UTF-8']]],
  [
    "sorted by PostgreSQL's own rules",
    { provider: 'b', locale: 'C.UTF-8' },
    [['locale provider', 'builtin, C.UTF-8', 'libc, en_US.UTF-8']],
  ],
  ['indexes of another system', { collationVersion: '2.31' }, [['collation version', '2.31', '2.36']]],
  ['a server before 15', { collationVersion: null, collationOffered: null }, []],
])('%s', (_what, change, changes) => {
  expect(plan(change)).toEqual(changes)
})

test('an ICU database is not called C.UTF-8 because its libc columns say so', () => {
  expect(plan({ provider: 'i', locale: 'und', collate: 'C.UTF-8', ctype: 'C.UTF-8' }, { locale: 'C.UTF-8' })).toHaveLength(1)
})

test('each has its way out', () => {
  const [collation] = planLocale(wanted, { ...right, collate: 'C' })
  expect(collation?.help).toMatch(/dump it, recreate it.*or write "C" in projects\.onquota\.database/)
  const [version] = planLocale(wanted, { ...right, collationVersion: '2.31' })
  expect(version?.help).toMatch(/REINDEX DATABASE "onquota_db"; then: ALTER DATABASE "onquota_db" REFRESH COLLATION VERSION$/)
})

test('the provider is said where PostgreSQL knows it', () => {
  expect(localeClauses(150_000, wanted).text).toContain(' LOCALE_PROVIDER libc ')
  expect(localeClauses(140_000, wanted).text).not.toContain('LOCALE_PROVIDER')
})

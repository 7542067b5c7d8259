import { describe, expect, test, vi } from 'vitest'
import { restore } from '../../../lib/verbs/restore/index.ts'
import { confirmRestore } from '../../../lib/verbs/restore/request.ts'
import type { RestoreOptions } from '../../../lib/verbs/restore/request.ts'

type Ask = NonNullable<RestoreOptions['ask']>

const NAME = 'backup_onquota_db_20260131_030000.sql.gz'

const options = (more: Partial<RestoreOptions>): RestoreOptions => ({
  inventory: '/nowhere/i.json',
  projects: ['onquota'],
  concurrency: 1,
  wait: 0,
  ...more,
})

describe('options that do not go together', () => {
  test.each<[Partial<RestoreOptions>, RegExp]>([
    [{ into: 'x', table: 't' }, /one of --into, --table and --drop-old at a time/],
    [{ into: 'x', dropOld: true }, /one of --into/],
    [{ replace: true }, /--replace goes with --into DATABASE/],
    [{ into: 'x', projects: [] }, /takes one project; name it/],
    [{ table: 'x', projects: ['a', 'b'] }, /takes one project/],
    [{ into: 'x', on: 'vps2' }, /--on is for drills/],
    [{ dropOld: true, at: '2026-01-31' }, /--at does not go with --drop-old/],
    [{ box: Number.NaN }, /^--box takes an integer from 1 to 4, not null$/],
    [{ box: 5 }, /^--box takes an integer from 1 to 4, not 5$/],
    [{ at: 'yesterday' }, /--at needs a day or a time in UTC, such as .*, not "yesterday"/],
    [{ at: '2026-01-31; rm -rf /' }, /--at needs/],
    [{ at: '2026-13-45' }, /^--at: there is no such day or time as 2026-13-45$/],
    [{ at: '2026-02-30' }, /no such day/],
    [{ at: '20260431' }, /no such day/],
    [{ at: '2025-02-29T03:00' }, /no such day/],
    [{ at: '2026-01-31T25:00' }, /no such day or time/],
    [{ at: '2026-01-31T24:00' }, /no such day or time/],
    [{ at: '2026-01-31_03:60' }, /no such day or time/],
    [{ at: '2026-01-31 03:00:61Z' }, /no such day or time/],
    [{ name: 'x.sql.gz' }, /--name needs a backup's file name, such as .*, not "x\.sql\.gz"$/],
    [{ name: '../backup_a_20260131_030000.sql.gz' }, /--name needs/],
    [{ name: NAME, at: '2026-01-31' }, /--name asks for one backup/],
    [{ name: NAME, dropOld: true }, /--name asks for one backup/],
    [{ name: NAME, projects: [] }, /--name takes one project/],
    [{ trustBox: true, projects: [] }, /--trust-box takes one project/],
    [{ trustBox: true, projects: ['a', 'b'], on: 'vps2' }, /--trust-box takes one project/],
    [{ trustBox: true, dropOld: true }, /--trust-box does not go with --drop-old/],
  ])('%o', async (more, message) => {
    await expect(restore(options(more))).rejects.toThrow(message)
  })

  test.each<Partial<RestoreOptions>>([
    {},
    { projects: [] },
    { at: '2026-01-31' },
    { at: '2026-01-31T03:00' },
    { at: '20260131_030000' },
    { into: 'x', replace: true, at: '2026-01-31 03:00:00Z' },
    { on: 'vps2', projects: [] },
    { at: '2028-02-29T23:59:59Z' },
    { trustBox: true },
    { name: NAME },
    { name: NAME, into: 'x' },
    { trustBox: true, into: 'x', at: '2026-01-31' },
    { trustBox: true, on: 'vps2' },
  ])('%o is taken, and then the inventory is read', async (more) => {
    await expect(restore(options(more))).rejects.toThrow(/i\.json/)
  })
})

describe('what is done for real is confirmed by the name of the database', () => {
  test('a drill and one table need no word', async () => {
    const ask = vi.fn<Ask>(async () => '')
    await confirmRestore(options({ ask }), 'onquota_db')
    await confirmRestore(options({ ask, table: 'clients' }), 'onquota_db')
    expect(ask).not.toHaveBeenCalled()
  })

  test.each<[string, Partial<RestoreOptions>, RegExp]>([
    ['--into', { into: 'copy' }, /This makes the database copy/],
    ['--replace', { into: 'copy', replace: true }, /in the place of copy[^]*is only there/],
    ['--drop-old', { dropOld: true }, /drops every database .* of onquota_db/],
  ])('%s says what it does, and goes on only for that name', async (_flag, more, question) => {
    const name = more.into ?? 'onquota_db'
    const ask = vi.fn<Ask>(async () => name)
    await confirmRestore(options({ ...more, ask }), 'onquota_db')
    expect(ask).toHaveBeenCalledWith(expect.stringMatching(question), false)
    const refused = confirmRestore(options({ ...more, ask: async () => 'yes' }), 'onquota_db')
    await expect(refused).rejects.toThrow(`not confirmed: "yes" is not ${name}; --yes ${name} confirms it`)
    await expect(confirmRestore(options(more), 'onquota_db')).rejects.toThrow(/nobody is there to confirm; --yes/)
    await expect(confirmRestore(options({ ...more, yes: name }), 'onquota_db')).resolves.toBeUndefined()
    await expect(confirmRestore(options({ ...more, yes: 'other' }), 'onquota_db')).rejects.toThrow(/not confirmed/)
  })
})

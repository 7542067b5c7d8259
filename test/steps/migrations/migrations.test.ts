import { expect, test } from 'vitest'
import type { Step } from '../../../lib/engine/step.ts'
import { migrationsStep } from '../../../lib/steps/migrations/migrations.ts'
import type { Context } from '../../../lib/steps/common/context.ts'
import { withoutSecrets } from '../../../lib/steps/common/unread.ts'
import { context, expectMasked, expectUnreadable, help, plan as planFound, rows, scripts } from '../common/support.ts'

/** With no other table of Alembic's, unless said. */
const plan = (of: Step, found: Record<string, unknown>) => planFound(of, { others: null, ...found })

function stepOf(changes: Record<string, unknown> = {}, as = (one: Context) => one) {
  const base = context({
    'projects.onquota.migrations.env.API_TOKEN': { env: 'API_TOKEN' },
    'projects.onquota.migrations.head': '003',
    ...changes,
  })
  const { migrations } = base.project
  return migrationsStep(as(base), migrations!)
}
const step = stepOf()

/** What the host prints of version files; each revision with what it follows. */
const code = (...revisions: [string, string][]) =>
  `lines\n${revisions.map(([id, down]) => `v/${id}.py:revision = '${id}'\nv/${id}.py:down_revision = ${down}\n`).join('')}`
const three = code(['001', 'None'], ['002', `'001'`], ['003', `'002'`])
const WHAT = 'migrations of onquota_db'

test.each([
  ['right', three, ['003'], []],
  ['nothing yet', three, null, [[WHAT, null, '003 (3 revisions)', 'run']]],
  ['an empty alembic_version', three, [], [[WHAT, null, '003 (3 revisions)', 'run']]],
  ['one behind', three, ['002'], [[WHAT, '002', '003 (1 revision)', 'run']]],
  ['no code', null, null, [[WHAT, null, 'the code in /opt/onquota', 'blocks']]],
  ['a revision that nobody knows', three, ['999'], [[WHAT, '999', 'a revision that the code in /opt/onquota knows', 'blocks']]],
  ['two heads', code(['001', 'None'], ['002', `'001'`], ['003', `'001'`]), ['001'], [[WHAT, '001', 'one head', 'blocks']]],
  [
    'two branches at once',
    code(['001', 'None'], ['002', `'001'`], ['2b', `'001'`], ['003', `('002', '2b')`]),
    ['002', '2b'],
    [[WHAT, '002, 2b', 'one revision', 'blocks']],
  ],
  ['code that ends elsewhere', code(['001', 'None'], ['002', `'001'`]), ['002'], [[WHAT, '002', '003', 'blocks']]],
  ['no version files', 'lines\n', null, [[WHAT, null, '003', 'blocks']]],
])('%s', (_what, found, current, changes) => {
  const result = plan(step, { code: found, current })
  expect(rows(result)).toEqual(changes)
  expect(result.note).toBe(`at ${current?.join(', ') || 'no revision'}`)
})

test('without a declared head, the code alone decides', () => {
  const free = stepOf({ 'projects.onquota.migrations.head': undefined })
  expect(rows(plan(free, { code: code(['001', 'None']), current: ['001'] }))).toEqual([])
  expect(rows(plan(free, { code: 'lines\n', current: null }))).toEqual([])
})

test.each([
  [
    'no code',
    null,
    null,
    /there is no alembic\.ini in \/opt\/onquota, and no \[tool\.alembic\] in a pyproject\.toml: deploy the code, or correct projects\.onquota\.migrations\.directory/,
  ],
  ['unknown', three, ['999'], /the code is older than the database.*downgrade with the code that knows 999/],
  ['two heads', code(['001', 'None'], ['002', 'None']), null, /^join them with "alembic merge 001 002"/],
  ['elsewhere', code(['001', 'None']), null, /deploy the code .*projects\.onquota\.migrations\.head/],
  [
    'a failure, whose password a URL must encode',
    three,
    null,
    /Mend the code on the host, then run this again\. a secret holds a character that a URL writes with a percent sign/,
  ],
])('the ways out: %s', (_what, found, current, ways) => {
  expect(help(plan(step, { code: found, current }))).toMatch(ways)
})

test.each([
  ['behind', three, ['002'], 'onquota_db is at 002; the code is at 003, 1 revision ahead'],
  ['empty', three, null, 'onquota_db is at no revision; the code is at 003, 3 revisions ahead'],
  ['ahead', three, ['999'], "the database is at 999, which the code in /opt/onquota doesn't have"],
  ['two heads', code(['001', 'None'], ['002', 'None']), null, 'the code has 2 heads: 001, 002'],
  ['elsewhere', code(['001', 'None']), null, 'the code ends at 001; the inventory expects 003'],
  ['no code', null, null, 'there is no alembic.ini in /opt/onquota'],
])('in a sentence: %s', (_what, found, current, text) => {
  expect(plan(step, { code: found, current }).changes.map((one) => one.text)).toEqual([text])
})

test('without secrets none of the code is run: where only Alembic could tell its heads, the inventory’s head counts', () => {
  const { code: fact } = stepOf({}, withoutSecrets).facts
  expect(JSON.stringify(fact)).not.toContain('history')
  const unusual = 'as app\nunusual x.py\nlines\n'
  const at = (current: string[], changes = {}) => plan(stepOf(changes, withoutSecrets), { code: unusual, current })
  expect(rows(at(['003']))).toEqual([])
  expect(at(['003']).notChecked).toEqual(['the heads of the code: x.py'])
  expect(at(['002']).changes).toMatchObject([
    {
      text: 'the database is at 002; the inventory expects 003; the code is not checked',
      next: ['provision', 'onquota', '--check'],
    },
  ])
  expect(rows(at(['002'], { 'projects.onquota.migrations.head': undefined }))).toEqual([])
})

test('URL and variables go through the environment, never through arguments', () => {
  const found = plan(step, { code: three, current: null })
  const { text, masked } = scripts(found)
  const [before, inside] = masked.split(/as_limit=3600; as_user "\$owner" sh -s <<'end-of-script'.*\n/)
  expect(before).toContain('owner_of /opt/onquota')
  expect(before).not.toContain('••••')
  expect(inside?.split('\n')).toEqual([
    'set -e; umask 077',
    'cd /opt/onquota',
    'MODE=production; export MODE',
    "API_TOKEN='••••'; export API_TOKEN",
    'DATABASE_URL=postgresql+psycopg2://onquota_user:••••@127.0.0.1:5432/onquota_db; export DATABASE_URL',
    'PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 exec python3 -m alembic upgrade head </dev/null',
    'end-of-script',
  ])
  expect(text).toContain('postgresql+psycopg2://onquota_user:p%27a%22s%24w%25o%20r%5Cd@127.0.0.1:5432/onquota_db')
  expectMasked(found)
})

const REFUSED = 'as root\nrefused drwxrwxr-x root deploy /opt/onquota\n'
test.each([
  [
    'root’s folder that others can change',
    REFUSED,
    'code that only root can change',
    /^Alembic would run as root, .*\/opt\/onquota is drwxrwxr-x root:deploy.*projects\.onquota\.migrations\.user.*chmod go-w \/opt\/onquota\. projects\.onquota\.migrations\.user: "root" runs it as root all the same/,
  ],
  [
    'a folder above that is a third one’s',
    'as app\nrefused drwxr-xr-x alice alice /srv/x\n',
    'code that only root and app can change',
    /chown app \/srv\/x/,
  ],
  ['what cannot be checked', 'as root\nrefused ? ? ? namei: not found\n', 'code that only root can change', /cannot be checked/],
  [
    'what its owner may not use',
    'as app\nlocation alembic\ndenied /root/venv/bin/python\n',
    'code that app can read and run',
    /namei -l \/root\/venv\/bin\/python/,
  ],
])('nothing is run where rights could be gained: %s', (_what, found, to, ways) => {
  const result = plan(step, { code: found, current: ['002'] })
  expect(rows(result)).toEqual([[WHAT, '002', to, 'blocks']])
  expect(help(result)).toMatch(ways)
})

test('who is named runs it, whoever can change it', () => {
  const named = stepOf({ 'projects.onquota.migrations.user': 'app' })
  const { text } = scripts(plan(named, { code: `as app\nlocation alembic\n${three}`, current: ['002'] }))
  expect(text).toMatch(/^owner=app\n/)
  expect(text).not.toContain('owner_of')
})

test('unreadable', () => expectUnreadable(step))

test('revisions that env.py keeps elsewhere are a decision, with the table; beside the usual table they are told', () => {
  const found = plan(step, { code: three, current: null, others: ['audit.alembic_version'] })
  expect(rows(found)).toEqual([[WHAT, null, 'public.alembic_version', 'blocks']])
  expect(help(found)).toMatch(
    /version_table_schema\): audit\.alembic_version.*ALTER TABLE audit\.alembic_version SET SCHEMA public/,
  )
  const both = plan(step, { code: three, current: ['003'], others: ['audit.alembic_version'] })
  expect([rows(both), both.note]).toEqual([[], 'at 003; not read: audit.alembic_version'])
})

import { expect, test } from 'vitest'
import type { ReportedChange, StepReport } from '../../../lib/engine/plan.ts'
import type { StatusReport as RunReport } from '../../../lib/verbs/status/types.ts'
import { concluded } from '../../../lib/verbs/status/index.ts'
import type { Found } from '../../../lib/verbs/status/facts.ts'
import { statusTable } from '../../../lib/verbs/status/table.ts'
import { paint } from '../../../lib/view/theme.ts'
import { looked, publicTables, NOW, box, ledger, look, named, statusFile } from './support.ts'
import { context } from '../../steps/common/support.ts'
import { hostReport, runReport } from '../../view/support.ts'

const { project } = context()
const ESC = '\u001B'

const MISSING: ReportedChange = {
  what: 'table clients',
  from: null,
  to: 'there',
  text: 'table clients is missing',
  manual: true,
  next: ['restore', 'facturas', '--table', 'clients'],
}

const FAILED_RUN: ReportedChange = {
  what: 'last backup run',
  from: 'failed',
  to: 'ok',
  text: 'the last run failed at upload, 9 h ago: the box is full',
  manual: true,
  next: ['backup', 'facturas'],
}

/** What the steps say where this was found. */
function stepsOf(found: Partial<Found>): Omit<StepReport, 'project'>[] {
  if (found.tables === DROPPED.tables)
    return [
      { step: 'tables', status: 'drift', changes: [MISSING] },
      { step: 'last-run', status: 'drift', changes: [FAILED_RUN] },
    ]
  if (found.look !== AWAY.look) return []
  return [{ step: 'box-copy', status: 'failed', changes: [], error: 'could not read box: Connection refused' }]
}

function host(name: string, projects: Record<string, Partial<Found>>, rest: Partial<RunReport['hosts'][number]> = {}) {
  const all = Object.entries(projects).map(([each, found]) => {
    const steps = stepsOf(found).map((one) => ({ ...one, project: each }))
    return { ...looked(found, steps, { ...context(), project: { ...project, name: each } }), host: name }
  })
  return concluded(hostReport(name, [], rest), all)
}

function report(hosts: RunReport['hosts'], rest: Partial<RunReport> = {}): RunReport {
  const { logbook: _, ...other } = runReport(hosts, { task: 'status', startedAt: NOW.toISOString(), ...rest })
  return other as RunReport
}
const told = (one: RunReport, { colours = false, width = 100 }: { width?: number; colours?: boolean } = {}) =>
  statusTable(one, paint(colours), { width, defaultInventory: '/srv/ops/inventory/index.ts' }).split('\n')

const DROPPED: Partial<Found> = {
  tables: publicTables('users'),
  look: {
    value: look({ held: 'it is small', statusFile: statusFile({ ok: false, stage: 'upload', error: 'the box is full' }) }),
  },
}
const AWAY: Partial<Found> = { look: { value: look({ boxes: [box({ error: 'u1@box.example port 23: Connection refused' })] }) } }

test('all well: one line a project, and the verdict', () => {
  expect(told(report([host('vps', { onquota: {}, facturas: {} }), host('db-two', { tienda: {} })]))).toEqual([
    '  project   host    tables  head  data   newest  size    usual  proof            copies  next run',
    '✔ onquota   vps     2       022   12 MB  9 h     1.0 kB  +18 %  restored 22 Nov  4+4     03:00 CET',
    '✔ facturas  vps     2       022   12 MB  9 h     1.0 kB  +18 %  restored 22 Nov  4+4     03:00 CET',
    '✔ tienda    db-two  2       022   12 MB  9 h     1.0 kB  +18 %  restored 22 Nov  4+4     03:00 CET',
    '',
    '3 projects, 2 hosts, 1.2 s; free: vps 5.0 GB, db-two 5.0 GB, box box 800 GB',
    'status: all is well',
  ])
})

test('of one project alone, that the newest backup waits for its drill', () => {
  expect(told(report([host('vps', { onquota: {} })]))).toContain(
    '    the newest backup, of 24 Nov, has not been restored yet; the one of 22 Nov was, and was equal',
  )
})

test('files that this host did not make are told below its project, and all is well all the same', () => {
  const own = look().local.copies
  const found: Partial<Found> = {
    ledger: { value: ledger(...own.map(([name]) => name)) },
    look: {
      value: look({
        local: { ...look().local, copies: [...own, [named('20251124_120000'), 2_000_000]] },
        boxes: [box({ copies: [...own, [named('20260101_000000'), 1000], [named('20260102_000000'), 1000]] })],
      }),
    },
  }
  const lines = told(report([host('vps', { onquota: found, facturas: {} })]), { width: 130 })
  expect(lines.slice(1, 5)).toEqual([
    expect.stringMatching(/^✔ onquota .* 4\+4 /),
    '    on the host, not created by bitacora on this host: 1 file named like backups, 2.0 MB, up to 365 d old; never pruned, never',
    '    restored unasked',
    '    on the box box, not created by bitacora on this host: 2 files named like backups, 2.0 kB, up to 328 d old; never pruned, never',
  ])
  expect(lines.at(-1)).toBe('status: all is well')
})

test('what is not so stands below its project, last, with the next command; what could not be looked at stands lowest', () => {
  const hosts = [
    host('vps', { onquota: AWAY, facturas: DROPPED, tienda: {} }),
    host('web', {}, { error: 'nothing listens there\nis it up?', ok: false }),
  ]
  expect(told(report(hosts, { warnings: ['two backups overlap'], inventory: '/srv/other.json' }))).toEqual([
    '  project   host  tables  head  data   newest  size    usual  proof            copies  next run',
    '✔ tienda    vps   2       022   12 MB  9 h     1.0 kB  +18 %  restored 22 Nov  4+4     03:00 CET',
    '',
    '! facturas  vps   1/2     022   12 MB  9 h     1.0 kB  +18 %  restored 22 Nov  4+4     03:00 CET',
    '    table clients is missing',
    '      npx zx tasks/restore.mjs facturas --table clients --inventory /srv/other.json',
    '    the last run failed at upload, 9 h ago: the box is full',
    '      npx zx tasks/backup.mjs facturas --inventory /srv/other.json',
    '    nothing is pruned: it is small',
    '      npx zx tasks/backup.mjs facturas --acknowledge --inventory /srv/other.json',
    '',
    '? onquota   vps   2       022   12 MB  ?       –       –      restored 22 Nov  4+?     03:00 CET',
    '    box-copy: could not read box: Connection refused',
    '      npx zx tasks/box.mjs onquota --inventory /srv/other.json',
    '',
    '✖ web  was not reached, or gave no answer',
    '    nothing listens there',
    '    is it up?',
    '',
    '! two backups overlap',
    '',
    '3 projects, 2 hosts, 1.2 s; free: vps 5.0 GB, box box 800 GB',
    'status: 1 project is not as it should be: facturas',
    '        could not look at all of onquota',
    '        could not reach web',
  ])
})

test('nothing to look at but a host that is away', () => {
  expect(told(report([host('web', {}, { error: 'no answer', ok: false })]))).toEqual([
    '✖ web  was not reached, or gave no answer',
    '    no answer',
    '',
    '0 projects, 1 host, 1.2 s',
    'status: could not reach web',
  ])
})

test('without backups, without a database, nothing known', () => {
  const found: Partial<Found> = {
    tables: { value: null },
    bytes: { value: null },
    current: { value: null },
    look: undefined as never,
  }
  expect(told(report([host('vps', { onquota: found })])).slice(0, 2)).toEqual([
    '  project  host  tables  head  data  newest  size  usual  proof  copies  next run',
    '✔ onquota  vps   ?/2     –     –     –       –     –      –      –       –',
  ])
})

const LONG = { 'a-project-with-a-rather-long-name': { ...DROPPED, current: { value: ['3f2a9c10b5d7'] } } }

test.each([100, 80, 60])('no line is wider than %i columns, whatever the names; what matters least goes first', (width) => {
  const lines = told(report([host('a-host-with-a-long-name.example.net', LONG)]), { width })
  expect(Math.max(...lines.filter((line) => !line.includes('npx')).map((line) => line.length))).toBeLessThanOrEqual(width)
  expect(lines[0]).toMatch(/project .*tables .*newest .*proof/)
  expect(lines.join('\n')).toContain('a-projec')
  expect(lines[0]?.includes('usual')).toBe(width === 100)
})

test('colours: the cells that are not so, the mark, and no others', () => {
  const [head, row] = told(report([host('vps', { onquota: DROPPED })]), { colours: true })
  expect([head?.slice(0, 4), head?.slice(-5)]).toEqual([`${ESC}[2m`, `${ESC}[22m`])
  const red = (row ?? '')
    .split(`${ESC}[31m`)
    .slice(1)
    .map((text) => text.split(ESC)[0])
  // Tables, the newest (its last run), and the size, which holds pruning.
  expect(red).toEqual(['1/2', '9 h', '1.0 kB', '+18 %'])
  expect(row).toContain('\u001B[33m!\u001B[39m')
  expect(told(report([host('vps', { onquota: DROPPED })])).join('')).not.toContain('\u001B')
})

test('what a host says cannot move the cursor', () => {
  const answer = { error: 'exit 1: \u001B[2J\u001B[31mboo\nsecond line' }
  const text = told(report([host('vps', { onquota: { look: answer } })])).join('\n')
  expect(text).toContain('could not be checked: exit 1: boo second line')
  expect(text).not.toContain('\u001B')
})

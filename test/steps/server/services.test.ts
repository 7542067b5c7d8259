import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { servicesStep } from '../../../lib/steps/server/services.ts'
import { asked, context, expectUnreadable, help, plan, rows } from '../common/support.ts'

const step = servicesStep(context().host, true)
const unit = (id: string, state = 'enabled', active = 'active') => `Id=${id}\nActiveState=${active}\nUnitFileState=${state}\n`
const all = (...changed: string[]) =>
  ['postgresql.service', 'cron.service', 'logrotate.timer']
    .map((id) => changed.find((one) => one.startsWith(`Id=${id}\n`)) ?? unit(id))
    .join('\n')
const START = '/etc/postgresql/15/main/start.conf'

test.each([
  ['no systemd', null, []],
  ['right', all(), []],
  ['cron disabled', all(unit('cron.service', 'disabled')), [['service cron.service', 'disabled', 'enabled', 'person']]],
  ['cron masked', all(unit('cron.service', 'masked')), [['service cron.service', 'masked', 'enabled', 'person']]],
  [
    'PostgreSQL disabled',
    all(unit('postgresql.service', 'disabled')),
    [['service postgresql.service', 'disabled', 'enabled', 'person']],
  ],
  [
    'the timer stopped',
    all(unit('logrotate.timer', 'enabled', 'inactive')),
    [['service logrotate.timer', 'inactive', 'active', 'person']],
  ],
  ['units that are not there', all(unit('cron.service', '', 'inactive'), unit('logrotate.timer', '', 'inactive')), []],
  [
    'a cluster that is started by hand',
    `start manual ${START}\n`,
    [[`start of PostgreSQL in ${START}`, 'manual', 'auto', 'person']],
  ],
])('%s', (_what, services, changes) => {
  expect(rows(plan(step, { services }))).toEqual(changes)
})

test('the ways out', () => {
  expect(help(plan(step, { services: all(unit('cron.service', 'masked')) }))).toContain(
    'systemctl unmask cron.service && systemctl enable --now cron.service',
  )
})

test('unreadable', () => expectUnreadable(step))

const folder = mkdtempSync(join(tmpdir(), 'bitacora-services-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a real shell reads the cluster of our port, and asks systemd where it runs', async () => {
  for (const [cluster, port] of [
    ['main', 5432],
    ['other', 5433],
  ] as const) {
    mkdirSync(join(folder, 'pg/15', cluster), { recursive: true })
    writeFileSync(join(folder, 'pg/15', cluster, 'postgresql.conf'), `# port = 1\nport = ${port} # (change requires restart)\n`)
    writeFileSync(join(folder, 'pg/15', cluster, 'start.conf'), '# auto\n\nmanual\n')
  }
  writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\nprintf 'Id=%s\\nUnitFileState=disabled\\nActiveState=active\\n\\n' "$4"\n`)
  chmodSync(join(folder, 'systemctl'), 0o755)
  const { services } = await asked(step, (text) =>
    text
      .replaceAll('/etc/postgresql', join(folder, 'pg'))
      .replaceAll('/run/systemd/system', folder)
      .replaceAll('|| systemctl', `|| ${folder}/systemctl`),
  )
  expect(services).toEqual({
    value: {
      manual: [`manual ${folder}/pg/15/main/start.conf`],
      units: [{ id: 'postgresql.service', state: 'disabled', active: 'active' }],
    },
  })
})

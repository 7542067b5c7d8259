import { expect, test } from 'vitest'
import { converge } from '../../../lib/engine/converge.ts'
import { newHolder } from '../../../lib/engine/lock.ts'
import { configText } from '../../../lib/steps/backup/config.ts'
import { places } from '../../../lib/steps/backup/places.ts'
import { holdsUnread, withoutSecrets } from '../../../lib/steps/common/unread.ts'
import { recipe } from '../../../lib/steps/index.ts'
import { Masker } from '../../../lib/text/masker.ts'
import { localMachine } from '../../engine/support.ts'
import { context, file, plan, rows } from './support.ts'

const full = context({
  'projects.onquota.database.readers': [{ name: 'report', password: { env: 'READER_PASSWORD' } }],
  'projects.onquota.migrations.env.API_TOKEN': { env: 'API_TOKEN' },
  'projects.onquota.envFile': {
    path: '/opt/onquota/.env',
    variables: { URL: 'postgresql://{owner}:{password}@{host}/{database}', DB: '{database}' },
  },
  'projects.onquota.backup.signingKey': { env: 'SIGNING_KEY' },
  'projects.onquota.backup.notify': { ping: { env: 'API_TOKEN' } },
  'boxes.box.key': { env: 'BOX_KEY' },
})
const steps = recipe(full.host, [withoutSecrets(full)])
const stepOf = (name: string) => steps.find((step) => step.name === name)!

test('the same steps in the same order, and nothing that stands for a secret travels to a host', () => {
  expect(steps.map(({ name }) => name)).toEqual(recipe(full.host, [full]).map(({ name }) => name))
  const facts = steps.flatMap((step) => Object.values(step.facts))
  const asked = facts.map((fact) =>
    fact.kind === 'shell' ? fact.script.reveal() : fact.kind === 'sql' ? fact.query.reveal() : fact.path,
  )
  expect(asked.filter(holdsUnread)).toEqual([])
})

test('each step that leaves something out says what, and none of them is ever applied', async () => {
  const left = steps.flatMap((step) => step.notChecked?.({ code: null }) ?? [])
  expect(left).toEqual([
    'the password of onquota_user',
    'the password of report',
    'the value of URL in /opt/onquota/.env',
    'the key that signs backups',
    'DB_PASSWORD, SIGNING_PUBLIC, STORAGEBOX_PASSWORD, PING_URL of the config',
    'the private key for box 1',
  ])
  const options = { port: 5432, check: false, holder: newHolder('r', 'provision'), wait: 0, masker: new Masker() }
  await expect(converge(localMachine(), steps, options)).rejects.toThrow(/never applied/)
})

test('the config is compared but for its secrets', () => {
  const text = configText(full, full.project.backup!).reveal()
  const found = (content: string | null, changes = {}) =>
    rows(plan(stepOf('config'), { found: content === null ? null : file(content, { mode: '0600', ...changes }), copies: null }))
  expect(found(text)).toEqual([])
  expect(found(text.replace(/^DB_PASSWORD=.*$/m, 'DB_PASSWORD=other'))).toEqual([])
  const path = `file ${places('onquota').config}`
  expect(found(text.replace(/^JOBS=.*$/m, 'JOBS=9'))).toEqual([[path, 'another JOBS', 'as the inventory says', 'run']])
  expect(found(text.replace(/^DB_PASSWORD=.*\n/m, ''))).toEqual([[path, 'another DB_PASSWORD', 'as the inventory says', 'run']])
  expect(found(text, { mode: '0644' })).toEqual([[`${path} mode`, '0644', '0600', 'run']])
  expect(found(null)).toEqual([[path, null, 'root, 0600', 'run']])
})

test('keys are there, and root’s alone', () => {
  const of = (content: string, mode: string) => rows(plan(stepOf('box-key'), { found: file(content, { mode }) }))
  expect(of('any', '0600')).toEqual([])
  expect(of('', '0600')).toHaveLength(1)
  expect(of('any', '0640')).toHaveLength(1)
})

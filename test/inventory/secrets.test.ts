import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SecretError, checkInventory, resolveSecrets, select } from '../../lib/inventory/index.ts'
import type { Selection } from '../../lib/inventory/index.ts'
import { readSecret } from '../../lib/inventory/secret-source.ts'
import { Masker } from '../../lib/text/masker.ts'
import { sshKey } from '../support/keys.ts'
import { type Anything, good, project, set } from './support.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const VALUE = 'hunter2-hunter2'

function write(name: string, text: string | Buffer, mode = 0o600): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

function resolved(data: Anything, selection: Selection = {}, options: Partial<Parameters<typeof resolveSecrets>[2]> = {}) {
  const inventory = checkInventory(data, join(folder, 'inventory.json'))
  const masker = new Masker()
  const answer = resolveSecrets(inventory, select(inventory, selection), { needs: ['setup'], masker, ...options })
  const secrets = answer.then(({ secret }) => secret)
  // A test may look at either.
  secrets.catch(() => {})
  return { inventory, masker, answer, secrets }
}

/** With time enough for a command that ends, however busy the machine is. */
const read = (ref: Parameters<typeof readSecret>[0], lines = false, timeoutMs = 60_000) =>
  readSecret(ref, { directory: folder, lines, timeoutMs })

test('reads each kind of place, without its last newline', async () => {
  vi.stubEnv('T_SECRET', VALUE)
  expect(await read({ env: 'T_SECRET' })).toEqual({ value: VALUE })
  expect(await read({ file: write('a', `${VALUE}\n`) })).toEqual({ value: VALUE })
  expect(await read({ file: write('b', ` ñ€ "'$(id)% \r\n`, 0o400) })).toEqual({ value: ` ñ€ "'$(id)% ` })
  expect(await read({ command: ['printf', '%s\\n', `$HOME;${VALUE}`] })).toEqual({ value: `$HOME;${VALUE}` })
  expect(await read({ command: ['pwd'] })).toEqual({ value: folder })
  expect(await read({ file: write('key', 'one\ntwo\n\n') }, true)).toEqual({ value: 'one\ntwo\n' })
})

test('tells what is wrong with a place, never what it holds', async () => {
  vi.stubEnv('T_EMPTY', '')
  vi.stubEnv('T_LINES', `${VALUE}\n${VALUE}`)
  const byHand = 'run it by hand to see why'
  const file = (name: string, text: string | Buffer, mode?: number) => ({ file: write(name, text, mode) })
  const command = (script: string) => ({ command: ['sh', '-c', script] })
  const table: [Parameters<typeof readSecret>[0], string, boolean?][] = [
    [{ env: 'T_MISSING' }, 'the environment variable T_MISSING is not set'],
    [{ env: 'T_EMPTY' }, 'the environment variable T_EMPTY is empty'],
    [{ env: 'T_LINES' }, 'the environment variable T_LINES gives more than one line; a password is one'],
    [{ file: join(folder, 'none') }, `the file ${folder}/none does not exist`],
    [{ file: folder }, `the file ${folder} is not a regular file`],
    [{ file: join(write('plain', VALUE), 'x') }, `the file ${folder}/plain/x cannot be read (ENOTDIR)`],
    [file('open', VALUE, 0o640), `the file ${folder}/open can be read by others (mode 0640); close it: chmod 600 ${folder}/open`],
    [file('empty', '\n'), `the file ${folder}/empty is empty`],
    [file('lines', `${VALUE}\n${VALUE}\n`), `the file ${folder}/lines gives more than one line; a password is one`],
    [file('nul', `${VALUE}\0`), `the file ${folder}/nul gives a control character; only visible characters are possible`],
    [file('c1', `${VALUE}\u0085`), `the file ${folder}/c1 gives a control character; only visible characters are possible`],
    [
      file('crlf', `${VALUE}\r\nx\r\n`),
      `the file ${folder}/crlf gives a control character (carriage return: Windows line ends?); only visible characters are possible`,
      true,
    ],
    [file('bytes', Buffer.from([0x68, 0xff])), `the file ${folder}/bytes gives something that is not UTF-8 text`],
    [file('large', 'x'.repeat(70_000)), `the file ${folder}/large gives more than 65536 bytes; is it the right one?`],
    [command(`echo ${VALUE}; echo ${VALUE} >&2; exit 3`), `the command sh ended with exit code 3; ${byHand}`],
    [command(`echo ${VALUE}; kill -9 $$`), `the command sh ended with SIGKILL; ${byHand}`],
    [command(':'), 'the command sh printed nothing'],
    [command('yes'), 'the command sh gives more than 65536 bytes; is it the right one?'],
    [{ command: ['no-such-program-here', VALUE] }, 'the command no-such-program-here is not installed, or not on the PATH'],
    [{ command: [write('not-executable', VALUE), VALUE] }, `the command ${folder}/not-executable cannot be started (EACCES)`],
  ]
  for (const [ref, problem, lines] of table) expect(await read(ref, lines)).toEqual({ problem })
})

test('a command that takes too long is ended with all that it started', async () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  // Whatever lives of it holds the pipe open: a reader finds its end (0 bytes) once all are gone, and until then EAGAIN.
  const ended = () => {
    try {
      return readSync(reader, Buffer.alloc(1)) === 0
    } catch {
      return false
    }
  }
  expect(await read({ command: ['sh', '-c', `exec 3>${pipe}; echo ${VALUE}; sleep 1000 & wait`] }, false, 300)).toEqual({
    problem: 'the command sh gave no answer within 0.3 s; run it by hand to see why, it may be asking something',
  })
  await expect.poll(ended, { timeout: 60_000 }).toBe(true)
  closeSync(reader)
})

test('every missing secret is told at once, by field, in order', async () => {
  const data = good()
  data.projects.facturas = project('facturas', 4)
  set(data, 'hosts.vps.sudoPassword', { file: 'sudo' })
  set(data, 'projects.onquota.migrations.env', { API_KEY: { command: ['false'] }, MODE: 'x' })
  set(data, 'projects.onquota.database.readers', [{ name: 'report', password: { env: 'T_MISSING' } }])
  set(data, 'boxes.box.key', { file: 'key' })
  const error = await resolved(data).secrets.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(SecretError)
  expect((error as Error).message).toBe(
    [
      '7 secrets cannot be used:',
      `  hosts.vps.sudoPassword: the file ${folder}/sudo does not exist`,
      '  projects.onquota.database.password: the environment variable ONQUOTA_PASSWORD is not set',
      '  projects.onquota.database.readers[0].password: the environment variable T_MISSING is not set',
      '  projects.onquota.migrations.env.API_KEY: the command false ended with exit code 1; run it by hand to see why',
      '  boxes.box.password: the environment variable BOX_PASSWORD is not set',
      `  boxes.box.key: the file ${folder}/key does not exist`,
      '  projects.facturas.database.password: the environment variable FACTURAS_PASSWORD is not set',
    ].join('\n'),
  )
})

test("every box's secrets are needed, not the first one's alone", async () => {
  vi.stubEnv('ONQUOTA_PASSWORD', VALUE)
  vi.stubEnv('BOX_PASSWORD', VALUE)
  const data = set(good(), 'boxes.two', { ...good().boxes.box, user: 'u2', password: { env: 'T_TWO' } })
  set(data, 'projects.onquota.backup', { boxes: ['box', 'two'] })
  await expect(resolved(data).secrets).rejects.toThrow('boxes.two.password: the environment variable T_TWO is not set')
  vi.stubEnv('T_TWO', 'another-value')
  const { inventory, secrets } = resolved(data)
  expect((await secrets)(inventory.boxes['two']!.password!).reveal()).toBe('another-value')
})

test('only what the selection needs is looked up, each place once', async () => {
  const data = good()
  const count = join(folder, 'count')
  const counting = { command: ['sh', '-c', `echo x >> ${count}; echo ${VALUE}`] }
  data.projects.facturas = project('facturas', 4)
  data.projects.tienda = { ...project('tienda', 5), host: 'web' }
  set(set(data, 'projects.onquota.database.password', counting), 'projects.facturas.database.password', { ...counting })
  vi.stubEnv('BOX_PASSWORD', 'box-password')
  const { inventory, secrets } = resolved(data, { host: 'vps' })
  const secret = await secrets
  expect(secret(inventory.projects['onquota']!.database.password).reveal()).toBe(VALUE)
  expect(secret(inventory.projects['facturas']!.database.password).reveal()).toBe(VALUE)
  expect(secret(inventory.boxes['box']!.password!)).toMatchObject({ name: 'boxes.box.password' })
  expect(readFileSync(count, 'utf8')).toBe('x\n')
  expect(() => secret(inventory.projects['tienda']!.database.password)).toThrow('does not need')
})

test("a project without backup does not need the box's password", async () => {
  const data = good()
  delete data.projects.onquota.backup
  vi.stubEnv('ONQUOTA_PASSWORD', VALUE)
  const { inventory, secrets } = resolved(data)
  expect((await secrets)(inventory.projects['onquota']!.database.password).reveal()).toBe(VALUE)
})

test('a signing key is several lines, and refused by its field where it can sign nothing', async () => {
  vi.stubEnv('ONQUOTA_PASSWORD', VALUE)
  vi.stubEnv('BOX_PASSWORD', VALUE)
  const { private: key } = sshKey()
  const data = set(good(), 'projects.onquota.backup.signingKey', { file: write('signing', key) })
  const { inventory, secrets } = resolved(data)
  expect((await secrets)(inventory.projects['onquota']!.backup!.signingKey!).reveal()).toBe(key.trimEnd())
  set(data, 'projects.onquota.backup.signingKey', { file: write('locked', sshKey('-N', VALUE).private) })
  await expect(resolved(data).secrets).rejects.toThrow(
    /projects\.onquota\.backup\.signingKey: the private key has a passphrase.*ssh-keygen -q -t ed25519 -N '' -C onquota-backups -f FILE$/,
  )
  set(data, 'projects.onquota.backup.signingKey', { env: 'ONQUOTA_PASSWORD' })
  const error = await resolved(data).secrets.catch((thrown: unknown) => thrown)
  expect((error as Error).message).toContain("backup.signingKey: this is no private key in OpenSSH's format")
  expect((error as Error).message).not.toContain(VALUE)
})

/** An inventory with a secret in every place that may hold one, each its own environment variable. */
function everywhere(): { data: Anything; fields: string[] } {
  const data = good()
  const places = {
    'hosts.vps.sudoPassword': 'sudoPassword',
    'projects.onquota.database.password': 'database.password',
    'projects.onquota.migrations.env.API_KEY': 'migrations.env.API_KEY',
    'projects.onquota.backup.encryption.identity': 'backup.encryption.identity',
    'projects.onquota.backup.signingKey': 'backup.signingKey',
    'projects.onquota.backup.notify.ping': 'backup.notify.ping',
    'projects.onquota.backup.notify.webhook': 'backup.notify.webhook',
    'boxes.box.password': 'boxes.password',
    'boxes.box.key': 'boxes.key',
  }
  set(data, 'projects.onquota.backup.encryption.recipients', [`age1${'q'.repeat(58)}`])
  set(data, 'projects.onquota.database.readers', [{ name: 'report', password: { env: 'readers' } }])
  // It only looks like a place of a secret.
  set(data, 'projects.onquota.migrations.env.env', 'production')
  for (const [place, field] of Object.entries(places)) set(data, place, { env: field.replaceAll('.', '_') })
  const fields = ['database.readers.password', ...Object.values(places)]
  vi.stubEnv('readers', 'value-of-readers')
  for (const field of fields) vi.stubEnv(field.replaceAll('.', '_'), `value-of-${field}`)
  vi.stubEnv('backup_signingKey', sshKey().private.trimEnd())
  return { data, fields }
}

test('a run knows the secrets that it needs, and no others, and so does its masker', async () => {
  const { data, fields } = everywhere()
  const isKnown = async (needs: Parameters<typeof resolveSecrets>[2]['needs']) => {
    const { masker, answer } = resolved(data, {}, { needs })
    await answer
    return fields.filter((field) => {
      const value = field.endsWith('readers.password') ? 'value-of-readers' : process.env[field.replaceAll('.', '_')]!
      return masker.text(value) === '••••'
    })
  }
  expect(await isKnown(['setup', 'decrypt'])).toEqual(fields)
  expect(await isKnown(['setup'])).toEqual(fields.filter((field) => field !== 'backup.encryption.identity'))
  expect(await isKnown(['drill', 'decrypt'])).toEqual(['sudoPassword', 'database.password', 'backup.encryption.identity'])
  expect(await isKnown([])).toEqual(['sudoPassword'])
})

test('a secret that the run does not need is not given', async () => {
  const { data } = everywhere()
  const { inventory, secrets } = resolved(data, {}, { needs: [] })
  const secret = await secrets
  expect(() => secret(inventory.projects['onquota']!.database.password)).toThrow('that this run does not need')
  expect(secret(inventory.hosts['vps']!.sudoPassword!).reveal()).toBe('value-of-sudoPassword')
})

test('an address that stands in the inventory itself is known to the masker', async () => {
  const data = set(good(), 'projects.onquota.backup.notify', {
    ping: 'https://hc.example/5bd7a3de-1c1f-4b0e',
    webhook: 'https://x.example/hook',
  })
  const { masker, answer } = resolved(data, {}, { needs: [] })
  await answer
  expect(masker.text('GET /5bd7a3de-1c1f-4b0e, POST https://x.example/hook')).toBe('GET /••••, POST ••••')
})

test('a short password of a database, a reader or a box is refused where it would be set, else warned of', async () => {
  const { data } = everywhere()
  for (const name of ['database_password', 'readers', 'boxes_password', 'sudoPassword']) vi.stubEnv(name, 'ñañañañ')
  const short = (place: string, name: string) =>
    `${place}: the environment variable ${name} gives a password of fewer than 8 characters, which is soon guessed and can't be taken out of what programs print; set a longer one`
  const all = [
    short('projects.onquota.database.password', 'database_password'),
    short('projects.onquota.database.readers[0].password', 'readers'),
    short('boxes.box.password', 'boxes_password'),
  ]
  await expect(resolved(data, {}, { strict: true }).answer).rejects.toThrow(`3 secrets cannot be used:\n  ${all.join('\n  ')}`)
  expect((await resolved(data).answer).warnings).toEqual(all)
  for (const name of ['database_password', 'readers', 'boxes_password']) vi.stubEnv(name, 'ñañañañ8')
  expect((await resolved(data, {}, { strict: true }).answer).warnings).toEqual([])
})

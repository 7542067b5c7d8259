import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InventoryError, exampleAddress, jsonSchema, loadInventory } from '../../lib/inventory/index.ts'
import { FILE, HOST_KEY, check, good, problems, project, set } from './support.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inventory-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string | Buffer): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const ANOTHER = 'name another with --inventory FILE or BITACORA_INVENTORY'
const files: [string, string | Buffer, string][] = [
  ['comma.json', '{\n  "hosts": {},\n}', 'line 3, column 1: expected something after the comma; take the comma away before }'],
  ['comment.json', '{ // hosts\n}', 'line 1, column 3: JSON has no comments; take it out'],
  [
    'bare.json',
    '{\n "password": hunter2 }',
    'line 2, column 14: expected a value: a text in double quotes, a number, true, false, null, { or [',
  ],
  [
    'twice.json',
    '{"hosts":{\n"vps":{},\n"vps":{}}}',
    'line 3, column 1: hosts.vps stands there twice, first in line 2; one of them would be lost',
  ],
  [
    'escaped.json',
    '{"hosts":{"vps":{},"\\u0076ps":{}}}',
    'line 1, column 20: hosts.vps stands there twice, first in line 1; one of them would be lost',
  ],
  ['open.json', '{"hosts": {', 'line 1, column 12: expected a name in double quotes'],
  [
    'string.json',
    '{"password": "hunter2\n"}',
    'line 1, column 14: a text that begins here has no end on its line, or a backslash that JSON does not know',
  ],
  ['empty.json', '', 'line 1, column 1: expected a value: a text in double quotes, a number, true, false, null, { or ['],
  ['latin1.json', Buffer.from('{"hosts": "\xe9"}', 'latin1'), 'is not UTF-8 text; save it as UTF-8'],
  ['none.mjs', 'export const hosts = {}', 'has no default export; end it with: export default { hosts, boxes, projects }'],
  [
    'function.mjs',
    'export default () => ({})',
    'its default export is a function; it needs the object itself: export default { hosts, boxes, projects }',
  ],
  [
    'promise.mjs',
    'export default Promise.resolve({})',
    'its default export is a promise; it needs the object itself: export default { hosts, boxes, projects }',
  ],
  ['throws.mjs', 'throw new Error("no such setting")', 'could not be loaded: no such setting'],
  ['hosts.yaml', 'hosts:', `is neither JSON (.json) nor a module (.ts .mts .js .mjs .cjs .cts); ${ANOTHER}`],
]

test.each(files)('%s', async (name, text, said) => {
  const file = write(name, text)
  const error = await loadInventory(file).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(InventoryError)
  expect((error as Error).message).toBe(`${file}: ${said}`)
})

// By node itself: the test runner's own import words such errors differently.
test.each([
  ['syntax.ts', ' in line 2 of '],
  ['syntax.mjs', ''],
])('a syntax error in %s is told without the source', (name, place) => {
  const file = write(name, "export default {\n  password: hunter2 'hunter2',\n}\n")
  const script = `import { loadInventory } from ${JSON.stringify(join(process.cwd(), 'lib/inventory/index.ts'))}
    await loadInventory(${JSON.stringify(file)}).catch((error) => console.log(error.message))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(stdout).toBe(
    `${file}: there is a syntax error${place === '' ? '' : place + file}; running the file itself with node shows it\n`,
  )
})

test('a file that is not there, and a folder, say what to do', async () => {
  const missing = join(folder, 'missing.json')
  await expect(loadInventory(missing)).rejects.toThrow(`${missing}: there is no such file; ${ANOTHER}`)
  mkdirSync(join(folder, 'folder.json'))
  await expect(loadInventory(join(folder, 'folder.json'))).rejects.toThrow(`is a folder, not a file; ${ANOTHER}`)
})

test('an unreadable file says what to look at', async () => {
  const file = join(folder, 'loop.json')
  symlinkSync(file, file)
  await expect(loadInventory(file)).rejects.toThrow(
    `${file}: cannot be read (ELOOP): see its owner and mode with ls -l, or ${ANOTHER}`,
  )
})

test('several problems stand one a line below the file, from every part at once', () => {
  const data = good()
  data.projects.facturas = { ...project('facturas', 4), database: { ...project('facturas').database, name: 'onquota_db' } }
  set(set(set(data, 'hosts.web.port', 0), 'boxes.box.usr', 'u1'), 'projects.tienda', { ...project('tienda'), host: 'wbe' })
  expect(() => check(data)).toThrow(
    [
      `${FILE}:`,
      '  hosts.web.port: found 0; it needs a port, a whole number from 1 to 65535',
      '  boxes.box.usr: no such field; did you mean user?',
      '  projects.tienda.host: found "wbe", but there is no such host; did you mean web?',
      '  projects.facturas.database.name: projects.onquota and projects.facturas share the database onquota_db, on vps; give each its own',
    ].join('\n'),
  )
})

test('what is left out has its default, and relative paths start at the inventory', async () => {
  const file = write(
    'good.json',
    JSON.stringify({
      hosts: { vps: { identityFile: 'id_ed25519', knownHostsFile: '~/.ssh/known', sudoPassword: { file: 'secrets/sudo' } } },
      boxes: { box: { address: 'box', user: 'u1', key: { file: '/etc/key' }, hostKey: `${HOST_KEY} a comment` } },
      projects: {
        onquota: {
          host: 'vps',
          database: { name: 'd', owner: 'o', password: { command: ['pass', 'd'] } },
          migrations: { directory: '/opt/d' },
          backup: { box: 'box', schedule: ' 0  4 * * * ' },
        },
      },
    }),
  )
  expect(await loadInventory(file)).toEqual({
    file,
    directory: folder,
    warnings: [],
    hosts: {
      vps: {
        name: 'vps',
        address: 'vps',
        identityFile: join(folder, 'id_ed25519'),
        knownHostsFile: join(homedir(), '.ssh/known'),
        sudoPassword: { file: join(folder, 'secrets/sudo') },
        postgresql: { port: 5432 },
        minimumFreeMiB: 1024,
      },
    },
    boxes: { box: { name: 'box', address: 'box', port: 23, user: 'u1', key: { file: '/etc/key' }, hostKey: HOST_KEY } },
    projects: {
      onquota: {
        name: 'onquota',
        host: 'vps',
        database: {
          name: 'd',
          owner: 'o',
          password: { command: ['pass', 'd'] },
          encoding: 'UTF8',
          locale: 'en_US.UTF-8',
          adopt: false,
          tablespace: 'pg_default',
          extensions: [],
          readers: [],
          otherRoles: [],
        },
        migrations: {
          directory: '/opt/d',
          command: ['python3', '-m', 'alembic'],
          urlVariable: 'DATABASE_URL',
          urlDriver: 'postgresql+psycopg2',
          env: {},
        },
        backup: {
          box: 'box',
          schedule: '0 4 * * *',
          remoteDirectory: '/home/backups/postgresql/onquota',
          boxes: [
            {
              name: 'box',
              address: 'box',
              port: 23,
              user: 'u1',
              key: { file: '/etc/key' },
              hostKey: HOST_KEY,
              remoteDirectory: '/home/backups/postgresql/onquota',
            },
          ],
          keepLocalDays: 30,
          keepRemoteDays: 90,
          keepDaily: 7,
          keepWeekly: 4,
          keepMonthly: 6,
          compression: 'gzip',
          compressionThreads: 1,
          jobs: 2,
          globals: true,
          loginRoles: false,
          drill: '9 4 * * 6',
        },
      },
    },
  })
})

test('several boxes: each with the folder of its own, else the one of all, else the default; the first stands alone too', () => {
  const data = good()
  data.boxes.two = { ...data.boxes.box, user: 'u2' }
  const backupOf = (backup: object) => check(set(data, 'projects.onquota.backup', backup)).projects['onquota']?.backup
  const places = (backup: object) =>
    backupOf(backup)?.boxes.map(({ name, user, remoteDirectory }) => [name, user, remoteDirectory])
  const own = { box: 'two', remoteDirectory: '/home/own' }
  expect(places({ boxes: ['box', own] })).toEqual([
    ['box', 'u1', '/home/backups/postgresql/onquota'],
    ['two', 'u2', '/home/own'],
  ])
  expect(places({ boxes: ['box', { box: 'two' }], remoteDirectory: '/home/all' })).toEqual([
    ['box', 'u1', '/home/all'],
    ['two', 'u2', '/home/all'],
  ])
  expect(backupOf({ boxes: [own, 'box'] })).toMatchObject({ box: 'two', remoteDirectory: '/home/own' })
  expect(backupOf({ box: 'two' })?.boxes).toMatchObject([{ name: 'two' }])
})

test('backup, migrations, envFile and boxes may be left out', () => {
  const data = good()
  delete data.boxes
  data.projects.onquota = { host: 'vps', database: project('onquota').database }
  expect(problems(data)).toEqual([])
})

test('the example inventory is right, but nothing connects to its addresses', async () => {
  const example = await loadInventory('inventory/index.ts')
  expect(example.projects['onquota']?.migrations?.tables).toHaveLength(36)
  expect(exampleAddress(example.hosts['vps']!)).toBe(
    "hosts.vps.address is still the example's 203.0.113.10; write your own there",
  )
  expect(exampleAddress(example.boxes['box']!)).toBe(
    "boxes.box.address is still the example's u000000.your-storagebox.de; write your own there",
  )
  expect(exampleAddress({ ...example.boxes['box']!, address: 'u1.your-storagebox.de' })).toMatch(
    /^boxes\.box\.hostKey is still the example's; ssh-keyscan -p 23 /,
  )
  const { hosts, boxes } = check(good())
  expect(exampleAddress(hosts['vps']!)).toBeUndefined()
  expect(exampleAddress(boxes['box']!)).toBeUndefined()
})

test('the JSON Schema describes what may be written', () => {
  expect(jsonSchema()).toMatchObject({ type: 'object', required: ['hosts', 'projects'], additionalProperties: false })
})

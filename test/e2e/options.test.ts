import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { execIn, openLab, renewHosts } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { LAB, failures, notOk, runVerb, stepsOf, writeInventory } from './support/run.ts'

const ENV_FILE = '/opt/tienda/backend/.env'
const READER = 'secrets/facturas_db'

let lab: Lab
let inventory: string

async function onHost(script: string): Promise<string> {
  const { code, stdout, stderr } = await execIn(lab, 'vps2', script)
  expect(`${code} ${stderr}`).toMatch(/^0 /)
  return stdout
}

const asReader = (statement: string) =>
  execIn(lab, 'vps2', `PGPASSWORD="$(cat)" psql -h 127.0.0.1 -U tienda_bi -d tienda_db -At -c "${statement}"`, {
    stdin: readFileSync(`${lab.directory}/${READER}`, 'utf8').trim(),
  })

// Its reader and limit would be nobody's to the files that follow.
afterAll(() => renewHosts(lab, 'vps2'))

beforeAll(async () => {
  lab = await openLab(LAB)
  const whole = JSON.parse(readFileSync(lab.inventoryFile, 'utf8')) as {
    projects: Record<string, Record<string, Record<string, unknown>>>
  }
  const tienda = whole.projects['tienda']!
  tienda['database'] = {
    ...tienda['database'],
    connectionLimit: 20,
    settings: { statement_timeout: '30s', TimeZone: 'UTC' },
    readers: [{ name: 'tienda_bi', password: { file: READER } }],
  }
  tienda['envFile'] = {
    path: ENV_FILE,
    variables: { DATABASE_URL: 'postgresql+asyncpg://{owner}:{password}@{host}:{port}/{database}', DB_USER: '{owner}' },
  }
  inventory = writeInventory(lab, 'options', { ...whole, projects: { tienda } })
  await onHost(
    `printf '# the shop\\nSECRET_KEY=keep me\\nexport DATABASE_URL="sqlite://"  \\n\\nDEBUG=0' > ${ENV_FILE}; chown deploy:deploy ${ENV_FILE}; chmod 0640 ${ENV_FILE}; rm -f ${ENV_FILE}.before-bitacora`,
  )
  expect(failures(await runVerb('provision', { inventory }))).toEqual([])
})

test('connection limit, settings, reader and .env are as declared, and a second run finds nothing', async () => {
  expect(notOk(await runVerb('provision', { inventory, check: true }))).toEqual([])
  expect(
    (
      await onHost(`cd /; su postgres -c "psql -Atc \\"SELECT rolconnlimit FROM pg_roles WHERE rolname = 'tienda_user'\\""`)
    ).trim(),
  ).toBe('20')
})

test('the .env keeps its order, comments, owner and mode; no copy of old secrets stays', async () => {
  const text = await onHost(`cat ${ENV_FILE}`)
  const password = readFileSync(`${lab.directory}/secrets/tienda_db`, 'utf8').trim()
  expect(text).toBe(
    `# the shop\nSECRET_KEY=keep me\nexport DATABASE_URL=postgresql+asyncpg://tienda_user:${password}@127.0.0.1:5432/tienda_db  \n\nDEBUG=0\nDB_USER=tienda_user\n`,
  )
  expect(await onHost(`stat -c '%a %U:%G' ${ENV_FILE}*`)).toBe('640 deploy:deploy\n')
  await onHost(`sed -i 's/^DB_USER=.*/DB_USER=somebody/' ${ENV_FILE}`)
  const report = await runVerb('provision', { inventory })
  expect(notOk(report)).toEqual([`tienda/env-file changed: file ${ENV_FILE}`])
  expect(stepsOf(report)['tienda/env-file']?.changes[0]?.from).toBe('another DB_USER')
  expect(await onHost(`cat ${ENV_FILE}`)).toBe(text)
})

test('the reader reads everything, also what the owner makes later, and writes nothing', async () => {
  expect((await asReader('SELECT count(*) FROM tenants')).stdout.trim()).toBe('0')
  await onHost(`cd /; su postgres -c "psql -q -d tienda_db -c 'SET ROLE tienda_user; CREATE TABLE made_later (id int)'"`)
  expect((await asReader('SELECT count(*) FROM made_later')).stdout.trim()).toBe('0')
  expect((await asReader('INSERT INTO made_later VALUES (1)')).stderr).toContain('permission denied')
  await onHost(`cd /; su postgres -c "psql -q -d tienda_db -c 'DROP TABLE made_later; REVOKE SELECT ON tenants FROM tienda_bi'"`)
  expect(notOk(await runVerb('provision', { inventory }))).toEqual(['tienda/readers changed: role tienda_bi privileges'])
  expect(notOk(await runVerb('provision', { inventory, check: true }))).toEqual([])
})

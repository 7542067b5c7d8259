import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execIn, mustExecIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project, Settings } from './backup-script/project.ts'
import { databaseContents } from './support/contents.ts'
import { LAB } from './support/run.ts'

/** It has PostgreSQL and nothing of ours. */
const BARE = 'vps2'
const FOLDER = '/tmp/rs_card'
/** What libpq takes for a connection string, a shell for its own, and createdb for an option. */
const ODD = `-rs "card's" = $x \\ db`
const ident = (name: string) => `"${name.replaceAll('"', '""')}"`
const GONE = `SET client_min_messages = warning; DROP DATABASE IF EXISTS ${ident(ODD)}; DROP DATABASE IF EXISTS rs_card_db; DROP ROLE IF EXISTS rs_card_user`

let lab: Lab
let project: Project
let page = ''

const blocks = (language: string) =>
  [...page.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].flatMap(([, name, text]) => (name === language ? [text ?? ''] : []))

/** The page's commands as they stand, one block after the other, by the system user postgres in an empty folder. */
async function follow(key = ''): Promise<{ code: number; output: string }> {
  const [install = '', ...rest] = blocks('sh')
  const [hostKey = ''] = blocks('')
  const { STORAGEBOX_HOST: host, STORAGEBOX_PORT: port, STORAGEBOX_PASSWORD: password } = project.settings
  await mustExecIn(
    lab,
    BARE,
    `rm -rf ${FOLDER}; mkdir -p ${FOLDER}/.ssh; cd ${FOLDER}; printf '[%s]:%s %s\\n' ${host} ${port} '${hostKey.trim()}' > .ssh/known_hosts
printf '#!/bin/sh\\necho %s\\n' '${password}' > askpass; chmod 700 askpass; ${key === '' ? '' : `echo '${key}' > key.txt;`} chown -R postgres ${FOLDER}
${install.replace('apt-get install', 'DEBIAN_FRONTEND=noninteractive apt-get -qq -y install')}`,
  )
  // ssh asks for the password by a program only, since there is no terminal; it reads its known hosts from the home of the account.
  const environment = `export SSH_ASKPASS=${FOLDER}/askpass SSH_ASKPASS_REQUIRE=force; mkdir -p ~/.ssh; cp ${FOLDER}/.ssh/known_hosts ~/.ssh/known_hosts; cd ${FOLDER}; set -e`
  const { code, stdout, stderr } = await execIn(lab, BARE, `su postgres -s /bin/bash -c 'bash -s'`, {
    stdin: [environment, ...rest].join('\n'),
  })
  return { code, output: stdout + stderr }
}

beforeAll(async () => {
  lab = await openLab(LAB)
  project = await makeProject('rs_card')
  await project.install('zstd', 'age')
})
afterAll(async () => {
  await execIn(lab, BARE, `rm -rf ${FOLDER} ~postgres/.ssh; cd /; su postgres -c 'psql -q'`, { stdin: GONE })
  await project?.host(`cd /; su postgres -c 'psql -q'`, `DROP DATABASE IF EXISTS ${ident(ODD)}`)
  await project?.remove()
})

describe.each<[string, Settings, boolean, string]>([
  ['plain, gzip', {}, false, ODD],
  ['zstd, encrypted', { COMPRESSION: 'zstd', COMPRESSION_LEVEL: '3' }, true, 'rs_card_db'],
  ['directory, encrypted', { COMPRESSION: 'directory' }, true, ODD],
])('the page on the box: %s', (_name, settings, encrypted, database) => {
  test('followed literally on a bare host, it brings everything back', async () => {
    const key = encrypted ? must(await project.host('age-keygen 2>/dev/null')).stdout : ''
    const recipient = /age1[0-9a-z]{58}/.exec(key)?.[0]
    const [from, to] = database === ODD ? ['rs_card_db', ODD] : [ODD, 'rs_card_db']
    const renamed = `SELECT format('ALTER DATABASE %I RENAME TO %I', datname, '${to.replaceAll("'", "''")}') FROM pg_database WHERE datname = '${from.replaceAll("'", "''")}' \\gexec`
    must(await project.host(`cd /; su postgres -c 'psql -q -v ON_ERROR_STOP=1'`, renamed))
    const { code, stdout, stderr } = await project.attempt({
      DB_NAME: database,
      ...settings,
      ...(recipient === undefined ? {} : { ENCRYPT_TO: recipient }),
    })
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    page = must(await project.box(`cat .${project.remote}/RESTORE.md`)).stdout
    for (const secret of [...project.secrets, 'AGE-SECRET-KEY-1Q']) expect(page).not.toContain(secret)
    await execIn(lab, BARE, `cd /; su postgres -c 'psql -q'`, { stdin: GONE })
    const followed = await follow(/AGE-SECRET-KEY-\S+/.exec(key)?.[0])
    expect(followed.code, `${page}\n${followed.output}`).toBe(0)
    expect(followed.output).toContain('public.notes: 20004')
    expect(await databaseContents(lab, BARE, database)).toBe(await databaseContents(lab, 'vps3', database))
    const owner = `cd /; su postgres -c "psql -Atc \\"SELECT pg_get_userbyid(datdba), rolpassword FROM pg_database JOIN pg_authid ON rolname = 'rs_card_user' WHERE datname LIKE '%rs%card%db'\\""`
    expect(await mustExecIn(lab, BARE, owner)).toBe(await mustExecIn(lab, 'vps3', owner))
  })
})

test('a copy that is damaged does not get past the second step', async () => {
  const { code, stdout, status } = await project.attempt({ DB_NAME: ODD })
  expect(code, stdout).toBe(0)
  must(await project.box(`printf X | dd of=.${status?.newest?.remotePath} bs=1 seek=999 conv=notrunc 2>/dev/null`))
  page = must(await project.box(`cat .${project.remote}/RESTORE.md`)).stdout
  const databases = (await execIn(lab, BARE, `cd /; su postgres -c 'psql -Atc "SELECT count(*) FROM pg_database"'`)).stdout.trim()
  const { code: failed, output } = await follow()
  expect(failed).not.toBe(0)
  expect(output).toMatch(/\.sql\.gz: FAILED/)
  expect((await execIn(lab, BARE, `cd /; su postgres -c 'psql -Atc "SELECT count(*) FROM pg_database"'`)).stdout.trim()).toBe(
    databases,
  )
})

import { singleQuoted } from '../../lib/text/quoting.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execIn, installPackages, mustExecIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { sshKey } from '../support/keys.ts'
import { ROOT } from './support/cli.ts'
import { LAB } from './support/run.ts'

const docs = readFileSync(join(ROOT, 'docs/backups.md'), 'utf8')
/** As the document has it, word for word, after the line that says what it is of. */
const [, first = '', command = ''] = /<!-- verify -->\s+```sh\n(PROJECT=[^\n]*)\n(.*?)```/s.exec(docs) ?? []
const NAME = 'backup_onquota_db_20260131_030000.sql.gz'
const FOLDER = '/var/tmp/verify-by-hand'
const [key, other] = [sshKey(), sshKey()]

let lab: Lab
const on = (script: string) => execIn(lab, 'vps3', `cd ${FOLDER} && bash -c ${singleQuoted(script)}`)

/** A manifest as the host makes it, and its signature; `edit` is jq's. */
const signed = (edit = '.', { by = 'key', namespace = 'bitacora-backup' } = {}) => `
sum() { printf '{"bytes":%s,"sha256":"%s"}' "$(stat -c %s $1)" "$(sha256sum < $1 | cut -c 1-64)"; }
rm -f ${NAME}.manifest.json.sig
printf '{"project":"onquota","name":"${NAME}","files":{"":%s,".globals.sql":%s}}' "$(sum ${NAME})" "$(sum ${NAME}.globals.sql)" |
  jq ${singleQuoted(edit)} > ${NAME}.manifest.json
ssh-keygen -q -Y sign -f ${by} -n ${namespace} ${NAME}.manifest.json`
const asMade = `printf 'the dump' > ${NAME}; printf 'roles' > ${NAME}.globals.sql\n${signed()}`
const verify = `PROJECT=onquota NAME=${NAME} KEY=key\n${command}`

beforeAll(async () => {
  lab = await openLab(LAB)
  await mustExecIn(lab, 'vps3', `mkdir -p ${FOLDER}; ${installPackages('jq')}`)
  const keys = `umask 077; printf %s ${singleQuoted(key.private)} > key; printf %s ${singleQuoted(other.private)} > other`
  expect(await on(keys)).toMatchObject({ code: 0, stderr: '' })
})
afterAll(() => mustExecIn(lab, 'vps3', `rm -rf ${FOLDER}`))

test('the document names this backup, and a place for the key', () => {
  expect(first).toBe(`PROJECT=onquota NAME=${NAME} KEY=~/onquota-signing-key`)
})

test("a backup as its host signs it is verified by the document's command", async () => {
  const { code, stdout } = await on(`${asMade}\n${verify}`)
  expect(stdout).toMatch(
    /Good "bitacora-backup" signature for onquota .*\ntrue\nbackup_onquota_db_20260131_030000\.sql\.gz: OK\nbackup_onquota_db_20260131_030000\.sql\.gz\.globals\.sql: OK\n$/,
  )
  expect(code).toBe(0)
})

test('the public half alone does as well', async () => {
  const publicOnly = verify.replace('$(ssh-keygen -y -f "$KEY")', '$(cat "$KEY.pub")')
  expect(docs).toContain('`echo "$PROJECT $(cat "$KEY.pub")" > allowed_signers`')
  expect(await on(`${asMade}\nssh-keygen -y -f key > key.pub\n${publicOnly}`)).toMatchObject({ code: 0 })
})

describe('anything else is refused', () => {
  test.each<[string, string]>([
    ['another dump', `printf x >> ${NAME}`],
    ['a line more in the globals', `printf x >> ${NAME}.globals.sql`],
    ['another manifest', `printf '{}' > ${NAME}.manifest.json`],
    ['another key', signed('.', { by: 'other' })],
    ['a signature for something else', signed('.', { namespace: 'file' })],
    ['another project of the same key', signed('.project = "facturas"')],
    ['another backup under this name', signed('.name = "backup_onquota_db_20250101_030000.sql.gz"')],
    ['no signature', `rm ${NAME}.manifest.json.sig`],
  ])('%s', async (_what, meddle) => {
    const { code, stdout } = await on(`set -e\n${asMade}\n${meddle}\necho meddled\nset +e\n${verify}`)
    expect(stdout).toContain('meddled')
    expect(code).not.toBe(0)
  })
})

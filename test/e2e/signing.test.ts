import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manifestSchema } from '../../lib/steps/backup/manifest.ts'
import { execIn, installPackages, labInventory, mustExecIn, openLab, renewHosts, resetHost } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { databaseContents } from './support/contents.ts'
import { runTask } from './support/cli.ts'
import { LAB, failures, notOk, runVerb, stepsOf, writeInventory } from './support/run.ts'

const FOLDER = '/srv/box/home/backups/postgresql/onquota'
const KEY = '/opt/postgresql-backups/configs/signing-key-onquota'
const LEDGER = '/var/backups/postgres/ledger_onquota.jsonl'
let lab: Lab
let unsignedInventory: string
const onBox = (script: string) => mustExecIn(lab, 'box', `cd ${FOLDER} && ${script}`)
const onHost = (script: string) => mustExecIn(lab, 'vps', script)
const psql = (sql: string, database = 'onquota_db') =>
  onHost(`cd /; su postgres -c "psql -qAt -v ON_ERROR_STOP=1 ${database}" <<'SQL'\n${sql}\nSQL`)
const newestOnBox = async () => (await onBox(`find . -name 'backup_*.sql.gz' | sort | tail -n 1`)).trim()
const drill = (restore = {}) => runVerb('restore', { projects: ['onquota'], restore })

// What was planted on the box must not meet the next file.
afterAll(() => renewHosts(lab, 'vps'))
beforeAll(async () => {
  lab = await openLab(LAB)
  await resetHost(lab, 'vps')
  await mustExecIn(lab, 'box', `rm -rf ${FOLDER}`)
  const inventory = labInventory(lab)
  delete inventory.projects['onquota']!.backup!.signingKey
  unsignedInventory = writeInventory(lab, 'unsigned', inventory)
})

describe('without a signing key', () => {
  test('provision works, and says how to make one; a check finds no drift by it', async () => {
    const report = await runVerb('provision', { inventory: unsignedInventory, projects: ['onquota'] })
    expect(failures(report)).toEqual([])
    expect(report).toMatchObject({
      exitCode: 0,
      warnings: [expect.stringMatching(/^projects\.onquota\.backup has no signingKey/)],
    })
    const checked = await runVerb('provision', { inventory: unsignedInventory, projects: ['onquota'], check: true })
    expect(notOk(checked)).toEqual([])
    expect(checked.exitCode).toBe(0)
    expect((await execIn(lab, 'vps', `ls ${KEY}`)).code).not.toBe(0)
    expect(await onBox(`find . -name '*.sig'`)).toBe('')
  })

  test('the host takes its own backups all the same: the ledger knows them', async () => {
    expect((await runVerb('restore', { inventory: unsignedInventory, projects: ['onquota'] })).exitCode).toBe(0)
  })

  test('a new server refuses them, whether it has a key or not, until the box is trusted', async () => {
    const before = await databaseContents(lab, 'vps', 'onquota_db')
    await resetHost(lab, 'vps')
    for (const inventory of [unsignedInventory, lab.inventoryFile]) {
      const refused = await runVerb('provision', { inventory, projects: ['onquota'], fromBackup: true })
      expect(refused.exitCode).toBe(1)
      expect(stepsOf(refused)['onquota/from-backup']?.error).toMatch(/sign/)
      expect(await databaseContents(lab, 'vps', 'onquota_db')).toBe('')
    }
    const trusted = await runVerb('provision', { projects: ['onquota'], fromBackup: true, trustBox: true })
    expect(failures(trusted)).toEqual([])
    expect(trusted).toMatchObject({ exitCode: 0, flags: ['--from-backup', '--trust-box'], warnings: [] })
    expect(await databaseContents(lab, 'vps', 'onquota_db')).toBe(before)
  })
})

describe('with one', () => {
  test("the host has the key, root's alone, and its config the public half", async () => {
    expect(await onHost(`stat -c '%a %U' ${KEY} ${LEDGER}`)).toBe('600 root\n600 root\n')
    const pub = readFileSync(join(lab.directory, 'secrets/signing.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
    expect(await onHost(`grep SIGNING_ /opt/postgresql-backups/configs/backup-onquota.conf`)).toBe(
      `SIGNING_KEY='${KEY}'\nSIGNING_PUBLIC='${pub}'\n`,
    )
  })

  test('a backup has a manifest of version 3, signed for the project', async () => {
    expect(failures(await runVerb('backup', { projects: ['onquota'] }))).toEqual([])
    const path = await newestOnBox()
    const text = await onBox(`cat ${path}.manifest.json`)
    const manifest = manifestSchema.parse(JSON.parse(text))
    expect(manifest).toMatchObject({ manifestVersion: 3, project: 'onquota', name: path.replace(/^.*\//, ''), hostname: 'vps' })
    const signature = await onBox(`cat ${path}.manifest.json.sig`)
    const pub = readFileSync(join(lab.directory, 'secrets/signing.pub'), 'utf8').trim()
    const verified = await execIn(
      lab,
      'vps',
      `d=$(mktemp -d); cd $d; cat > m <<'END'\n${text.trimEnd()}\nEND\ncat > s <<'END'\n${signature.trimEnd()}\nEND\necho 'onquota ${pub}' > a
ssh-keygen -Y verify -f a -I onquota -n bitacora-backup -s s < m; code=$?; rm -r $d; exit $code`,
    )
    expect(verified).toMatchObject({ code: 0 })
  })

  test('a new server takes it by its signature alone, and takes the folder over', async () => {
    const before = await databaseContents(lab, 'vps', 'onquota_db')
    await resetHost(lab, 'vps')
    const report = await runVerb('provision', { projects: ['onquota'], fromBackup: true })
    expect(failures(report)).toEqual([])
    expect(await databaseContents(lab, 'vps', 'onquota_db')).toBe(before)
    const owner = JSON.parse(await onBox('cat OWNER.json')) as { host: string; last: string }
    expect(owner.host).toBe((await onHost('cat /etc/machine-id')).trim())
    expect(await newestOnBox()).toContain(owner.last)
  })

  test('another host drills with the public half alone', async () => {
    await mustExecIn(lab, 'vps2', installPackages('jq', 'sshpass'))
    const report = await drill({ on: 'vps2' })
    expect(failures(report)).toEqual([])
    expect((await execIn(lab, 'vps2', `ls ${KEY}`)).code).not.toBe(0)
  })
})

describe('what somebody put on the box', () => {
  const PLANTED = 'backup_onquota_db_20991231_030000.sql.gz'
  const CANARY = '/tmp/canary-signing'
  /** A dump that fits its checksum and its manifest, of tomorrow, whose first line runs a command. */
  const plant = async (name: string) => {
    const path = await newestOnBox()
    const folder = `${name.slice(18, 22)}/${name.slice(22, 24)}/${name.slice(24, 26)}`
    await onBox(`mkdir -p ${folder}; cd ${folder}; old=${FOLDER}/${path}
{ printf '\\\\! id > ${CANARY}\\n'; gzip -dc $old; } | gzip > ${name}
printf '%s  %s\\n' "$(sha256sum < ${name} | cut -c 1-64)" ${name} > ${name}.sha256
sed -e "s/\\"name\\":\\"[^\\"]*\\"/\\"name\\":\\"${name}\\"/" -e "s/\\"sha256\\":\\"[0-9a-f]*\\"/\\"sha256\\":\\"$(cut -c 1-64 ${name}.sha256)\\"/" -e "s/\\"bytes\\":[0-9]*/\\"bytes\\":$(stat -c %s ${name})/" $old.manifest.json > ${name}.manifest.json
cp $old.manifest.json.sig ${name}.manifest.json.sig; chmod a+r ${name}*`)
  }

  test('is never restored unasked, and never the newest', async () => {
    const tomorrow = new Date(Date.now() + 12 * 3_600_000).toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15)
    const near = `backup_onquota_db_${tomorrow}.sql.gz`
    const unknown = (text: string) => Number(/(\d+) files? named like backups/.exec(text.replaceAll(/\s+/g, ' '))?.[1] ?? 0)
    // What lay there unsigned before the new server came is unknown to it as well.
    const before = unknown((await runTask(lab, 'status', ['onquota'])).stdout)
    await plant(near)
    await plant(PLANTED)
    const report = await drill()
    expect(failures(report)).toEqual([])
    expect(stepsOf(report)['onquota/drill']?.note).not.toContain(near)
    const named = await drill({ at: '2099-12-31' })
    expect(stepsOf(named)['onquota/drill']?.note ?? '').not.toContain(PLANTED)
    expect((await execIn(lab, 'vps', `ls ${CANARY}`)).code).not.toBe(0)
    const { stdout, code } = await runTask(lab, 'status', ['onquota'])
    expect(unknown(stdout)).toBe(before + 2)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('looks newer than the newest backup, and this host did not make it')
    expect(code).toBe(2)
  })

  test('is refused on a new server, where only a signature can prove it', async () => {
    await resetHost(lab, 'vps')
    const report = await runVerb('provision', { projects: ['onquota'], fromBackup: true })
    expect(failures(report)).toEqual([])
    expect((await execIn(lab, 'vps', `ls ${CANARY}`)).code).not.toBe(0)
  })

  test("another host's name on the folder stops uploads, and status and box say whose it is", async () => {
    const mine = await onBox('cat OWNER.json')
    const other = JSON.stringify({
      ...(JSON.parse(mine) as object),
      host: 'f'.repeat(32),
      hostname: 'staging',
      cluster: '7',
      last: PLANTED,
    })
    const write = (text: string) => onBox(`cat > OWNER.json <<'END'\n${text.trimEnd()}\nEND`)
    await write(other)
    const report = await runVerb('backup', { projects: ['onquota'] })
    expect(report.exitCode).toBe(1)
    expect(failures(report).join('\n')).toContain('staging')
    const whose = 'belongs to staging (project onquota, cluster 7)'
    expect((await runTask(lab, 'status', ['onquota'])).stdout.replaceAll(/\s+/g, ' ')).toContain(whose)
    const box = await runTask(lab, 'box', ['onquota'])
    expect(box.stdout.replaceAll(/\s+/g, ' ')).toContain(whose)
    expect(box.code).toBe(2)
    await write(mine)
    expect(failures(await runVerb('backup', { projects: ['onquota'] }))).toEqual([])
  })
})

describe('a dump that was made by hand', () => {
  const FILE = '/root/backup_onquota_db_20250101_000000.sql.gz'

  test('is told by status, and taken in by --adopt', async () => {
    await onHost(`cd /; su postgres -c "pg_dump onquota_db" | gzip > ${FILE}; cp ${FILE} /var/backups/postgres/`)
    const told = await runTask(lab, 'status', ['onquota'])
    expect(told.stdout).toMatch(/on the host, not created by bitacora on this host: 1 file named like backups/)
    await onHost(`rm /var/backups/postgres/${FILE.slice(6)}`)
    const adopted = await runTask(lab, 'backup', ['onquota', '--adopt', FILE])
    expect(adopted.code, adopted.stdout + adopted.stderr).toBe(0)
    expect(await onHost(`grep -c '"adopted":true' ${LEDGER}`)).toBe('1\n')
    const after = await runTask(lab, 'status', ['onquota'])
    expect(after.stdout).not.toMatch(/on the host, not created by bitacora/)
  })
})

test('a damaged ledger is an error, not silence', async () => {
  await onHost(`cp -p ${LEDGER} ${LEDGER}.kept; printf '{"entry":' >> ${LEDGER}`)
  const { stdout, code } = await runTask(lab, 'status', ['onquota'])
  await onHost(`mv ${LEDGER}.kept ${LEDGER}`)
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/could not read .*line \d+ of the ledger is damaged/)
  expect(code).toBe(1)
})

test('no database of another project is restored into', async () => {
  const { code, stderr } = await runTask(lab, 'restore', ['onquota', '--into', 'facturas_db', '--yes', 'facturas_db'])
  expect(stderr).toContain('that is the database of projects.facturas on vps')
  expect(code).toBe(1)
  expect(await psql('SELECT 1', 'postgres')).toBe('1\n')
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Machine } from '../../lib/engine/machine.ts'
import { connect } from '../../lib/host/connection.ts'
import { Secret } from '../../lib/text/secret.ts'
import { sh } from '../../lib/text/sh.ts'
import type { Script } from '../../lib/text/sh.ts'
import { loadInventory } from '../../lib/inventory/index.ts'
import { execIn, labInventory, labProject, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { runTask } from './support/cli.ts'
import { LAB, failures, notOk, runVerb, stepsOf, writeInventory } from './support/run.ts'

/** The application's user, and a folder where whoever runs its code leaves their number. */
const USER = 'shopapp'
const RAN = '/tmp/bitacora-ran'
const CODE = '/opt/shop/backend'
const VICTIM = '/root/victim'

let lab: Lab
let shop: string
const onquota = { projects: ['onquota'] }

async function onVps(script: string, user = 'root'): Promise<string> {
  const { code, stdout, stderr } = await execIn(lab, 'vps', script, { user })
  expect(`${code} ${stderr}`).toMatch(/^0 /)
  return stdout.trim()
}
const ran = () => onVps(`ls ${RAN}`)
const uid = () => onVps(`id -u ${USER}`)

beforeAll(async () => {
  lab = await openLab(LAB)
  writeFileSync(join(lab.directory, 'secrets/shop_db'), 'shop-password-1', { mode: 0o600 })
  const { backup: _, ...entry } = labProject(lab, 'shop', { host: 'vps', schedule: '0 6 * * *' })
  const envFile = { path: `${CODE}/.env`, variables: { DB_PASSWORD: '{password}' } }
  shop = writeInventory(lab, 'shop', { ...labInventory(lab), projects: { shop: { ...entry, envFile } } })
  await onVps(`id ${USER} >/dev/null 2>&1 || useradd -m ${USER}
rm -rf /opt/shop ${RAN} ${VICTIM}; mkdir -p /opt/shop; mkdir -m 0777 ${RAN}; cp -r /opt/onquota/backend ${CODE}
sed -i '1i import os; open("${RAN}/" + str(os.getuid()), "a").close()' ${CODE}/alembic/env.py ${CODE}/alembic/versions/001_*.py
sed -i 's/^revision\\(.*\\)= *.001.*/revision\\1= "0" + "01"/' ${CODE}/alembic/versions/001_*.py
chown -R ${USER}:${USER} /opt/shop`)
  expect(await onVps(`grep -c '"0" + "01"' ${CODE}/alembic/versions/001_*.py`)).toBe('1')
})
afterAll(() =>
  onVps(
    `rm -rf /opt/shop ${RAN} ${VICTIM} /root/cron-link; cd /; su postgres -c 'dropdb --if-exists shop_db; dropuser --if-exists shop_user'`,
  ),
)

describe('the application’s code runs with its own rights', () => {
  test('status runs nothing of it', async () => {
    await runTask(lab, 'status', ['--inventory', shop])
    expect(await ran()).toBe('')
  })

  test('check, verify and provision run it as the owner of its folder', async () => {
    await runVerb('provision', { inventory: shop, check: true })
    await runVerb('verify', { inventory: shop })
    expect(failures(await runVerb('provision', { inventory: shop }))).toEqual([])
    expect(stepsOf(await runVerb('verify', { inventory: shop }))['shop/migrations']).toMatchObject({
      status: 'ok',
      note: 'at 022',
    })
    expect(await ran()).toBe(await uid())
    expect(await onVps(`stat -c '%U %a' ${CODE}/.env`)).toBe(`${USER} 600`)
  })

  test('in root’s folder that others can change it is refused, with the way out, unless the inventory says root', async () => {
    await onVps(`rm -f ${RAN}/*; chown -R root:root /opt/shop; chgrp -R ${USER} ${CODE}; chmod g+w ${CODE}/alembic/env.py`)
    const report = await runVerb('verify', { inventory: shop })
    expect(stepsOf(report)['shop/migrations']?.changes).toMatchObject([
      { manual: true, help: expect.stringContaining(`chmod go-w ${CODE}/alembic/env.py`) as string },
    ])
    expect(await ran()).toBe('')
    await onVps(`chown -R ${USER}:${USER} /opt/shop`)
  })
})

test('who swaps the folder or the .env for links gains no file of root’s, and reads none', async () => {
  await onVps(`chown -R ${USER}: /opt/shop; mkdir -p ${VICTIM}; echo DB_PASSWORD=of-root > ${VICTIM}/.env`)
  const swapFile = `my $t = "backend/.env.bitacora-new"; symlink "${VICTIM}/.env", "lnk"; while (-e "${RAN}/race") {
    if (lstat $t and -f _) { rename "lnk", $t; symlink "${VICTIM}/.env", "lnk" } } unlink "lnk", $t`
  const swapFolder = `symlink "${VICTIM}", "lnk"; while (-e "${RAN}/race") {
    rename "backend", "b2"; rename "lnk", "backend"; rename "backend", "lnk"; rename "b2", "backend" } unlink "lnk"`
  for (const swap of [swapFile, swapFile, swapFolder]) {
    await onVps(`printf 'DB_PASSWORD=old\\n' > ${CODE}/.env; touch ${RAN}/race; chmod 0666 ${RAN}/race`)
    const racer = execIn(lab, 'vps', `cd /opt/shop; perl -e '${swap}'`, { user: USER })
    await runVerb('provision', { inventory: shop })
    await onVps(`rm -f ${RAN}/race`)
    await racer
  }
  expect(await onVps(`find ${VICTIM} ! -user root; ls -A ${VICTIM}; cat ${VICTIM}/.env`)).toBe('.env\nDB_PASSWORD=of-root')
  expect(await onVps(`grep -rl of-root /opt/shop || :`)).toBe('')
  expect(failures(await runVerb('provision', { inventory: shop }))).toEqual([])
})

describe('root runs nothing that others could have changed', () => {
  const HOME = '/opt/postgresql-backups'

  test('scripts of another owner are seen, not run, and taken back', async () => {
    expect(failures(await runVerb('provision', onquota))).toEqual([])
    await onVps(`rm -f ${RAN}/*; chown -R ${USER}: ${HOME}; chmod 0775 ${HOME}/configs
printf '#!/bin/sh\\nid -u > ${RAN}/script\\n' > ${HOME}/backup-onquota.sh; chmod 0755 ${HOME}/backup-onquota.sh`)
    const check = await runVerb('provision', { ...onquota, check: true })
    expect(notOk(check).filter((line) => line.startsWith('directories'))).toEqual([
      `directories drift: directory ${HOME} owner`,
      `directories drift: directory ${HOME}/configs owner`,
      `directories drift: directory ${HOME}/configs mode`,
    ])
    await runVerb('verify', onquota)
    await runVerb('backup', onquota)
    await runTask(lab, 'status', ['onquota'])
    await runTask(lab, 'box', ['onquota'])
    expect(await ran()).toBe('')
    expect(failures(await runVerb('provision', onquota))).toEqual([])
    expect(await ran()).toBe('')
    expect(await onVps(`find ${HOME} ! -user root -name '*onquota*'; stat -c '%U:%G %a' ${HOME}/configs`)).toBe('root:root 750')
    expect(notOk(await runVerb('verify', onquota))).toEqual([])
  })

  test('a folder above is for a person, with the command', async () => {
    await onVps('chmod o+w /opt')
    const { changes } = stepsOf(await runVerb('verify', onquota))['directories']!
    await onVps('chmod o-w /opt')
    expect(changes).toMatchObject([
      { what: 'directory /opt', manual: true, help: expect.stringContaining('chmod go-w /opt') as string },
    ])
  })

  test('an ACL is seen and taken back', async () => {
    // The file systems of a lab may know none.
    const acl = `perl -e 'my $v = pack "V(vvV)5", 2, 1, 7, -1, 2, 5, 33, 4, 5, -1, 16, 5, -1, 32, 0, -1; my ($p, $n) = ("${HOME}/configs", "system.posix_acl_access"); syscall(188, $p, $n, $v, length $v, 0) == 0 or print "none"'`
    if ((await onVps(acl)) === 'none') return
    expect(notOk(await runVerb('verify', onquota))).toEqual([`directories drift: directory ${HOME}/configs ACL`])
    expect(failures(await runVerb('provision', onquota))).toEqual([])
    expect(await onVps(`ls -ld ${HOME}/configs | cut -c 1-11`)).toBe('drwxr-x---')
  })
})

test('verify tells of a schedule that cron ignores, and of a number that is no daemon’s', async () => {
  await onVps(
    'ln -f /etc/cron.d/bitacora-onquota /root/cron-link; cp -p /run/crond.pid /run/crond.pid.kept; echo 1 > /run/crond.pid',
  )
  const told = notOk(await runVerb('verify', onquota))
  await onVps('mv -f /run/crond.pid.kept /run/crond.pid')
  expect(told).toEqual(['onquota/cron drift: file /etc/cron.d/bitacora-onquota links', 'onquota/cron drift: cron daemon'])
  expect(failures(await runVerb('provision', onquota))).toEqual([])
  expect(await onVps('stat -c %h /etc/cron.d/bitacora-onquota')).toBe('1')
})

describe('sudo', () => {
  const sudoHost = async () => (await loadInventory(lab.sudoInventoryFile)).hosts['vps3']!

  async function said(machine: Machine, script: Script) {
    const result = { stdout: '', stderr: '' }
    const { code } = await machine.run(script, {
      deadline: 60,
      onStdout: (chunk) => void (result.stdout += chunk.toString()),
      onStderr: (chunk) => void (result.stderr += chunk.toString()),
      isEnded: () => false,
    })
    return { code, ...result }
  }

  test('tries a wrong password once', async () => {
    const connection = await connect(await sudoHost(), new Secret('wrong', 'x'))
    const { stderr } = await said(connection, sh`id\nid\nid\n`)
    connection.close()
    expect(stderr).toContain('sudo: 1 incorrect password attempt')
  })

  test('writes down nothing of what we send, also where it records all input', async () => {
    const password = readFileSync(join(lab.directory, 'secrets/vps3_sudo'), 'utf8').trim()
    const onVps3 = async (script: string) => (await execIn(lab, 'vps3', script)).stdout.trim()
    await onVps3(`rm -rf /var/log/sudo-io; echo 'Defaults log_input' > /etc/sudoers.d/zz-log; chmod 0440 /etc/sudoers.d/zz-log`)
    const connection = await connect(await sudoHost(), new Secret(password, 'x'))
    const { code, stdout } = await said(connection, sh`x=${'sesame-open'}; id -un\n`)
    connection.close()
    const found = await onVps3(
      `ls -d /var/log/sudo-io; find /var/log/sudo-io -type f | while read -r f; do zcat -f "$f"; done 2>/dev/null | grep -c -e sesame-open -e '${password}'; rm -rf /etc/sudoers.d/zz-log /var/log/sudo-io; ls -d /tmp/bitacora.* 2>/dev/null`,
    )
    expect([code, stdout, found]).toEqual([0, 'root\n', '/var/log/sudo-io\n0'])
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { reports } from '../../lib/verbs/box/index.ts'
import type { StepReport } from '../../lib/engine/plan.ts'
import { checkInventory } from '../../lib/inventory/index.ts'
import { freshKey } from '../lab/index.ts'
import { ownBox } from './backup-script/own-box.ts'
import type { OwnBox } from './backup-script/own-box.ts'
import { doctor, doctorScript } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project, Settings } from './backup-script/project.ts'

const NAME = 'bs_doctor'
let project: Project
let box: OwnBox
let folder = ''

/** The inventory's project for the same box; only names are taken from it. */
const declared = checkInventory(
  {
    hosts: { vps3: {} },
    boxes: {
      own: {
        address: '127.0.0.1',
        user: 'bsdoctor',
        password: { env: 'X' },
        hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g',
      },
    },
    projects: { [NAME]: { host: 'vps3', database: { name: 'd', owner: 'o', password: { env: 'Y' } }, backup: { box: 'own' } } },
  },
  '/x/inventory.json',
).projects[NAME]!

/** The doctor's look with these settings: its reports by step, and that it left nothing and showed no secret. */
async function look(changes: Settings = {}): Promise<Record<string, StepReport>> {
  await project.configure({ ...box.settings, ...changes })
  const found = await doctor(project)
  for (const secret of [...project.secrets, box.password]) expect(JSON.stringify(found)).not.toContain(secret)
  expect((await project.host('ls -d /run/postgres-backup-check.* /opt/*.log 2>/dev/null')).stdout).toBe('')
  return Object.fromEntries(reports(declared, found).map((report) => [report.step, report]))
}

const said = (found: Record<string, StepReport>) =>
  Object.values(found).flatMap(({ step, status, changes, reason }) => {
    if (status === 'ok') return []
    return changes.length === 0
      ? [`${step} ${status}: ${reason}`]
      : changes.map(({ what, from }) => `${step}: ${what}: ${JSON.stringify(from).slice(1, -1)}`)
  })
const waiting = (from: string, steps: string[]) => steps.map((step) => `${step} skipped: waits for ${from}`)

beforeAll(async () => {
  project = await makeProject(NAME)
  box = await ownBox(project, 'bsdoctor', 2394)
  folder = box.settings['STORAGEBOX_REMOTE_DIR'] ?? ''
  const { code, stdout, stderr } = await project.attempt(box.settings)
  expect(code, stdout + stderr).toBe(0)
})
afterAll(async () => {
  await box?.remove()
  await project?.remove()
})

describe('of a box', () => {
  test('that is as it should be: nothing to do, nothing left there', async () => {
    const before = (await project.host(`find ${box.home} | sort`)).stdout
    const found = await look()
    expect(said(found)).toEqual([])
    const notes = Object.fromEntries(Object.values(found).map(({ step, note }) => [step, note]))
    expect(notes).toEqual({
      reach: expect.stringMatching(/^port 2394 answers; port 23: Connection refused; port 22 answers$/),
      'host-key': expect.stringMatching(
        /^SHA256:\S{43} \(ED25519\), as pinned; port 22 shows SHA256:\S{43} \(ED25519\), so nothing was sent there$/,
      ),
      login: 'bsdoctor by password',
      room: expect.stringMatching(/^[\d.]+ [GT]B free of [\d.]+ [GT]B$/),
      folder: expect.stringMatching(
        /^1 backups \(0 restored as proof\), [56] files, [\d.]+ [kM]B; newest backup_bs_doctor_db_\d{8}_\d{6}\.sql\.gz$/,
      ),
      shell: 'sha256sum runs there',
      rename: 'to a new name, also over a file that is there',
      delete: expect.stringMatching(/^allowed, so whoever has this credential can wipe all backups: one sub-account per project/),
    })
    expect((await project.host(`find ${box.home} | sort`)).stdout).toBe(before)
  })

  test('with another password', async () => {
    const found = await look({ STORAGEBOX_PASSWORD: 'not-the-password' })
    expect(said(found)).toEqual([
      expect.stringMatching(/^login: login of bsdoctor by password: .*Permission denied/),
      ...waiting('login', ['room', 'folder', 'shell', 'rename', 'delete']),
    ])
  })

  test('with a key and a password, each tried alone', async () => {
    const { privateKey, publicKey } = await freshKey()
    must(await project.host('umask 077; cat > /opt/bsdoctor.box/login', privateKey))
    const identity = { STORAGEBOX_IDENTITY: '/opt/bsdoctor.box/login' }
    expect(said(await look(identity))).toEqual([expect.stringMatching(/^login: login of bsdoctor by key: .*Permission denied/)])
    await box.start({ publicKey })
    expect(said(await look(identity))).toEqual([])
    expect(said(await look({ ...identity, STORAGEBOX_PASSWORD: null }))).toEqual([])
    expect(said(await look({ ...identity, STORAGEBOX_PASSWORD: 'not-the-password' }))).toEqual([
      expect.stringMatching(/^login: login of bsdoctor by password: .*Permission denied/),
    ])
    await box.start()
  })

  test('where its port is closed', async () => {
    await box.stop()
    const found = await look()
    await box.start()
    expect(said(found)).toEqual([
      'reach: port 2394 of 127.0.0.1: Connection refused',
      ...waiting('reach', ['host-key', 'login', 'room', 'folder', 'shell', 'rename', 'delete']),
    ])
    expect(found['reach']?.changes[0]?.help).toMatch(/firewall.*; port 22 answers, with the key SHA256:/)
  })

  test('without a shell', async () => {
    await box.start({ shell: false })
    const found = await look()
    await box.start()
    expect(said(found)).toEqual([])
    expect(found['shell']?.note).toMatch(/^no shell, SFTP alone: each upload is downloaded again/)
  })

  test('that refuses to rename over a file, or to delete: what cannot be removed stays, and does not become more', async () => {
    await box.start({ sftp: '-P posix-rename,remove' })
    const found = [await look(), await look(), await look()]
    const left = must(await project.host(`ls -A ${folder} | grep -c bitacora-doctor`)).stdout
    await box.start()
    for (const one of found) {
      expect(said(one)).toEqual([])
      expect(one['rename']?.note).toBe('to a new name, but not over a file that is there, which no upload needs')
      expect(one['delete']?.note).toMatch(/^refused: .*; of this look's own files 2 had to stay/)
    }
    expect(left).toBe('2\n')
    expect((await look())['delete']?.note).toMatch(/^allowed/)
    expect((await project.host(`ls -A ${folder} | grep bitacora-doctor`)).stdout).toBe('')
  })

  test('that takes no files', async () => {
    await box.start({ sftp: '-R' })
    const found = await look()
    await box.start()
    expect(said(found)).toEqual([expect.stringMatching(/^rename: writing to \S+: .*(denied|refused|Failure)/i)])
    expect(found['shell']?.note).toMatch(/^no|^a shell/)
  })
})

describe('of the folder there', () => {
  test('strays, partials, what is of another database, and a run that is going on', async () => {
    const day = `${folder}/2024/02/29`
    const own = 'backup_bs_doctor_db_20240229_030000.sql.gz'
    const files = [
      `${day}/backup_old_db_20240229_030000.sql.gz`,
      `${day}/backup_old_db_20240229_030000.sql.gz.sha256`,
      `${day}/${own}`,
      `${day}/${own}.part-1709175600-999999`,
      `${day}/notes.txt`,
      `${folder}/2024/02/28/${own}`,
      `${folder}/a b 'c'.txt`,
    ]
    const make = files.map((file) => `install -D -o bsdoctor /dev/null "${file}"`).join('; ')
    // A run that is going on is known by the process in the partial file's name.
    const going = `bash -c 'exec -a /opt/postgresql-backups/backup-${NAME}.sh sleep 1000' & p=$!; install -o bsdoctor /dev/null ${day}/${own}.manifest.json.part-1709175600-$p; echo $p > /opt/bsdoctor.box/going`
    must(await project.host(`${make}; (${going}) >/dev/null 2>&1`))
    const found = await look()
    must(await project.host(`kill $(cat /opt/bsdoctor.box/going); rm -rf ${folder}/2024 ${folder}/a*`))
    expect(said(found)).toEqual([
      `folder: partial file ${day}/${own}.part-1709175600-999999: 0 B of a run that was ended`,
      expect.stringMatching(
        /^folder: strays in \S+: (?=.*a b 'c'\.txt)(?=.*2024\/02\/28\/backup_)(?=.*2024\/02\/29\/notes\.txt)[^;]*$/,
      ),
    ])
    expect(found['folder']?.note).toMatch(
      /; 1 never complete.*; 2 files of other databases' backups, left alone; 1 partial files of a run that is going on$/,
    )
  })

  test('absent', async () => {
    const found = await look({ STORAGEBOX_REMOTE_DIR: `${box.home}/nowhere` })
    expect(said(found)).toEqual([
      `folder: folder ${box.home}/nowhere: not there`,
      ...waiting('folder', ['shell', 'rename', 'delete']),
    ])
  })
})

test('a stop in the middle leaves nothing there', async () => {
  // Once the first file of the look is there, the box lets nothing more be done until it is allowed.
  const seen = `ls -A ${folder} | grep -q bitacora-doctor`
  const go = '/opt/bsdoctor.box/go'
  const holding = `#!/bin/sh\nwhile [ ! -e ${go} ] && ${seen}; do sleep 0.05; done\nexec /usr/lib/openssh/sftp-server\n`
  await box.start({ force: await box.program(holding) })
  await project.configure(box.settings)
  must(await project.host('cat > /opt/bsdoctor.box/look.sh', `loose() { :; }\n${await doctorScript(project)}`))
  const script = `rm -f ${go}; setsid sh /opt/bsdoctor.box/look.sh >/opt/bsdoctor.box/out 2>&1 & p=$!; for i in $(seq 3000); do ${seen} && break; sleep 0.02; done; ${seen} && echo seen; kill -TERM -- -$p; touch ${go}; wait $p; echo $?; ls -A ${folder} | grep -c bitacora-doctor`
  const { stdout } = await project.host(`printf %s ${Buffer.from(script).toString('base64')} | base64 -d | bash`)
  expect(stdout).toBe('seen\n143\n0\n')
})

// Last: the key is not put back.
test('a box whose host key is another: both fingerprints, and nothing is sent', async () => {
  await box.changeKey()
  await box.start()
  const found = await look()
  const [change] = found['host-key']?.changes ?? []
  expect(said(found)).toEqual([
    expect.stringMatching(/^host-key: host key of 127\.0\.0\.1 port 2394: SHA256:\S{43} \(ED25519\)$/),
    ...waiting('host-key', ['login', 'room', 'folder', 'shell', 'rename', 'delete']),
  ])
  expect(change?.to).toMatch(/^SHA256:\S{43} \(ED25519\), as pinned$/)
  expect(JSON.stringify(change?.to)).not.toContain(JSON.stringify(change?.from).slice(1, -1))
  expect(change?.help).toMatch(/^nothing was sent to it/)
})

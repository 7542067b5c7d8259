import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownBox } from './backup-script/own-box.ts'
import type { OwnBox } from './backup-script/own-box.ts'
import { checkBox } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

// Copies that this host brought to the box and that are not there any more, though nothing here removed them.
let project: Project
let second: OwnBox
const NAME = 'bs_hides'
const DB = `${NAME}_db`
let older = ''
let newer = ''
const day = (name: string) => name.replace(/^.*_(\d{4})(\d\d)(\d\d)_\d{6}\..*$/, '$1/$2/$3')
const timeOf = (name: string) => name.replace(/^.*_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)\..*$/, '$1-$2-$3T$4:$5:$6')
const path = (name: string) => `.${project.remote}/${day(name)}/${name}`
const AWAY = '/tmp/bs_hides_away'
const hide = async (name: string, files = `${path(name)}*`) => must(await project.box(`mkdir -p ${AWAY}; mv ${files} ${AWAY}/`))
const bringBack = async (name: string) => must(await project.box(`mv ${AWAY}/* .${project.remote}/${day(name)}/`))
const missing = (name: string) => `the newest backup that this host uploaded, ${name}, is not on the box`
const proof = async () => ((await project.status()) as unknown as { proof: { ok: boolean; error: string | null } }).proof
const dropDatabase = (name: string) =>
  project.host(`cd /; su postgres -c 'psql -c "DROP DATABASE IF EXISTS ${name} WITH (FORCE)"'`)
const look = () => checkBox(project)
/** More lines of the ledger, for as long as `meanwhile` takes. */
async function withLedger(entries: readonly object[], meanwhile: () => Promise<void>): Promise<void> {
  const file = `${project.backups}/ledger_${NAME}.jsonl`
  must(
    await project.host(
      `cp -p ${file} /root/${NAME}.ledger; cat >> ${file}`,
      entries.map((one) => `${JSON.stringify(one)}\n`).join(''),
    ),
  )
  await meanwhile()
  must(await project.host(`mv /root/${NAME}.ledger ${file}`))
}
const onBox = (entry: string, name: string) => ({
  entry,
  name,
  at: '2026-01-01T00:00:00Z',
  box: `${project.settings['STORAGEBOX_USER']}@${project.settings['STORAGEBOX_HOST']}:${project.settings['STORAGEBOX_PORT']}${project.remote}`,
})
const uploaded = (name: string) => [
  {
    entry: 'made',
    name,
    finishedAt: '2026-01-01T00:00:00Z',
    files: { '': { bytes: 100_000, sha256: '0'.repeat(64) } },
    adopted: false,
  },
  onBox('uploaded', name),
]
const dated = (seconds: number) =>
  `backup_${DB}_${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')}.sql.gz`

beforeAll(async () => {
  project = await makeProject(NAME)
  second = await ownBox(project, 'bshides', 2391)
  must(await project.run())
  older = (await project.status()).newest?.name ?? ''
  must(await project.run())
  newer = (await project.status()).newest?.name ?? ''
})
afterAll(async () => {
  await project?.host(`rm -f /root/${NAME}.ledger`)
  await project?.box(`rm -rf ${AWAY}`)
  if (project !== undefined) for (const name of [`${NAME}_into`, `${NAME}_fill`]) await dropDatabase(name) // oxlint-disable-line no-await-in-loop -- two
  await second?.remove()
  await project?.remove()
})

describe('the newest is taken away', () => {
  beforeAll(() => hide(newer))
  afterAll(() => bringBack(newer))

  test.each(['', '--scheduled', '--at 2999-01-01'])('a drill fails: %j', async (options) => {
    const { code, stdout, stderr } = await project.restore(options)
    expect(code, stdout).toBe(1)
    expect(stderr).toContain('[failed] choose: the newest backup ')
    expect(stderr).toContain(`that this host uploaded, ${newer}, is not on the box`)
    expect(await proof()).toMatchObject({ ok: false, error: expect.stringContaining(newer) as string })
  })

  test('a drill of an older one that was asked for does not', async () => {
    for (const option of [`--at ${timeOf(older)}`, `--name ${older}`]) {
      const { code, stdout, stderr } = await project.restore(option) // oxlint-disable-line no-await-in-loop -- one after the other
      expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
      expect(stdout).not.toContain('is not on the box')
    }
  })

  test('a restore takes the older one with a warning', async () => {
    const { code, stdout, stderr } = await project.restore(`--into ${NAME}_into`)
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`[choose] warning: ${missing(newer)}`)
    expect(stdout).toContain(`[choose] ${older}, made by this machine`)
  })

  test('so does one that fills the place of a lost database', async () => {
    must(await project.host(`cd /; su postgres -c 'createdb -O ${NAME}_user ${NAME}_fill'`))
    const { stdout, stderr } = await project.restore(`--into ${NAME}_fill --fill`)
    expect(stdout, stderr).toContain(`warning: ${missing(newer)}`)
  })

  test('verify says that it is not there', async () => {
    const report = await look()
    expect(report).toMatchObject({ fault: '', newest: older })
    expect(report.gone).toContain(`gone from the box or incomplete there: ${newer} (the newest)`)
  })
})

test('all of them are taken away: the same', async () => {
  await hide(newer, `${path(newer)}* ${path(older)}*`)
  const report = await look()
  await project.box(`mv ${AWAY}/${older}* .${project.remote}/${day(older)}/`)
  await bringBack(newer)
  expect(report).toMatchObject({ newest: undefined, fault: expect.stringMatching(/no complete backup of/) as string })
})

test('its manifest is taken away: it is not complete', async () => {
  await hide(newer, `${path(newer)}.manifest.json`)
  const drill = await project.restore()
  const report = await look()
  await bringBack(newer)
  const words = `the newest backup that this host uploaded, ${newer}, is not complete on the box`
  expect(drill.code, drill.stdout).toBe(1)
  expect(drill.stderr).toContain(words)
  expect(report.gone).toContain(`${newer} (the newest, without its .manifest.json)`)
})

test('what pruning removed, what is dated in the future, and what never got there, is not missed', async () => {
  const old = [100, 110].map((days) => dated(-days * 86_400))
  const pruned = old.map((name) => onBox('pruned', name))
  await withLedger([...[dated(50 * 3600), ...old].flatMap(uploaded), ...pruned], async () => {
    const { code, stdout, stderr } = await project.restore()
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toContain('warning')
    expect(await look()).toMatchObject({ fault: '', gone: undefined, newest: newer })
  })
})

test('of an older time, where pruning may have been, a drill tells of it', async () => {
  // As if three more had come after it.
  const later = [60, 120, 180].map((seconds) => dated(seconds))
  await hide(newer)
  await withLedger(later.flatMap(uploaded), async () => {
    const drill = await project.restore(`--at ${timeOf(newer)}`)
    expect({ code: drill.code, stderr: drill.stderr }, drill.stdout).toEqual({ code: 0, stderr: '' })
    expect(drill.stdout).toContain(`warning: the newest backup not later than`)
    expect(drill.stdout).toContain(`${newer}, is not on the box`)
  })
  await bringBack(newer)
})

test('with two boxes, each is asked for what it was given', async () => {
  await project.configure({ ...second.numbered(2), STORAGEBOX_PASSWORD: 'wrong' })
  expect((await project.run()).code).toBe(1)
  await project.configure(second.numbered(2))
  const { newest } = await project.status()
  const first = await project.restore()
  expect({ code: first.code, stderr: first.stderr }, first.stdout).toEqual({ code: 0, stderr: '' })
  expect(first.stdout).toContain(`[choose] ${newer}, made by this machine`)
  const there = newest?.remotePath ?? ''
  expect(there).toContain(second.home)
  must(await project.host(`mv ${there} ${there}.away`))
  const other = await project.restore('--box 2')
  const report = await look()
  must(await project.host(`mv ${there}.away ${there}`))
  expect(other.code, other.stdout).toBe(1)
  expect(report.boxes, JSON.stringify(report)).toMatchObject([{ fault: '', newest: { name: newer } }, { newest: undefined }])
  expect((await project.restore('--box 2')).code).toBe(0)
})

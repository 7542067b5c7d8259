import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Attempt, Project, Settings } from './backup-script/project.ts'

let project: Project
const FAKE = '/usr/local/sbin/pg_dump'

beforeAll(async () => {
  project = await makeProject('bs_fault')
  expect((await project.run()).code).toBe(0)
})
afterAll(() => project?.remove())

const OLD = [1, 2, 3, 4, 5].map((day) => `backup_bs_fault_db_2020010${day}_030000.sql.gz`)

/** A run that must fail: at its own stage, named, nothing pruned, nothing partial left, and never said to be done. */
async function fails(stage: string, message: RegExp, changes?: Settings, prepare = 'true'): Promise<Attempt> {
  const seed = `(cd ${project.backups} && touch ${OLD.flatMap((name) => [name, `${name}.sha256`]).join(' ')} && truncate -s 700K ${OLD.join(' ')})`
  const found = await project.attempt(changes, { prepare: `${seed} && { ${prepare}; }` })
  const { code, stdout, stderr, log, status, before, files, leftovers } = found
  expect(code, stdout).toBe(1)
  // Bash itself tells first of a program that was killed.
  const said = stderr.replace(/^\S+: line \d+: +\d+ Killed .*\n/, '')
  expect(said).toMatch(new RegExp(`^\\S+ \\S+Z bs_fault \\[failed\\] ${stage}: .+\n$`))
  expect(stderr).toMatch(message)
  expect(stdout).not.toMatch(/\[(prune|done)\]/)
  for (const secret of project.secrets) expect(stdout + stderr + log).not.toContain(secret)
  expect(log.endsWith(`${stdout.split('\n').at(-2)}\n${said}`)).toBe(true)
  expect(files).toEqual(expect.arrayContaining(OLD))
  expect(leftovers).toBe('')
  expect(status).toMatchObject({ ok: false, stage, exitCode: 1 })
  expect(stderr).toContain(status?.error)
  if (['preflight', 'dump', 'inspect'].includes(stage)) expect(status?.newest).toEqual(before?.newest)
  else expect(status?.newest).toMatchObject({ grade: 'hashed', remotePath: null })
  return found
}

describe('the database', () => {
  test('a wrong password', () =>
    fails('preflight', /cannot read the database bs_fault_db: .*password authentication failed/, { DB_PASSWORD: 'not-it' }))

  test('nobody listens', () => fails('preflight', /Connection refused/, { DB_PORT: '5999' }))

  test('fewer tables than expected', async () => {
    const { files } = await fails('inspect', /it has 3 tables, expected at least 4; kept aside as \S+\.bad/, {
      EXPECTED_TABLES: '4',
    })
    expect(files.filter((file) => file.endsWith('.bad'))).toHaveLength(1)
  })
})

// What a real pg_dump can't be made to do on demand; for any other database it is the real one.
describe('a pg_dump that', () => {
  const REAL = '/usr/bin/pg_dump "$@"'
  const cases: [name: string, body: string, stage: string, message: RegExp][] = [
    ['is killed half way', `${REAL} | head -c 20000; kill -9 $$`, 'dump', /pg_dump ended with 137/],
    [
      'fails at its end',
      `${REAL}; echo 'pg_dump: error: lost it' >&2; exit 1`,
      'dump',
      /pg_dump ended with 1: pg_dump: error: lost it/,
    ],
    ['ends early and says all is well', `${REAL} | head -c 20000; exit 0`, 'inspect', /cut short/],
    ['is cut off within the last rows', `${REAL} | sed '/^-- PostgreSQL database dump complete/,$d'`, 'inspect', /cut short/],
    ['writes nothing', 'exit 0', 'inspect', /does not begin as a dump does/],
    [
      'mixes its messages into the dump',
      `echo 'pg_dump: last built-in OID is 16383'; ${REAL}`,
      'inspect',
      /messages of pg_dump stand inside/,
    ],
  ]
  beforeAll(async () => {
    must(await project.host(`[ ! -e ${FAKE} ] || { echo 'another fake is there' >&2; exit 1; }`))
  })
  afterAll(() => project.host(`rm -f ${FAKE} ${project.backups}/*.bad`))

  test.each(cases)('%s', async (_, body, stage, message) => {
    const fake = `#!/bin/bash\n[[ "$*" == *--dbname=bs_fault_db* ]] || exec ${REAL}\n${body}\n`
    await fails(stage, message, {}, `echo ${Buffer.from(fake).toString('base64')} | base64 -d > ${FAKE} && chmod 755 ${FAKE}`)
  })
})

describe('the box', () => {
  const OTHER = '/opt/postgresql-backups/configs/known-hosts-bs_fault-other'
  const address = () => `[${project.settings['STORAGEBOX_HOST']}]:${project.settings['STORAGEBOX_PORT']}`
  afterAll(() => project.host(`rm -f ${OTHER}`))

  test('a wrong password: one try, and the dump stays on the host', async () => {
    const { stdout, status } = await fails('upload', /wrong password or refused key/, { STORAGEBOX_PASSWORD: 'not-it' })
    expect(stdout).not.toMatch(/try \d/)
    must(await project.host(`cd ${project.backups} && sha256sum -c ${status?.newest?.name}.sha256`))
  })

  test('a host key that is not known: one try', async () => {
    const { stdout } = await fails(
      'upload',
      /unknown host key: \S+ has none for .*; nothing was sent/,
      { STORAGEBOX_KNOWN_HOSTS: OTHER },
      `echo 'elsewhere ssh-ed25519 AAAA' > ${OTHER}`,
    )
    expect(stdout).not.toMatch(/try \d/)
  })

  test('a host key that has changed: one try', async () => {
    const prepare = `ssh-keygen -q -t ed25519 -N '' -f bs_fault_key && echo "${address()} $(cut -d' ' -f1,2 bs_fault_key.pub)" > ${OTHER}; rm -f bs_fault_key*`
    const { stdout } = await fails('upload', /changed host key: .*; nothing was sent/, { STORAGEBOX_KNOWN_HOSTS: OTHER }, prepare)
    expect(stdout).not.toMatch(/try \d/)
  })

  test('away: three tries', async () => {
    const { stdout } = await fails('upload', /not reached in 3 tries: .*Connection refused/, { STORAGEBOX_PORT: '2' })
    expect(stdout.match(/\[upload\] try \d of 3/g)).toEqual(['[upload] try 1 of 3', '[upload] try 2 of 3'])
  })

  test('a folder that it does not let us make: one try', async () => {
    await fails('upload', /refused by /, { STORAGEBOX_REMOTE_DIR: '/nowhere/bs_fault' })
  })

  test('a damaged backup there is found', async () => {
    const path = (await project.attempt()).status?.newest?.remotePath ?? ''
    must(await project.box(`printf x >> .${path}`))
    const { code, stdout } = await project.run('--check-box')
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      newest: { path, manifest: true, equal: false },
      error: expect.stringMatching(/another checksum on the box/) as string,
    })
  })

  test('a backup there that was replaced together with its checksum is found', async () => {
    const path = (await project.attempt()).status?.newest?.remotePath ?? ''
    must(
      await project.box(
        `cd .${path.replace(/[^/]*$/, '')} && f=${path.replace(/^.*\//, '')} && echo other > $f && sha256sum $f > $f.sha256`,
      ),
    )
    const { code, stdout } = await project.run('--check-box')
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      newest: { equal: false },
      error: expect.stringMatching(/another checksum on the box than here/) as string,
    })
  })

  test('nothing complete there, or not reached: each is told', async () => {
    await project.configure({ STORAGEBOX_REMOTE_DIR: `${project.remote}/none` })
    const none = await project.run('--check-box')
    expect(none.code).toBe(2)
    expect(JSON.parse(none.stdout)).toMatchObject({
      ok: false,
      newest: null,
      error: expect.stringMatching(/no complete backup of bs_fault_db/) as string,
    })
    await project.configure({ STORAGEBOX_PORT: '2' })
    const away = await project.run('--check-box')
    expect(away.code).toBe(1)
    expect(JSON.parse(away.stdout)).toMatchObject({
      ok: false,
      newest: null,
      error: expect.stringMatching(/could not look: .*Connection refused/) as string,
    })
  })
})

test('after all that the next run is good, leaves nothing, and prunes again', async () => {
  const { code, stdout, stderr, status, files, leftovers } = await project.attempt()
  expect({ code, stderr, leftovers }, stdout).toEqual({ code: 0, stderr: '', leftovers: '' })
  expect(status).toMatchObject({ ok: true, error: null, newest: { grade: 'hashed on the box' } })
  expect(files.filter((file) => OLD.includes(file))).toEqual([])
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkBox } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project, Result, Settings } from './backup-script/project.ts'

let project: Project

beforeAll(async () => {
  project = await makeProject('bs_run')
})
afterAll(() => project?.remove())

describe('a good run', () => {
  let name = ''

  beforeAll(async () => {
    const { code, stdout, stderr, log, leftovers, status } = await project.attempt()
    expect({ code, stderr, leftovers }, stdout).toEqual({ code: 0, stderr: '', leftovers: '' })
    const stages = [...stdout.matchAll(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ bs_run \[(\w+)\] \S/gm)]
      .map(([, stage]) => stage)
      .filter((stage) => stage !== 'lock')
    expect([...new Set(stages)]).toEqual([
      'config',
      'preflight',
      'globals',
      'dump',
      'inspect',
      'hash',
      'upload',
      'compare',
      'publish',
      'prune',
      'done',
    ])
    expect(log).toBe(stdout)
    name = status?.newest?.name ?? ''
  })

  test('leaves dump, checksum and manifest, for root alone, and nothing else', async () => {
    expect(name).toMatch(/^backup_bs_run_db_\d{8}_\d{6}\.sql\.gz$/)
    const files = [
      name,
      `${name}.globals.sql`,
      `${name}.manifest.json`,
      `${name}.sha256`,
      'ledger_bs_run.jsonl',
      'status_bs_run.json',
    ]
      .map((file) => `600 root ${file}\n`)
      .join('')
    expect((await project.host(`cd ${project.backups} && stat -c '%a %U %n' *`)).stdout).toBe(files)
    must(
      await project.host(
        `cd ${project.backups} && sha256sum -c ${name}.sha256 && [ "$(cut -c 65- ${name}.sha256)" = "$(printf '  %s\\n' ${name} ${name}.globals.sql)" ]`,
      ),
    )
  })

  test('the dump loads, and holds what the database holds', async () => {
    const { stdout } = must(
      await project.host(
        `cd /; su postgres -c 'createdb bs_run_copy'; gzip -dc ${project.backups}/${name} | su postgres -c 'psql -q -v ON_ERROR_STOP=1 bs_run_copy' >/dev/null; echo $?; su postgres -c "psql -At -c 'SELECT count(*) FROM notes' bs_run_copy; dropdb bs_run_copy"`,
      ),
    )
    expect(stdout).toBe('0\n20004\n')
  })

  test('the same bytes lie on the box, the manifest written last', async () => {
    const day = name.replace(/^.*_db_(\d{4})(\d\d)(\d\d)_.*$/, '$1/$2/$3')
    const hash = (await project.status()).newest?.sha256
    expect(must(await project.box(`cd .${project.remote}/${day} && sha256sum -c ${name}.sha256 && ls`)).stdout).toBe(
      `${name}: OK\n${name}.globals.sql: OK\n${name}\n${name}.globals.sql\n${name}.manifest.json\n${name}.sha256\n`,
    )
    const manifest = JSON.parse(must(await project.box(`cat .${project.remote}/${day}/${name}.manifest.json`)).stdout) as Record<
      string,
      unknown
    >
    expect(manifest).toMatchObject({
      project: 'bs_run',
      database: 'bs_run_db',
      alembicHead: '022',
      extensions: { plpgsql: expect.any(String) as string },
      encoding: 'UTF8',
      owner: 'bs_run_user',
      compression: 'gzip',
      sha256: hash,
      encryption: null,
      globals: { name: `${name}.globals.sql`, roles: 1 },
      tables: { 'public.alembic_version': '1', 'public.drafts': '0', 'public.notes': '20004' },
      sequences: {},
    })
    expect(manifest['serverVersion']).toMatch(/^\d+\.\d+/)
  })

  test('the status says so', async () => {
    const { ok, stage, exitCode, error, skipped, warnings, newest } = await project.status()
    expect({ ok, stage, exitCode, error, skipped, warnings }).toEqual({
      ok: true,
      stage: 'done',
      exitCode: 0,
      error: null,
      skipped: 0,
      warnings: [],
    })
    expect(newest).toMatchObject({
      tables: 3,
      grade: 'hashed on the box',
      remotePath: expect.stringContaining(`${project.remote}/20`) as string,
    })
    expect(newest?.finishedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })

  test('verify finds it equal on the box and leaves no trace', async () => {
    const trace = `find ${project.backups} /var/log/bs_run /run/postgres-backup/bs_run* -printf '%p %T@\\n' | sort; ls -d /run/postgres-backup-check* /var/tmp/postgres*`
    const before = await project.host(trace)
    expect(await checkBox(project)).toMatchObject({ error: undefined, newest: name, fault: '', gone: undefined })
    expect(await project.host(trace)).toEqual(before)
  })

  test('by peer login where the config has no password', async () => {
    const { code, stdout, stderr } = await project.attempt({ DB_PASSWORD: null, DB_USER: null })
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  })
})

describe('a config that is refused', () => {
  const cases: [name: string, changes: Settings, more: string, message: RegExp][] = [
    ['an unknown key', {}, `DB_PASWORD='top-secret'`, /backup-bs_run\.conf, line 22: DB_PASWORD is not a key/],
    ['a repeated key', {}, `DB_PORT='5432'\nDB_PORT='5433'`, /line 23: DB_PORT stands on line 22 already/],
    ['a key left out', { DB_NAME: null }, '', /its last\): DB_NAME is missing/],
    ['no way into the box', { STORAGEBOX_PASSWORD: null }, '', /STORAGEBOX_PASSWORD and STORAGEBOX_IDENTITY/],
    ['a line without quotes', {}, 'DB_PORT=5432', /line 22: DB_PORT is not of the form KEY='value'/],
    ['a quote left open', {}, `DB_PORT='top-secret`, /line 22: DB_PORT is not of the form/],
    ['a bare quote inside', { DB_PASSWORD: null }, `DB_PASSWORD='top-'secret'`, /line 21: DB_PASSWORD holds a quote/],
    ['a command', {}, `touch /tmp/bs_run_sourced`, /line 22: not of the form KEY='value'/],
    ['something behind the value', {}, `DB_PORT='5432'; touch /tmp/bs_run_sourced`, /line 22: DB_PORT is not of the form/],
    ['a port that is no number', {}, `DB_PORT='top-secret'`, /line 22: DB_PORT must be a port number/],
    ['a port out of range', { STORAGEBOX_PORT: '70000' }, '', /line 10: STORAGEBOX_PORT must be from 1 to 65535/],
    ['retention of no days', {}, `RETENTION_DAYS='0'`, /line 22: RETENTION_DAYS must be a whole number of days/],
    ['a level that gzip lacks', { COMPRESSION_LEVEL: '10' }, '', /line 8: COMPRESSION_LEVEL must be from 1 to 9/],
    [
      'a database name that is too long',
      { DB_NAME: 'top-secret'.repeat(7) },
      '',
      /line 4: DB_NAME must be a name of at most 63 bytes/,
    ],
    ['an option as a user', { STORAGEBOX_USER: '-oProxyCommand=top-secret' }, '', /line 11: STORAGEBOX_USER must be a user name/],
    ['a relative path', { BACKUP_DIR: 'var/backups' }, '', /line 15: BACKUP_DIR must be an absolute path/],
    ['a path that climbs', { STORAGEBOX_REMOTE_DIR: '/home/../etc' }, '', /line 14: STORAGEBOX_REMOTE_DIR must not contain \.\./],
    ["another project's config", { PROJECT: 'other' }, '', /line 3: PROJECT is not bs_run/],
  ]

  const modes: [name: string, meddle: string, message: RegExp][] = [
    ['one that the group can read', 'chmod 640', /has mode 640.*chmod 600/],
    ['one that others can write', 'chmod 602', /has mode 602/],
    ['one of somebody else', 'chown 65534', /does not belong to root/],
    ['one that is not there', 'rm', /is not there/],
  ]
  const trace = 'ls -la --full-time /var/backups/bs_run /var/log/bs_run; ls -d /tmp/bs_run*'
  let before: Result
  let found: Result[]

  // All in one go: each case is a config and what is done to it.
  beforeAll(async () => {
    before = await project.host(trace)
    const tries = [
      ...cases.map(([, changes, more]) => [project.configText(changes, more), 'true']),
      ...modes.map(([, meddle]) => [project.configText(), meddle]),
    ]
    const lines = tries.map(([text = '', meddle]) => {
      const encoded = Buffer.from(text).toString('base64')
      return `umask 077; rm -f ${project.config}; echo ${encoded} | base64 -d > ${project.config}; ${meddle} ${project.config}; ${project.script} >/root/bs_run.out 2>/root/bs_run.err; echo $?; base64 -w0 /root/bs_run.out; echo; base64 -w0 /root/bs_run.err; echo`
    })
    const { stdout } = must(await project.host(`${lines.join('\n')}\nrm -f /root/bs_run.*`))
    const answers = stdout.split('\n')
    const decode = (line = '') => Buffer.from(line, 'base64').toString()
    found = tries.map((_, n) => ({
      code: Number(answers[3 * n]),
      stdout: decode(answers[3 * n + 1]),
      stderr: decode(answers[3 * n + 2]),
    }))
  })

  test.each(
    [...cases.map(([name, , , message]) => ({ name, message })), ...modes.map(([name, , message]) => ({ name, message }))].map(
      (c, n) => ({ ...c, n }),
    ),
  )('$name', ({ message, n }) => {
    const { code, stdout, stderr } = found[n] ?? must({ code: 1, stdout: '', stderr: 'no answer' })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^\S+ \S+Z bs_run \[failed\] config: .+\n$/)
    expect(stderr).toMatch(message)
    for (const secret of ['top-', ...project.secrets]) expect(stderr).not.toContain(secret)
  })

  test('none of them touched anything', async () => {
    expect(before.stdout).toContain('status_bs_run.json')
    expect(await project.host(trace)).toEqual(before)
  })
})

test('--config reads another file, --version and --help answer, a wrong argument is refused', async () => {
  await project.configure()
  must(await project.host(`mv ${project.config} /root/bs_run.conf`))
  expect((await project.run('--config /root/bs_run.conf')).code).toBe(0)
  must(await project.host('rm /root/bs_run.conf'))
  expect((await project.run('--version')).stdout).toMatch(/^backup script \S+\n$/)
  expect((await project.run('--help')).stdout).toMatch(/--acknowledge/)
  const { code, stderr } = await project.run('--prune-everything')
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/unknown argument: --prune-everything; --help/) as string,
  })
})

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkBox, doctor } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { isFull } from './support/full.ts'

let project: Project
const NAME = 'bs_host'
let own = ''
/** What Bash says when a value gets where it does not belong. */
const BROKEN = /unexpected error in line|syntax error|unbound variable|value too great/

/** What Bash, psql, PostgreSQL, sftp, printf and awk would each run or read as more than data, were a value put where it does not belong. */
const PAYLOADS = [
  'a[$(touch /tmp/canary-subscript)]',
  'BASH_VERSINFO[$(touch /tmp/canary-arithmetic)]',
  '$(touch /tmp/canary-command)',
  '`touch /tmp/canary-backtick`',
  "'; touch /tmp/canary-quote; '",
  '"; touch /tmp/canary-double; "',
  "x'); COPY (SELECT 1) TO PROGRAM 'touch /tmp/canary-sql'; --",
  'x\n\\! touch /tmp/canary-meta\n',
  '\\! touch /tmp/canary-backslash',
  '%n%s%(touch /tmp/canary-format)T',
  '../../../tmp/canary-path',
  '/tmp/canary-absolute',
  '-rf /tmp/canary-option',
  '!touch /tmp/canary-sftp',
  '09',
  '-1',
  '9223372036854775808',
  '1e400',
  '\u0000\u0001\u001B[2J',
  '',
] as const

/** The manifest with one of its fields, and all that is inside it, replaced. */
const spoiled = (manifest: Record<string, unknown>, key: string, payload: string) => {
  const inside = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(inside)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries([...Object.entries(value).map(([name, inner]) => [name, inside(inner)]), [payload, payload]])
        : payload
  return { ...manifest, [key]: inside(manifest[key]) }
}

const on = (end = '') => `.${project.remote}/${own.replace(/^.*_(\d{4})(\d\d)(\d\d)_\d{6}\..*$/, '$1/$2/$3')}/${own}${end}`
const write = (end: string, text: string) => `echo ${Buffer.from(text).toString('base64')} | base64 -d > ${on(end)}`
const canary = async () =>
  must(
    await project.host(
      `find / -xdev -name '*canary*' -not -path '/proc/*' 2>/dev/null; cd /; su postgres -c "psql -qAtc \\"SELECT rolname FROM pg_roles WHERE rolsuper AND rolname <> 'postgres'\\""`,
    ),
  ).stdout

beforeAll(async () => {
  project = await makeProject(NAME)
  must(await project.run())
  own = (await project.status()).newest?.name ?? ''
  must(
    await project.box(
      `cp -p ${on('.manifest.json')} /tmp/manifest; cp -p ${on('.sha256')} /tmp/sha256; cp -p ${on('.globals.sql')} /tmp/globals; cp -p .${project.remote}/OWNER.json /tmp/owner`,
    ),
  )
})
afterAll(() => project?.remove())

/** Runs all that reads the box: drills that trust it as far as they ever may, and what only looks. */
async function runAll(): Promise<string> {
  const restore = `/opt/postgresql-backups/restore-${NAME}.sh`
  const commands = [`${restore} --trust-box`, `${project.script} --prune --check`]
  // Without a ledger nothing is known to be ours, so that --trust-box goes as far as it can.
  const away = `cd ${project.backups}; mv ledger_${NAME}.jsonl kept; echo '{"entry":"seeded","at":"2026-01-01T00:00:00Z"}' > ledger_${NAME}.jsonl`
  const { stdout, stderr } = await project.host(
    `${away}; for c in ${commands.map((command) => `'${command}'`).join(' ')}; do timeout 60 $c </dev/null; echo "exit $?"; done`,
  )
  await checkBox(project)
  must(await project.host(`cd ${project.backups}; mv kept ledger_${NAME}.jsonl`))
  const { error, fault } = await checkBox(project)
  return `${stdout}${stderr}${error} ${fault} ${JSON.stringify(await doctor(project))}`
}

test('what the box says is data: no payload in any field of any file runs, for root or for postgres', async () => {
  const manifest = JSON.parse(must(await project.box('cat /tmp/manifest')).stdout) as Record<string, unknown>
  const keys = Object.keys(manifest)
  expect(keys.length).toBeGreaterThan(25)
  const some = isFull ? keys : fc.sample(fc.shuffledSubarray(keys, { minLength: 6, maxLength: 6 }), 1).flat()
  const tried: string[] = []
  for (const key of some) {
    const [payload = ''] = fc.sample(fc.constantFrom(...PAYLOADS), 1)
    must(await project.box(write('.manifest.json', JSON.stringify(spoiled(manifest, key, payload)))))
    tried.push(`${key} ${JSON.stringify(payload)}: ${await runAll()}`)
  }
  must(await project.box(`cp -p /tmp/manifest ${on('.manifest.json')}`))
  expect(await canary(), tried.join('\n')).toBe('')
  for (const one of tried) expect(one).not.toMatch(BROKEN)
})

test('nor in the checksums, the roles, the owner of the folder, or the file as a whole', async () => {
  for (const payload of isFull ? PAYLOADS : fc.sample(fc.constantFrom(...PAYLOADS), 2)) {
    must(
      await project.box(
        [
          write('.sha256', `${payload}  ${own}\n`),
          write('.globals.sql', `${payload}\nCREATE ROLE canary SUPERUSER;\n`),
          `echo ${Buffer.from(JSON.stringify({ project: payload, host: payload, hostname: payload, cluster: payload, last: payload, since: payload })).toString('base64')} | base64 -d > .${project.remote}/OWNER.json`,
          write('.manifest.json.sig', payload),
        ].join('; '),
      ),
    )
    await runAll()
    must(await project.box(`cp -p /tmp/sha256 ${on('.sha256')}; ${write('.manifest.json', payload)}`))
    await runAll()
    must(await project.box(`cp -p /tmp/manifest ${on('.manifest.json')}`))
  }
  must(
    await project.box(
      `cp -p /tmp/globals ${on('.globals.sql')}; cp -p /tmp/owner .${project.remote}/OWNER.json; rm ${on('.manifest.json.sig')}`,
    ),
  )
  expect(await canary()).toBe('')
})

test('nor in names and folders on the box', async () => {
  const names = [
    '$(touch /tmp/canary-name)',
    '`touch canary`',
    "a'b;touch canary",
    'a b',
    '-rf',
    '%s%n',
    `backup_${NAME}_db_99999999_999999.sql.gz`,
    `backup_${NAME}_db_20261301_000000.sql.gz`,
    'a[$(touch canary)]',
  ]
  const quoted = names.map((name) => `'${name.replaceAll("'", `'\\''`).replaceAll('/', '_')}'`)
  must(
    await project.box(
      `cd $(dirname ${on()}); for n in ${quoted.join(' ')}; do for e in '' .sha256 .manifest.json; do touch -- "./$n$e"; done; done; chown --reference=. -- *`,
    ),
  )
  const said = await runAll()
  expect(said).not.toMatch(BROKEN)
  expect((await project.host(`find / -xdev -name '*canary*' -not -path '/proc/*' 2>/dev/null`)).stdout).toBe('')
})

test('and after all that, the own backup is restored', async () => {
  const { code, stdout, stderr } = await project.restore()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
})

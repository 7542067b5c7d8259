import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BRING_TABLE_BACK } from '../lab/meddling.ts'
import { mustExecIn, openLab, setBox, startHost, stopHost } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { status } from '../../lib/index.ts'
import type { ProjectStatus, StatusReport } from '../../lib/index.ts'
import { command, runTask } from './support/cli.ts'
import { filesFingerprint } from './support/fingerprint.ts'
import { LAB, notOk, runVerb } from './support/run.ts'

const BACKUPS = '/var/backups/postgres'
const ON_BOX = '/srv/box/home/backups/postgresql/onquota'

let lab: Lab
/** The newest backup of onquota. */
let name = ''
const vps = (script: string) => mustExecIn(lab, 'vps', script)
const box = (script: string) => mustExecIn(lab, 'box', script)

beforeAll(async () => {
  lab = await openLab(LAB)
  expect(notOk(await runVerb('provision', { projects: ['onquota'] })).filter((line) => !line.includes('changed'))).toEqual([])
  // A second backup, so that the box has an older one when the newest goes.
  expect((await runVerb('backup', { projects: ['onquota'] })).exitCode).toBe(0)
  name = (JSON.parse(await vps(`cat ${BACKUPS}/status_onquota.json`)) as { newest: { name: string } }).newest.name
  // The first drill, and another file's on this host, prove nothing here.
  await vps(`f=${BACKUPS}/status_onquota.json; jq '.proof = null | .proofs = []' $f > $f.new && mv $f.new $f`)
  await vps(`sed -i '/"entry":"proof"/d' ${BACKUPS}/ledger_onquota.jsonl`)
  await box(`find ${ON_BOX} -name '*.proof-*' -delete`)
  await prove('2026')
})

afterAll(async () => {
  await box(`find ${ON_BOX} -name '*.proof-*' -delete; find ${ON_BOX} -name '*.away' -delete`)
  await vps(`rm -f ${BACKUPS}/.held_onquota`)
})

/** Puts a drill's proof beside the newest backup on the box and into the ledger, as a drill does. */
async function prove(what: string): Promise<void> {
  const at = new Date()
  const stamp = at
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '_')
  const proof = { name, ok: true, at: `${at.toISOString().slice(0, 19)}Z`, kind: 'drill', contents: 'equal', error: null, what }
  await vps(
    `echo '${JSON.stringify({ entry: 'proof', name, at: proof.at, contents: 'equal' })}' >> ${BACKUPS}/ledger_onquota.jsonl`,
  )
  await box(
    `f=$(find ${ON_BOX} -name ${name}); echo '${JSON.stringify(proof)}' > "$f.proof-${stamp}.json"; chown u000000: "$f.proof-${stamp}.json"`,
  )
}

interface Looked {
  code: number
  report: StatusReport
  status: ProjectStatus
  problems: string[]
}

/** The verb in this process, which is quicker than a task's start. Its logbook's folder could not even be made. */
async function look(): Promise<Looked> {
  const report = await status({
    inventory: lab.inventoryFile,
    projects: ['onquota'],
    concurrency: 10,
    wait: 0,
    logbook: '/dev/null/none',
  })
  expect(report.warnings.filter((text) => text.includes('logbook'))).toEqual([])
  const found = report.hosts[0]?.projects?.[0]?.status
  if (found === undefined) throw new Error(JSON.stringify(report))
  return { code: report.exitCode, report, status: found, problems: found.problems.map(({ kind, text }) => `${kind}: ${text}`) }
}

describe('a project where all is well', () => {
  test('exit 0, one exec, all of it as data, and nothing is written, neither there nor into the logbook', async () => {
    const before = await filesFingerprint(lab, 'vps')
    const { code, report, status: found, problems } = await look()
    expect(problems).toEqual([])
    expect(code).toBe(0)
    expect(report.hosts).toMatchObject([{ name: 'vps', ok: true, roundTrips: 1 }])
    const steps = report.hosts[0]!.steps.map(({ step, status: each }) => `${step} ${each}`)
    expect(steps).toEqual(expect.arrayContaining(['hba ok', 'role ok', 'config ok', 'cron ok', 'contents ok', 'data ok']))
    expect(found.notChecked).toEqual(expect.arrayContaining(['the password of onquota_user', 'the login of onquota_user']))
    expect(found.database).toMatchObject({ tables: 36, declaredTables: 36, revisions: ['022'], heads: ['022'] })
    expect(found.database.bytes).toBeGreaterThan(1e6)
    expect(found.backup).toMatchObject({
      newest: { name },
      proof: { grade: 'restored', backup: name },
      lastRun: { ok: true, stage: 'done' },
      held: null,
      boxes: [{ name: 'box', error: null, newest: { name } }],
    })
    expect(found.backup?.newest?.usualBytes).toBeGreaterThan(1000)
    expect(found.backup?.boxes[0]?.copies).toBeGreaterThanOrEqual(2)
    expect(found.backup?.local.copies).toBeGreaterThanOrEqual(2)
    expect(found.backup?.boxes[0]?.freeBytes).toBeGreaterThan(1e6)
    expect(found.backup?.local.freeBytes).toBeGreaterThan(1e6)
    expect(Date.parse(found.backup?.nextRun ?? '')).toBeGreaterThan(Date.now())
    expect(report.logbook).toBeUndefined()
    expect(await filesFingerprint(lab, 'vps')).toBe(before)
  })

  test('as typed: the table on stdout, nothing on stderr, no entry in the logbook', async () => {
    const { code, stdout, stderr, logbook } = await runTask(lab, 'status', ['onquota'])
    expect({ code, stderr, logbook }).toEqual({ code: 0, stderr: '', logbook: '' })
    expect(stdout).toMatch(/^ {2}project +host +tables/)
    expect(stdout).toMatch(/^✔ onquota +vps +36 +022 .* restored \d+ \w{3} +\d+\+\d+ +(\w{3} )?03:00 UTC$/m)
    expect(stdout).toMatch(/\nstatus: all is well\n$/)
  })

  test('no login and no folder stays behind', async () => {
    expect(await vps('ls -d /run/postgres-backup-check.* 2>/dev/null; ps -eo args | grep "[s]sh.*ControlMaster" || true')).toBe(
      '',
    )
  })
})

describe('each thing alone that is not so', () => {
  test('a table dropped', async () => {
    await vps(`cd /; su postgres -c "psql -qd onquota_db -c 'DROP TABLE swot_items'"`)
    try {
      const { code, problems } = await look()
      expect(problems).toEqual(['tables: table swot_items is missing'])
      expect(code).toBe(2)
    } finally {
      for (const line of BRING_TABLE_BACK) await vps(line)
    }
  })

  test('what `provision` would change, told as `provision --check` tells it', async () => {
    const file = '/etc/logrotate.d/bitacora-onquota'
    const role = (attribute: string) => vps(`cd /; su postgres -c "psql -qc 'ALTER ROLE onquota_user ${attribute}'"`)
    await vps(`chmod 0640 ${file}`)
    await role('CREATEDB')
    try {
      const { code, status: found } = await look()
      expect(code).toBe(2)
      expect(found.problems).toEqual([
        { kind: 'database', text: 'role onquota_user CREATEDB true → false', next: ['provision', 'onquota'] },
        { kind: 'run', text: `file ${file} mode 0640 → 0644`, next: ['provision', 'onquota'] },
      ])
      const check = await runVerb('provision', { projects: ['onquota'], check: true })
      const planned = check.hosts.flatMap(({ steps }) => steps.flatMap(({ changes }) => changes.map(({ what }) => what)))
      expect(planned).toEqual(['role onquota_user CREATEDB', `file ${file} mode`])
    } finally {
      await vps(`chmod 0644 ${file}`)
      await role('NOCREATEDB')
    }
  })

  test('the last run failed: its stage and its error, while the newest is still fresh on the box', async () => {
    await setBox(lab, { password: 'another-one' })
    expect((await runVerb('backup', { projects: ['onquota'] })).exitCode).toBe(1)
    await setBox(lab)
    const { code, status: found, problems } = await look()
    expect(code).toBe(2)
    expect(problems).toEqual([expect.stringMatching(/^run: the last run failed at upload, \d+ (s|min) ago: .*wrong password/)])
    expect(found.backup).toMatchObject({ lastRun: { ok: false, stage: 'upload' }, boxes: [{ newest: { name } }] })
    expect(found.backup?.errors.at(-1)).toMatch(/\[failed\] upload: .*wrong password/)
    expect((await runVerb('backup', { projects: ['onquota'] })).exitCode).toBe(0)
    name = (await look()).status.backup?.newest?.name ?? ''
  })

  test('the box out of reach: exit 1, and all that the host knows by itself', async () => {
    await stopHost(lab, 'box')
    try {
      const { code, status: found, problems } = await look()
      expect(code).toBe(1)
      expect(problems).toEqual([expect.stringMatching(/^copies: box-copy: could not read box: .*u000000@box port 23: /)])
      expect(found).toMatchObject({
        database: { tables: 36 },
        backup: { boxes: [{ copies: null, newest: null }], lastRun: { ok: true } },
      })
      expect(found.backup?.local.copies).toBeGreaterThanOrEqual(3)
    } finally {
      await startHost(lab, 'box')
    }
  })

  test('the box lets us in no more', async () => {
    await setBox(lab, { password: 'another-one' })
    try {
      const { code, problems } = await look()
      expect(code).toBe(1)
      expect(problems).toEqual([expect.stringMatching(/^copies: box-copy: could not read box: .*wrong password/)])
    } finally {
      await setBox(lab)
    }
  })

  test.each([
    [
      'the newest copy removed',
      '.sql.gz',
      '^copies: 1 backup that this host uploaded, gone from .*\\.sql\\.gz \\(the newest, without its dump\\)$',
    ],
    ['only its manifest removed', '.sql.gz.manifest.json', '\\(the newest, without its \\.manifest\\.json\\)$'],
  ])('%s', async (_what, ending, expected) => {
    const file = `${name.replace(/\.sql\.gz$/, '')}${ending}`
    await box(`f=$(find ${ON_BOX} -name ${file}); mv "$f" "$f.away"`)
    try {
      const { code, status: found, problems } = await look()
      expect(problems).toEqual([expect.stringMatching(expected)])
      expect(code).toBe(2)
      expect(found.backup?.newest?.name).not.toBe(name)
    } finally {
      await box(`f=$(find ${ON_BOX} -name '${file}.away'); mv "$f" "\${f%.away}"`)
    }
  })

  test('the newest copy cut off on the box', async () => {
    await box(`f=$(find ${ON_BOX} -name ${name}); cp -a "$f" "$f.away"; truncate -s -1 "$f"`)
    try {
      const { code, problems } = await look()
      expect(problems).toEqual([expect.stringMatching(/^copies: .* has \d+ bytes on the box, and \d+ in the ledger$/)])
      expect(code).toBe(2)
    } finally {
      await box(`f=$(find ${ON_BOX} -name '${name}.away'); mv "$f" "\${f%.away}"`)
    }
  })

  test('all proofs gone', async () => {
    await vps(`sed -i '/"entry":"proof"/d' ${BACKUPS}/ledger_onquota.jsonl`)
    await box(`find ${ON_BOX} -name '*.proof-*' -delete`)
    const { code, problems } = await look()
    expect({ code, problems }).toEqual({ code: 2, problems: ['proof: no backup has been restored yet, so none is proven'] })
    await prove('again')
    expect((await look()).code).toBe(0)
  })

  test('pruning held, until the size is acknowledged with the task', async () => {
    await vps(`echo '${name} has 9 bytes, the median is 900' > ${BACKUPS}/.held_onquota`)
    const { code, problems } = await look()
    expect({ code, problems }).toEqual({ code: 2, problems: [`size: nothing is pruned: ${name} has 9 bytes, the median is 900`] })
    const all = await runTask(lab, 'backup', ['--acknowledge'])
    expect(`${all.code} ${all.stderr}`).toMatch(/^1 .*takes one project/)
    const { code: done, stdout } = await runTask(lab, 'backup', ['onquota', '--acknowledge'])
    expect(done).toBe(0)
    expect(stdout).toContain(`accepted: ${name} has 9 bytes, the median is 900`)
    expect(stdout).toContain(`the size of ${name} is taken as right`)
    expect((await look()).code).toBe(0)
  })
})

test('a backup that is gone from the box, until that is accepted with the task', async () => {
  const lost = name.replace(/_\d{6}\./, '_000000.')
  const made = { entry: 'made', name: lost, finishedAt: '2026-01-01T00:00:00Z', adopted: false, files: { '': { bytes: 1, sha256: '0'.repeat(64) } } } // prettier-ignore
  const uploaded = {
    entry: 'uploaded',
    name: lost,
    at: '2026-01-01T00:00:00Z',
    box: `u000000@box:23${ON_BOX.replace('/srv/box', '')}`,
  }
  const ledger = `${BACKUPS}/ledger_onquota.jsonl`
  await vps(`printf '%s\\n' '${JSON.stringify(made)}' '${JSON.stringify(uploaded)}' >> ${ledger}`)
  const { code, problems } = await look()
  const text = `1 backup that this host uploaded, gone from the box or incomplete there: ${lost}`
  expect({ code, problems }).toEqual({ code: 2, problems: [`copies: ${text}`] })
  const { code: done, stdout } = await runTask(lab, 'backup', ['onquota', '--acknowledge'])
  expect(done).toBe(0)
  expect(stdout).toContain(`accepted: ${lost} is gone from the box, or not complete there (u000000@box)`)
  expect((await look()).code).toBe(0)
  await vps(`sed -i '/${lost}/d' ${ledger}`)
})

test('backup --prune: with --check it says what and why, and nothing goes; without, it goes', async () => {
  // Two of one day: the later one stays as the newest of its day, week and month.
  const [old, kept] = ['030000', '040000'].map((time) => `${BACKUPS}/backup_onquota_db_20200101_${time}.sql.gz`) as [
    string,
    string,
  ]
  const sum = createHash('sha256').update('x\n').digest('hex')
  for (const file of [old, kept]) {
    const entry = {
      entry: 'made',
      name: file.slice(BACKUPS.length + 1),
      finishedAt: '2020-01-01T05:00:00Z',
      files: { '': { bytes: 2, sha256: sum } },
      adopted: false,
    }
    await vps(
      `echo x > ${file}; echo "${sum}  ${entry.name}" > ${file}.sha256; echo '${JSON.stringify(entry)}' >> ${BACKUPS}/ledger_onquota.jsonl; chmod 0600 ${BACKUPS}/ledger_onquota.jsonl`,
    )
  }
  const check = await runTask(lab, 'backup', ['onquota', '--prune', '--check'])
  expect(check.code).toBe(0)
  expect(check.stdout).toMatch(/^backup --prune --check: looked, and changed nothing$/m)
  expect(check.stdout).toContain(`would remove ${old}: older than 30 days`)
  expect(await vps(`ls ${old}`)).toContain(old)
  const { code, stdout } = await runTask(lab, 'backup', ['onquota', '--prune'])
  expect(code).toBe(0)
  expect(stdout).toContain(`removed ${old}`)
  expect(await vps(`ls ${old}* 2>/dev/null || true`)).toBe('')
  expect(await vps(`ls ${kept}`)).toContain(kept)
  await vps(`rm -f ${kept}*; sed -i /20200101/d ${BACKUPS}/ledger_onquota.jsonl`)
  const wrong = await runTask(lab, 'backup', ['onquota', '--check'])
  expect(`${wrong.code} ${wrong.stderr}`).toMatch(/^1 .*--check goes with --prune/)
})

test('in a terminal: hosts while they are looked at, then the table alone', async () => {
  const env = {
    BITACORA_INVENTORY: lab.inventoryFile,
    BITACORA_LOGBOOK: join(lab.directory, 'no-logbook'),
    TERM: 'xterm-256color',
  }
  const { stdout } = await command('script', ['-qec', 'stty cols 100 rows 40; zx tasks/status.mjs onquota', '/dev/null'], env)
  expect(stdout).toMatch(/connecting to|reading \d+ facts/)
  const rest = stdout.slice(stdout.lastIndexOf('project  host'))
  expect(rest).not.toMatch(/connecting|facts/)
  expect(rest).toMatch(/onquota/)
  expect(readdirSync(lab.directory)).not.toContain('no-logbook')
})

import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunReport } from '../../lib/index.ts'
import { labInventory, mustExecIn, openLab, readSecret } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { runTask } from './support/cli.ts'
import { LAB, failures, notOk, runVerb, stepsOf, writeInventory } from './support/run.ts'

const SECOND = '/home/backups/postgresql/tienda-second'
let lab: Lab
let file = ''

/** tienda with two folders on the lab's box; what it does on the host is taken back at the end. */
beforeAll(async () => {
  lab = await openLab(LAB)
  const inventory = labInventory(lab)
  const { box, ...rest } = inventory.projects['tienda']!.backup!
  inventory.projects = {
    tienda: { ...inventory.projects['tienda']!, backup: { ...rest, boxes: [box!, { box: box!, remoteDirectory: SECOND }] } },
  }
  file = writeInventory(lab, 'two-boxes', inventory)
})
afterAll(async () => {
  await runVerb('provision', { projects: ['tienda'] })
  await mustExecIn(lab, 'vps2', 'rm -f /opt/postgresql-backups/configs/known-hosts-tienda.2')
  await mustExecIn(lab, 'box', `rm -rf /srv/box${SECOND}`)
  rmSync(file)
})

const box = (args: string[] = []) => runTask(lab, 'box', ['--inventory', file, ...args])

test('two boxes are provisioned, each gets the first backup, and both are proven', async () => {
  const made = await runVerb('provision', { inventory: file })
  expect(failures(made)).toEqual([])
  expect(Object.keys(stepsOf(made))).toEqual(expect.arrayContaining(['tienda/known-host', 'tienda/known-host-2']))
  // Another test file may have made the first backup to one box alone.
  expect(notOk(await runVerb('backup', { inventory: file }))).toEqual(['tienda/backup changed: backup of tienda'])
  const proven = await runVerb('verify', { inventory: file })
  expect(notOk(proven)).toEqual([])
  expect(stepsOf(proven)['tienda/box-copy']?.note).toMatch(
    /^backup_tienda_db_\S+ equal on box 1, u000000@box; backup_tienda_db_\S+ equal on box 2, u000000@box$/,
  )
  expect(notOk(await runVerb('provision', { inventory: file, check: true }))).toEqual([])
})

test('the box task looks at each and finds nothing; no secret is shown', async () => {
  const { code, stdout, stderr, logbook } = await box(['--json'])
  expect(code, stdout + stderr).toBe(0)
  const report = JSON.parse(stdout) as RunReport
  expect(report).toMatchObject({ task: 'box', ok: true, exitCode: 0, check: true })
  expect(report.warnings).toEqual([
    expect.stringMatching(/^vps2 tienda, delete: allowed, so whoever has this credential can wipe all backups/),
    expect.stringMatching(/^vps2 tienda, delete-2: allowed/),
  ])
  const aspects = ['reach', 'host-key', 'login', 'room', 'folder', 'shell', 'rename', 'delete']
  expect(Object.keys(stepsOf(report))).toEqual(
    [...aspects, ...aspects.map((name) => `${name}-2`)].map((name) => `tienda/${name}`),
  )
  for (const step of Object.values(stepsOf(report))) expect(step, step.step).toMatchObject({ status: 'ok', note: /./ })
  expect(stdout + logbook).not.toContain((await readSecret(lab.directory, 'box')).trim())
})

test('for people: a line each, and what to do; exit 2 for what is not so, and verify says which copy is damaged', async () => {
  await mustExecIn(
    lab,
    'box',
    `cd /srv/box${SECOND}; touch notes.txt; for f in $(find . -name 'backup_*.sql.gz'); do printf x >> $f; done`,
  )
  const found = await box()
  expect(found.code, found.stderr).toBe(2)
  expect(found.stdout).toContain(`strays in ${SECOND} notes.txt → backups only`)
  expect(found.stdout).toContain('they belong to no backup, and nothing here ever removes them')
  expect(found.stdout).toMatch(/npx zx tasks\/box\.mjs tienda/)
  expect(notOk(await runVerb('verify', { inventory: file }))).toEqual([
    'tienda/box-copy drift: copy of tienda on box 2, u000000@box',
  ])
})

test('a host without the script: 1, with what to do', async () => {
  await mustExecIn(lab, 'vps2', 'mv /opt/postgresql-backups/backup-tienda.sh /root/kept.sh')
  const { code, stdout } = await box()
  await mustExecIn(lab, 'vps2', 'mv /root/kept.sh /opt/postgresql-backups/backup-tienda.sh')
  expect(code).toBe(1)
  expect(stdout).toMatch(/backup-tienda\.sh is not there; this makes it: provision tienda/)
})

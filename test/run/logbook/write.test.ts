import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { entryName, writeLogbook } from '../../../lib/run/logbook/write.ts'
import { entry } from '../../../lib/run/logbook/entry.ts'
import { hostReport, runReport, stepReport } from '../../view/support.ts'

const report = runReport([hostReport('vps', [stepReport('server')])])
let base: string
beforeEach(async () => void (base = await mkdtemp(join(tmpdir(), 'logbook-'))))
afterEach(() => rm(base, { recursive: true }))

test('writes both files whole, readable by owner and group, in a directory that it makes', async () => {
  const directory = join(base, 'deep', 'logbook')
  const before = process.umask(0o077)
  const path = writeLogbook(directory, report)
  process.umask(before)
  expect(path).toBe(join(directory, '2026-11-24T030000Z-provision-3f2a9c10.md'))
  expect((await readdir(directory)).toSorted()).toEqual([
    '2026-11-24T030000Z-provision-3f2a9c10.json',
    '2026-11-24T030000Z-provision-3f2a9c10.md',
  ])
  expect(await readFile(path, 'utf8')).toBe(entry(report))
  expect(JSON.parse(await readFile(path.replace(/md$/, 'json'), 'utf8'))).toEqual(report)
  expect((await stat(path)).mode & 0o777).toBe(0o640)
})

test('a check says so in its name; verify, which always checks, need not', () => {
  expect(entryName({ ...report, flags: ['--check'] })).toBe('2026-11-24T030000Z-provision-check-3f2a9c10')
  expect(entryName({ ...report, task: 'verify' })).toBe('2026-11-24T030000Z-verify-3f2a9c10')
})

test('what can not be written is an error that says where and why, and leaves nothing half written', async () => {
  const file = join(base, 'file')
  await writeFile(file, '')
  expect(() => writeLogbook(file, report)).toThrow(`${file}: EEXIST`)
  // A directory stands where the Markdown should go.
  const taken = writeLogbook(base, { ...report, run: 'one' })
  await rm(taken)
  writeLogbook(taken, report)
  expect(() => writeLogbook(base, { ...report, run: 'one' })).toThrow(base)
  expect((await readdir(base)).filter((name) => name.endsWith('.tmp'))).toEqual([])
})

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sh } from '../../../lib/text/sh.ts'
import { atomicWrite } from '../../../lib/steps/common/atomic-write.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitacora-write-'))
  path = join(folder, "it's here")
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const own = sh`chmod 0640 -- "$t"`
const run = (script: { text: string }) => spawnSync('sh', ['-s'], { input: `( set -e\n${script.text}\n)\n` }).status

test('the content to the byte, with its mode, over an old file, and nothing beside it', () => {
  writeFileSync(path, 'old')
  const content = "a 'quoted' line\n\\n no final newline: ñ"
  expect(run(atomicWrite(path, content, own))).toBe(0)
  expect(readFileSync(path, 'utf8')).toBe(content)
  expect(statSync(path).mode & 0o777).toBe(0o640)
  expect(readdirSync(folder)).toEqual(["it's here"])
})

test('a failure on the way leaves the old file and nothing beside it', () => {
  writeFileSync(path, 'old')
  expect(run(atomicWrite(path, 'new', sh`false`))).not.toBe(0)
  expect(readFileSync(path, 'utf8')).toBe('old')
  expect(readdirSync(folder)).toEqual(["it's here"])
})

test('-nT takes no place that has been taken meanwhile', () => {
  writeFileSync(path, 'theirs')
  run(atomicWrite(path, 'ours', own, '-nT'))
  expect(readFileSync(path, 'utf8')).toBe('theirs')
})

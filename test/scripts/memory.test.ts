import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { templateText } from '../../lib/text/template.ts'

const SIZE = 64 << 20
const DUMP = Buffer.concat([
  Buffer.from(`--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'LATIN1';\nCOPY public.t (a) FROM stdin;\n`),
  Buffer.alloc(SIZE, '\xe4x\\\\', 'latin1'),
  Buffer.from('\n\\.\n\n--\n-- PostgreSQL database dump complete\n--\n\n'),
])
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitacora-memory-'))
  writeFileSync(join(folder, 'names'), 'public.t\n')
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

test.each<[mode: string, words: () => string[], says: RegExp]>([
  ['scan', () => [], /^table\t"public.t"\t1\nscan\t/],
  ['callers', () => [], /^$/],
  ['digest', () => ['b2sum'], /^encoding\tLATIN1\ndata\tpublic\.t\t\(a\) \t1\t[0-9a-f]{128} {2}-\nversion\t\nend\n$/],
  ['rows', () => [join(folder, 'names'), 'b2sum'], /^public\.t\tlong\t[0-9a-f]{128} {2}-\n$/],
])('%s reads a value of 64 MiB in less memory than that', (mode, words, says) => {
  const program = ['reader', 'single-database', 'digest'].map((part) => templateText(`scripts/${part}.pl`)).join('')
  const limited = ['-c', `ulimit -v ${SIZE / 1024}; exec perl -e "$0" "$@"`, program, mode, ...words()]
  const { status, stdout, stderr } = spawnSync('bash', limited, { input: DUMP })
  expect({ code: status, stderr: stderr.toString() }).toEqual({ code: 0, stderr: '' })
  expect(stdout.toString()).toMatch(says)
})

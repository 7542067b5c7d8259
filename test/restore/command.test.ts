import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { restoreArguments, withIdentity } from '../../lib/restore/command.ts'
import { Secret } from '../../lib/secret.ts'
import { sh } from '../../lib/shell.ts'

const base = {
  inventory: 'i.json',
  projects: ['onquota'],
  concurrency: 1,
  wait: 0,
  logbook: 'logbook',
  view: { show: () => {}, close: async () => {} },
}

test('a drill waits for the login through the tunnel, nothing else does', () => {
  expect(restoreArguments(base)).toEqual(['--wait-login', '60'])
  expect(restoreArguments({ ...base, at: '2026-01-31', local: true, box: 2 })).toEqual([
    '--at',
    '2026-01-31',
    '--local',
    '--box',
    '2',
    '--wait-login',
    '60',
  ])
  expect(restoreArguments({ ...base, into: 'x', replace: true })).toEqual(['--into', 'x', '--replace'])
  expect(restoreArguments({ ...base, into: 'x', name: 'b' })).toEqual(['--into', 'x', '--name', 'b'])
  expect(restoreArguments({ ...base, table: 't' })).toEqual(['--table', 't'])
  expect(restoreArguments({ ...base, into: 'x', trustBox: true })).toEqual(['--into', 'x', '--trust-box'])
  expect(restoreArguments({ ...base, trustBox: true })).toEqual(['--trust-box', '--wait-login', '60'])
  expect(restoreArguments({ ...base, dropOld: true })).toEqual(['--drop-old'])
})

test('the private key goes through stdin, not through arguments', () => {
  const key = new Secret("AGE-SECRET-KEY-1'x", 'identity')
  const script = withIdentity(sh`sh -c ${'printf "%s|" "$@"; cat'} name`, key)
  expect(script.secrets).toEqual([key])
  expect(spawnSync('sh', ['-s'], { input: script.text, encoding: 'utf8' }).stdout).toBe("--identity|AGE-SECRET-KEY-1'x\n")
  expect(withIdentity(sh`true`, undefined).text).toBe('true')
})

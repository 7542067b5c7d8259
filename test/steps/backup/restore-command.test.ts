import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { restoreArguments, withIdentity } from '../../../lib/steps/backup/restore-command.ts'
import { Secret } from '../../../lib/text/secret.ts'
import { sh } from '../../../lib/text/sh.ts'

test('a drill waits for the login through the tunnel, nothing else does', () => {
  expect(restoreArguments({})).toEqual(['--wait-login', '60'])
  expect(restoreArguments({ at: '2026-01-31', local: true, box: 2 })).toEqual([
    '--at',
    '2026-01-31',
    '--local',
    '--box',
    '2',
    '--wait-login',
    '60',
  ])
  expect(restoreArguments({ into: 'x', replace: true })).toEqual(['--into', 'x', '--replace'])
  expect(restoreArguments({ into: 'x', name: 'b' })).toEqual(['--into', 'x', '--name', 'b'])
  expect(restoreArguments({ table: 't' })).toEqual(['--table', 't'])
  expect(restoreArguments({ into: 'x', trustBox: true })).toEqual(['--into', 'x', '--trust-box'])
  expect(restoreArguments({ trustBox: true })).toEqual(['--trust-box', '--wait-login', '60'])
  expect(restoreArguments({ dropOld: true })).toEqual(['--drop-old'])
})

test('the private key goes through stdin, not through arguments', () => {
  const key = new Secret("AGE-SECRET-KEY-1'x", 'identity')
  const script = withIdentity(sh`sh -c ${'printf "%s|" "$@"; cat'} name`, key)
  expect(script.secrets).toEqual([key])
  expect(spawnSync('sh', ['-s'], { input: script.reveal(), encoding: 'utf8' }).stdout).toBe("--identity|AGE-SECRET-KEY-1'x\n")
  expect(withIdentity(sh`true`, undefined).text).toBe('true')
})

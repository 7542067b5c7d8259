import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { rootShell, sudoAdvice } from '../../lib/host/sudo.ts'
import { Secret } from '../../lib/text/secret.ts'
import { sh } from '../../lib/text/sh.ts'
import { temporaryFolder } from './support.ts'

const password = new Secret("hunter2's", 'hosts.vps.sudoPassword')
const { at, remove } = temporaryFolder()
afterAll(remove)

test('root needs no sudo; others use it without a password, or with one that is in no argument', () => {
  expect(rootShell('root', password)).toMatchObject({ command: expect.not.stringContaining('sudo'), before: sh`` })
  expect(rootShell('deploy', undefined)).toMatchObject({ command: expect.stringContaining('sudo -n'), before: sh`` })
  const { command, before } = rootShell('deploy', password)
  expect(command).not.toContain('hunter2')
  expect([before.reveal(), before.text, before.secrets]).toEqual(["hunter2's\n", '••••', [password]])
})

/** Played by a script that knows sudo's -n and -S: the password on the first line of stdin, and no more than that. */
function fakeSudo(needsPassword: boolean): string {
  const sudo = `#!/bin/sh
ask= never=
while [ "$1" != -- ] && [ "$1" != true ]; do case $1 in -S) ask=yes;; -n) never=yes;; -p) shift;; esac; shift; done
[ "$1" = -- ] && shift
if ${needsPassword}; then
  [ -z "$never" ] || { echo 'sudo: a password is required' >&2; exit 1; }
  tries=0; until IFS= read -r given && [ "$given" = "hunter2's" ]; do
    [ -n "$given" ] || { echo "sudo: $tries incorrect password attempt" >&2; exit 1; }
    tries=$((tries + 1))
  done
fi
[ "$1" = true ] || { printf 'sudo reads: '; cat; }
exec "$@"
`
  writeFileSync(at('sudo'), sudo)
  chmodSync(at('sudo'), 0o755)
  return `${at('')}:/usr/bin:/bin`
}

describe.each(['sh', 'bash'])('with %s as the login shell', (shell) => {
  test.each([
    ['sudo wants a password', true, password, 0, 'ran\n'],
    ['sudo turns out to want none: the password does not reach the script', false, password, 0, 'ran\n'],
    ['none wanted, none given', false, undefined, 0, 'ran\n'],
    ['wanted, none given', true, undefined, 1, ''],
    ['a wrong one', true, new Secret('wrong', 'x'), 1, ''],
  ])('%s', (_what, needsPassword, given, status, stdout) => {
    const left = readdirSync('/tmp').filter((name) => name.startsWith('bitacora.'))
    const { command, before } = rootShell('deploy', given)
    const result = spawnSync(shell, ['-c', command], {
      input: `${before.reveal()}echo ran\ncat; exit\n`,
      encoding: 'utf8',
      env: { PATH: fakeSudo(needsPassword) },
    })
    // The script goes around sudo, which is given the password at most, and once.
    expect([result.status, result.stdout.replace(/exit\n$/, '')]).toEqual([
      status,
      status === 0 ? `sudo reads: ${stdout}` : stdout,
    ])
    if (given?.reveal() === 'wrong') expect(result.stderr).toContain('sudo: 1 incorrect password attempt\n')
    expect(readdirSync('/tmp').filter((name) => name.startsWith('bitacora.') && !left.includes(name))).toEqual([])
  })
})

test('nothing of the login’s environment gets through, but a proxy that holds no password', () => {
  const { command } = rootShell('root', undefined)
  const given = { PGHOST: 'evil', LD_BIND_NOW: '1', BASH_ENV: '/dev/null', 'BASH_FUNC_id%%': '() { echo evil; }', HOME: '/evil' }
  const proxies = { http_proxy: 'http://proxy:3128', https_proxy: 'http://me:secret@proxy', no_proxy: '.example.org,*' }
  const { stdout } = spawnSync('sh', ['-c', command], { input: 'env', encoding: 'utf8', env: { ...given, ...proxies } })
  expect(
    stdout
      .split('\n')
      .filter((line) => !line.startsWith('PWD='))
      .toSorted(),
  ).toEqual([
    '',
    'HOME=/root',
    'LOGNAME=root',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'SHELL=/bin/sh',
    'USER=root',
    'http_proxy=http://proxy:3128',
    'no_proxy=.example.org,*',
  ])
})

test.each([
  [
    'sudo: a password is required',
    'sudo wants a password of deploy: give hosts.vps.sudoPassword, or let deploy sudo without one',
  ],
  ['sudo: a terminal is required to read the password; either use', 'sudo wants a password of deploy'],
  ['sudo: 1 incorrect password attempt', 'sudo refuses the password: correct the value behind hosts.vps.sudoPassword'],
  ['Sorry, try again.\nsudo: no password was provided', 'sudo refuses the password'],
  [
    'deploy is not in the sudoers file.',
    'deploy may not use sudo: add it to the sudo group on the host (usermod -aG sudo deploy)',
  ],
  ['Sorry, user deploy may not run sudo on vps.', 'deploy may not use sudo'],
  ["Sorry, user deploy is not allowed to execute '/usr/bin/sh -s' as root on vps.", 'deploy may not use sudo'],
  ['sh: 1: exec: sudo: not found', 'sudo is not installed on the host: log in as root (hosts.vps.user), or install it'],
  ['bash: line 1: sudo: command not found', 'sudo is not installed'],
])('of %j it advises', (said, advice) => {
  expect(sudoAdvice('vps', 'deploy', `exit 1: ${said}`)).toContain(advice)
})

test('of anything else it advises nothing', () => {
  expect(sudoAdvice('vps', 'deploy', 'psql: error: password authentication failed')).toBeUndefined()
})

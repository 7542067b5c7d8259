import { writeFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshKey, mustExecIn, setBox, sftp, ssh } from './index.ts'
import { ownLab } from './support.ts'

const theLab = ownLab('box', ['box'])
const folder = '/home/lab-box-test'
const PASSWORD = { passwordFile: 'secrets/box' }
const box = (command: string) => ssh(theLab(), 'box', command, PASSWORD)

/** For each command as sshd runs it: its exit code and the first word of all it said. */
async function inJail(commands: string[]): Promise<string[]> {
  const script = `while read -r command; do
    command=$(printf %s "$command" | base64 -d)
    said=$(chroot --userspec=u000000:u000000 /srv/box /bin/box-shell -c "$command" 2>&1)
    printf '%s: %s %s\\0' "$command" "$?" "\${said%% *}"
  done`
  const stdin = commands.map((command) => `${Buffer.from(command).toString('base64')}\n`).join('')
  return (await mustExecIn(theLab(), 'box', script, { stdin })).split('\0').slice(0, -1)
}

describe('SFTP', () => {
  it('makes folders, takes files, renames and lists them below /home', async () => {
    await writeFile(join(theLab().directory, 'upload'), 'hola\n')
    const done = await sftp(theLab(), [
      `mkdir ${folder}`,
      `put ${join(theLab().directory, 'upload')} ${folder}/a`,
      `rename ${folder}/a ${folder}/b`,
      `ls -1 ${folder}`,
    ])
    expect(done).toMatchObject({ code: 0 })
    expect(done.stdout).toContain(`${folder}/b\n`)
    await rm(join(theLab().directory, 'upload'))
  })

  it('is chrooted: its root has nothing of the system, and only /home can be written', async () => {
    const listed = await sftp(theLab(), ['ls -1 /'])
    expect(listed.stdout.split('\n').slice(1).toSorted()).toEqual(['', '/bin', '/etc', '/home', '/proc'])
    expect((await sftp(theLab(), ['mkdir /elsewhere'])).code).toBe(1)
    expect((await sftp(theLab(), ['ls /home/../../etc/ssh'])).code).toBe(1)
  })
})

describe('the small shell', () => {
  it('hashes, lists, moves and removes', async () => {
    await mustExecIn(
      theLab(),
      'box',
      `install -d -o u000000 /srv/box${folder}; cd /srv/box${folder}; printf abc >"with space"; chown u000000 *`,
    )
    const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(await box(`sha256sum '${folder}/with space'`)).toMatchObject({ code: 0, stdout: `${hash}  ${folder}/with space\n` })
    expect(await box(`mkdir -p ${folder}/2026/11`)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(await box(`mv "${folder}/with space" ${folder}/2026/11/x`)).toMatchObject({ code: 0 })
    expect(await box(`ls ${folder}/2026/11`)).toMatchObject({ code: 0, stdout: 'x\n' })
    expect((await box('df -k /home')).stdout).toMatch(/^box +\d+ +\d+ +\d+ +\d+% \/home$/m)
    expect(await box(`rm ${folder}/2026/11/x`)).toMatchObject({ code: 0 })
    expect((await box(`sha256sum ${folder}/2026/11/x`)).code).toBe(1)
  })

  it('refuses what is more than one plain command, and knows no others', async () => {
    const refused = [
      'ls | cat',
      'ls > f',
      'ls < f',
      'ls; ls',
      'ls && ls',
      'ls &',
      'ls $(pwd)',
      'ls "$(pwd)"',
      'ls `pwd`',
      'ls $HOME',
      'ls /home/*',
      '(ls)',
      'ls\nls',
      "ls '/home",
    ]
    const unknown = [
      'find /home',
      'sh',
      'busybox sh',
      '/bin/busybox sh',
      'sh -c ls',
      'env',
      'scp -t /',
      'gzip -d x',
      'eval ls',
      'exec sh',
      '. /etc/passwd',
      "'ls '",
      'A=1 ls',
    ]
    const answers = await inJail([...refused, ...unknown])
    expect(answers).toEqual([
      ...refused.map((command) => `${command}: 1 Syntax`),
      ...unknown.map((command) => `${command}: 127 Command`),
    ])
  })

  it('reads commands from stdin as well', async () => {
    const argv = { ...PASSWORD, stdin: 'pwd\nfind /\nls /\nexit\nls /home\n' }
    expect((await ssh(theLab(), 'box', '', argv)).stdout).toBe('/home\nbin\netc\nhome\nproc\n')
  })
})

describe('logging in', () => {
  it('takes the password alone, unless a key is let in', async () => {
    const { privateKey, publicKey } = await freshKey()
    await writeFile(join(theLab().directory, 'box-key'), privateKey, { mode: 0o600 })
    const byKey = () => ssh(theLab(), 'box', 'pwd', { key: 'box-key' })
    expect(await byKey()).toMatchObject({ code: 255, stderr: expect.stringContaining('Permission denied (password)') })
    await setBox(theLab(), { publicKey })
    expect(await byKey()).toMatchObject({ code: 0, stdout: '/home\n' })
    await setBox(theLab())
    expect((await byKey()).code).toBe(255)
    await rm(join(theLab().directory, 'box-key'))
  })

  it('can be SFTP alone', async () => {
    await setBox(theLab(), { shell: false })
    expect((await box('pwd')).stdout).not.toContain('/home')
    expect((await sftp(theLab(), ['pwd'])).stdout).toContain('Remote working directory: /home')
    await setBox(theLab())
    expect((await box('pwd')).stdout).toBe('/home\n')
  })

  it('can have another password or another host key', async () => {
    await setBox(theLab(), { password: 'anotherPassword0123456789' })
    expect(await box('pwd')).toMatchObject({ code: 255, stderr: expect.stringContaining('Permission denied') })
    await setBox(theLab(), { hostKey: (await freshKey()).privateKey })
    expect(await box('pwd')).toMatchObject({
      code: 255,
      stderr: expect.stringContaining('REMOTE HOST IDENTIFICATION HAS CHANGED'),
    })
    await setBox(theLab())
    expect(await box('pwd')).toMatchObject({ code: 0 })
  })

  it('has no root and no forwarding', async () => {
    expect((await ssh(theLab(), 'box', 'pwd', { ...PASSWORD, user: 'root' })).code).toBe(255)
    expect(await mustExecIn(theLab(), 'box', '/usr/sbin/sshd -T | grep -E "^(disableforwarding|permitrootlogin)"')).toBe(
      'permitrootlogin no\ndisableforwarding yes\n',
    )
  })
})

import { expect, test } from 'vitest'
import { doctorFact } from '../../../../lib/steps/backup/box/doctor.ts'
import type { DoctorBox } from '../../../../lib/steps/backup/box/doctor.ts'
import { parseLedger } from '../../../../lib/steps/backup/ledger-fact.ts'
import { BOX, NAME, NOW, copyLines, ledgerText, line, sessionText } from './support.ts'
import type { Frames } from './support.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g'
/** By `ssh-keygen -l`. */
const SHOWN = 'SHA256:mKqU+0K8OhKmA8bBQi9Rz0Q5l7/g160hIP+rJYSTNj4 (ED25519)'
const found = (frames: Frames): DoctorBox => {
  const evaluate = doctorFact([BOX]).schema.parse(sessionText(frames))
  return evaluate(parseLedger(ledgerText(NAME)), NOW)[0]!
}
const reached: Frames = { pinned: [`${KEY}\n`], port23: [''], key23: [`${KEY}\n`], password23: [''], open: [''] }
const inside: Frames = {
  ...reached,
  room: [
    'sftp> -df /x\n        Size         Used        Avail       (root)    %Capacity\n     1000       400         600         600           40%\n',
  ],
  folder: [''],
  names: [`${copyLines(NAME).join('\n')}\n${line('notes.txt')}\n${line(`2026/11/24/${NAME}.part-1-77`)}\n`],
  running: ['/proc/77/cmdline\n/proc/self/cmdline\n'],
}

test('not reached, another key, a login that is denied: what follows is not there', () => {
  const refused = 'bash: connect: Connection refused\nbash: line 1: /dev/tcp/box/23: Connection refused\n'
  expect(found({ pinned: ['\n'], port23: ['', 1, refused], port22: ['', 124] })).toMatchObject({
    pinned: null,
    opened: null,
    ports: [
      { port: 23, reached: false, error: 'Connection refused', key: 'none' },
      { port: 22, reached: false, error: 'no answer within 10 s' },
    ],
  })
  const other = found({ pinned: [`${KEY}\n`], port23: [''], key23: ['ssh-rsa AAAA\n'] })
  expect(other.ports[0]).toMatchObject({ reached: true, key: 'other', password: null, identity: null })
  expect(other.pinned).toBe(SHOWN)
  const denied = found({ ...reached, password23: ['', 255, 'u@h: Permission denied (password).\n'], open: ['', 255] })
  expect(denied.ports[0]).toMatchObject({ key: 'pinned', password: { ok: false, error: 'u@h: Permission denied (password).' } })
  expect(denied).toMatchObject({ opened: false, error: expect.stringContaining('the connection was cut') as string })
  expect(denied.folder).toBeUndefined()
})

test('what lies there, and what the credential may do', () => {
  const tried: Frames = {
    put: [''],
    sum: ['x'],
    sha256sum: ['yes\n'],
    rename: [''],
    replace: ['', 1],
    delete: [''],
    left: ['-ls\n', 1],
  }
  expect(found({ ...inside, ...tried })).toMatchObject({
    space: { size: 1_024_000, free: 614_400 },
    folder: 'there',
    files: { count: 5, complete: 1, proven: 0, incomplete: 0, otherBackups: 0 },
    newest: { name: NAME, bytes: 10 },
    partials: [{ running: true }],
    strays: { count: 1, first: [{ path: `${BOX.directory}/notes.txt`, bytes: 10 }] },
    shell: true,
    sha256sum: true,
    mayWrite: true,
    mayRename: true,
    mayRenameOver: false,
    mayDelete: true,
    scratchLeft: 0,
  })
  const bare: Frames = {
    put: ['', 1, 'remote open: Permission denied\n'],
    shell: ['', 1],
    left: [`${BOX.directory}/.bitacora-doctor-1-2.a\n`],
  }
  expect(found({ ...inside, ...bare })).toMatchObject({
    mayWrite: false,
    refusal: expect.stringContaining('remote open: Permission denied') as string,
    shell: false,
    mayRename: null,
    mayDelete: null,
    scratchLeft: 1,
  })
  expect(found({ ...inside, put: [''], old: ['', 1], delete: [''] }).mayDelete).toBe(false)
})

test.each<[string, Frames, Partial<DoctorBox>]>([
  ['absent', { folder: ['', 1, 'Can\'t ls: "/x" not found\n'] }, { folder: 'absent' }],
  ['unreadable', { folder: ['', 1, 'Permission denied\n'] }, { folder: 'unreadable' }],
  [
    'endless',
    { names: ['9 names, more than the 8', 'many'] },
    { unread: `${BOX.user}@${BOX.address} port 23: the box lists 9 names, more than the 8 that are read` },
  ],
])('a folder that is %s', (_what, frames, expected) => {
  const one = found({ ...inside, ...frames })
  expect(one).toMatchObject(expected)
  expect(one.files).toBeUndefined()
})

import { expect, test } from 'vitest'
import { ASPECTS, boxReports } from '../../../lib/verbs/box/findings.ts'
import type { DoctorBox } from '../../../lib/steps/backup/box/doctor.ts'
import { check, good } from '../../inventory/support.ts'

const destination = check(good()).projects['onquota']!.backup!.boxes[0]!
const PINNED = 'SHA256:pinned (ED25519)'
const port = {
  port: 23,
  reached: true,
  error: null,
  key: 'pinned' as const,
  shown: PINNED,
  password: { ok: true, error: null },
  identity: null,
}
const closed = {
  ...port,
  port: 22,
  reached: false,
  error: 'Connection refused',
  key: 'none' as const,
  shown: null,
  password: null,
}
const fine: DoctorBox = {
  host: 'box.example',
  user: 'u1',
  port: 23,
  remoteDirectory: '/home/b',
  pinned: PINNED,
  ports: [port, closed],
  opened: true,
  error: null,
  space: { size: 2 ** 40, free: 2 ** 39 },
  folder: 'there',
  files: { count: 8, bytes: 3 * 1024, complete: 2, proven: 1, incomplete: 0, otherBackups: 0 },
  newest: { name: 'b.sql.gz', bytes: 2 ** 30 },
  partials: [],
  strays: { count: 0, first: [] },
  shell: true,
  sha256sum: true,
  mayWrite: true,
  mayRename: true,
  mayRenameOver: true,
  mayDelete: true,
  scratchLeft: 0,
}
const look = (changes: Partial<DoctorBox> = {}, number = 1) => boxReports('onquota', destination, number, { ...fine, ...changes })
const bad = (changes: Partial<DoctorBox>) =>
  look(changes).flatMap(({ step, status, changes: found, reason }) =>
    status === 'skipped'
      ? [`${step} ${reason}`]
      : found.map(({ what, from, manual }) => `${step}: ${what}: ${JSON.stringify(from).slice(1, -1)} ${String(manual)}`),
  )

test('fine: every aspect in order is ok, and says what was found', () => {
  expect(look().map(({ project, step, status, note }) => [project, step, status, note])).toEqual([
    ['onquota', 'reach', 'ok', 'port 23 answers; port 22: Connection refused'],
    ['onquota', 'host-key', 'ok', `${PINNED}, as pinned`],
    ['onquota', 'login', 'ok', 'u1 by password'],
    ['onquota', 'room', 'ok', '550 GB free of 1.1 TB'],
    ['onquota', 'folder', 'ok', '2 backups (1 restored as proof), 8 files, 3.1 kB; newest b.sql.gz'],
    ['onquota', 'shell', 'ok', 'sha256sum runs there'],
    ['onquota', 'rename', 'ok', 'to a new name, also over a file that is there'],
    ['onquota', 'delete', 'ok', expect.stringMatching(/^allowed.*sub-account.*snapshots on/)],
  ])
  expect(look({}, 2).map(({ step }) => step)).toEqual(ASPECTS.map((aspect) => `${aspect}-2`))
})

const after = (blocked: string, ...steps: string[]) => steps.map((step) => `${step} waits for ${blocked}`)
const rest = ['room', 'folder', 'shell', 'rename', 'delete']
const refused = { ...port, password: { ok: false, error: 'Permission denied' } }

test.each<[string, Partial<DoctorBox>, string[]]>([
  [
    'its port closed',
    { ports: [{ ...closed, port: 23 }, port] },
    ['reach: port 23 of box.example: Connection refused true', ...after('reach', 'host-key', 'login', ...rest)],
  ],
  [
    'another host key',
    { ports: [{ ...port, key: 'other', shown: 'SHA256:other (RSA)', password: null }] },
    ['host-key: host key of box.example port 23: SHA256:other (RSA) true', ...after('host-key', 'login', ...rest)],
  ],
  [
    'none pinned on the host',
    { pinned: null, ports: [{ ...port, key: 'other', shown: 'SHA256:other (RSA)', password: null }] },
    ['host-key: host key of box.example port 23: none is pinned on the host true', ...after('host-key', 'login', ...rest)],
  ],
  [
    'no SSH server',
    { ports: [{ ...port, key: 'none', shown: null, error: 'answers, but shows no SSH host key' }] },
    [
      'host-key: host key of box.example port 23: answers, but shows no SSH host key true',
      ...after('host-key', 'login', ...rest),
    ],
  ],
  [
    'another password',
    { ports: [refused], opened: null },
    ['login: login of u1 by password: Permission denied true', ...after('login', ...rest)],
  ],
  [
    'a refused password beside a key that is let in',
    { ports: [{ ...refused, identity: { ok: true, error: null } }] },
    ['login: login of u1 by password: Permission denied true'],
  ],
  [
    "the uploads' login failing at the end",
    { opened: false, error: 'closed' },
    ['login: login of u1@box.example as uploads do it: closed true', ...after('login', ...rest)],
  ],
  ['too little room', { space: { size: 2 ** 40, free: 2 ** 31 } }, ['room: room on box.example: 2.1 GB free of 1.1 TB true']],
  ['a room that it does not tell', { space: null }, []],
  [
    'no folder',
    { folder: 'absent' },
    ['folder: folder /home/b: not there true', ...after('folder', 'shell', 'rename', 'delete')],
  ],
  [
    'a folder that cannot be listed',
    { unread: 'broken pipe' },
    ['folder: folder /home/b: broken pipe true', ...after('folder', 'shell', 'rename', 'delete')],
  ],
  [
    'partials, but not of a run that is going on',
    {
      partials: [
        { path: '/home/b/x.part-1-2', bytes: 5, running: false },
        { path: '/home/b/y.part-1-3', bytes: 5, running: true },
      ],
    },
    ['folder: partial file /home/b/x.part-1-2: 5 B of a run that was ended true'],
  ],
  [
    'copies that are gone',
    { gone: { count: 2, newest: 'b', oldest: 'a', remains: 0, text: '2 backups … b, a', names: [] } },
    ['folder: backups in /home/b: 2 backups … b, a true'],
  ],
  [
    'many strays',
    { strays: { count: 9, first: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ path: `/home/b/${name}`, bytes: 1 })) } },
    ['folder: strays in /home/b: a, b, c, d, e and 4 more true'],
  ],
  ['no shell', { shell: false, sha256sum: false }, []],
  [
    'no files taken',
    { mayWrite: false, refusal: 'quota', mayRename: null, mayRenameOver: null, mayDelete: null },
    ['rename: writing to /home/b: quota true'],
  ],
  ['no rename', { mayRename: false }, ['rename: renaming in /home/b: refused true']],
  ['no rename over a file', { mayRenameOver: false }, []],
  ['no delete', { mayDelete: false, scratchLeft: 2 }, []],
])('%s', (_what, changes, expected) => {
  expect(bad(changes)).toEqual(expected)
  for (const { changes: found } of look(changes)) for (const { help } of found) expect(help).toMatch(/\w{3}/)
})

test("a folder that is another host's is a finding, with both ways out", () => {
  const owner = (text: string | null | undefined) => (text === '{}' ? 'staging (project onquota, cluster 1)' : undefined)
  const folder = (text: string | null) =>
    boxReports('onquota', destination, 1, { ...fine, owner: text }, owner).find(({ step }) => step === 'folder')
  expect(folder('{}')).toMatchObject({
    status: 'drift',
    changes: [
      { what: 'folder /home/b', from: 'belongs to staging (project onquota, cluster 1)', to: "this host's", manual: true },
    ],
  })
  expect(folder('{}')?.changes[0]?.help).toMatch(/another backup\.remoteDirectory.*provision onquota --from-backup/)
  expect(folder(null)).toMatchObject({ status: 'ok' })
})

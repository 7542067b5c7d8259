import type { BoxAccess } from '../../../../lib/steps/backup/box/access.ts'
import { boxAccesses } from '../../../../lib/steps/backup/box/access.ts'
import { dayOf } from '../../../../lib/steps/backup/document.ts'
import { context } from '../../common/support.ts'

export const NOW = new Date('2026-11-24T12:00:00Z')
export const named = (stamp: string) => `backup_onquota_db_${stamp}.sql.gz`
export const NAME = named('20261124_030000')
export const SHA = 'a'.repeat(64)

/** The box of the inventory's own tests, and a second one. */
export const BOX: BoxAccess = boxAccesses(context().project)[0]!
export const SECOND: BoxAccess = { ...BOX, number: 2, user: 'u2', address: 'two' }

/** A line of `ls -ln`, of a path below the project's folder. */
export const line = (path: string, bytes = 10, box = BOX) =>
  `-rw-------    ? 1000     1000     ${bytes} Nov 24 03:00 ${box.directory}/${path}`

/** The lines of a backup with these files. */
export const copyLines = (name: string, { endings = ['', '.sha256', '.manifest.json'], bytes = 10 } = {}) =>
  endings.map((ending) => line(`${dayOf(name)}/${name}${ending}`, ending === '' ? bytes : 100))

/** What a session prints: frames by their names, `[out, status, err]`. */
export type Frames = Record<string, [out: string, status?: string | number, err?: string]>
export function sessionText(...sessions: readonly Frames[]): string {
  const parts = sessions.flatMap((frames, index) =>
    Object.entries(frames).map(([name, [out, status = 0, err = '']]) => {
      const id = `${index + 1}.${name}`
      return `${out}\nmark ${id} ${status}\n${err}\nmark ${id}.err 0\n`
    }),
  )
  return `mark\n${parts.join('')}`
}

/** A box where these are listed. */
export const listed = (lines: readonly string[], more: Frames = {}): Frames => ({
  open: [''],
  before: ['\n'],
  names: [`sftp> -ls\n${lines.join('\n')}\n`],
  after: ['\n'],
  ...more,
})

/** The frames of the newest one's comparison. */
export const hashed = (name: string, sum: string = SHA, stated: Record<string, string> = {}): Frames => ({
  path1: [`${BOX.directory}/${dayOf(name)}/${name}\n`],
  beside1: [''],
  stated1: [
    Object.entries({ '.sha256': SHA, '.manifest.json': SHA, sum: SHA, manifest: SHA, ...stated })
      .map((one) => `${one.join(' ')}\n`)
      .join(''),
  ],
  hash1: [`${sum}  path\n`],
})

/** A ledger's text that knows these, each uploaded to the box. */
export const ledgerText = (...names: string[]) =>
  names
    .flatMap((name) => [made(name), { entry: 'uploaded', name, at: '2026-11-24T03:01:00Z', box: ACCOUNT }])
    .map((one) => JSON.stringify(one))
    .join('\n')
export const made = (name: string, changes: object = {}) => ({
  entry: 'made',
  name,
  finishedAt: '2026-11-24T03:01:00Z',
  adopted: false,
  files: Object.fromEntries(['', '.sha256', '.manifest.json'].map((ending) => [ending, { bytes: 10, sha256: SHA }])),
  ...changes,
})
export const ACCOUNT = `${BOX.user}@${BOX.address}:${BOX.port}${BOX.directory}`

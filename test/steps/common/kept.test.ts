import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Machine } from '../../../lib/engine/machine.ts'
import { read } from '../../../lib/engine/read.ts'
import type { Change } from '../../../lib/engine/step.ts'
import { Masker } from '../../../lib/text/masker.ts'
import { Script } from '../../../lib/text/sh.ts'
import { bareCopies, keepFile, keepSettings, keptPath, wholeCopiesFact } from '../../../lib/steps/common/kept.ts'
import { localMachine } from '../../engine/support.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitacora-kept-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const PATH = '/opt/configs/backup.conf'
const PLAIN = ['DB_NAME', 'RETENTION_DAYS', 'STORAGEBOX[2-4]?_HOST']

/** The script with the folder in the place of the host's; chown is left out for a plain user. */
const here = (script: Script) =>
  script.text
    .replaceAll('/var/backups/bitacora', join(folder, 'kept'))
    .replaceAll('/opt/configs', folder)
    .replaceAll(/chown root:root/g, ': ')

function run(script: Script): void {
  expect(spawnSync('sh', ['-s'], { input: `set -e; umask 022\n${here(script)}`, encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  })
}

const OLD = `# the password was hunter2-hunter2
DB_NAME=onquota_db
export RETENTION_DAYS="30"
 STORAGEBOX2_HOST='box.example'
DB_PASSWORD='hunter2-hunter2'
DB_NAME=x; DB_PASSWORD=hunter2-hunter2
RETENTION_DAYS=$(cat hunter2-hunter2)
curl https://hunter2-hunter2

CLAVE=hunter2-hunter2
`

test('settings are kept, what may be a secret is not, and a folder and a copy that others could read are closed', () => {
  mkdirSync(join(folder, 'kept'))
  chmodSync(join(folder, 'kept'), 0o755)
  writeFileSync(join(folder, 'backup.conf'), OLD)
  run(keepSettings(PATH, keptPath(PATH, 'x'), PLAIN))
  const kept = join(folder, 'kept', readdirSync(join(folder, 'kept'))[0]!)
  expect(readFileSync(kept, 'utf8')).toBe(`# Kept by bitacora without the values that may be secrets.
# a line that was not kept
DB_NAME=onquota_db
export RETENTION_DAYS="30"
 STORAGEBOX2_HOST='box.example'
# DB_PASSWORD: its value was not kept
# DB_NAME: its value was not kept
# RETENTION_DAYS: its value was not kept
# a line that was not kept

# CLAVE: its value was not kept
`)
  expect((statSync(kept).mode & 0o777).toString(8)).toBe('600')
  expect((statSync(join(folder, 'kept')).mode & 0o777).toString(8)).toBe('700')
})

test('any other file is kept to the byte, for root alone', () => {
  writeFileSync(join(folder, 'backup.conf'), OLD, { mode: 0o644 })
  run(keepFile(PATH, keptPath(PATH, 'x')))
  const [name = ''] = readdirSync(join(folder, 'kept'))
  expect(readFileSync(join(folder, 'kept', name), 'utf8')).toBe(OLD)
  expect((statSync(join(folder, 'kept', name)).mode & 0o777).toString(8)).toBe('600')
})

test('copies that were kept whole are found, and lose their secrets once', async () => {
  const kept = join(folder, 'kept')
  const machine: Machine = {
    run: (script, options) =>
      localMachine().run(new Script(here(script)), {
        ...options,
        onStdout: (chunk) => options.onStdout(Buffer.from(chunk.toString().replaceAll(kept, '/var/backups/bitacora'))),
      }),
  }
  const found = async () => {
    const fact = wholeCopiesFact(PATH)
    const answer = (await read(machine, [fact], 5432, new Masker())).answers.get(fact)
    return answer !== undefined && 'value' in answer ? bareCopies(PATH, answer.value as string | null, PLAIN) : [answer]
  }
  expect(await found()).toEqual([])
  mkdirSync(kept)
  const copy = keptPath(PATH, '0123456789ab')
  const name = copy.slice('/var/backups/bitacora/'.length)
  writeFileSync(join(kept, name), OLD)
  writeFileSync(join(kept, `${name}.mine`), OLD)
  const changes = (await found()) as Change[]
  expect(changes.map(({ what }) => what)).toEqual([`file ${copy}`])
  for (const change of changes) run(change.run!)
  expect(await found()).toEqual([])
  expect(readFileSync(join(kept, name), 'utf8')).not.toContain('hunter2')
  expect(readFileSync(join(kept, name), 'utf8')).toContain('DB_NAME=onquota_db\n')
  expect(readdirSync(kept).toSorted()).toEqual([name, `${name}.mine`])
})

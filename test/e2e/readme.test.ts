import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLab, renewHosts } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { checkInventory } from '../../lib/inventory/index.ts'
import { ROOT, command } from './support/cli.ts'
import { LAB } from './support/run.ts'

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const commands = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) => block.trim().split('\n'))

/** How each command of the README is run here, in order: its own words, with the lab's inventory in place of the reader's. */
const RUN: Record<string, { exit: number; says: RegExp } | 'this run' | 'sets a variable'> = {
  'npm run demo': { exit: 0, says: /That was all of it/ },
  'npm test': 'this run',
  'export BITACORA_INVENTORY=inventory/index.ts': 'sets a variable',
  'npx zx tasks/provision.mjs --check': { exit: 0, says: /nothing differs/ },
  'npx zx tasks/provision.mjs': { exit: 0, says: /nothing differs/ },
  'npx zx tasks/verify.mjs': { exit: 0, says: /all is proven/ },
  'npx zx tasks/backup.mjs onquota': { exit: 0, says: /backup/ },
  'npx zx tasks/restore.mjs onquota': { exit: 0, says: /equal to its manifest/ },
  // The demo has restored a backup of each project.
  'npx zx tasks/status.mjs': { exit: 0, says: /^status: all is well$/m },
  'npx zx tasks/box.mjs': { exit: 0, says: /all \d+ ok/ },
  'npx --yes pnpm@12.21.0 install': { exit: 0, says: /Already up to date|Done/i },
  'npx --yes pnpm@12.21.0 check': { exit: 0, says: /ok {4} shell/ },
  'npm run bench': { exit: 0, says: /connect to result/ },
}

let lab: Lab

beforeAll(async () => {
  lab = await openLab(LAB)
})
// The demo leaves a damaged backup on the box, and hosts that went through it.
afterAll(() => renewHosts(lab, 'vps', 'vps2'))

describe('the README', () => {
  test('names no command that is not run here', () => {
    expect(commands.toSorted()).toEqual(Object.keys(RUN).toSorted())
  })

  test.each(Object.entries(RUN).filter(([, how]) => typeof how === 'object'))('%s', { timeout: 1_800_000 }, async (line, how) => {
    if (typeof how !== 'object') throw new Error('filtered out above')
    const [program = '', ...args] = line.split(' ')
    const { code, stdout, stderr } = await command(program, args, {
      BITACORA_LAB: LAB,
      BITACORA_INVENTORY: lab.inventoryFile,
      BITACORA_LOGBOOK: join(lab.directory, 'logbook'),
      BENCH_ROUNDS: '1',
      BENCH_MB: '20',
      BENCH_PEERS: 'no',
    })
    expect(`${code} ${stdout}${stderr}`).toMatch(how.says)
    expect(code, stderr).toBe(how.exit)
  })

  test('shows an inventory that is right in itself', () => {
    const [, json = ''] = /^```json\n(.*?)^```/ms.exec(readme) ?? []
    expect(checkInventory(JSON.parse(json), join(ROOT, 'README.json')).projects['onquota']?.database.name).toBe('onquota_db')
  })
})

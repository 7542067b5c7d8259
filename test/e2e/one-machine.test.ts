import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { labInventory, labProject, mustExecIn, openLab, startRelay } from '../lab/index.ts'
import type { Lab, Relay } from '../lab/index.ts'
import { LAB, failures, runVerb, writeInventory } from './support/run.ts'

let lab: Lab
let relay: Relay
const drop = `cd /; su postgres -c 'for n in one two; do dropdb --if-exists -f $n; dropuser --if-exists $n; done'`

beforeAll(async () => {
  lab = await openLab(LAB)
  relay = await startRelay({ targetPort: labInventory(lab).hosts['vps']!.port!, delayMs: 0 })
  await mustExecIn(lab, 'vps', drop)
})
afterAll(async () => {
  await relay.close()
  await mustExecIn(lab, 'vps', drop)
})

test('one machine under two addresses: named, and both get their work done, one after the other', async () => {
  const vps = labInventory(lab).hosts['vps']!
  const known = readFileSync(vps.knownHostsFile!, 'utf8')
  const knownHostsFile = join(lab.directory, 'known_hosts_twice')
  writeFileSync(knownHostsFile, known + known.replaceAll(`:${vps.port} `, `:${relay.port} `))
  const project = (name: string, host: string) => {
    const { database } = labProject(lab, 'onquota', { host, schedule: '0 3 * * *' })
    return { host, database: { ...database, name, owner: name } }
  }
  const inventory = writeInventory(lab, 'twice', {
    hosts: { vps: { ...vps, knownHostsFile }, again: { ...vps, port: relay.port, knownHostsFile } },
    projects: { one: project('one', 'vps'), two: project('two', 'again') },
  })
  const report = await runVerb('provision', { inventory })
  expect([failures(report), report.exitCode]).toEqual([[], 0])
  expect(report.warnings).toEqual([expect.stringMatching(/^(vps and again|again and vps) show the same host key: one machine/)])
})

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureMachine } from './container.ts'
import { findEngine } from './detect.ts'
import { ensureImages } from './images.ts'
import { writeLabInventories } from './inventory.ts'
import { labDirectory, labId, ROOT, type Lab, type LabHost } from './lab.ts'
import { withLock } from './lock.ts'
import { machine, MACHINE_NAMES, type MachineName } from './machines.ts'
import { ensureNetwork, freePorts } from './network.ts'
import { timed, type Say } from './say.ts'
import { ensureState, hostKeyFile, publicKey } from './state.ts'

/** Locked while engine and images are seen to: they are all labs' together. */
const FOLDER = fileURLToPath(new URL('.', import.meta.url))

/**
 * Brings a lab up, or back to how it should be: what runs is left alone, what is dead started, what is broken made anew.
 * `only` leaves the other machines as they are.
 */
export async function up(name: string, say: Say, only: readonly MachineName[] = MACHINE_NAMES): Promise<Lab> {
  const directory = labDirectory(name)
  const { engine, images } = await withLock(FOLDER, say, async () => {
    const found = await findEngine(say)
    await choosePorts(name)
    return { engine: found, images: await ensureImages(found, say) }
  })
  return withLock(directory, say, async () => {
    await ensureState(directory)
    const network = `bitacora-${labId(name)}`
    const subnet = await ensureNetwork(engine, network)
    const machines = await describe(name, subnet)
    const { box, ...hosts } = machines
    const lab: Lab = {
      name,
      id: labId(name),
      directory,
      engine: engine.name,
      network,
      subnet,
      images,
      hosts,
      box,
      inventoryFile: join(directory, 'inventory.json'),
      sudoInventoryFile: join(directory, 'inventory-sudo.json'),
    }
    await write(join(directory, 'lab.json'), `${JSON.stringify(lab, undefined, 2)}\n`)
    await write(join(directory, 'known_hosts'), knownHosts(Object.values(machines)))
    await writeLabInventories(lab)
    await timed(say, `hosts ${only.join(', ')}`, async () => {
      const outcomes = await allSettled(only.map(async (each) => `${each} ${await ensureMachine(lab, each)}`))
      say(`  ${outcomes.join(', ')}`)
    })
    return lab
  })
}

/** Waits for all, also when one fails: no work goes on behind a failure's back. */
async function allSettled<T>(work: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work)
  return Promise.all(work)
}

const portsFile = (directory: string) => join(directory, 'ports.json')
const readPorts = async (file: string) => (existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as number[]) : [])

/** A lab's ports are kept for its whole life. Those of this checkout's other labs look free while a host is stopped, or only coming up. */
async function choosePorts(name: string): Promise<void> {
  const directory = labDirectory(name)
  if (existsSync(portsFile(directory))) return
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const folders = (await readdir(ROOT)).filter((folder) => /^\.lab(-|$)/.test(folder))
  const taken = await Promise.all(folders.map((folder) => readPorts(portsFile(join(ROOT, folder)))))
  // Far from other checkouts' ports.
  const seed = createHash('sha256').update(labId(name)).digest().readUInt32BE()
  await write(portsFile(directory), JSON.stringify(await freePorts(MACHINE_NAMES.length, seed, taken.flat())))
}

async function describe(name: string, subnet: string): Promise<Record<MachineName, LabHost>> {
  const directory = labDirectory(name)
  const ports = await readPorts(portsFile(directory))
  const entries = MACHINE_NAMES.map(async (each, index) => {
    const host: LabHost = {
      name: each,
      container: `bitacora-${labId(name)}-${each}`,
      address: '127.0.0.1',
      port: ports[index]!,
      ip: subnet.replace(/\.0\/24$/, `.${machine(each).octet}`),
      user: machine(each).user,
      hostKey: await publicKey(hostKeyFile(directory, each)),
    }
    return [each, host] as const
  })
  return Object.fromEntries(await Promise.all(entries)) as Record<MachineName, LabHost>
}

const knownHosts = (hosts: LabHost[]) => hosts.map(({ port, hostKey }) => `[127.0.0.1]:${port} ${hostKey}\n`).join('')

async function write(file: string, content: string): Promise<void> {
  await writeFile(`${file}.part`, content, { mode: 0o600 })
  await rename(`${file}.part`, file)
}

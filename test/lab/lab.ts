import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EngineName } from './engine.ts'
import type { ImageKind } from './images.ts'
import { LabError } from './process.ts'

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

export interface LabHost {
  name: string
  /** The container's name, for the engine. */
  container: string
  address: '127.0.0.1'
  /** The port on 127.0.0.1 that leads to its sshd. */
  port: number
  /** Its address in the lab's own network. */
  ip: string
  user: string
  /** Its public host key, "ssh-ed25519 AAAA…". */
  hostKey: string
}

/** A lab that is up; plain data, as lab.json in its folder. */
export interface Lab {
  name: string
  /** Distinguishes this checkout's lab from all others on the machine. */
  id: string
  /** The state folder. */
  directory: string
  engine: EngineName
  network: string
  subnet: string
  images: Record<ImageKind, string>
  hosts: Record<'vps' | 'vps2' | 'vps3', LabHost> & Record<string, LabHost>
  box: LabHost
  inventoryFile: string
  /** The inventory with the one host whose sudo asks for a password. */
  sudoInventoryFile: string
}

/** The state folder of a lab: `.lab` for "lab", `.lab-NAME` for others. Throws on a name that can't be one. */
export function labDirectory(name: string): string {
  if (!/^[a-z][a-z0-9-]{0,20}$/.test(name))
    throw new LabError(`"${name}" is no name for a lab; use small letters, digits and -, such as "test"`)
  return join(ROOT, name === 'lab' ? '.lab' : `.lab-${name}`)
}

/** The lab's name with a short hash of the checkout's path: containers and networks are named after it. */
export function labId(name: string): string {
  return `${createHash('sha256').update(ROOT).digest('hex').slice(0, 8)}-${name}`
}

/** The lab of that name; a LabError says how to bring it up when it isn't. */
export async function openLab(name: string): Promise<Lab> {
  const file = join(labDirectory(name), 'lab.json')
  if (!existsSync(file)) throw new LabError(`the lab "${name}" is not up; bring it up with: ${labCommand('up', name)}`)
  return JSON.parse(await readFile(file, 'utf8')) as Lab
}

export const labCommand = (verb: string, name: string) => `npx zx tasks/lab.mjs ${verb}${name === 'lab' ? '' : ` --name ${name}`}`

/** The host or the box of that name. */
export function hostOf(lab: Lab, name: string): LabHost {
  const host = name === 'box' ? lab.box : lab.hosts[name]
  if (host === undefined)
    throw new LabError(`the lab has no host "${name}"; there are ${Object.keys(lab.hosts).join(', ')} and box`)
  return host
}

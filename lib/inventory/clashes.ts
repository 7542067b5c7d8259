import { account, boxOf, machine } from './machines.ts'
import type { Inventory, Project } from './types.ts'

interface Pair {
  a: Project
  b: Project
  /** In words: `on vps`, or `on vps and web, which are one host`. */
  place: string
}

/** Projects that would write to each other's database, role, file or folder: one line each, with both names. */
export function clashes(inventory: Inventory): string[] {
  const projects = Object.values(inventory.projects)
  return projects.flatMap((a, index) =>
    projects.slice(index + 1).flatMap((b) => [...onHost(inventory, a, b), ...onBox(inventory, a, b)]),
  )
}

function onHost({ hosts }: Inventory, a: Project, b: Project): string[] {
  const [hostA, hostB] = [hosts[a.host], hosts[b.host]]
  if (hostA === undefined || hostB === undefined || machine(hostA) !== machine(hostB)) return []
  const place = a.host === b.host ? `on ${a.host}` : `on ${a.host} and ${b.host}, which are one host (${machine(hostA)})`
  const pair = { a, b, place }
  return [
    ...(a.database.name === b.database.name ? [clash(pair, 'database.name', `the database ${a.database.name}`)] : []),
    ...(a.database.owner === b.database.owner ? [clash(pair, 'database.owner', `the role ${a.database.owner} as owner`)] : []),
    ...readers(pair),
    ...(a.envFile !== undefined && a.envFile.path === b.envFile?.path
      ? [clash(pair, 'envFile.path', `the file ${a.envFile.path}`)]
      : []),
  ]
}

/** A read-only role may read several databases, if all entries have its password from one place; it never owns one. */
function readers({ a, b, place }: Pair): string[] {
  const owns = (reading: Project, owning: Project) =>
    reading.database.readers
      .filter(({ name }) => name === owning.database.owner)
      .map(
        ({ name }) =>
          `projects.${reading.name}.database.readers: ${name} is the owner in projects.${owning.name}, ${place}; a read-only role needs a name of its own`,
      )
  const differ = b.database.readers
    .filter(({ name, password }) =>
      a.database.readers.some((other) => other.name === name && JSON.stringify(other.password) !== JSON.stringify(password)),
    )
    .map(({ name }) => clash({ a, b, place }, 'database.readers', `the role ${name}, with passwords from two places`))
  return [...owns(a, b), ...owns(b, a), ...differ]
}

/** One folder inside the other counts too: pruning walks down from each. */
function onBox(inventory: Inventory, a: Project, b: Project): string[] {
  const [boxA, boxB] = [boxOf(inventory, a), boxOf(inventory, b)]
  if (!a.backup || !b.backup || boxA === undefined || boxB === undefined || account(boxA) !== account(boxB)) return []
  const [folderA, folderB] = [a.backup.remoteDirectory, b.backup.remoteDirectory]
  const place = boxA.name === boxB.name ? `on ${boxA.name}` : `on ${boxA.name} and ${boxB.name}, which are one box`
  if (folderA === folderB) return [clash({ a, b, place }, 'backup.remoteDirectory', `the folder ${folderA}`)]
  if (!`${folderA}/`.startsWith(`${folderB}/`) && !`${folderB}/`.startsWith(`${folderA}/`)) return []
  return [
    `projects.${b.name}.backup.remoteDirectory: ${folderB} and ${folderA} of projects.${a.name} lie one inside the other, ${place}; give each a folder of its own`,
  ]
}

function clash({ a, b, place }: Pair, field: string, what: string): string {
  return `projects.${b.name}.${field}: projects.${a.name} and projects.${b.name} share ${what}, ${place}; give each its own`
}

import { account, boxesOf, machine } from './machines.ts'
import type { Destination, Inventory, Project } from './types.ts'

interface Pair {
  a: Project
  b: Project
  /** In words: `on vps`, or `on vps and web, which are one host`. */
  place: string
}

/** Projects that would write to each other's database, role, file or folder: one line each, with both names. */
export function clashes(inventory: Inventory): string[] {
  const projects = Object.values(inventory.projects)
  return projects.flatMap((a, index) => [
    ...withinProject(a),
    ...projects.slice(index + 1).flatMap((b) => [...onHost(inventory, a, b), ...onBox(a, b)]),
  ])
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
function onBox(a: Project, b: Project): string[] {
  return boxesOf(b).flatMap((boxB, indexB) =>
    boxesOf(a).flatMap((boxA) => {
      const meeting = meet(boxA, boxB)
      if (meeting === undefined) return []
      const field = folderField(b, indexB)
      if (meeting.same) return [clash({ a, b, place: meeting.place }, field, `the folder ${boxA.remoteDirectory}`)]
      return [
        `projects.${b.name}.${field}: ${boxB.remoteDirectory} and ${boxA.remoteDirectory} of projects.${a.name} lie one inside the other, ${meeting.place}; give each a folder of its own`,
      ]
    }),
  )
}

/** A second copy in the first one's folder is none. */
function withinProject(project: Project): string[] {
  const boxes = boxesOf(project)
  return boxes.flatMap((box, index) => {
    const before = boxes.slice(0, index).findIndex((other) => meet(other, box) !== undefined)
    if (before < 0) return []
    const { place, same } = meet(boxes[before]!, box)!
    const how = same
      ? `the folder of boxes[${before}] as well`
      : `not apart from ${boxes[before]!.remoteDirectory} of boxes[${before}]`
    return [
      `projects.${project.name}.${folderField(project, index)}: ${box.remoteDirectory} is ${how}, ${place}; a second copy needs another box, or a folder of its own`,
    ]
  })
}

/** Undefined where two projects' folders have nothing to do with each other. */
function meet(a: Destination, b: Destination): { place: string; same: boolean } | undefined {
  if (account(a) !== account(b)) return undefined
  const [folderA, folderB] = [`${a.remoteDirectory}/`, `${b.remoteDirectory}/`]
  if (!folderA.startsWith(folderB) && !folderB.startsWith(folderA)) return undefined
  return {
    place: a.name === b.name ? `on ${a.name}` : `on ${a.name} and ${b.name}, which are one box`,
    same: folderA === folderB,
  }
}

const folderField = (project: Project, index: number) =>
  boxesOf(project).length === 1 ? 'backup.remoteDirectory' : `backup.boxes[${index}]`

function clash({ a, b, place }: Pair, field: string, what: string): string {
  return `projects.${b.name}.${field}: projects.${a.name} and projects.${b.name} share ${what}, ${place}; give each its own`
}

import { account, boxesOf } from './machines.ts'
import type { Destination, Project } from './types.ts'

/** A project's folder on a box. */
interface Folder {
  project: Project
  /** Of its boxes. */
  index: number
  box: Destination
}

/** Projects whose folders on a box are one, or lie one inside the other: pruning walks down from each. */
export function boxConflicts(projects: readonly Project[]): string[] {
  const folders = projects.flatMap((project) => boxesOf(project).map((box, index): Folder => ({ project, index, box })))
  // By account and path, the first that has it.
  const first = new Map<string, Folder>()
  for (const folder of folders) {
    const key = keyOf(folder.box, folder.box.remoteDirectory)
    if (!first.has(key)) first.set(key, folder)
  }
  const order = new Map(folders.map((folder, index) => [folder, index]))
  return [
    ...projects.flatMap(withinProject),
    ...folders.flatMap((folder) => {
      const other = upwards(folder.box.remoteDirectory)
        .map((path) => first.get(keyOf(folder.box, path)))
        .find((found) => found !== undefined && found.project !== folder.project)
      if (other === undefined) return []
      const [a, b] = order.get(other)! < order.get(folder)! ? [other, folder] : [folder, other]
      return [between(a, b)]
    }),
  ]
}

const keyOf = (box: Destination, path: string) => `${account(box)}\0${path}`

/** The path itself and all above it. */
function upwards(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, parts.length - index).join('/'))
}

function between(a: Folder, b: Folder): string {
  const field = `projects.${b.project.name}.${folderField(b.project, b.index)}`
  const place = placeOf(a.box, b.box)
  if (a.box.remoteDirectory === b.box.remoteDirectory)
    return `${field}: projects.${a.project.name} and projects.${b.project.name} share the folder ${a.box.remoteDirectory}, ${place}; give each its own`
  return `${field}: ${b.box.remoteDirectory} and ${a.box.remoteDirectory} of projects.${a.project.name} lie one inside the other, ${place}; give each a folder of its own`
}

/** A second copy in the first one's folder is none. */
function withinProject(project: Project): string[] {
  const boxes = boxesOf(project)
  return boxes.flatMap((box, index) => {
    const before = boxes.slice(0, index).findIndex((other) => meet(other, box))
    if (before < 0) return []
    const other = boxes[before]!
    const how =
      other.remoteDirectory === box.remoteDirectory
        ? `the folder of boxes[${before}] as well`
        : `not apart from ${other.remoteDirectory} of boxes[${before}]`
    return [
      `projects.${project.name}.${folderField(project, index)}: ${box.remoteDirectory} is ${how}, ${placeOf(other, box)}; a second copy needs another box, or a folder of its own`,
    ]
  })
}

function meet(a: Destination, b: Destination): boolean {
  const [folderA, folderB] = [`${a.remoteDirectory}/`, `${b.remoteDirectory}/`]
  return account(a) === account(b) && (folderA.startsWith(folderB) || folderB.startsWith(folderA))
}

const placeOf = (a: Destination, b: Destination) =>
  a.name === b.name ? `on ${a.name}` : `on ${a.name} and ${b.name}, which are one box`

const folderField = (project: Project, index: number) =>
  boxesOf(project).length === 1 ? 'backup.remoteDirectory' : `backup.boxes[${index}]`

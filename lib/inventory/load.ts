import { createHash } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { conflicts } from './conflicts.ts'
import { InventoryError } from './error.ts'
import { parsed } from './messages.ts'
import { plainCopy } from './plain-copy.ts'
import { entries, missingReferences } from './references.ts'
import { schemas } from './schema.ts'
import { readSource } from './source.ts'
import type { Box, Inventory, InventoryInput, OwnSteps, Project } from './types.ts'
import { closeStarts } from './warnings.ts'

type Schemas = ReturnType<typeof schemas>
type Entries = z.output<Schemas['inventory']>

/** What an inventory that a program gives is called, in place of a file; its relative paths start at the working directory. */
export const GIVEN = 'inventory'

/**
 * Reads an inventory: a .json file, a module's default export, or an object of the same shape.
 *
 * Throws an InventoryError that holds every problem at once.
 */
export async function loadInventory(source: string | InventoryInput): Promise<Inventory> {
  if (typeof source !== 'string') return checkInventory(plainCopy(source, GIVEN), resolve(GIVEN))
  const path = resolve(source)
  return checkInventory(await readSource(path), path)
}

/** Checks what an inventory file holds, and fills in what it leaves out. Throws an InventoryError. */
export function checkInventory(data: unknown, file: string): Inventory {
  const directory = dirname(file)
  const schema = schemas(directory)
  const result = parsed(schema.inventory, data)
  const { hosts, boxes, projects } = result.data ?? rightEntries(schema, data)
  const namedBoxes = named(boxes, (name, box) => ({ ...box, name }))
  const inventory: Inventory = {
    file,
    directory,
    hosts: named(hosts, (name, host) => ({ ...host, name, address: host.address ?? name })),
    boxes: namedBoxes,
    projects: named(projects, (name, project) => withDefaults(name, project, namedBoxes)),
    warnings: [],
  }
  const problems = [...result.problems, ...missingReferences(data), ...conflicts(inventory)]
  if (problems.length > 0) throw new InventoryError(file, problems)
  inventory.warnings = closeStarts(inventory)
  return inventory
}

function withDefaults(
  name: string,
  { backup, steps, ...rest }: z.output<Schemas['project']>,
  boxes: Record<string, Box>,
): Project {
  const project = { ...rest, ...(steps === undefined ? {} : { steps: steps as OwnSteps }) }
  if (backup === undefined) return { ...project, name }
  const folder = backup.remoteDirectory ?? `/home/backups/postgresql/${name}`
  const places = (backup.boxes ?? [backup.box ?? '']).map((place) =>
    typeof place === 'string'
      ? { box: place, remoteDirectory: folder }
      : { box: place.box, remoteDirectory: place.remoteDirectory ?? folder },
  )
  return {
    ...project,
    name,
    backup: {
      ...backup,
      box: places[0]?.box ?? '',
      remoteDirectory: places[0]?.remoteDirectory ?? folder,
      // One that isn't there is told of elsewhere.
      boxes: places.flatMap(({ box, remoteDirectory }) =>
        Object.hasOwn(boxes, box) ? [{ ...boxes[box]!, remoteDirectory }] : [],
      ),
      drill: backup.drill === false ? null : (backup.drill.schedule ?? weekly(name)),
    },
  }
}

/** Once a week at night, at a time of the project's own: drills of several projects should not meet. */
function weekly(name: string): string {
  const number = createHash('sha256').update(name).digest().readUInt32BE()
  return `${number % 60} ${4 + (Math.floor(number / 60) % 3)} * * ${Math.floor(number / 180) % 7}`
}

/** The entries that are right in themselves: they are compared even where others are wrong, so that all is told at once. */
function rightEntries({ host, box, project, inventory }: Schemas, data: unknown): Entries {
  const { hosts, projects } = inventory.shape
  const right = <T extends z.ZodType>(part: string, nameSchema: z.ZodType, schema: T): Record<string, z.output<T>> =>
    Object.fromEntries(
      entries(data, part).flatMap(([name, entry]): [string, z.output<T>][] => {
        const result = schema.safeParse(entry)
        return result.success && nameSchema.safeParse(name).success ? [[name, result.data]] : []
      }),
    )
  return {
    hosts: right('hosts', hosts.keyType, host),
    boxes: right('boxes', hosts.keyType, box),
    projects: right('projects', projects.keyType, project),
  }
}

function named<T, R>(record: Record<string, T>, made: (name: string, entry: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, entry]) => [name, made(name, entry)]))
}

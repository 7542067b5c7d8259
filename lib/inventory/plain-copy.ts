import { InventoryError } from './error.ts'
import { fieldPath } from './messages.ts'

/**
 * A module's value with all getters read, once: plain objects and arrays are copied, all else stays what it is. Throws an InventoryError
 * that names the field where reading throws, or where an object holds itself.
 */
export function plainCopy(value: unknown, file: string): unknown {
  return copy(value, [], new Set(), file)
}

function copy(value: unknown, path: (string | number)[], above: ReadonlySet<object>, file: string): unknown {
  if (typeof value !== 'object' || value === null) return value
  const fail = (problem: string) =>
    new InventoryError(file, [`${path.length === 0 ? 'its default export' : fieldPath(path)}: ${problem}`])
  if (above.has(value)) throw fail('holds itself; an inventory is plain data')
  const inside = new Set(above).add(value)
  try {
    if (Array.isArray(value)) return value.map((item, index) => copy(item, [...path, index], inside, file))
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== null && prototype !== Object.prototype) {
      readGetters(value, path, file)
      return value
    }
    const fields = Object.keys(value).map((key) => [key, field(value, [...path, key], file)] as const)
    return Object.fromEntries(fields.map(([key, found]) => [key, copy(found, [...path, key], inside, file)]))
  } catch (error) {
    throw error instanceof InventoryError ? error : fail(`reading it throws: ${firstLine(error)}`)
  }
}

function field(value: object, path: (string | number)[], file: string): unknown {
  try {
    return (value as Record<string, unknown>)[String(path.at(-1))]
  } catch (error) {
    throw new InventoryError(file, [`${fieldPath(path)}: reading it throws: ${firstLine(error)}`])
  }
}

/** An object of a class stays as it is, for the schema to judge; but its getters must not be what ends a run. */
function readGetters(value: object, path: (string | number)[], file: string): void {
  for (let at: object | null = value; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null) {
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (descriptor.get !== undefined) field(value, [...path, key], file)
  }
}

const firstLine = (error: unknown) => (error instanceof Error ? error.message.split('\n')[0] : 'something that is no Error')

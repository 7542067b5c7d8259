import { fieldPath, found } from './messages.ts'
import { suggestion } from './suggest.ts'

/** An entry of `boxes`, if it is of the right kind. */
type Place = string | { box?: unknown } | null

/** Projects that name a host or box that isn't there, in unchecked data. */
export function missingReferences(data: unknown): string[] {
  const names = (part: string) => entries(data, part).map(([name]) => name)
  return entries(data, 'projects').flatMap(([project, entry]) => {
    const { host, backup } = (entry ?? {}) as { host?: unknown; backup?: { box?: unknown; boxes?: unknown } | null }
    const path = fieldPath(['projects', project])
    return [
      ...missing(`${path}.host`, 'host', host, names('hosts')),
      ...missing(`${path}.backup.box`, 'box', backup?.box, names('boxes')),
      ...(Array.isArray(backup?.boxes) ? (backup.boxes as Place[]) : []).flatMap((place, index) => {
        const at = `${path}.backup.boxes[${index}]`
        return typeof place === 'object'
          ? missing(`${at}.box`, 'box', place?.box, names('boxes'))
          : missing(at, 'box', place, names('boxes'))
      }),
    ]
  })
}

/** A name that isn't a text is the schema's to tell. */
function missing(path: string, kind: string, name: unknown, known: string[]): string[] {
  if (typeof name !== 'string' || known.includes(name)) return []
  return [`${path}: found ${found(name)}, but there is no such ${kind}; ${suggestion(name, known)}`]
}

/** The entries of hosts, boxes or projects in unchecked data; none where that isn't an object. */
export function entries(data: unknown, part: string): [string, unknown][] {
  const group = (data as Record<string, unknown> | null | undefined)?.[part]
  return typeof group === 'object' && group !== null && !Array.isArray(group) ? Object.entries(group) : []
}

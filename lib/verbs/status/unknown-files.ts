import type { ProjectStatus } from './types.ts'
import { count, oneLine, wrap } from '../../format/wrap.ts'
import { duration, showBytes } from '../../format/units.ts'

/** Files that only a person can judge. */
export function unknownLines(backup: ProjectStatus['backup'], now: Date, width: number): string[] {
  const places = [
    { where: 'on the host', unknown: backup?.local.unknown },
    ...(backup?.boxes ?? []).map((box) => ({ where: `on the box ${box.name}`, unknown: box.unknown })),
  ]
  return places.flatMap(({ where, unknown }) => {
    if (unknown == null) return []
    const files = `${count(unknown.copies, 'file')} named like backups, ${showBytes(unknown.bytes)}`
    const oldest =
      unknown.oldest === null ? '' : `, up to ${duration((now.getTime() - new Date(unknown.oldest).getTime()) / 1000, 1)} old`
    const text = `${where}, not created by bitacora on this host: ${files}${oldest}; never pruned, never restored unasked`
    return wrap(oneLine(text), width - 4).map((each) => `    ${each}`)
  })
}

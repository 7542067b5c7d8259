import { z } from 'zod'

/** A path's state as `stat` and `sha256sum` tell it; mode is octal text such as `0640`. */
export const file = z.object({
  type: z.enum(['file', 'directory', 'symlink', 'other']),
  mode: z.string(),
  owner: z.string(),
  group: z.string(),
  bytes: z.number(),
  /** Names of a regular file, where it has more than one. */
  links: z.number().optional(),
  /** Regular files only. */
  sha256: z.string().optional(),
  /** The first two lines, regular files only: where a managed file says that it is managed. */
  head: z.string().optional(),
  /** The content, where asked for. */
  text: z.string().optional(),
})
export type FileState = z.infer<typeof file>

const TYPES: Record<string, FileState['type']> = {
  'regular file': 'file',
  'regular empty file': 'file',
  directory: 'directory',
  'symbolic link': 'symlink',
}

/** Lines of `stat -c '%a %U %G %s %h %F|%n'` by path. */
export function parseStat(output: string): Map<string, FileState> {
  const found = new Map<string, FileState>()
  for (const line of output.split('\n')) {
    const match = /^(\d+) (\S+) (\S+) (\d+) (?:(\d+) )?([^|]+)\|(.*)$/.exec(line)
    if (match === null) continue
    const [, mode = '', owner = '', group = '', bytes = '', links = '', type = '', path = ''] = match
    const kind = TYPES[type] ?? 'other'
    const state: FileState = { type: kind, mode: mode.padStart(4, '0'), owner, group, bytes: Number(bytes) }
    found.set(path, kind === 'file' && Number(links) > 1 ? { ...state, links: Number(links) } : state)
  }
  return found
}

/** Lines of `sha256sum` by path. A path with a backslash or newline would be escaped; the inventory refuses such paths. */
export function parseSums(output: string): Map<string, string> {
  return new Map([...output.matchAll(/^([0-9a-f]{64}) [ *](.*)$/gm)].map(([, sum = '', path = '']) => [path, sum]))
}

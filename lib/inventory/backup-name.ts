import { createHash } from 'node:crypto'

/** The name of a dump, as the backup script makes it: database, time in UTC, format. */
export const BACKUP_NAME = /^backup_[A-Za-z0-9_%][A-Za-z0-9_.%-]*_\d{8}_\d{6}\.(?:sql\.gz|sql\.zst|dir\.tar)(?:\.age)?$/

const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/

/**
 * A database's name as it stands in names of files. `%20` for each byte that a shell, a pattern or a path would read in another way. A long one
 * is cut, and ends with its sum, so that no two databases share one. templates/scripts/file-name.sh does the same.
 */
export function fileName(database: string): string {
  if (PLAIN.test(database)) return database
  const bytes = [...Buffer.from(database)].map((byte, index) => {
    const letter = String.fromCodePoint(byte)
    return PLAIN.test(index === 0 ? letter : `_${letter}`) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  })
  if (bytes.join('').length <= 100) return bytes.join('')
  let start = ''
  for (const byte of bytes) {
    if (start.length + byte.length > 60) break
    start += byte
  }
  return `${start}%-${createHash('sha256').update(database).digest('hex').slice(0, 24)}`
}

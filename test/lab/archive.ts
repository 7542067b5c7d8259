export interface ArchivedFile {
  /** Absolute, at most 99 characters. */
  path: string
  content: string | Buffer
  /** Such as 0o644. */
  mode: number
  /** User and group on the host; default root. */
  owner?: string
  /** Seconds since 1970. The default is a fixed day, so that the same files give the same archive. */
  modified?: number
}

/**
 * A line of sh that writes all the files, with owner and mode, byte for byte: one tar archive in base64, since a process for each file
 * would cost seconds. Folders that aren't there are made.
 */
export function putFiles(files: readonly ArchivedFile[]): string {
  const archive = Buffer.concat([...files.flatMap(entry), Buffer.alloc(1024)])
  return `base64 -d <<'END_OF_ARCHIVE' | tar -x -p -C /\n${archive.toString('base64')}\nEND_OF_ARCHIVE`
}

const NEW_YEAR = Date.UTC(2025, 0, 1) / 1000

const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`

/** A file in the ustar format: a header of 512 bytes, then the content, filled up to a multiple of 512. */
function entry({ path, content, mode, owner = 'root', modified = NEW_YEAR }: ArchivedFile): Buffer[] {
  const name = path.slice(1)
  if (Buffer.byteLength(name) > 99) throw new RangeError(`${path} is too long for the archive`)
  const body = Buffer.from(content)
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write(octal(mode, 8), 100)
  header.write(octal(body.length, 12), 124)
  header.write(octal(modified, 12), 136)
  // The checksum counts its own field as spaces.
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  header.write(owner, 265)
  header.write(owner, 297)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 7)} `, 148)
  return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
}

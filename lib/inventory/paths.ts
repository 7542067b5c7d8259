import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'

/** Control characters, which end lines or hide what follows. */
export const CONTROL = /\p{Cc}/u

const LOCAL = "the path of a file here: absolute, beginning with ~/, or relative to the inventory's folder"

/**
 * A path on this machine: `~/` is the home folder, a relative one starts at the inventory's folder. Its output is absolute. `error` is for
 * places where a message must not show what was found.
 */
export function localPath(directory: string, error?: string) {
  return z
    .string()
    .refine((path) => path !== '' && !CONTROL.test(path) && !/^~[^/]/.test(path), error === undefined ? {} : { error })
    .describe(LOCAL)
    .transform((path) =>
      resolve(
        directory,
        path.replace(/^~(?=\/|$)/, () => homedir()),
      ),
    )
}

const plain = (path: string) =>
  path.startsWith('/') &&
  path
    .slice(1)
    .split('/')
    .every((part) => !['', '.', '..'].includes(part))

/** A path on a host. No backslash either, since tools there escape it in their output. */
export const remotePath = z
  .string()
  .refine((path) => plain(path) && !CONTROL.test(path) && !path.includes('\\'))
  .describe('an absolute path on the host, without .., a trailing slash, a backslash or control characters')

/** A path on a box, whose shell and SFTP would expand or split anything else. */
export const boxPath = z
  .string()
  .refine((path) => plain(path) && /^[\w./@+=,:-]+$/.test(path))
  .describe('an absolute path on the box, of letters, digits and . _ - @ + = , : without .. or a trailing slash')

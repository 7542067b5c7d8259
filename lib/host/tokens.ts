import { createHash } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { HostError } from './error.ts'

/** What ssh_config's tokens stand for, for one host. Source: ssh_config(5), TOKENS. */
export interface TokenValues {
  /** As it was asked for, and as HostName makes it. */
  original: string
  address: string
  port: number
  user: string
  /** HostKeyAlias. */
  alias: string | undefined
}

/**
 * A file name of ssh_config with `~`, `%` tokens and `${VARIABLE}` put in, which `ssh -G` leaves as they are in most settings.
 *
 * Throws a HostError for a token or variable that doesn't exist, as ssh does.
 */
export function expandTokens(text: string, values: TokenValues): string {
  const tokens = tokensOf(values)
  return homed(text).replaceAll(
    /%(.?)|\$\{([^}]*)\}/g,
    (whole: string, token: string | undefined, variable: string | undefined) => {
      const value = token === undefined ? process.env[variable ?? ''] : tokens[token]?.()
      if (value !== undefined) return value
      throw new HostError(
        token === undefined
          ? `ssh_config names ${text}, but the environment variable ${variable} is not set: set it, or name another file`
          : `ssh_config names ${text}, but ${whole} is no token that is known here: write the name out`,
      )
    },
  )
}

/** `~/` put in, and nothing else. ssh takes the home from the system's list of users, whatever HOME says. */
export function homed(file: string): string {
  return file === '~' || file.startsWith('~/') ? userInfo().homedir + file.slice(1) : file
}

function tokensOf({ original, address, port, user, alias }: TokenValues): Record<string, () => string> {
  const local = hostname()
  return {
    '%': () => '%',
    C: () => createHash('sha1').update(`${local}${address}${port}${user}`).digest('hex'),
    d: () => userInfo().homedir,
    h: () => address,
    i: () => String(userInfo().uid),
    j: () => '',
    k: () => alias ?? original,
    L: () => local.replace(/\..*/, ''),
    l: () => local,
    n: () => original,
    p: () => String(port),
    r: () => user,
    u: () => userInfo().username,
  }
}

import type { Client } from 'pg'
import type { Duplex } from 'node:stream'
import type { Secret } from '../../text/secret.ts'

/** Something that opens a stream to a port as the host sees it. */
export interface Tunnel {
  forward(port: number): Promise<Duplex>
}

const TIMEOUT_MS = 15_000

/**
 * Logs in with a password over TCP, through an SSH tunnel. Throws the server's or the tunnel's error. The caller ends the session.
 * `options` are settings for it, which come before those of the role and the database.
 */
export async function openSession(
  tunnel: Tunnel,
  port: number,
  { password, ...login }: { user: string; database: string; password: Secret; options?: string },
): Promise<Client> {
  const channel = await tunnel.forward(port)
  // Only proofs need it, so only they load it.
  const { default: pg } = await import('pg')
  const client = new pg.Client({
    ...login,
    password: password.reveal(),
    stream: () => socketLike(channel),
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

/** pg treats its stream as a socket that is yet to connect. */
function socketLike(channel: Duplex): Duplex {
  return Object.assign(channel, {
    setNoDelay: () => channel,
    setKeepAlive: () => channel,
    ref: () => channel,
    unref: () => channel,
    connect: () => {
      process.nextTick(() => channel.emit('connect'))
      return channel
    },
  })
}

import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Relay {
  /** On 127.0.0.1. */
  port: number
  /** Bytes passed on so far. */
  bytes: { toTarget: number; fromTarget: number }
  /** Ends all connections and stops listening. */
  close(): Promise<void>
}

/**
 * A TCP relay on loopback that lets each chunk arrive `delayMs` later, each way, in order. The TCP handshake counts as well: the target
 * hears of a connection one and a half round trips after the client asked, as over a real line, whose client sees it open after one.
 */
export async function startRelay({ targetPort, delayMs }: { targetPort: number; delayMs: number }): Promise<Relay> {
  const bytes = { toTarget: 0, fromTarget: 0 }
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const target = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true })
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('close', () => sockets.delete(socket))
    }
    // A connection that breaks on one side breaks on the other.
    client.on('error', () => target.destroy())
    target.on('error', () => client.destroy())
    const opened = performance.now() + 3 * delayMs
    pass(client, target, delayMs, (size) => (bytes.toTarget += size), opened)
    pass(target, client, delayMs, (size) => (bytes.fromTarget += size), opened + delayMs)
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    bytes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Hands chunks on when they are due, none before `earliest`; the end of the stream is the last of them. */
function pass(from: Socket, to: Socket, delayMs: number, count: (size: number) => void, earliest: number): void {
  const queue: { due: number; chunk: Buffer | undefined }[] = []
  let timer: NodeJS.Timeout | undefined
  const deliver = () => {
    timer = undefined
    // A timer may fire a fraction of a millisecond early.
    while (queue[0] !== undefined && queue[0].due <= performance.now() + 0.5) {
      const { chunk } = queue.shift()!
      if (to.destroyed) continue
      if (chunk === undefined) to.end()
      else if (!to.write(chunk)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
    }
    if (queue[0] !== undefined) timer = setTimeout(deliver, queue[0].due - performance.now())
  }
  const enqueue = (chunk: Buffer | undefined) => {
    queue.push({ due: Math.max(performance.now() + delayMs, earliest), chunk })
    timer ??= setTimeout(deliver, queue[0]!.due - performance.now())
  }
  from.on('data', (chunk: Buffer) => {
    count(chunk.length)
    enqueue(chunk)
  })
  from.on('end', () => enqueue(undefined))
  to.on('close', () => clearTimeout(timer))
}

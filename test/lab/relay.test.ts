import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterEach, expect, it, vi } from 'vitest'
import { startRelay, type Relay } from './relay.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const each of open.splice(0).toReversed()) await each.close()
})

async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, onConnection)
  open.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function relayed(delayMs: number, onConnection: (socket: Socket) => void): Promise<{ relay: Relay; client: Socket }> {
  const relay = await startRelay({ targetPort: await serve(onConnection), delayMs })
  open.push(relay)
  const client = connect(relay.port, '127.0.0.1')
  await once(client, 'connect')
  return { relay, client }
}

/** The relay's clock stands still but for this: nothing is due before, and what is due has been sent on after. */
const later = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const withClock = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
/** Waits for sockets, which need real time; the date is that. */
async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 60_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never came: ${String(condition)}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

it('delays each way, the connection too, and counts both ways', async () => {
  withClock()
  const { relay, client } = await relayed(40, (socket) => {
    socket.write('hello')
    socket.on('data', () => socket.write('pong!!'))
  })
  let received = ''
  client.on('data', (chunk: Buffer) => (received += chunk.toString()))
  await until(() => relay.bytes.fromTarget === 5)
  // Out, back, out again, and the greeting back.
  await later(4 * 40 - 1)
  expect(vi.getTimerCount()).toBe(1)
  await later(1)
  expect(vi.getTimerCount()).toBe(0)
  await until(() => received === 'hello')
  client.write('ping')
  await until(() => relay.bytes.toTarget === 4)
  await later(39)
  expect([vi.getTimerCount(), relay.bytes.fromTarget]).toEqual([1, 5])
  await later(1)
  await until(() => relay.bytes.fromTarget === 11)
  await later(39)
  expect(vi.getTimerCount()).toBe(1)
  await later(1)
  await until(() => received === 'hellopong!!')
  expect(relay.bytes).toEqual({ toTarget: 4, fromTarget: 11 })
})

it('keeps the order of many chunks and hands the end on', async () => {
  const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251))
  const { relay, client } = await relayed(5, (socket) => socket.pipe(socket))
  const received: Buffer[] = []
  client.on('data', (chunk: Buffer) => received.push(chunk))
  const ended = once(client, 'end')
  for (let at = 0; at < sent.length; at += 10_007) client.write(sent.subarray(at, at + 10_007))
  client.end()
  await ended
  expect(Buffer.concat(received).equals(sent)).toBe(true)
  expect(relay.bytes).toEqual({ toTarget: sent.length, fromTarget: sent.length })
})

it('delays a chunk, not the whole stream: many chunks take no longer than one', async () => {
  withClock()
  const { relay, client } = await relayed(50, (socket) => socket.pipe(socket))
  await later(4 * 50)
  for (let at = 1; at <= 20; at += 1) {
    client.write('x')
    await until(() => relay.bytes.toTarget === at)
  }
  await later(50)
  await until(() => relay.bytes.fromTarget === 20)
  await later(50)
  let size = 0
  for await (const chunk of client) if ((size += (chunk as Buffer).length) === 20) break
  expect(vi.getTimerCount()).toBe(0)
})

it('ends the connections when closed, and those whose target refuses', async () => {
  const { relay, client } = await relayed(5, () => {})
  const closed = once(client, 'close')
  await relay.close()
  await closed
  const gone = await serve(() => {})
  await open.pop()!.close()
  const refused = await startRelay({ targetPort: gone, delayMs: 5 })
  open.push(refused)
  const second = connect(refused.port, '127.0.0.1')
  await once(second, 'close')
  expect(second.destroyed).toBe(true)
})

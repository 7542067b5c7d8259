import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { startRelay, type Relay } from './relay.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
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

it('delays each way, the connection too, and counts both ways', async () => {
  const started = performance.now()
  const { relay, client } = await relayed(40, (socket) => {
    socket.write('hello')
    socket.on('data', () => socket.write('pong!!'))
  })
  await once(client, 'data')
  const greeted = performance.now() - started
  // Out, back, out again, and the greeting back.
  expect(greeted).toBeGreaterThanOrEqual(4 * 40 - 2)
  expect(greeted).toBeLessThan(4 * 40 + 1000)
  const asked = performance.now()
  client.write('ping')
  await once(client, 'data')
  const answered = performance.now() - asked
  expect(answered).toBeGreaterThanOrEqual(2 * 40 - 2)
  expect(answered).toBeLessThan(2 * 40 + 1000)
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
  const { client } = await relayed(50, (socket) => socket.pipe(socket))
  const started = performance.now()
  for (let at = 0; at < 20; at += 1) client.write('x')
  let size = 0
  for await (const chunk of client) if ((size += (chunk as Buffer).length) === 20) break
  expect(performance.now() - started).toBeLessThan(20 * 50)
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

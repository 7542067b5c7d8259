import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { notForwarded } from '../../../lib/host/tunnel.ts'
import { loginProof } from '../../../lib/verbs/verify/login.ts'
import { target } from '../../host/support.ts'
import { SECRETS, context } from '../../steps/common/support.ts'

/** A PostgreSQL that takes one password in plain text and answers any query with one row of these columns. */
async function fakeServer(password: string, row: Record<string, string>, code = '28P01') {
  const seen: { user?: string; database?: string } = {}
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let started = false
    socket.on('data', (data: Buffer) => {
      if (!started) {
        started = true
        const words = data.subarray(8).toString().split('\0')
        seen.user = words[words.indexOf('user') + 1] ?? ''
        seen.database = words[words.indexOf('database') + 1] ?? ''
        socket.write(message('R', int32(3)))
      } else if (data[0] === 0x70) {
        const given = data.subarray(5, -1).toString()
        if (given === password) socket.write(Buffer.concat([message('R', int32(0)), message('Z', Buffer.from('I'))]))
        else socket.end(message('E', Buffer.from(`SFATAL\0C${code}\0Mpassword authentication failed\0\0`)))
      } else if (data[0] === 0x51) {
        const columns = Object.keys(row).map((name) =>
          Buffer.concat([
            Buffer.from(`${name}\0`),
            int32(0),
            int16(0),
            int32(name === 'who' ? 25 : 23),
            int16(-1),
            int32(-1),
            int16(0),
          ]),
        )
        const values = Object.values(row).map((value) => Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]))
        socket.write(
          Buffer.concat([
            message('T', int16(columns.length), ...columns),
            message('D', int16(values.length), ...values),
            message('C', Buffer.from('SELECT 1\0')),
            message('Z', Buffer.from('I')),
          ]),
        )
      } else socket.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  const asked: number[] = []
  return { seen, asked, tunnel: { forward: (to: number) => (asked.push(to), Promise.resolve(connect(port, '127.0.0.1'))) } }
}

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const int16 = (value: number) => int32(value).subarray(2)
const message = (type: string, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

let close = () => {}
afterEach(() => close())
const PASSWORD = SECRETS['ONQUOTA_PASSWORD']!
const base = context({ 'hosts.vps.postgresql': { port: 5433 } })

test("it logs in as the application, with its password, through the tunnel to the server's port", async () => {
  const { tunnel, asked, seen } = await fakeServer(PASSWORD, { who: 'onquota_user', readable: '36', all: '36' })
  expect(await loginProof(tunnel, base, 'login')).toEqual({
    project: 'onquota',
    step: 'login',
    status: 'ok',
    changes: [],
    note: 'onquota_user logs in and reads 36 tables',
  })
  expect([asked, seen]).toEqual([[5433], { user: 'onquota_user', database: 'onquota_db' }])
})

test('tables that it cannot read are for a person', async () => {
  const { tunnel } = await fakeServer(PASSWORD, { who: 'onquota_user', readable: '35', all: '36' })
  expect(await loginProof(tunnel, base, 'login')).toMatchObject({
    status: 'drift',
    changes: [{ what: 'tables that onquota_user can read', from: 35, to: 36, manual: true }],
  })
  // Of a restored database the rights are compared as text, and are those that it had.
  expect(await loginProof(tunnel, base, 'login', true)).toMatchObject({
    status: 'ok',
    note: 'onquota_user logs in and reads 35 of 36 tables',
  })
})

test('a refused login tells the reason and a way out, never the password', async () => {
  const { tunnel } = await fakeServer('another', {})
  const report = await loginProof(tunnel, base, 'login')
  expect(report).toMatchObject({
    status: 'drift',
    changes: [
      {
        what: 'login of onquota_user',
        from: 'password authentication failed',
        manual: true,
        help: expect.stringContaining('provision onquota --check'),
      },
    ],
  })
  expect(JSON.stringify(report)).not.toContain(JSON.stringify(PASSWORD).slice(1, -1))
})

test.each([
  ['28000', 'Put "host onquota_db onquota_user 127.0.0.1/32 scram-sha-256" before the lines that fit'],
  ['3D000', 'there is no database onquota_db: provision onquota'],
  ['42501', 'GRANT CONNECT ON DATABASE onquota_db TO onquota_user'],
  ['53300', 'too many connections are open'],
  ['57P03', 'PostgreSQL is starting or stopping'],
  ['XX000', 'see that PostgreSQL answers on 127.0.0.1 port 5433 of vps'],
])('the cause %s has a way out of its own', async (code, help) => {
  const { tunnel } = await fakeServer('another', {}, code)
  expect(await loginProof(tunnel, base, 'login')).toMatchObject({ changes: [{ help: expect.stringContaining(help) }] })
})

/** sshd's answers, as ssh2 gives them. */
const refused = (reason: unknown) => {
  const error = Object.assign(new Error('(SSH) Channel open failure: open failed'), { reason })
  return { forward: (port: number) => Promise.reject(notForwarded(error, port, target({ user: 'deploy' }))) }
}

test('a tunnel that sshd forbids proves nothing, and is told with what forbids it', async () => {
  expect(await loginProof(refused(1), base, 'login')).toMatchObject({
    status: 'failed',
    changes: [],
    error: 'the login of onquota_user was not tried: sshd on the host does not let deploy forward to 127.0.0.1 port 5433',
    help: expect.stringMatching(
      /AllowTcpForwarding.*"Match User deploy", "AllowTcpForwarding local" and "PermitOpen 127\.0\.0\.1:5433"/,
    ),
  })
})

test('a port where nothing listens, and any other failure, is no login', async () => {
  expect(await loginProof(refused(2), base, 'login')).toMatchObject({
    status: 'drift',
    changes: [{ from: 'nothing listens on 127.0.0.1 port 5433 of the host', help: expect.stringContaining('listen_addresses') }],
  })
  expect(await loginProof(refused(4), base, 'login')).toMatchObject({
    status: 'drift',
    changes: [{ from: '(SSH) Channel open failure: open failed' }],
  })
})

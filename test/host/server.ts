import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import ssh2 from 'ssh2'
import { connect } from '../../lib/host/connection.ts'
import type { Host } from '../../lib/inventory/index.ts'

/** The outcome, and what was said of it. */
export interface Outcome {
  accepted: boolean
  text: string
}

/** A server of SSH on this machine with these host keys; it lets in whoever shows a key of `users`, or any. */
export async function sshServer(hostKeys: readonly string[], users?: readonly Buffer[], address = '127.0.0.1') {
  const offered: Buffer[] = []
  const server = new ssh2.Server({ hostKeys: hostKeys.map((file) => readFileSync(file)) }, (client) => {
    client.on('error', () => {})
    // Whatever is to be run ends well, once all of its input is there.
    client.on('session', (accept) =>
      accept().on('exec', (run) => {
        const channel = run()
        channel.resume().on('end', () => {
          channel.exit(0)
          channel.end()
        })
      }),
    )
    client.on('authentication', (attempt) => {
      if (attempt.method !== 'publickey') return attempt.reject(['publickey'])
      offered.push(attempt.key.data)
      return users?.some((key) => key.equals(attempt.key.data)) === false ? attempt.reject(['publickey']) : attempt.accept()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  return { port: (server.address() as AddressInfo).port, offered, close: () => server.close() }
}

/** A folder with an `ssh` in it that reads this config and no other; goes before the rest of PATH. */
export function sshWithConfig(at: (name: string) => string, config: string): string {
  const ssh = execFileSync('sh', ['-c', 'PATH=$(getconf PATH); command -v ssh'], { encoding: 'utf8' }).trim()
  writeFileSync(at('config'), config)
  writeFileSync(at('ssh'), `#!/bin/sh\nexec ${ssh} -F '${at('config')}' "$@"\n`)
  chmodSync(at('ssh'), 0o755)
  return `${at('')}:${process.env['PATH']}`
}

/** What OpenSSH's own client makes of the host's key, with the config that stands beside it. It offers no login. */
export function opensshSays(at: (name: string) => string, port: number, address = '127.0.0.1'): Promise<Outcome> {
  const options = ['-oBatchMode=yes', '-oStrictHostKeyChecking=yes', '-oPreferredAuthentications=none', '-p', String(port)]
  return new Promise((resolve) =>
    execFile(at('ssh'), [...options, `root@${address}`, 'true'], (_error, _stdout, stderr) =>
      resolve({ accepted: stderr.includes('Permission denied'), text: stderr }),
    ),
  )
}

/** What we make of it. */
export async function weSay(host: Partial<Host>): Promise<Outcome> {
  try {
    const connection = await connect({ name: 'vps', address: '127.0.0.1', user: 'root', ...host } as Host)
    connection.close()
    return { accepted: true, text: '' }
  } catch (error) {
    return { accepted: false, text: (error as Error).message }
  }
}

import { setTimeout as pause } from 'node:timers/promises'
import { NodeSSH } from 'node-ssh'
import type { VerifyCallback } from 'ssh2'
import type { Duplex } from 'node:stream'
import { OutputLimitError } from '../engine/frames.ts'
import type { Machine, RunOptions, RunResult } from '../engine/machine.ts'
import type { Host } from '../inventory/index.ts'
import type { Secret } from '../text/secret.ts'
import { Script } from '../text/sh.ts'
import { HostError } from './error.ts'
import { loginMethods } from './identity.ts'
import { hostKeyCheck } from './host-key-check.ts'
import type { HostKeyCheck } from './host-key-check.ts'
import { notConnected } from './not-connected.ts'
import type { ConnectError } from './not-connected.ts'
import { rootShell } from './sudo.ts'
import { resolveTarget } from './target.ts'
import type { Target } from './target.ts'
import { notForwarded } from './tunnel.ts'

const KEEPALIVE_MS = 15_000
/** Until a connection must stand, where the inventory says nothing. */
const READY_SECONDS = 20

/** Milliseconds: Node takes a longer timer for one of 1 ms. The restores of 25 projects in one run may take that long. */
const LONGEST = 2 ** 31 - 1

/** One SSH connection to one host. The only file that knows node-ssh. */
export class Connection implements Machine {
  /** Execs so far. */
  roundTrips = 0
  readonly target: Target
  /** The key that the host showed, in base64: machines with one key are one, or clones. */
  readonly hostKey: string
  readonly #ssh: NodeSSH
  readonly #sudoPassword: Secret | undefined
  #lost: Error | undefined

  constructor(ssh: NodeSSH, target: Target, sudoPassword: Secret | undefined, hostKey: string) {
    this.hostKey = hostKey
    this.#ssh = ssh
    this.target = target
    this.#sudoPassword = sudoPassword
    ssh.connection?.on('error', (error) => (this.#lost = error))
  }

  async run(script: Script, options: RunOptions): Promise<RunResult> {
    this.roundTrips += 1
    const { command, before } = rootShell(this.target.user, this.#sudoPassword)
    const input = Script.join([before, script], '').reveal()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => {
          this.#ssh.connection?.destroy()
          reject(
            new HostError(
              `no end after ${options.deadline} s, so the connection was given up; what runs on the host may still go on. Run the same command again to see where it stands`,
            ),
          )
        },
        Math.min(options.deadline * 1000, LONGEST),
      )
    })
    try {
      return await Promise.race([this.#exec(command, input, options), late])
    } catch (error) {
      if (error instanceof HostError || error instanceof OutputLimitError) throw error
      throw new HostError(`the connection was lost: ${(this.#lost ?? (error as Error)).message}`, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Not node-ssh's own exec, which keeps all output, and waits for whatever has the streams open. */
  #exec(command: string, input: string, { onStdout, onStderr, isEnded }: RunOptions): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      const { connection } = this.#ssh
      if (connection === null) throw new Error('it is closed')
      connection.exec(command, (error, channel) => {
        if (error !== undefined) {
          reject(error)
          return
        }
        let code: number | null = null
        const take = (hand: (chunk: Buffer) => void) => (chunk: Buffer) => {
          try {
            hand(chunk)
            if (!isEnded()) return
            resolve({ code: code ?? 0 })
          } catch (thrown) {
            reject(thrown)
          }
          channel.close()
        }
        channel.on('data', take(onStdout))
        channel.stderr.on('data', take(onStderr))
        channel.on('exit', (status: number | null) => (code = status))
        channel.on('error', reject)
        channel.on('close', () => resolve({ code }))
        channel.end(input)
      })
    })
  }

  /** A stream to a port as the host sees it. Throws a TunnelError where sshd opens none. */
  async forward(port: number): Promise<Duplex> {
    try {
      return await this.#ssh.forwardOut('127.0.0.1', 0, '127.0.0.1', port)
    } catch (error) {
      throw notForwarded(error as Error, port, this.target)
    }
  }

  close(): void {
    this.#ssh.dispose()
  }
}

/** Times that a host which is busy with logins may turn us away. */
const TURNED_AWAY = 6

/**
 * Throws a HostError that says what to do; the host's key is checked before anything of ours is sent. sshd drops connections while too many
 * others log in (MaxStartups), before it says anything: nothing was sent then, so it is tried again a little later.
 */
export async function connect(host: Host, sudoPassword?: Secret): Promise<Connection> {
  const target = { ...(await resolveTarget(host)), timeoutSeconds: host.timeoutSeconds ?? READY_SECONDS }
  const [check, methods] = await Promise.all([hostKeyCheck(target), loginMethods(target)])
  const giveUp = performance.now() + target.timeoutSeconds * 1000
  for (let turned = 1; ; turned++) {
    const made = await open(target, check, methods, sudoPassword)
    if (made instanceof Connection) return made
    const isOver = turned >= TURNED_AWAY || performance.now() >= giveUp
    if (made.refused !== undefined || made.isHeard || isOver || !isDropped(made.error))
      throw new HostError(made.refused ?? notConnected(target, methods, made.error), { cause: made.error })
    // Not all of those who were turned away together come back together.
    await pause(100 * 2 ** turned * (0.5 + Math.random()))
  }
}

interface NotOpened {
  error: ConnectError
  /** Why the host's key is not taken. */
  refused: string | undefined
  /** The host has shown its key. */
  isHeard: boolean
}

async function open(
  target: Target & { timeoutSeconds: number },
  check: HostKeyCheck,
  methods: Awaited<ReturnType<typeof loginMethods>>,
  sudoPassword: Secret | undefined,
): Promise<Connection | NotOpened> {
  const ssh = new NodeSSH()
  let refused: string | undefined
  let hostKey = ''
  const decide = async (key: Buffer, verify: VerifyCallback) => {
    hostKey = key.toString('base64')
    refused = await check.refusal(key)
    verify(refused === undefined)
  }
  const connecting = ssh.connect({
    host: check.ip ?? target.address,
    port: target.port,
    username: target.user,
    hostVerifier: (key: Buffer, verify: VerifyCallback) => void decide(key, verify),
    authHandler: methods,
    readyTimeout: target.timeoutSeconds * 1000,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: 3,
    ...(check.algorithms === undefined ? {} : { algorithms: { serverHostKey: check.algorithms } }),
  })
  // Set at once, and kept: a reset after the handshake would be an uncaught exception.
  ssh.connection?.on('error', () => {})
  try {
    await connecting
    return new Connection(ssh, target, sudoPassword, hostKey)
  } catch (error) {
    ssh.dispose()
    return { error: error as ConnectError, refused, isHeard: hostKey !== '' }
  }
}

const isDropped = (error: ConnectError) =>
  error.code === 'ECONNRESET' || error.code === 'EPIPE' || /lost before handshake|ended/i.test(error.message)

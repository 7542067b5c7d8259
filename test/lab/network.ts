import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Engine } from './engine.ts'
import { LabError, must, run } from './process.ts'

/** Far behind the bridge's own route, which is there while a host runs. */
const METRIC = '9999'

/** The lab's network, made where it isn't there yet; gives its subnet. */
export async function ensureNetwork(engine: Engine, network: string): Promise<string> {
  const subnet = (await subnetOf(engine, network)) ?? (await makeNetwork(engine, network))
  await deadEnd(engine, 'replace', subnet)
  return subnet
}

export async function removeNetwork(engine: Engine, network: string): Promise<void> {
  const subnet = await subnetOf(engine, network)
  if (subnet === undefined) return
  // The network last: while it is there, what was left undone is found again.
  await deadEnd(engine, 'del', subnet)
  await engine.run(['network', 'rm', network], `removing the network ${network}`)
}

async function subnetOf(engine: Engine, network: string): Promise<string | undefined> {
  const { code, stdout } = await engine.try(['network', 'inspect', network])
  if (code !== 0) return undefined
  // Podman writes it as subnets[].subnet, Docker as IPAM.Config[].Subnet.
  const [found] = JSON.parse(stdout) as { subnets?: { subnet: string }[]; IPAM?: { Config?: { Subnet: string }[] } }[]
  return found?.subnets?.[0]?.subnet ?? found?.IPAM?.Config?.[0]?.Subnet
}

async function makeNetwork(engine: Engine, network: string): Promise<string> {
  const used = usedAddresses()
  const flags = engine.name === 'podman' ? ['--disable-dns'] : []
  for (let third = 0; third < 250; third += 1) {
    const prefix = `10.213.${third}.`
    if (used.some((address) => address.startsWith(prefix))) continue
    const made = await engine.try(['network', 'create', ...flags, `--subnet=${prefix}0/24`, network])
    if (made.code === 0) return `${prefix}0/24`
    // Another lab, or something else, has that one.
    if (!/overlap|already (being )?used/i.test(made.stderr)) must(made, `making the network ${network}`)
  }
  throw new LabError('no free network among 10.213.0.0/24 to 10.213.249.0/24')
}

/** Addresses of this machine and the beginnings of its routes. */
function usedAddresses(): string[] {
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
  if (!existsSync('/proc/net/route')) return own
  const routes = readFileSync('/proc/net/route', 'utf8').trim().split('\n').slice(1)
  // Eight hexadecimal digits, the last byte first.
  const destinations = routes.map((line) => [...(line.split('\t')[1] ?? '').matchAll(/../g)].map(([byte]) => parseInt(byte, 16)))
  return [...own, ...destinations.map((bytes) => bytes.toReversed().join('.'))]
}

/** Podman's bridge goes with its last running host; what is sent to the network then must end here, not at the default gateway. */
async function deadEnd(engine: Engine, verb: 'replace' | 'del', subnet: string): Promise<void> {
  if (engine.name !== 'podman') return
  const done = await run(['ip', 'route', verb, 'unreachable', subnet, 'metric', METRIC])
  if (verb === 'replace') must(done, `adding a dead end for ${subnet}`)
}

/** Free ports on 127.0.0.1 below those that the kernel gives to outgoing connections, so that they stay free while a host is away. */
export async function freePorts(count: number, seed: number, taken: readonly number[] = []): Promise<number[]> {
  const [first, size] = [20_000, 12_000]
  const ports: number[] = []
  for (let tried = 0; tried < 1000 && ports.length < count; tried += 1) {
    const port = first + ((seed + tried) % size)
    if (!taken.includes(port) && (await isFree(port))) ports.push(port)
  }
  if (ports.length < count) throw new LabError(`no free ports on 127.0.0.1 between ${first} and ${first + size}`)
  return ports
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.on('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

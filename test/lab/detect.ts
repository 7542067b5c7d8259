import { existsSync } from 'node:fs'
import { release } from './machine.ts'
import { Engine } from './engine.ts'
import { LabError, must, run, succeeds } from './process.ts'
import { timed, type Say } from './say.ts'

/** What podman needs on this machine: the package, and the file that shows it is there. */
const NEEDS = {
  podman: ['/usr/bin/podman'],
  runc: ['/usr/sbin/runc', '/usr/bin/runc'],
  netavark: ['/usr/lib/podman/netavark'],
  iptables: ['/usr/sbin/iptables'],
  iproute2: ['/usr/sbin/ip', '/usr/bin/ip', '/bin/ip', '/sbin/ip'],
  mmdebstrap: ['/usr/bin/mmdebstrap'],
  'openssh-client': ['/usr/bin/ssh-keygen'],
} as const

const missing = () => Object.entries(NEEDS).flatMap(([name, files]) => (files.some((file) => existsSync(file)) ? [] : [name]))

const answers = () => succeeds(['docker', 'info', '--format', '{{.ServerVersion}}'])

/** Docker where an engine answers, else podman, whose packages are installed when this is root on Debian 12. */
export async function findEngine(say: Say): Promise<Engine> {
  if (await answers()) return new Engine('docker')
  const { id, codename } = release()
  if (process.platform !== 'linux' || id !== 'debian' || codename !== 'bookworm')
    throw new LabError(
      'no Docker engine answers, and podman is set up by itself on Debian 12 only; start one, then see that this works: docker info',
    )
  const lacking = missing()
  if (process.getuid?.() !== 0)
    throw new LabError(
      `no Docker engine answers, and podman's hosts need root; run this as root, or let an administrator give you Docker: apt-get install docker.io`,
    )
  if (lacking.length > 0) await install(say, lacking)
  return new Engine('podman')
}

/** The engine without installing anything; undefined where there is none. */
export async function engineThatIsThere(): Promise<Engine | undefined> {
  if (await answers()) return new Engine('docker')
  return existsSync(NEEDS.podman[0]) && process.getuid?.() === 0 ? new Engine('podman') : undefined
}

async function install(say: Say, packages: string[]): Promise<void> {
  const command = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...packages]
  await timed(say, `installing ${packages.join(', ')}`, async (onLine) => {
    const options = { timeoutSeconds: 900, environment: { DEBIAN_FRONTEND: 'noninteractive' }, onLine }
    must(await run(['apt-get', 'update', '-q'], options), 'apt-get update')
    const done = await run(command, options)
    const still = missing()
    if (done.code !== 0 || still.length > 0)
      throw new LabError(
        `${still.join(', ') || packages.join(', ')} could not be installed; see why: apt-get install --no-install-recommends ${packages.join(' ')}`,
      )
  })
}

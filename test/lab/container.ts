import { createHash } from 'node:crypto'
import { boxSettings, boxSetup } from './box-setup.ts'
import { Engine } from './engine.ts'
import { execInContainer } from './exec.ts'
import { hostSetup, READY } from './host-setup.ts'
import { hostOf, type Lab } from './lab.ts'
import { machine, type MachineName } from './machines.ts'
import { must } from './process.ts'
import { untilSshAnswers } from './ssh-banner.ts'

export const LAB_LABEL = 'bitacora.lab'
const SETUP_LABEL = 'bitacora.setup'

type Found = 'running' | 'paused' | 'stopped' | 'other' | 'none'
export type Outcome = 'was up' | 'started' | 'made'

/** Sees to it that a machine of the lab runs as it should: left alone, started, or made (anew). */
export async function ensureMachine(lab: Lab, name: MachineName): Promise<Outcome> {
  const engine = new Engine(lab.engine)
  const wanted = await plan(lab, name)
  const found = await look(engine, hostOf(lab, name).container, wanted.label)
  if (found !== 'none' && found !== 'other' && (await revive(engine, lab, name, found)))
    return found === 'running' ? 'was up' : 'started'
  await make(engine, lab, name, wanted)
  return 'made'
}

/** Destroys a host (or "box") and makes it anew from its image: seconds, same port, address and host key. */
export async function resetHost(lab: Lab, name: string): Promise<void> {
  const known = hostOf(lab, name).name as MachineName
  await make(new Engine(lab.engine), lab, known, await plan(lab, known))
}

/** Shuts a host (or "box") down: connections to it are refused. */
export async function stopHost(lab: Lab, name: string): Promise<void> {
  await new Engine(lab.engine).run(['stop', '--time=10', hostOf(lab, name).container], `stopping ${name}`)
}

/** Starts a stopped host again and waits until SSH, PostgreSQL and cron run. What was on it is still there. */
export async function startHost(lab: Lab, name: string): Promise<void> {
  const engine = new Engine(lab.engine)
  const { container, port } = hostOf(lab, name)
  await engine.start(['start', container], `starting ${name}`)
  must(await execInContainer(engine, container, 'lab-services'), `starting the services of ${name}`)
  await untilSshAnswers(port)
}

/** Freezes a host: it takes connections and answers nothing, as behind a dead link. */
export async function pauseHost(lab: Lab, name: string): Promise<void> {
  await new Engine(lab.engine).run(['pause', hostOf(lab, name).container], `pausing ${name}`)
}

export async function unpauseHost(lab: Lab, name: string): Promise<void> {
  await new Engine(lab.engine).run(['unpause', hostOf(lab, name).container], `waking ${name}`)
}

interface Plan {
  argv: string[]
  setup: string
  /** A hash of all that makes the machine what it is. */
  label: string
}

async function plan(lab: Lab, name: MachineName): Promise<Plan> {
  const { image, port: inside } = machine(name)
  const { container, ip, port } = hostOf(lab, name)
  const setup = image === 'box' ? await boxSetup(lab.directory) : await hostSetup(lab.directory, name)
  const argv = [
    `--name=${container}`,
    `--hostname=${name}`,
    `--network=${lab.network}`,
    `--ip=${ip}`,
    // A host that comes back with another one isn't found for up to fifteen seconds, until its neighbours forget the old.
    `--mac-address=${macOf(ip)}`,
    `--publish=127.0.0.1:${port}:${inside}`,
    `--label=${LAB_LABEL}=${lab.id}`,
    // sudo and sshd would complain that they can't write to the audit log.
    '--cap-add=AUDIT_WRITE',
    ...(name === 'box' ? [] : [`--add-host=box:${lab.box.ip}`]),
    ...new Engine(lab.engine).limits(),
  ]
  const label = createHash('sha256')
    .update(JSON.stringify([argv, setup, lab.images[image]]))
    .digest('hex')
    .slice(0, 16)
  return { argv: [...argv, `--label=${SETUP_LABEL}=${label}`, lab.images[image]], setup, label }
}

/** A locally administered address made of the IP address. */
const macOf = (ip: string) => ['02', '42', ...ip.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':')

async function look(engine: Engine, container: string, label: string): Promise<Found> {
  const { code, stdout } = await engine.try(['container', 'inspect', container])
  if (code !== 0) return 'none'
  const [it] = JSON.parse(stdout) as {
    State: { Running: boolean; Paused: boolean }
    Config: { Labels?: Record<string, string> }
  }[]
  if (it?.Config.Labels?.[SETUP_LABEL] !== label) return 'other'
  if (it.State.Paused) return 'paused'
  return it.State.Running ? 'running' : 'stopped'
}

/** True when it runs now. After a restart of the machine an engine may list dead ones as running: so all is tried, not asked. */
async function revive(engine: Engine, lab: Lab, name: MachineName, found: Found): Promise<boolean> {
  const { container, port } = hostOf(lab, name)
  try {
    if (found === 'paused') await unpauseHost(lab, name)
    if (found === 'stopped') await engine.start(['start', container], `starting ${name}`)
    const settings = name === 'box' ? await boxSettings(lab.directory) : 'lab-services'
    if ((await execInContainer(engine, container, `test -e ${READY} || exit 1\n${settings}`)).code !== 0) return false
    await untilSshAnswers(port)
    return true
  } catch {
    return false
  }
}

async function make(engine: Engine, lab: Lab, name: MachineName, { argv, setup }: Plan): Promise<void> {
  const { container, port } = hostOf(lab, name)
  await removeContainers(engine, [container])
  await engine.start(['run', '--detach', ...argv], `starting ${name}`)
  must(await execInContainer(engine, container, setup), `setting up ${name}`)
  await untilSshAnswers(port)
}

/** Ends and removes containers at once; those that aren't there are no error. */
export async function removeContainers(engine: Engine, containers: readonly string[]): Promise<void> {
  if (containers.length === 0) return
  // --time, so that podman doesn't wait; their data goes anyway.
  const force = engine.name === 'podman' ? ['--force', '--ignore', '--time=0'] : ['--force']
  const remove = () => engine.try(['rm', ...force, '--volumes', ...containers])
  const first = await remove()
  // Podman can't stop one whose processes are gone while it thinks they run; it has learnt that then, and removes it when asked again.
  const done = /could not be stopped/.test(first.stderr) ? await remove() : first
  // Older Dockers complain of what --force shall not mind.
  if (!/no such container/i.test(done.stderr)) must(done, `removing ${containers.join(', ')}`)
}

/** The names of all containers of a lab. */
export async function containersOf(engine: Engine, id: string): Promise<string[]> {
  const listed = await engine.run(
    ['ps', '--all', `--filter=label=${LAB_LABEL}=${id}`, '--format={{.Names}}'],
    'listing containers',
  )
  return listed.stdout.split('\n').filter((line) => line !== '')
}

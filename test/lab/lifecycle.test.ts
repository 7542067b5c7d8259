import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { down, mustExecIn, openLab, pauseHost, resetHost, ssh, startHost, stopHost, unpauseHost, up } from './index.ts'
import { containersOf } from './container.ts'
import { Engine } from './engine.ts'
import { run } from './process.ts'
import { greets, untilSshAnswers } from './ssh-banner.ts'
import { ownLab } from './support.ts'

const theLab = ownLab('cycle', ['vps2'])
const upAgain = async () => {
  const lines: string[] = []
  await up(theLab().name, (line) => lines.push(line.trim()), ['vps2'])
  return lines
}
/**
 * Kills processes of a container on the engine's own machine, which need not be this one (Docker Desktop), and waits until they are gone.
 * A number that isn't the container's any more is left alone.
 */
const KILL = `for p in $PIDS; do grep -qsa "$ID" "/proc/$p/cgroup" "/proc/$p/cmdline" && kill -KILL "$p"; done
for p in $PIDS; do while grep -qsa "$ID" "/proc/$p/cgroup" "/proc/$p/cmdline" && ! grep -q '^State:.[ZX]' "/proc/$p/status"; do sleep 0.1; done; done`
const psql = (sql: string) => `runuser -u postgres -- psql -XAtq -c "${sql}"`

it('is left alone by a second up, which starts what a test stopped', async () => {
  await mustExecIn(theLab(), 'vps2', 'touch /root/mark')
  expect(await upAgain()).toContain('vps2 was up')
  await mustExecIn(theLab(), 'vps2', 'pg_ctlcluster 15 main stop -m fast; kill "$(cat /run/crond.pid)"')
  expect(await upAgain()).toContain('vps2 was up')
  expect(await mustExecIn(theLab(), 'vps2', `ls /root/mark; ${psql('SELECT 1')}; kill -0 "$(cat /run/crond.pid)"`)).toBe(
    '/root/mark\n1\n',
  )
})

it('refuses connections while stopped, and is itself again when started', async () => {
  const { port } = theLab().hosts.vps2
  await mustExecIn(theLab(), 'vps2', psql('CREATE TABLE kept AS SELECT 42 AS answer'))
  await stopHost(theLab(), 'vps2')
  expect(await ssh(theLab(), 'vps2', 'true')).toMatchObject({ code: 255, stderr: expect.stringContaining('Connection refused') })
  await startHost(theLab(), 'vps2')
  expect(theLab().hosts.vps2.port).toBe(port)
  expect(await ssh(theLab(), 'vps2', `sudo ${psql('SELECT answer FROM kept')}`)).toMatchObject({ code: 0, stdout: '42\n' })
  // It had stopped cleanly.
  expect(await mustExecIn(theLab(), 'vps2', 'grep -c "not properly shut down" /var/log/postgresql/*.log || :')).toBe('0\n')
})

it('sends nothing beyond this machine while no host runs', async () => {
  const target = theLab().hosts.vps2.ip
  const route = async () => {
    const { stdout, stderr } = await run(['ip', 'route', 'get', target])
    return /No route to host|unreachable/.test(stderr) ? 'dead end' : (/ dev (podman|br-)/.exec(stdout)?.[1] ?? stdout + stderr)
  }
  // Docker's bridge stays with its network; podman's goes with its last host, and leaves the dead end.
  const [running, stopped] = theLab().engine === 'podman' ? ['podman', 'dead end'] : ['br-', 'br-']
  expect(await route()).toBe(running)
  await stopHost(theLab(), 'vps2')
  expect(await route()).toBe(stopped)
  await startHost(theLab(), 'vps2')
})

it('answers nothing while paused', async () => {
  await pauseHost(theLab(), 'vps2')
  expect(await greets(theLab().hosts.vps2.port, 500)).toBe(false)
  await unpauseHost(theLab(), 'vps2')
  await untilSshAnswers(theLab().hosts.vps2.port)
})

it('is as new after a reset, with the same port and host key', async () => {
  await mustExecIn(theLab(), 'vps2', `touch /root/mark; ${psql('CREATE TABLE IF NOT EXISTS kept ()')}`)
  await resetHost(theLab(), 'vps2')
  expect((await ssh(theLab(), 'vps2', 'true')).code).toBe(0)
  expect(await mustExecIn(theLab(), 'vps2', `ls /root; ${psql("SELECT count(*) FROM pg_class WHERE relname = 'kept'")}`)).toBe(
    '0\n',
  )
})

it('comes back when its processes were killed behind the back of the engine, as by a restart of the machine', async () => {
  const engine = new Engine(theLab().engine)
  const { container } = theLab().hosts.vps2
  // Podman's own process holds the container's first.
  const format = `{{.Id}}${engine.name === 'podman' ? ' {{.State.ConmonPid}}' : ''} {{.State.Pid}}`
  const [id, ...pids] = (await engine.run(['inspect', '--format', format, container], 'inspect')).stdout.trim().split(' ')
  expect(pids.map(Number).every((pid) => pid > 1)).toBe(true)
  const itsMachine = [
    '--rm',
    '--pid=host',
    '--network=none',
    `--env=ID=${id}`,
    `--env=PIDS=${pids.join(' ')}`,
    ...engine.limits(),
  ]
  await engine.run(['run', ...itsMachine, theLab().images.host, 'sh', '-c', KILL], 'killing its processes')
  expect(await ssh(theLab(), 'vps2', 'true')).toMatchObject({ code: 255 })
  // Podman doesn't know.
  const listed = await engine.run(['inspect', '--format', '{{.State.Running}}', container], 'inspect')
  expect(listed.stdout).toBe(`${engine.name === 'podman'}\n`)
  expect(await upAgain()).toContain(engine.name === 'podman' ? 'vps2 made' : 'vps2 started')
  expect((await ssh(theLab(), 'vps2', 'true')).code).toBe(0)
})

it('leaves nothing when taken down, also when asked twice', async () => {
  const { id, name: labName, network, directory, subnet, engine: name, hosts } = theLab()
  await down(labName, () => {})
  const engine = new Engine(name)
  expect(await containersOf(engine, id)).toEqual([])
  expect((await engine.try(['network', 'inspect', network])).code).not.toBe(0)
  expect((await run(['ip', 'route', 'show', subnet])).stdout).toBe('')
  // The engine's own helpers may outlive the host by a moment.
  const processes = async () =>
    (await run(['sh', '-c', `ps -eo args | grep -F ${hosts.vps2.container} | grep -v -F 'grep -F' || :`])).stdout
  await expect.poll(processes, { timeout: 60_000 }).toBe('')
  expect(existsSync(directory)).toBe(false)
  await expect(openLab(labName)).rejects.toThrow(
    `the lab "${labName}" is not up; bring it up with: npx zx tasks/lab.mjs up --name ${labName}`,
  )
  await down(labName, () => {})
})

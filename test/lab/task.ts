import { relative } from 'node:path'
import { down } from './down.ts'
import { labCommand, openLab, ROOT, type Lab } from './lab.ts'
import { LabError } from './process.ts'
import { greets } from './ssh-banner.ts'
import { up } from './up.ts'

export const help = `Usage: npx zx tasks/lab.mjs up|down|status [--name NAME]

Makes throwaway hosts on this machine: vps, vps2 and vps3 with SSH, PostgreSQL 15 and cron, a storage box, and an inventory for them.
Uses Docker where an engine answers, else podman (on Debian 12, as root; what it needs is installed). Everything listens on 127.0.0.1.

  up       brings them up; again: what is dead is started, what is broken is made anew
  down     takes them down and leaves nothing but the images, for the next time
  status   says which answer

  --name   more than one lab: its state is in .lab-NAME instead of .lab`

/** Runs one verb of the lab's task; throws what people need to know. */
export async function labTask(words: readonly string[], name: string): Promise<void> {
  const [verb, ...rest] = words
  if (rest.length > 0) throw new LabError(`"${rest.join(' ')}" is too much; try --help`)
  const started = performance.now()
  const say = (line: string) => console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`)
  if (verb === 'up') console.log(whatNext(await up(name, say)))
  else if (verb === 'down') await down(name, say)
  else if (verb === 'status') await status(await openLab(name))
  else
    throw new LabError(
      verb === undefined ? `up, down or status?\n${help}` : `there is no verb "${verb}"; there are up, down and status`,
    )
}

async function status(lab: Lab): Promise<void> {
  const hosts = [...Object.values(lab.hosts), lab.box]
  const answers = await Promise.all(hosts.map(({ port }) => greets(port, 2000)))
  for (const [index, { name, user, port }] of hosts.entries())
    console.log(`${name.padEnd(5)} ${answers[index] ? 'answers' : 'is away'}  ${user}@127.0.0.1 port ${port}`)
  if (answers.includes(false)) process.exitCode = 1
}

function whatNext(lab: Lab): string {
  const folder = relative(ROOT, lab.directory)
  const { port, user } = lab.hosts.vps
  return `
The lab is up. Next:
  export BITACORA_INVENTORY=${folder}/inventory.json
  npx zx tasks/provision.mjs --check
To look around:  ssh -i ${folder}/id_ed25519 -o UserKnownHostsFile=${folder}/known_hosts -p ${port} ${user}@127.0.0.1
To end it:       ${labCommand('down', lab.name)}`
}

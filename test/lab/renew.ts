import { resetHost } from './container.ts'
import { mustExecIn } from './exec.ts'
import { labInventory } from './inventory.ts'
import type { Lab } from './lab.ts'

/**
 * Hosts as new, with nothing of theirs on the box: `resetHost` alone is a server that is lost, whose folders on the box are another's to the
 * new one.
 */
export async function renewHosts(lab: Lab, ...names: string[]): Promise<void> {
  await Promise.all(names.map((name) => resetHost(lab, name)))
  const projects = Object.entries(labInventory(lab).projects).flatMap(([project, { host }]) =>
    names.includes(host) ? [project] : [],
  )
  await mustExecIn(
    lab,
    'box',
    `cd /srv/box/home/backups/postgresql 2>/dev/null || exit 0; rm -rf ${projects.map((project) => `${project}/*`).join(' ')}`,
  )
}

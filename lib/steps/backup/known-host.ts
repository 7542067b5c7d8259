import type { Box } from '../../inventory/index.ts'
import type { Step } from '../../engine/step.ts'
import { boxPlaces, stepOfBox } from './box-places.ts'
import { MARK, managedFileStep } from '../common/managed.ts'

/** The box's host key, pinned for this project's uploads in a known_hosts file of its own; `number` is the box's, from 1. */
export function knownHostStep(project: string, box: Box, number = 1): Step {
  return managedFileStep(project, stepOfBox('known-host', number), {
    path: boxPlaces(project, number).knownHosts,
    content: knownHostsText(box),
    mode: '0644',
  })
}

/** A known_hosts file of one entry. */
export function knownHostsText(box: Box): string {
  const name = box.port === 22 ? box.address : `[${box.address}]:${box.port}`
  return `# ${MARK}; changes made here are overwritten.\n${name} ${box.hostKey}\n`
}

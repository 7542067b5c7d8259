import type { Box } from '../inventory/index.ts'
import type { Step } from '../engine/step.ts'
import { managedFileStep } from './managed.ts'
import { MARK } from './managed.ts'
import { places } from './places.ts'

/** The box's host key, pinned for this project's uploads in a known_hosts file of its own. */
export function knownHostStep(project: string, box: Box): Step {
  const name = box.port === 22 ? box.address : `[${box.address}]:${box.port}`
  return managedFileStep(project, 'known-host', {
    path: places(project).knownHosts,
    content: `# ${MARK}; changes made here are overwritten.\n${name} ${box.hostKey}\n`,
    mode: '0644',
  })
}

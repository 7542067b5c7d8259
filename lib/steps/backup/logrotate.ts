import type { Step } from '../../engine/step.ts'
import { fillTemplate } from '../../text/template.ts'
import { managedFileStep } from '../common/managed.ts'
import { LOG_DIR, places } from './places.ts'

/** The project's own logs; the pattern begins after the underscore with a digit, so that onquota doesn't match onquota_eu's. */
export function logrotateStep(project: string): Step {
  const { logrotate: path, cronLog } = places(project)
  const logs = `${LOG_DIR}/backup_${project}_[0-9]*.log ${cronLog}`
  return managedFileStep(project, 'logrotate', { path, content: fillTemplate('logrotate', { logs }), mode: '0644' })
}

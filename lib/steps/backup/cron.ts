import { z } from 'zod'
import { fileFact, shellFact } from '../../engine/fact.ts'
import type { FileState } from '../../engine/file.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import type { Backup } from '../../inventory/index.ts'
import { sh } from '../../text/sh.ts'
import { fillTemplate } from '../../text/template.ts'
import { planFile } from '../common/managed.ts'
import { places } from './places.ts'

/** The line as it is in /etc/cron.d, and whether the daemon that reads it runs. */
export function cronFacts(project: string) {
  return {
    found: fileFact(places(project).cron, { text: true }),
    daemon: shellFact(
      z.boolean(),
      sh`for f in /run/crond.pid /var/run/crond.pid /run/cron.pid; do IFS= read -r p < "$f" && IFS= read -r c < "/proc/$p/comm" && case $c in *cron*) echo true; exit 0 ;; esac; done 2>/dev/null; echo false`,
    ),
  }
}

/** What keeps the declared schedule from being run. */
export function cronChanges(project: string, backup: Backup, found: FileState | null, daemon: boolean): Change[] {
  const { cron: path, script, restore, cronLog: log } = places(project)
  const content = fillTemplate('cron', { schedule: backup.schedule, drill: backup.drill, script, restore, log })
  const changes: Change[] = planFile({ path, content, mode: '0644', difference: (text) => difference(text, content.text) }, found)
  if (!daemon)
    changes.push({
      what: 'cron daemon',
      text: 'no backup runs by itself: the cron daemon does not run',
      from: 'not running',
      to: 'running',
      help: 'start it: systemctl enable --now cron; without it no backup runs',
    })
  return changes
}

/** The nightly run and the weekly restore drill: a file in /etc/cron.d, so root's own crontab stays untouched, and the cron daemon that reads it. */
export function cronStep(project: string, backup: Backup): Step {
  return step({
    project,
    name: 'cron',
    needs: ['script', 'restore-script', 'config'],
    facts: cronFacts(project),
    plan: ({ found, daemon }) => cronChanges(project, backup, found, daemon),
  })
}

/** The lines that run something, unless the difference is elsewhere. */
function difference(found: string, wanted: string): { from: string; to: string } {
  const [current, wantedLines] = [entries(found), entries(wanted)]
  const only = (some: string[], others: string[]) => some.filter((line) => !others.includes(line)).join('; ') || 'no entry'
  const [from, to] = [only(current, wantedLines), only(wantedLines, current)]
  return from === to ? { from: 'another setting or comment', to: 'as the inventory says' } : { from, to }
}

function entries(text: string): string[] {
  return text.split('\n').filter((line) => /^\s*[\d*@]/.test(line))
}

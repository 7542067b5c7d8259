import { taskName } from '../run/report/report.ts'
import type { HostReport, RunReport } from '../run/report/report.ts'
import { countsOf } from '../run/report/counts.ts'
import { asTyped } from '../format/command.ts'
import { shortPath } from '../format/wrap.ts'

/** What to do next. `command` is left out where what was asked for can't be told from the report: a host that was not reached. */
export interface Next {
  why: string
  command?: string
}

/** Undefined when nothing is left to do. A command names the projects that are open, so that it touches no others. */
export function nextStep(report: RunReport, defaultInventory: string): Next | undefined {
  if (report.ok) return undefined
  const { failed, differs } = countsOf(report.hosts.flatMap((host) => host.steps))
  const looking = report.check
  const again = taskName(report)
  const names = openProjects(report.hosts)
  const next = (why: string, verb: string): Next =>
    names === undefined
      ? { why }
      : {
          why,
          command: taskCommand([...verb.split(' '), ...names], report, defaultInventory),
        }

  if (report.stopped !== undefined) return { why: 'Run the same command again; it goes on from what is there' }
  if (names === undefined || failed > 0)
    return next(
      `Mend what failed, then run the same ${names === undefined ? 'command ' : ''}again${looking ? '' : '; it goes on from what is there'}`,
      again,
    )
  if (looking && differs > 0)
    return next(differs === 1 ? 'This makes the change' : `This makes the ${differs} changes`, 'provision')
  return next('Settle the above, then look again', looking || report.task === 'backup' ? again : 'provision --check')
}

/** A command as one types it, with the inventory that it must name. */
export function taskCommand(
  words: readonly string[],
  { inventory }: Pick<RunReport, 'inventory'>,
  defaultInventory: string,
): string {
  return asTyped([...words, ...(inventory === defaultInventory ? [] : ['--inventory', shortPath(inventory)])])
}

function openProjects(hosts: readonly HostReport[]): string[] | undefined {
  const open = hosts.filter((host) => !host.ok)
  // A host that failed as a whole may have come to some of its projects only.
  if (open.some((host) => host.error !== undefined || host.steps.length === 0)) return undefined
  return [...new Set(open.flatMap(openOf))]
}

/** What is wrong with the host itself touches all of its projects. */
function openOf(host: HostReport): string[] {
  const isOpen = host.steps.filter((step) => step.status !== 'ok' && step.status !== 'changed')
  const touched = isOpen.some((step) => step.project === null) ? host.steps : isOpen
  return touched.flatMap((step) => step.project ?? [])
}

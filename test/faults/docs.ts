import type { Fault, Group } from './fault.ts'
import { IN_SERVER, NEXT, ON_BOX, ON_HOST } from './states.ts'
import { GROUPS } from './table.ts'

/** Where the docs keep the table, and what stands before and after it. */
export const PAGE = new URL('../../docs/backup-faults.md', import.meta.url)
const [BEGIN, END] = ['<!-- faults -->', '<!-- /faults -->']

const alarm = ({ exit, stage, says }: Fault) => {
  if (exit === 137) return 'nothing: it is dead'
  return exit === 1 || exit > 128 ? `\`[failed] ${stage}: … ${says}\`` : `\`${says}\``
}

function row(entry: Fault, file: string): string {
  const { fault, exit, stage, host, box, server, next } = entry
  const onHost =
    server === undefined || server === 'same' ? ON_HOST[host].words : `${ON_HOST[host].words}, and ${IN_SERVER[server]}`
  const cells = [
    fault,
    exit,
    stage,
    alarm(entry),
    onHost,
    ON_BOX[box].words,
    NEXT[next],
    `[test](../test/e2e/faults/${file}.test.ts)`,
  ]
  return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
}

const rows = (groups: readonly Group[]) => groups.flatMap(({ faults, file }) => faults.map((entry) => row(entry, file)))

/** The table as the docs print it, a part for each subject. */
export const table = (): string =>
  [...Map.groupBy(GROUPS, ({ subject }) => subject)]
    .map(([subject, groups]) =>
      [
        `### ${subject}`,
        '',
        '| Fault | Exit | Stage | What it says | On the host after | On the box after | Next run | Tried in |',
        '|---|---|---|---|---|---|---|---|',
        ...rows(groups),
      ].join('\n'),
    )
    .join('\n\n')

/** A page with the table as it is now. Throws when the page has no place for it. */
export function withTable(page: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from === -1 || to < from) throw new Error(`the page has no ${BEGIN} … ${END}`)
  return `${page.slice(0, from + BEGIN.length)}\n\n${table()}\n\n${page.slice(to)}`
}

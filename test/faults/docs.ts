import { NEXT, ON_BOX, ON_HOST } from './fault.ts'
import type { Fault } from './fault.ts'
import { SUBJECTS } from './table.ts'

/** Where the docs keep the table, and what stands before and after it. */
export const PAGE = new URL('../../docs/backup-faults.md', import.meta.url)
const [BEGIN, END] = ['<!-- faults -->', '<!-- /faults -->']

const alarm = ({ exit, stage, says }: Fault) => {
  if (exit === 137) return 'nothing: it is dead'
  return exit === 1 || exit > 128 ? `[failed] ${stage}: … ${says}` : says
}

function row(entry: Fault): string {
  const { fault, exit, stage, host, box, next, test } = entry
  const cells = [
    fault,
    String(exit),
    stage,
    alarm(entry),
    ON_HOST[host],
    ON_BOX[box],
    NEXT[next],
    `[test](../test/e2e/${test.file})`,
  ]
  return `| ${cells.map((cell, n) => (n === 3 && exit !== 137 ? `\`${cell}\`` : cell).replaceAll('|', '\\|')).join(' | ')} |`
}

/** The table as the docs print it, a part for each subject. */
export const table = (): string =>
  SUBJECTS.map(({ heading, faults }) =>
    [
      `### ${heading}`,
      '',
      '| Fault | Exit | Stage | What it says | On the host after | On the box after | Next run | Tried in |',
      '|---|---|---|---|---|---|---|---|',
      ...faults.map(row),
    ].join('\n'),
  ).join('\n\n')

/** A page with the table as it is now. Throws when the page has no place for it. */
export function withTable(page: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from === -1 || to < from) throw new Error(`the page has no ${BEGIN} … ${END}`)
  return `${page.slice(0, from + BEGIN.length)}\n\n${table()}\n\n${page.slice(to)}`
}

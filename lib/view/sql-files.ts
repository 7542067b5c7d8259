import type { HostReport } from '../run/report/report.ts'
import { clean, count, oneLine } from '../format/wrap.ts'

/** Lines that a terminal shows; what is longer is named by its file. */
const MOST = 60
const SHOWN = 30

/** The SQL that a restore left for a person, as it can be run: not indented, since a text within it may have several lines. */
export function sqlLines(hosts: readonly HostReport[]): string[] {
  return hosts.flatMap((host) =>
    host.steps.flatMap(({ sql = [] }) =>
      sql.flatMap((file) => {
        const lines = clean(file.text).trimEnd().split('\n')
        const shown = lines.length > MOST || file.cut ? lines.slice(0, SHOWN) : lines
        const rest = lines.length - shown.length
        return [
          ...shown,
          ...(shown === lines
            ? []
            : [
                `-- … ${file.cut ? 'many more lines' : count(rest, 'more line')} in ${oneLine(file.file)} on ${oneLine(host.name)}`,
              ]),
        ]
      }),
    ),
  )
}

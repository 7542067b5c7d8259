import { truncate, pad, widest, widthOf } from './wrap.ts'

/** A column of a table. `drop`: the higher, the sooner it is left out where the table is too wide; columns without it stay. */
export interface Column {
  title: string
  cells: readonly string[]
  drop?: number
  /** Cells may be cut to this width where the table is too wide. */
  shortest?: number
}

const GAP = 2

/** The columns that fit into `width`, each with its width; what is less important is cut or left out first. */
export function fitted(columns: readonly Column[], width: number): { column: Column; width: number }[] {
  const natural = (column: Column) => widest([column.title, ...column.cells])
  let kept = columns.map((column) => ({ column, width: natural(column) }))
  const total = () => kept.reduce((sum, each) => sum + each.width, 0) + GAP * Math.max(0, kept.length - 1)
  for (const each of kept.filter(({ column }) => column.shortest !== undefined)) {
    if (total() <= width) return kept
    const room = each.width - (total() - width)
    each.width = Math.min(each.width, Math.max(each.column.shortest!, widthOf(each.column.title), room))
  }
  while (total() > width) {
    const worst = kept.reduce((most, { column }) => Math.max(most, column.drop ?? 0), 0)
    if (worst === 0) return kept
    kept = kept.filter(({ column }) => column.drop !== worst)
  }
  return kept
}

/** One line of the table: the title where `row` is undefined. `color` colours a cell without changing its width. */
export function line(
  columns: readonly { column: Column; width: number }[],
  row: number | undefined,
  color: (text: string, column: Column) => string,
): string {
  const cells = columns.map(({ column, width }) => {
    const text = truncate(row === undefined ? column.title : (column.cells[row] ?? ''), width)
    return color(text, column) + pad('', width - widthOf(text))
  })
  return cells.join(' '.repeat(GAP)).trimEnd()
}

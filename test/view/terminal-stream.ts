/** A terminal that keeps what it shows: just enough of its language to know the final screen. */
export class TerminalStream {
  readonly isTTY = true
  columns: number
  rows: number
  /** All that was written. */
  raw = ''
  readonly #lines: string[][] = [[]]
  #row = 0
  #column = 0

  constructor(columns = 100, rows = 40) {
    this.columns = columns
    this.rows = rows
  }

  write = (text: string): boolean => {
    this.raw += text
    // oxlint-disable-next-line no-control-regex
    for (const [whole, code, final] of text.matchAll(/\u001b\[([?\d;]*)([A-Za-z])|[^]/gu)) this.#put(whole, code, final)
    return true
  }

  /** The screen's lines, without the empty ones at its end. */
  get screen(): string[] {
    return this.#lines
      .map((line) =>
        Array.from(line, (character) => character ?? ' ')
          .join('')
          .trimEnd(),
      )
      .join('\n')
      .trimEnd()
      .split('\n')
  }

  get asStream(): NodeJS.WriteStream {
    // oxlint-disable-next-line no-unsafe-type-assertion -- what is drawn on needs no more than this
    return this as unknown as NodeJS.WriteStream
  }

  #put(whole: string, code: string | undefined, final: string | undefined): void {
    const count = Number(code === undefined || code === '' ? 1 : code)
    if (final === 'A') this.#row = Math.max(0, this.#row - count)
    else if (final === 'B') this.#row += count
    else if (final === 'G') this.#column = count - 1
    else if (final === 'K') this.#line().length = code === '2' ? 0 : Math.min(this.#column, this.#line().length)
    else if (final !== undefined) return
    else if (whole === '\n') [this.#row, this.#column] = [this.#row + 1, 0]
    else if (whole === '\r') this.#column = 0
    else this.#line()[this.#column++] = whole
  }

  #line(): string[] {
    while (this.#lines.length <= this.#row) this.#lines.push([])
    return this.#lines[this.#row]!
  }
}

import type { View } from '../events.ts'
import { linesView } from './lines.ts'
import { hasColours } from './paint.ts'
import { terminalView } from './terminal.ts'

export { summary } from './summary.ts'

export interface ViewOptions {
  /** stdout holds one JSON document: show nothing. */
  json: boolean
  /** Where to draw; stderr when left out, so that stdout stays clean. */
  stream?: NodeJS.WriteStream
  /** Whether to draw on it as on a terminal; what the stream says when left out. */
  tty?: boolean
  /** As NO_COLOR and the stream say when left out. */
  colours?: boolean
}

/** A live tree on a terminal, plain lines with times elsewhere, nothing with `json`. It only shows: it never ends the process nor takes a signal. */
export function createView(options: ViewOptions): View {
  const { stream = process.stderr } = options
  if (options.json) return { show: () => {}, close: () => Promise.resolve() }
  const terminal = options.tty ?? (stream.isTTY && process.env['TERM'] !== 'dumb')
  return terminal ? terminalView(stream, { colours: options.colours ?? hasColours(stream) }) : linesView(stream)
}

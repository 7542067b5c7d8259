import type { View } from './view.ts'
import { linesView } from './lines.ts'
import { hasColours } from './theme.ts'
import { terminalView } from './terminal.ts'

export { summary } from './summary.ts'

export interface ViewOptions {
  /** stdout holds one JSON document: show nothing. */
  json: boolean
  /** What comes of the run is shown at its end: on a terminal only the hosts under way, which then vanish; elsewhere nothing. */
  brief?: boolean
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
  const silent: View = { show: () => {}, close: () => Promise.resolve() }
  if (options.json) return silent
  const terminal = options.tty ?? (stream.isTTY && process.env['TERM'] !== 'dumb')
  const { brief = false } = options
  if (!terminal) return brief ? silent : linesView(stream)
  return terminalView(stream, { colours: options.colours ?? hasColours(stream), brief })
}

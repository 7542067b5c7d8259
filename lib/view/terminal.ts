import type { ShownEvent, View } from './view.ts'
import type { Drawing } from './drawing.ts'
import { follow, newModel } from './model.ts'
import { mark, paint } from './theme.ts'
import { count, oneLine } from '../format/wrap.ts'
import { tree } from './tree.ts'

export interface TerminalOptions {
  colours: boolean
  /** Only the hosts under way, and nothing of it stays. */
  brief?: boolean
  /** True while a passphrase is asked for on the same terminal. */
  taken?: () => boolean
}

/** Nothing is drawn before the first host answers, or this long: a key's passphrase may be asked for first. */
const QUIET = 400

/** A live tree of hosts and steps. listr2 is loaded when a run starts: other output need not wait for it. */
export function terminalView(stream: NodeJS.WriteStream, options: TerminalOptions): View {
  const { colours, brief = false, taken = () => process.stdin.isRaw } = options
  const model = newModel()
  let drawing: Promise<Drawing> | undefined
  let drawn: Drawing | undefined
  let timer: NodeJS.Timeout | undefined

  const start = () => {
    clearTimeout(timer)
    drawing ??= import('./drawing.ts').then(({ draw }) => {
      const branches = tree(model, { colours, rows: stream.rows ?? 24 })
      return (drawn = draw(stream, brief ? branches.map((host) => ({ ...host, branches: [] })) : branches, {
        taken,
        clear: brief,
      }))
    })
    // Told of when the view closes; until then the run goes on without it.
    drawing.catch(() => {})
  }
  const startLater = () => {
    timer = setTimeout(() => (taken() ? startLater() : start()), QUIET).unref()
  }
  return {
    show(event) {
      follow(model, event, performance.now())
      if (event.type === 'run-started') {
        if (!brief) stream.write(heading(event, colours))
        if (drawing === undefined && timer === undefined) startLater()
      } else if ('host' in event && (event.type === 'step' || event.type === 'host-done')) {
        drawn?.settle(event.host)
      }
      if (event.type !== 'run-started' && event.type !== 'connecting' && event.type !== 'stopping' && timer !== undefined) {
        start()
      }
    },
    async close() {
      if (timer !== undefined) start()
      clearTimeout(timer)
      if (drawing === undefined) return
      try {
        await (await drawing).end()
      } catch (error) {
        stream.write(`the progress could not be shown: ${error instanceof Error ? error.message : String(error)}`)
      }
      if (!brief) stream.write('\n')
    },
  }
}

function heading(event: Extract<ShownEvent, { type: 'run-started' }>, colours: boolean): string {
  const paints = paint(colours)
  const projects = new Set(event.hosts.flatMap((host) => host.projects)).size
  const line = `${paints.strong(oneLine(event.title))}  ${paints.faint(`${count(event.hosts.length, 'host')}, ${count(projects, 'project')}`)}`
  return [line, ...event.warnings.map((text) => `${mark('person', paints)} ${oneLine(text)}`), ''].join('\n')
}

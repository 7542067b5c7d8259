import { DefaultRenderer, ListrLogger, ProcessOutput, Spinner } from 'listr2'
import type { ListrDefaultRendererOptions, ListrDefaultRendererTask, ListrEventManager } from 'listr2'

/** Milliseconds between two frames. */
const FRAME = 80

/** One line of the tree, asked anew for each frame; no lines: not shown. */
export interface Line {
  draw(width: number): { mark: string; lines: string[] }
}

/** The lines of the tasks, by the task's initial title, which is its key. */
export interface Screen {
  line(key: string): Line | undefined
  /** True while somebody else has the terminal: a passphrase is asked for. */
  taken(): boolean
  /** Nothing more is drawn after this: an error while drawing, in a timer of its own, would end the process. */
  failed(error: unknown): void
}

/**
 * listr2's default renderer, which takes title and mark of each task from a Screen, at a steady pace however many events come. It draws
 * also where stdout is no terminal, since it draws on stderr.
 */
export class ScreenRenderer extends DefaultRenderer {
  static override nonTTY = true
  readonly #tasks: ListrDefaultRendererTask[]
  readonly #columns: () => number
  readonly #screen: Screen
  readonly #marks = new Map<string, string>()
  #drawn = -FRAME
  #broken = false

  constructor(tasks: ListrDefaultRendererTask[], options: ScreenOptions, events: ListrEventManager) {
    super(tasks, options, events)
    this.#tasks = tasks
    this.#columns = options.columns
    this.#screen = options.screen
  }

  override update(): void {
    const now = performance.now()
    if (now - this.#drawn < FRAME || this.#screen.taken()) return
    this.#drawn = now
    this.#try(() => super.update())
  }

  override end(): void {
    this.#try(() => super.end())
  }

  #try(draw: () => void): void {
    if (this.#broken) return
    try {
      draw()
    } catch (error) {
      this.#broken = true
      this.#screen.failed(error)
    }
  }

  override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
    this.#refresh(this.#tasks, 0)
    return super.create(options)
  }

  protected override style(task: ListrDefaultRendererTask): string {
    return this.#marks.get(task.id) ?? ''
  }

  /** The lines come in the right width; all but the first stand below its text. */
  protected override format(message: string, icon: string, level: number): string[] {
    if (message === '') return []
    const indent = ' '.repeat(level * 2)
    return message.split('\n').map((line, index) => `${indent}${index === 0 ? icon : ' '} ${line}`)
  }

  #refresh(tasks: readonly ListrDefaultRendererTask[], level: number): void {
    for (const task of tasks) {
      const drawn = this.#screen.line(task.initialTitle ?? '')?.draw(this.#columns() - level * 2 - 2 - 1)
      task.title = drawn?.lines.join('\n') ?? ''
      this.#marks.set(task.id, drawn?.mark ?? '')
      this.#refresh(task.subtasks ?? [], level + 1)
    }
  }
}

export interface ScreenOptions extends ListrDefaultRendererOptions {
  columns: () => number
  screen: Screen
}

/** A timer for the frames that keeps no process alive. */
class Pace extends Spinner {
  #timer: NodeJS.Timeout | undefined

  override start(draw: () => void = () => {}, interval = FRAME): void {
    this.#timer = setInterval(() => {
      this.spin()
      draw()
    }, interval).unref()
  }

  override stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  override isRunning(): boolean {
    return this.#timer !== undefined
  }
}

/** Writes to the stream as it is: what others write there meanwhile is shown at once, not held back until the end. */
class Direct extends ProcessOutput {
  constructor(stream: NodeJS.WriteStream) {
    super(stream, stream, { dump: [], leaveEmptyLine: false })
  }

  override hijack(): void {}

  override release(): void {}
}

/** What the renderer is made with, and the spinner whose character titles may show. */
export function screenOptions(stream: NodeJS.WriteStream, screen: Screen): { options: ScreenOptions; spin: () => string } {
  const spinner = new Pace()
  const logger = new ListrLogger({ useIcons: true, toStderr: [], processOutput: new Direct(stream) })
  return {
    options: { screen, columns: () => stream.columns ?? 80, logger, spinner, collapseSubtasks: false, removeEmptyLines: false },
    spin: () => spinner.fetch(),
  }
}

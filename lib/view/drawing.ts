import { Listr } from 'listr2'
import type { ListrRenderer, ListrTask } from 'listr2'
import { createLogUpdate } from 'log-update'
import type { Branch } from './tree.ts'

/** A tree that is being drawn. */
export interface Drawing {
  /** What is over on this host is over in the tree. */
  settle(host: string): void
  /** Draws it for the last time and resolves. Throws what went wrong while drawing. */
  end(): Promise<void>
}

export interface DrawOptions {
  /** True while somebody else has the terminal: a passphrase is asked for. */
  taken: () => boolean
  /** Nothing stays on the screen at the end. */
  clear: boolean
}

/** A host or a step, as a task of listr2's that is over when the run says so. */
interface Node {
  branch: Branch
  nodes: Node[]
  over: PromiseWithResolvers<void>
}

/** Draws the tree, a task for each host and each of its steps, until `end`. */
export function draw(stream: NodeJS.WriteStream, branches: readonly Branch[], options: DrawOptions): Drawing {
  const hosts = branches.map(nodeOf)
  const frames = new Frames(stream, branches, options)
  const list = new Listr(hosts.map(taskOf), {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    renderer: rendererOf(frames),
  })
  const byHost = new Map(hosts.map((node) => [node.branch.key, node]))
  const finished = branches.length === 0 ? Promise.resolve() : list.run()
  finished.catch(() => {})
  return {
    settle(host) {
      const node = byHost.get(host)
      if (node !== undefined) settle(node, ({ branch }) => branch.isOver())
    },
    async end() {
      for (const node of hosts) settle(node, () => true)
      await finished
      if (frames.failure !== undefined) throw frames.failure
    },
  }
}

const nodeOf = (branch: Branch): Node => ({
  branch,
  nodes: branch.branches.map(nodeOf),
  over: Promise.withResolvers<void>(),
})

const taskOf = ({ branch, nodes, over }: Node): ListrTask => ({
  title: branch.key,
  task: (_context, wrapper) => (nodes.length === 0 ? over.promise : wrapper.newListr(nodes.map(taskOf), { concurrent: true })),
})

function settle(node: Node, isOver: (node: Node) => boolean): void {
  if (isOver(node)) node.over.resolve()
  for (const each of node.nodes) settle(each, isOver)
}

/** listr2 starts and ends a renderer with its tasks. Also where stdout is no terminal, since it draws on stderr. */
function rendererOf(frames: Frames) {
  return class implements ListrRenderer {
    static nonTTY = true
    static rendererOptions = {}
    static rendererTaskOptions = {}
    render = () => frames.start()
    end = () => frames.end()
  }
}

/** Milliseconds between two frames: a steady pace, however many events come. */
const FRAME = 80
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** The tree as text, frame after frame. log-update: what listr2 draws with as well; it rewrites only the lines that changed. */
class Frames {
  failure: unknown
  readonly #stream: NodeJS.WriteStream
  readonly #branches: readonly Branch[]
  readonly #options: DrawOptions
  readonly #update: ReturnType<typeof createLogUpdate>
  #timer: NodeJS.Timeout | undefined
  #count = 0

  constructor(stream: NodeJS.WriteStream, branches: readonly Branch[], options: DrawOptions) {
    this.#stream = stream
    this.#branches = branches
    this.#options = options
    this.#update = createLogUpdate(stream)
  }

  start(): void {
    this.#timer = setInterval(() => this.#next(), FRAME).unref()
    this.#next()
  }

  end(): void {
    clearInterval(this.#timer)
    this.#try(() => {
      this.#update.clear()
      this.#update.done()
      if (!this.#options.clear) this.#stream.write(`${this.#text()}\n`)
    })
  }

  #next(): void {
    if (this.#options.taken()) return
    this.#count++
    this.#try(() => this.#update(this.#text()))
  }

  /** An error in a timer of its own would end the process: nothing more is drawn after one. */
  #try(drawing: () => void): void {
    if (this.failure !== undefined) return
    try {
      drawing()
    } catch (error) {
      this.failure = error
      clearInterval(this.#timer)
    }
  }

  #text(): string {
    return this.#branches.flatMap((branch) => this.#lines(branch, 0)).join('\n')
  }

  /** The lines come in the right width; all but the first stand below its text. */
  #lines(branch: Branch, level: number): string[] {
    const indent = ' '.repeat(level * 2)
    const width = (this.#stream.columns ?? 80) - indent.length - 3
    const spin = SPINNER[this.#count % SPINNER.length] ?? ''
    const drawn = branch.draw({ width, now: performance.now(), spin })
    if (drawn === undefined) return branch.branches.flatMap((each) => this.#lines(each, level + 1))
    const own = drawn.lines
      .flatMap((text) => text.split('\n'))
      .map((text, index) => `${indent}${index === 0 ? drawn.mark : ' '} ${text}`)
    return [...own, ...branch.branches.flatMap((each) => this.#lines(each, level + 1))]
  }
}

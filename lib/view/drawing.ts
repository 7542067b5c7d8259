import { Listr } from 'listr2'
import type { ListrTask } from 'listr2'
import { ScreenRenderer, screenOptions } from './screen.ts'
import type { Branch } from './tree.ts'

/** A tree that is being drawn. */
export interface Drawing {
  /** Draws it for the last time and resolves. Throws what went wrong while drawing. */
  end(): Promise<void>
}

export interface DrawOptions {
  /** True while somebody else has the terminal. */
  taken: () => boolean
  /** Nothing stays on the screen at the end. */
  clear: boolean
}

/** Draws the tree until `end`. listr2's tasks do nothing here but wait for that: they show a run, they don't drive it. */
export function draw(stream: NodeJS.WriteStream, branches: readonly Branch[], { taken, clear }: DrawOptions): Drawing {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const byKey = new Map<string, Branch>()
  const failures: unknown[] = []
  const { options, spin } = screenOptions(stream, {
    taken,
    failed: (error) => failures.push(error),
    line: (key) => {
      const branch = byKey.get(key)
      return (
        branch && { draw: (width) => branch.draw({ width, now: performance.now(), spin: spin() }) ?? { mark: '', lines: [] } }
      )
    },
  })
  const taskOf = (branch: Branch): ListrTask => {
    byKey.set(branch.key, branch)
    const tasks = branch.branches.map(taskOf)
    return {
      title: branch.key,
      task: (_context, wrapper) => (tasks.length === 0 ? ended : wrapper.newListr(tasks, { concurrent: true })),
    }
  }
  const list = new Listr(branches.map(taskOf), {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    renderer: ScreenRenderer,
    rendererOptions: { ...options, clearOutput: clear },
  })
  const finished = branches.length === 0 ? Promise.resolve() : list.run()
  finished.catch(() => {})
  return {
    async end() {
      resolve()
      await finished
      if (failures.length > 0) throw failures[0]
    },
  }
}

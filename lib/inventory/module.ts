import { pathToFileURL } from 'node:url'
import { InventoryError } from './error.ts'
import { kind } from './messages.ts'
import { plainCopy } from './plain-copy.ts'

/** Seconds that a module may take to load. */
const LIMIT = 30

/** A module's default export, as plain data. Throws an InventoryError, also where the module never ends, or ends the process. */
export async function readModule(file: string, limit = LIMIT): Promise<unknown> {
  const module = await guarded(file, limit)
  if (module.default === undefined)
    throw new InventoryError(file, ['has no default export; end it with: export default { hosts, boxes, projects }'])
  if (typeof module.default === 'function' || module.default instanceof Promise) {
    throw new InventoryError(file, [
      `its default export is ${kind(module.default)}; it needs the object itself: export default { hosts, boxes, projects }`,
    ])
  }
  return plainCopy(module.default, file)
}

/** Imports it. While it loads, its `process.exit()` is an error of the inventory, and so is what nobody catches. */
async function guarded(file: string, limit: number): Promise<{ default?: unknown }> {
  const { promise: failed, reject } = Promise.withResolvers<never>()
  const fail = (problem: string) => {
    const error = new InventoryError(file, [problem])
    reject(error)
    return error
  }
  const timer = setTimeout(() => fail(`is not loaded after ${limit} s: it waits for something (a top-level await)`), limit * 1000)
  // A module that waits for nothing that could happen must not keep anybody for the whole time.
  timer.unref()
  const onIdle = () => fail('never ends: it waits for a promise that nothing can settle (a top-level await)')
  const onError = (error: unknown) => error instanceof InventoryError || fail(importProblem(error))
  // oxlint-disable-next-line typescript/unbound-method -- it is put back as it was
  const { exit } = process
  process.exit = (code) => {
    throw fail(`calls process.exit(${code ?? ''}) while it is loaded; it must only export its data`)
  }
  process.on('beforeExit', onIdle).on('uncaughtException', onError)
  try {
    const importing = import(pathToFileURL(file).href) as Promise<{ default?: unknown }>
    return await Promise.race([importing, failed])
  } catch (error) {
    // Without the error as its cause, which would show the source when inspected.
    throw error instanceof InventoryError ? error : new InventoryError(file, [importProblem(error)])
  } finally {
    clearTimeout(timer)
    process.off('beforeExit', onIdle).off('uncaughtException', onError)
    process.exit = exit
  }
}

/** A syntax error's own text quotes the source, where a secret may stand; so only its place is told. */
function importProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'could not be loaded: it throws something that is no Error'
  const { name, message, stack = '' } = error
  const code = 'code' in error ? error.code : undefined
  const line = /^(?:file:\/\/)?(\S+?):(\d+)\n/.exec(stack)
  const place = line === null ? '' : ` in line ${line[2]} of ${decodeURIComponent(line[1] ?? '')}`
  if (name === 'SyntaxError' || code === 'ERR_INVALID_TYPESCRIPT_SYNTAX')
    return `there is a syntax error${place}; running the file itself with node shows it`
  return `could not be loaded: ${message.split('\n')[0]}`
}

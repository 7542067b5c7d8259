import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InventoryError } from './error.ts'
import { JsonError, parseJson } from './json.ts'
import { kind } from './messages.ts'

const MODULES = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.cts']
const ANOTHER = 'name another with --inventory FILE or BITACORA_INVENTORY'

/** What an inventory file holds, unchecked: a JSON document, or a module's default export. Throws an InventoryError. */
export async function readSource(file: string): Promise<unknown> {
  const problem = await stat(file).then(
    (found) => (found.isDirectory() ? `is a folder, not a file; ${ANOTHER}` : undefined),
    (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ENOTDIR' ? `there is no such file; ${ANOTHER}` : unreadable(error),
  )
  if (problem !== undefined) throw new InventoryError(file, [problem])
  const extension = extname(file).toLowerCase()
  if (extension === '.json') return readJson(file)
  if (MODULES.includes(extension)) return readModule(file)
  throw new InventoryError(file, [`is neither JSON (.json) nor a module (${MODULES.join(' ')}); ${ANOTHER}`])
}

async function readJson(file: string): Promise<unknown> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new InventoryError(file, [unreadable(error)])
  })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InventoryError(file, ['is not UTF-8 text; save it as UTF-8'])
  }
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    throw new InventoryError(file, [`line ${error.line}, column ${error.column}: ${error.message}`])
  }
}

async function readModule(file: string): Promise<unknown> {
  let module: { default?: unknown }
  try {
    module = (await import(pathToFileURL(file).href)) as { default?: unknown }
  } catch (error) {
    // Without the error as its cause, which would show the source when inspected.
    throw new InventoryError(file, [importProblem(error)])
  }
  if (module.default === undefined)
    throw new InventoryError(file, ['has no default export; end it with: export default { hosts, boxes, projects }'])
  if (typeof module.default === 'function' || module.default instanceof Promise) {
    throw new InventoryError(file, [
      `its default export is ${kind(module.default)}; it needs the object itself: export default { hosts, boxes, projects }`,
    ])
  }
  return module.default
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

function unreadable(error: NodeJS.ErrnoException): string {
  return `cannot be read (${error.code}): see its owner and mode with ls -l, or ${ANOTHER}`
}

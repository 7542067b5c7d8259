import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { InventoryError } from './error.ts'
import { JsonError, parseJson } from './json.ts'
import { readModule } from './module.ts'

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

function unreadable(error: NodeJS.ErrnoException): string {
  return `cannot be read (${error.code}): see its owner and mode with ls -l, or ${ANOTHER}`
}

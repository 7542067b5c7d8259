import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { ROOT } from './lab.ts'
import { LabError } from './process.ts'
import { putFile } from './script.ts'

const SOURCE = join(ROOT, 'test/fixtures/onquota')

/** Lines of sh that put the backend's code into a folder of the host. */
export async function backendFiles(folder: string): Promise<string> {
  if (!existsSync(join(SOURCE, 'alembic.ini'))) throw new LabError(`${SOURCE} has no alembic.ini; the hosts need a schema to migrate`)
  const entries = await readdir(SOURCE, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const wanted = files.filter((file) => !file.includes('__pycache__')).sort()
  const lines = await Promise.all(
    wanted.map(async (file) => putFile({ path: `${folder}/${relative(SOURCE, file)}`, content: await readFile(file), mode: '0644' })),
  )
  return lines.join('\n')
}

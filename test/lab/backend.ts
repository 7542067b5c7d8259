import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { ArchivedFile } from './archive.ts'
import { ROOT } from './lab.ts'
import { LabError } from './process.ts'

const SOURCE = join(ROOT, 'test/fixtures/onquota')

/** The backend's code, as files of a folder of the host. */
export async function backendFiles(folder: string): Promise<ArchivedFile[]> {
  if (!existsSync(join(SOURCE, 'alembic.ini')))
    throw new LabError(`${SOURCE} has no alembic.ini; the hosts need a schema to migrate`)
  const entries = await readdir(SOURCE, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const wanted = files.filter((file) => !file.includes('__pycache__')).toSorted()
  return Promise.all(
    wanted.map(async (file) => ({ path: `${folder}/${relative(SOURCE, file)}`, content: await readFile(file), mode: 0o644 })),
  )
}

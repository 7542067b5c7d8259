import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../../fixtures/everything/', import.meta.url))

/** The fixture's files in their order, one subject each, as one text for psql. */
export async function everything(): Promise<string> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).toSorted()
  const texts = await Promise.all(names.map((name) => readFile(FOLDER + name, 'utf8')))
  return texts.join('RESET ROLE;\n')
}

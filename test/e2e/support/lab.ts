import type { TestProject } from 'vitest/node'
import { down, up } from '../../lab/index.ts'

/** One lab for all end-to-end files, up before the first and gone after the last. */
export default async function setup(_project: TestProject): Promise<() => Promise<void>> {
  process.env['BITACORA_LAB'] ??= 'test'
  const name = process.env['BITACORA_LAB']
  const say = (line: string) => process.stderr.write(`lab ${name}: ${line}\n`)
  await up(name, say)
  return () => down(name, say)
}

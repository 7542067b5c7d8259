import { down, up } from '../../lab/index.ts'

/** One lab for all end-to-end files: up before the first, gone after the last. One that BITACORA_LAB names is somebody's own, and stays. */
export default async function setup(): Promise<() => Promise<void>> {
  const own = process.env['BITACORA_LAB']
  const name = own ?? 'test'
  process.env['BITACORA_LAB'] = name
  const say = (line: string) => process.stderr.write(`lab ${name}: ${line}\n`)
  await up(name, say)
  return async () => {
    if (own === undefined) await down(name, say)
  }
}

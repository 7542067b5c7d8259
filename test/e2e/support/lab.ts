import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { up } from '../../lab/index.ts'
import { takeDown } from './take-down.ts'
import { labs } from './workers.ts'

const TAKE_DOWN = fileURLToPath(new URL('take-down.ts', import.meta.url))

/** A lab for each worker: up before the first file, gone after the last. One that BITACORA_LAB names is somebody's own, and stays. */
export default async function setup(): Promise<() => Promise<void>> {
  const names = labs()
  const kept = process.env['BITACORA_LAB'] !== undefined
  const say = (line: string) => process.stderr.write(`lab: ${line}\n`)
  // Ctrl-C ends vitest at once, without its teardown: then a process of its own does that.
  const atExit = () => {
    say(`stopped; taking ${names.join(' and ')} down, for some seconds more`)
    spawn(process.execPath, [TAKE_DOWN, ...names], { detached: true, stdio: ['ignore', 'ignore', 'inherit'] }).unref()
  }
  if (!kept) process.once('exit', atExit)
  // Images are made once: the second waits for the first, and finds them.
  const coming = names.map((name) => up(name, (line) => say(`${name}: ${line}`)))
  await Promise.allSettled(coming)
  await Promise.all(coming)
  return async () => {
    if (kept) return
    await takeDown(names, say)
    process.off('exit', atExit)
  }
}

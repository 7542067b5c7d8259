import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { processStart } from './process-start.ts'

it('tells the start of a process that runs', () => {
  expect(processStart(process.pid)).toMatch(/^\d+$/)
})

it('takes one that has ended, and that its parent has not asked about, for gone', async () => {
  // The child ends when its input does; by then its parent has become sleep, which never asks.
  const parent = spawn('sh', ['-c', 'exec 3<&0; cat <&3 & echo $!; exec sleep 600'], { stdio: ['pipe', 'pipe', 'ignore'] })
  onTestFinished(() => void parent.kill())
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const child = Number(String(line))
  await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8'), { timeout: 60_000 }).toBe('sleep\n')
  expect(processStart(child)).toMatch(/^\d+$/)
  parent.stdin.end()
  await expect.poll(() => readFileSync(`/proc/${child}/stat`, 'utf8'), { timeout: 60_000 }).toMatch(/\) Z /)
  expect(processStart(child)).toBeUndefined()
})

it('knows nothing of a number that no process has', () => {
  expect(processStart(2 ** 22 + 1)).toBeUndefined()
})

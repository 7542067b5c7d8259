import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Stopped, stoppedBy, untilStopped } from '../../lib/run/stop.ts'

const never = new Promise<never>(() => {})

test('without a stop the promise is what it is', async () => {
  expect(await untilStopped(Promise.resolve(1), undefined)).toBe(1)
  expect(await untilStopped(Promise.resolve(1), new AbortController().signal)).toBe(1)
  await expect(untilStopped(Promise.reject(new Error('x')), new AbortController().signal)).rejects.toThrow('x')
})

test('a stop rejects with its reason, before as well as during', async () => {
  const controller = new AbortController()
  const waiting = untilStopped(never, controller.signal)
  controller.abort(new Stopped('SIGTERM'))
  await expect(waiting).rejects.toThrow('stopped by SIGTERM')
  await expect(untilStopped(never, controller.signal)).rejects.toThrow('stopped by SIGTERM')
})

test('work that ends by itself within its time after a stop keeps its own result', async () => {
  const controller = new AbortController()
  const { promise, resolve } = Promise.withResolvers<string>()
  const waiting = untilStopped(promise, controller.signal, () => {
    resolve('its own')
    return 60_000
  })
  controller.abort(new Stopped('SIGINT'))
  expect(await waiting).toBe('its own')
})

test.each([
  ['SIGINT', 130, 'stopped by Ctrl-C (SIGINT)'],
  ['SIGTERM', 143, 'stopped by SIGTERM'],
  ['SIGHUP', 129, 'stopped by SIGHUP'],
] as const)('%s gives %i, as shells have it', (signal, code, message) => {
  expect(new Stopped(signal)).toMatchObject({ by: signal, exitCode: code, message })
})

test('a program stops a run by its own signal, before as well as during', () => {
  const controller = new AbortController()
  const during = stoppedBy(controller.signal)
  expect(during.aborted).toBe(false)
  controller.abort()
  for (const signal of [during, stoppedBy(controller.signal)])
    expect(signal.reason).toMatchObject({ by: 'caller', exitCode: 1, message: 'stopped by the program that ran it' })
  const own = new Stopped('SIGINT')
  expect(stoppedBy(AbortSignal.abort(own)).reason).toBe(own)
})

/** A process that listens, says what stopped it, and does `body`. */
function listening(
  body: string,
  signal?: NodeJS.Signals,
  times = 1,
): Promise<{ code: number | null; signal: string | null; out: string }> {
  const script = `import { ProcessStop } from ${JSON.stringify(join(process.cwd(), 'lib/run/stop.ts'))}
    const stop = new ProcessStop()
    stop.listen()
    const said = (why) => console.log(stop.signal.reason.message + ' ' + (why ?? ''))
    const stopped = new Promise((resolve) => stop.signal.addEventListener('abort', resolve))
    const alive = setTimeout(() => {}, 60_000)
    console.log('ready')
    ${body}`
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      const ready = out === '' || (times > 1 && out.includes('again'))
      out += chunk.toString()
      if (ready || (times > 1 && chunk.includes('again'))) if (signal !== undefined) child.kill(signal)
    })
    child.on('close', (code, by) => resolve({ code, signal: by, out }))
  })
}

test('the first signal stops the run, which ends by itself', async () => {
  const ended = await listening('await stopped; said(); clearTimeout(alive); stop.release()', 'SIGTERM')
  expect(ended).toEqual({ code: 0, signal: null, out: 'ready\nstopped by SIGTERM \n' })
})

test('a second signal ends the process at once', async () => {
  const body = 'await stopped; setTimeout(() => console.log("again"), 600)'
  expect(await listening(body, 'SIGINT', 2)).toMatchObject({ code: 130, signal: null })
})

test('an error that nobody caught, and a wait for nothing, stop the run as well', async () => {
  const caught = 'setTimeout(() => { throw new Error("odd") }); await stopped; said(); clearTimeout(alive); stop.release()'
  expect((await listening(caught)).out).toBe('ready\nstopped by an error in this program: odd \n')
  const idle = 'clearTimeout(alive); await stopped; said(); stop.release()'
  expect((await listening(idle)).out).toBe(
    'ready\nstopped by an error in this program: it waits for something that never comes \n',
  )
})

test('before it listens and after it was released, a signal does what it always does', async () => {
  expect(await listening('stop.release(); console.log("again")', 'SIGTERM', 2)).toMatchObject({ code: null, signal: 'SIGTERM' })
})

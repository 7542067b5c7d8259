import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { LabError } from './process.ts'

/** Waits until an SSH server greets on that port of 127.0.0.1; a LabError after `seconds`. */
export async function untilSshAnswers(port: number, seconds = 120): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await greets(port, Math.max(deadline - performance.now(), 1)))) {
    if (performance.now() >= deadline) throw new LabError(`no SSH server answers on 127.0.0.1:${port} after ${seconds} s`)
    await pause(50)
  }
}

/** True when the first bytes that come are an SSH server's. */
export function greets(port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (value: boolean) => {
      socket.destroy()
      resolve(value)
    }
    socket.setTimeout(timeoutMs, () => end(false))
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
    socket.once('data', (data) => end(data.toString('latin1').startsWith('SSH-')))
  })
}

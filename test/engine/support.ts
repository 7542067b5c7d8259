import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fact } from '../../lib/engine/fact.ts'
import { LOCK_FILE } from '../../lib/engine/lock.ts'
import type { Machine, RunResult } from '../../lib/engine/machine.ts'
import type { Answer } from '../../lib/engine/answer.ts'
import type { Change, Step } from '../../lib/engine/step.ts'
import { sh } from '../../lib/text/sh.ts'
import type { Script } from '../../lib/text/sh.ts'

/** Runs scripts by a real shell on this machine. `lockFile` stands in for the host's, which only root could write. */
export function localMachine(lockFile = '/nonexistent/lock', shell = 'sh'): Machine & { scripts: string[] } {
  const scripts: string[] = []
  return {
    scripts,
    run: (script, { deadline, onStdout, onStderr, isEnded }) =>
      new Promise<RunResult>((resolve, reject) => {
        const text = script.reveal().replaceAll(LOCK_FILE, lockFile)
        scripts.push(text)
        const child = spawn(shell, ['-s'], { timeout: deadline * 1000 })
        const take = (hand: (chunk: Buffer) => void) => (chunk: Buffer) => {
          try {
            hand(chunk)
            if (isEnded()) resolve({ code: 0 })
          } catch (error) {
            reject(error)
          }
        }
        child.stdout.on('data', take(onStdout))
        child.stderr.on('data', take(onStderr))
        child.on('error', reject)
        child.on('close', (code) => resolve({ code }))
        // A shell that ended early reads no more.
        child.stdin.on('error', () => {})
        child.stdin.end(text)
      }),
  }
}

/** All that a script of its own prints. */
export async function printed(machine: Machine, script: Script): Promise<RunResult & { stdout: string; stderr: string }> {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
  const { code } = await machine.run(script, {
    deadline: 20,
    onStdout: (chunk) => stdout.push(chunk),
    onStderr: (chunk) => stderr.push(chunk),
    isEnded: () => false,
  })
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
}

/** Waits until a file is there that the test makes, a minute at most: a script goes on only when what it did has been seen. */
export const awaits = (path: string): Script =>
  sh`n=0; until [ -e ${path} ] || [ "$n" -ge 6000 ]; do n=$((n + 1)); sleep 0.01; done`

/** A frame as a host sends it: its id, its status, what came before it on stdout, and on stderr. */
export type Sent = readonly [id: string, status: string | number, out?: string, err?: string]

/** The two streams that hold these frames. */
export function streams(nonce: string, frames: readonly Sent[]): { stdout: string; stderr: string } {
  const stream = (index: 2 | 3) => frames.map((frame) => `${frame[index] ?? ''}\n${nonce} ${frame[0]} ${frame[1]}\n`).join('')
  return { stdout: stream(2), stderr: stream(3) }
}

/**
 * Answers each script with prepared frames, whatever it says. A stream is handed over in pieces of `piece` bytes, after the whole of stderr.
 */
export function scriptedMachine(
  reply: (script: Script, run: number) => { frames: readonly Sent[]; code?: number | null; tail?: string },
  piece = Number.MAX_SAFE_INTEGER,
): Machine & { scripts: Script[] } {
  const scripts: Script[] = []
  return {
    scripts,
    async run(script, { onStdout, onStderr }) {
      scripts.push(script)
      await pause(0)
      const nonce = /bitacora-[0-9a-f]{32}/.exec(script.text)?.[0] ?? 'none'
      const { frames, code = 0, tail = '' } = reply(script, scripts.length)
      const said = streams(nonce, frames)
      const [stdout, stderr] = [Buffer.from(said.stdout), Buffer.from(said.stderr + tail)]
      onStderr(stderr)
      for (let at = 0; at < stdout.length; at += piece) onStdout(stdout.subarray(at, at + piece))
      return { code }
    },
  }
}

/** A step of the host itself with fixed changes and no facts. */
export function fixed(name: string, changes: readonly Change[] = [], needs: readonly string[] = []): Step {
  return { project: null, name, needs, facts: {}, plan: () => [...changes] }
}

/** Answers by fact, as `read` gives them. */
export function answers(pairs: readonly (readonly [Fact<unknown>, Answer])[]): Map<Fact<unknown>, Answer> {
  return new Map(pairs)
}

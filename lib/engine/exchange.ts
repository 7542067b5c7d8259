import { Script, sh } from '../text/sh.ts'
import { FrameReader, prologue } from './frames.ts'
import type { Frame, FrameOptions } from './frames.ts'
import type { Machine } from './machine.ts'
import { lineSplitter } from '../text/lines.ts'

export interface ExchangeOptions extends Pick<FrameOptions, 'most'>, Partial<Pick<FrameOptions, 'total'>> {
  nonce: string
  /** Seconds until the connection is given up. */
  deadline: number
  /** A frame of stdout, as it comes. */
  onFrame?: (frame: Frame) => void
  /** A line of output, as it comes. `after` is the last frame that its stream had ended before it. */
  onLine?: (line: string, after: string, stream: 'stdout' | 'stderr') => void
}

export interface Exchanged {
  out: FrameReader
  err: FrameReader
  /** Null when the end was never seen. */
  code: number | null
}

/**
 * Runs a script that answers in frames. It is over when its last frame has come on both streams: a process that it left behind, and that
 * has them open still, is not waited for.
 */
export async function exchange(machine: Machine, script: Script, options: ExchangeOptions): Promise<Exchanged> {
  const { nonce, onFrame, onLine } = options
  const limits = { most: options.most, ...(options.total === undefined ? {} : { total: options.total }) }
  const out = new FrameReader(nonce, { ...limits, onFrame })
  const err = new FrameReader(nonce, limits)
  const linesOf = (stream: 'stdout' | 'stderr') => {
    let after = ''
    return lineSplitter((line) => {
      if (line.startsWith(`${nonce} `)) after = line.split(' ')[1] ?? ''
      else onLine?.(line, after, stream)
    })
  }
  const [outLines, errLines] = [linesOf('stdout'), linesOf('stderr')]
  const { code } = await machine.run(Script.join([prologue(nonce), script, sh`e end 0\n`]), {
    deadline: options.deadline,
    onStdout(chunk) {
      out.push(chunk)
      if (onLine !== undefined) outLines(chunk)
    },
    onStderr(chunk) {
      err.push(chunk)
      if (onLine !== undefined) errLines(chunk)
    },
    isEnded: () => out.has('end') && err.has('end'),
  })
  return { out, err, code }
}

import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/**
 * A way to ask the person at the terminal; undefined where there is none. What is typed in answer to a hidden question isn't shown.
 * The answer is the line as typed; empty when the input ends.
 */
export function askPerson(): ((question: string, hidden: boolean) => Promise<string>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
  return async (question, hidden) => {
    process.stderr.write(question)
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    const lines = createInterface({ input: process.stdin, output: hidden ? silent : process.stderr, terminal: hidden })
    try {
      return await new Promise<string>((resolve) => {
        lines.once('line', resolve)
        lines.once('close', () => resolve(''))
      })
    } finally {
      lines.close()
      if (hidden) process.stderr.write('\n')
    }
  }
}

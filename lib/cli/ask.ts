import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/**
 * A way to ask the person at the terminal; undefined where there is none. What is typed in answer to a hidden question isn't shown.
 * The answer is the line as typed; empty when the input ends. Ctrl-C is no answer: it stops the run, as everywhere else.
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
        // A terminal in raw mode gives a key, not a signal. The question then stays open until the run is given up.
        lines.once('SIGINT', () => {
          lines.removeAllListeners('close')
          process.kill(process.pid, 'SIGINT')
        })
      })
    } finally {
      lines.close()
      if (hidden) process.stderr.write('\n')
    }
  }
}

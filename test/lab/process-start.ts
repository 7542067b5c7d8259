import { readFileSync } from 'node:fs'

/**
 * When a process began, in clock ticks since the machine's start: another process of that number has another. Undefined where
 * no process has the number, and where it has ended and only its parent has not asked how: /proc still lists such a one.
 */
export function processStart(pid: number): string | undefined {
  try {
    // The second field is a name in brackets, of any characters; after it the state, and the start as the twentieth (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return /^[ZX]$/i.test(fields[0]!) ? undefined : fields[19]
  } catch {
    return undefined
  }
}

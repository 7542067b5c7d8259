import { shellCommands } from './shell-commands.ts'
import type { Command } from './shell-commands.ts'

/** Words before a program that only change how it runs: how many of their own arguments an option takes, and how many words come before it. */
const WRAPPERS: Record<string, { takes: string; before?: number }> = {
  nice: { takes: 'n' },
  ionice: { takes: 'cn' },
  nohup: { takes: '' },
  setsid: { takes: '' },
  exec: { takes: '' },
  command: { takes: '' },
  chronic: { takes: '' },
  env: { takes: 'uC' },
  timeout: { takes: 'ks', before: 1 },
  flock: { takes: 'wEc', before: 1 },
  sudo: { takes: 'ugCDph' },
  runuser: { takes: 'ugGsc', before: 1 },
  su: { takes: 'ugGsc', before: 1 },
  'systemd-cat': { takes: 'tp' },
  sshpass: { takes: 'pfdP' },
}
/** Options with which a wrapper runs something else, or elsewhere. */
const ELSEWHERE: Record<string, RegExp> = {
  sudo: /^(?:-[nHEPSbA]*[hRieK]|--(?:host|chroot|login|edit))/,
  env: /^(?:-S|--split)/,
}
const SHELLS = /^(?:(?:\/usr)?\/bin\/)?(?:ba|da|z|k)?sh$/

/** The programs that shell text starts, without what only wraps them: `nice -n 19 bash /x.sh` is `/x.sh`. */
export function startedPrograms(text: string): Command[] {
  return shellCommands(text).flatMap((command) => unwrap(command, 0))
}

function unwrap(command: Command, depth: number): Command[] {
  const [first] = command.words
  if (first === undefined || depth > 8) return [command]
  const name = first.replace(/^(?:\/usr)?\/bin\//, '')
  const isShell = SHELLS.test(first)
  const wrapper = isShell ? { takes: 'co' } : WRAPPERS[name]
  if (wrapper === undefined) return [command]
  const assigned = [...command.assigned]
  let rest = command.words.slice(1)
  let before = wrapper.before ?? 0
  let inner: string | undefined
  for (let word = rest[0]; word !== undefined; word = rest[0]) {
    const assignment = name === 'env' || name === 'sudo' ? /^([A-Za-z_]\w*)=(.*)$/s.exec(word) : null
    if (assignment !== null) assigned.push([assignment[1]!, assignment[2]!])
    else if (ELSEWHERE[name]?.test(word)) return [command]
    else if (word.startsWith('-')) {
      // The value of an option may follow it in the same word.
      const last = word.startsWith('--')
        ? '='
        : (word
            .slice(1)
            .split('')
            .find((letter) => wrapper.takes.includes(letter)) ?? word.at(-1)!)
      const takes = word.length > 1 && wrapper.takes.includes(last) && word.endsWith(last)
      if (name === 'runuser' && last === 'u') before = 0
      if (takes && last === 'c' && (isShell || ['su', 'runuser', 'flock'].includes(name))) inner = rest[1]
      else if (word === '--command') inner = rest[1]
      if (takes || word === '--command') rest = rest.slice(1)
    } else if (before > 0) before--
    else break
    rest = rest.slice(1)
  }
  if (inner !== undefined)
    return shellCommands(inner).flatMap((each) => unwrap(within({ ...command, assigned }, each), depth + 1))
  return rest.length === 0 ? [{ ...command, words: [first], assigned }] : unwrap({ ...command, words: rest, assigned }, depth + 1)
}

/** A command of the text that another runs: what the other reads and writes is its own, where it has none. */
function within(outer: Command, inner: Command): Command {
  const assigned = [...outer.assigned, ...inner.assigned]
  return { ...outer, ...inner, assigned, redirects: [...inner.redirects, ...outer.redirects] }
}

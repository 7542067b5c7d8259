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
  'systemd-run': { takes: 'pu' },
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
    else if (word.startsWith('-')) {
      const last = word.startsWith('--') ? '=' : word.at(-1)!
      const takes = wrapper.takes.includes(last) && word.length > 1
      if (name === 'runuser' && last === 'u') before = 0
      if (takes && last === 'c' && (isShell || ['su', 'runuser', 'flock'].includes(name))) inner = rest[1]
      else if (word === '--command') inner = rest[1]
      if (takes || word === '--command') rest = rest.slice(1)
    } else if (before > 0) before--
    else break
    rest = rest.slice(1)
  }
  if (inner !== undefined)
    return shellCommands(inner).flatMap((each) =>
      unwrap({ words: each.words, assigned: [...assigned, ...each.assigned] }, depth + 1),
    )
  return rest.length === 0 ? [{ words: [first], assigned }] : unwrap({ words: rest, assigned }, depth + 1)
}

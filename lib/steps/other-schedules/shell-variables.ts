import type { Variables } from './dump-command.ts'
import { startedPrograms } from './started-programs.ts'

/** NAME=value lines, `export` and its like, `for NAME in …`. */
export function assignmentsOf(text: string): (readonly [string, string])[] {
  const commands = startedPrograms(text)
  return commands.flatMap(({ words, assigned }) => {
    const loop = words[0] === 'for' && words[2] === 'in' ? words.slice(3).map((value) => [words[1]!, value] as const) : []
    const declared = /^(?:export|readonly|local|declare|typeset)$/.test(words[0] ?? '')
      ? words.flatMap((word) => {
          const match = /^([A-Za-z_]\w*)=(.*)$/s.exec(word)
          return match === null ? [] : [[match[1]!, match[2]!] as const]
        })
      : []
    return [...assigned.map(([name, value]) => [name, value] as const), ...loop, ...declared]
  })
}

export function variablesOf(pairs: readonly (readonly [string, string])[]): Variables {
  const variables = new Map<string, Set<string>>()
  for (const [name, value] of pairs) variables.set(name, (variables.get(name) ?? new Set()).add(value))
  return variables
}

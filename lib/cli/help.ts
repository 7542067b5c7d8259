import { wrap } from '../format/wrap.ts'
import { flagOf } from '../run/option.ts'
import type { Options } from '../run/option.ts'
import type { Verb } from '../run/verb.ts'
import { COMMON } from './common.ts'

const WIDTH = 140
const LONGEST_FLAG = 24

/** What `--help` prints; `command` is how the verb is called. */
export function helpOf(verb: Verb, command: string): string {
  const usage = verb.usage.map((form, index) => `${index === 0 ? 'Usage:' : '      '} ${command} ${form}`)
  return [
    ...usage,
    '',
    ...wrap(verb.help, WIDTH),
    ...section(verb.options),
    '',
    'Options of all verbs:',
    ...optionLines(COMMON),
    ...line('--json', 'one JSON document on stdout, progress on stderr is off'),
    ...line('-h, --help', 'this text'),
  ].join('\n')
}

const section = (options: Options) => (Object.keys(options).length === 0 ? [] : ['', ...optionLines(options)])

const optionLines = (options: Options) =>
  Object.entries(options).flatMap(([name, { placeholder, help }]) =>
    line(placeholder === undefined ? flagOf(name) : `${flagOf(name)} ${placeholder}`, help),
  )

function line(flag: string, help: string): string[] {
  const [first = '', ...rest] = wrap(help, WIDTH - LONGEST_FLAG - 2)
  const start =
    flag.length < LONGEST_FLAG
      ? [`  ${flag.padEnd(LONGEST_FLAG)}${first}`]
      : [`  ${flag}`, `${' '.repeat(LONGEST_FLAG + 2)}${first}`]
  return [...start, ...rest.map((text) => `${' '.repeat(LONGEST_FLAG + 2)}${text}`)]
}

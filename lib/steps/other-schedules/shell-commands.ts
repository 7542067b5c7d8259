import { TooIntricateError, tokens } from './shell-tokens.ts'
import type { Reading } from './shell-tokens.ts'

/** Stands for the pipe between two commands. */
export type Pipe = object

/** Where a command reads or writes. `output`: what it prints goes there, rather than its messages or what it reads. */
export interface Redirect {
  operator: string
  target: string
  output: boolean
}

/** A simple command of a shell script: its words without their quotes, `$NAME` as it stands, and the variables set in front of it. */
export interface Command {
  words: string[]
  assigned: [name: string, value: string][]
  redirects: Redirect[]
  /** The pipe that it reads, and the one that it writes into. */
  from?: Pipe
  into?: Pipe
  /** The text of its here-documents. */
  input?: string
  /** It is the name of a function, where that is defined. */
  defines?: true
}

const KEYWORDS = new Set([
  'if',
  'then',
  'elif',
  'else',
  'fi',
  'while',
  'until',
  'do',
  'done',
  'esac',
  '!',
  '{',
  '}',
  'time',
  'function',
  ';;',
])

/**
 * The simple commands of shell text, those within `$(…)` and backquotes included. An estimate that never runs anything: it knows quotes,
 * comments, redirections, pipes and here-documents, but not `case` patterns, arrays or `eval`.
 */
export function shellCommands(text: string, depth = 0): Command[] {
  const commands: Command[] = []
  const reading: Reading = { inner: [], left: 50 * text.length + 10_000 }
  let command: Command = { words: [], assigned: [], redirects: [] }
  let redirect: Omit<Redirect, 'target'> | undefined
  const waiting: Command[] = []
  const end = (operator: string) => {
    const { words, assigned, redirects } = command
    if (operator === '(' && words.length === 1) command.defines = true
    // A pipe goes on in the next line.
    if (operator === '\n' && words.length === 0 && command.from !== undefined) return
    const isSomething = words.length > 0 || assigned.length > 0 || redirects.some((each) => !isCopy(each))
    if (isSomething) commands.push(command)
    const pipe = /^\|&?$/.test(operator) ? {} : undefined
    if (pipe !== undefined && isSomething) command.into = pipe
    command = { words: [], assigned: [], redirects: [], ...(pipe !== undefined && { from: pipe }) }
    redirect = undefined
  }
  for (const token of tokens(text, reading)) {
    if (token.kind === 'end') end(token.text)
    else if (token.kind === 'document') waiting.push(command)
    else if (token.kind === 'input') addInput(waiting.shift(), token.text)
    else if (token.kind === 'redirect') redirect = { operator: token.text, output: token.output }
    else if (redirect !== undefined) {
      command.redirects.push({ ...redirect, target: token.text })
      redirect = undefined
    } else addWord(command, token.text)
  }
  end('')
  if (reading.inner.length > 0 && depth > 4) throw new TooIntricateError()
  return [...commands, ...reading.inner.flatMap((each) => shellCommands(each, depth + 1))]
}

/** Like `2>&1`: it opens no file. */
export const isCopy = ({ operator, target }: Redirect) => operator.endsWith('&') && /^(?:\d|-)$/.test(target)

function addInput(command: Command | undefined, text: string): void {
  if (command !== undefined) command.input = (command.input ?? '') + text
}

function addWord({ words, assigned }: Command, word: string): void {
  const assignment = words.length === 0 ? /^([A-Za-z_]\w*)=(.*)$/s.exec(word) : null
  if (assignment !== null) assigned.push([assignment[1]!, assignment[2]!])
  else if (words.length > 0 || !KEYWORDS.has(word)) words.push(word)
}

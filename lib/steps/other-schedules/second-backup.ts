import { besideDump, nameOf } from './beside-dump.ts'
import { dumpProgram, dumpedBy, rolesBy } from './dump-command.ts'
import type { Variables } from './dump-command.ts'
import { isHelper } from './ordinary-programs.ts'
import type { Command } from './shell-commands.ts'
import { TooIntricateError } from './shell-tokens.ts'
import { assignmentsOf, variablesOf } from './shell-variables.ts'
import { startedPrograms } from './started-programs.ts'
import type { Schedule } from '../backup/schedules.ts'

/** What a schedule is compared with: the project's own backup. */
export interface OwnBackup {
  database: string
  port: number
  script: string
  /** All databases of the host. */
  databases: readonly string[]
}

/** `certain`: it makes the same backup and does nothing else; otherwise it may. `why` completes "line 3, which …". */
export type Finding = { certain: boolean; why: string }

/** In a comment of its own: above a crontab's line, or in a script or unit. A person has looked. */
export const NOT_A_BACKUP = '# bitacora: not a backup'

const QUIET_MODES = /^--(?:prune|acknowledge|check-box|status|doctor|version|help|adopt)$/
const SHELL_SCRIPT = /^(?!#!)|^#!\s*(?:\/usr)?(?:\/local)?\/bin\/(?:env\s+(?:-\S+\s+)*)?(?:ba|da|z|k)?sh\b/

/** What a schedule has to do with this backup; undefined: nothing. */
export function findSecondBackup(schedule: Schedule, own: OwnBackup): Finding | undefined {
  try {
    return evaluate(schedule, own)
  } catch (error) {
    if (!(error instanceof TooIntricateError)) throw error
    const files = schedule.files.filter(({ text }) => text !== null && !isMarked({ ...schedule, kind: 'script', text }))
    const all = [schedule.text, ...files.map(({ text }) => text)].join('\n')
    return (namesDatabase(own.database)(all) && !isMarked(schedule)) || all.includes(own.script)
      ? { certain: false, why: `names ${own.database}; its script is too intricate` }
      : undefined
  }
}

function evaluate(schedule: Schedule, own: OwnBackup): Finding | undefined {
  const text = commandText(schedule)
  const code = withoutComments(text)
  const variables = variablesOf([
    ...assignmentsOf(environmentOf(schedule)),
    ...schedule.settings.flatMap((file) => assignmentsOf(file.text ?? '')),
    ...assignmentsOf(code),
  ])
  const jobs = jobsOf(code, (command) => partOf(command, schedule, own, variables))
  const { parts } = jobs
  const [ours] = parts.filter((part) => part.does === 'starts ours')
  const backup = ours ?? parts.find((part) => part.does === 'dumps')
  if (ours === undefined && isMarked(schedule)) return undefined
  const other = oddOf(parts)
  if (backup !== undefined) {
    const isScript = schedule.kind !== 'script' || SHELL_SCRIPT.test(text)
    const more = other?.what ?? anotherDatabase(code, own) ?? besideOf(jobs, schedule, variables)
    if (more === undefined && isScript) return { certain: true, why: backup.what }
    return { certain: false, why: `${backup.what}, and does more: ${more ?? 'not a shell script'}` }
  }
  if (other?.does === 'unsure') return { certain: false, why: other.what }
  return other !== undefined && mentions(text, parts, schedule, own)
    ? { certain: false, why: `names ${own.database}` }
    : undefined
}

/** In the command itself, or in a file given to a program that isn't known. */
function mentions(text: string, parts: readonly Part[], schedule: Schedule, own: OwnBackup): boolean {
  const names = namesDatabase(own.database)
  const given = schedule.files.filter(
    ({ word, path }) => !path.endsWith('.log') && parts.every(({ program }) => program !== word),
  )
  return names(text) || given.some((file) => names(file.text ?? ''))
}

interface Part {
  /** `roles`: a part of every backup. */
  does: 'starts ours' | 'dumps' | 'roles' | 'unsure' | 'else'
  what: string
  /** The word that names a program whose text was looked into. */
  program?: string
}

/** The commands of a text, what they do for this backup, and those that make it. */
interface Jobs {
  commands: Command[]
  functions: Set<string>
  parts: Part[]
  sources: Set<Command>
}

function jobsOf(code: string, partsOf: (command: Command) => Part[]): Jobs {
  const all = startedPrograms(code)
  const commands = all.filter(({ defines }) => !defines)
  const functions = new Set(all.flatMap(({ words, defines }) => (defines ? words : [])))
  const evaluated = commands.map((command) => [command, functions.has(command.words[0] ?? '') ? [] : partsOf(command)] as const)
  const sources = evaluated.filter(([, parts]) => parts.some(({ does }) => /^(?:starts ours|dumps|roles)$/.test(does)))
  return {
    commands,
    functions,
    parts: evaluated.flatMap(([, parts]) => parts),
    sources: new Set(sources.map(([command]) => command)),
  }
}

const oddOf = (parts: readonly Part[]) => parts.find(({ does }) => does === 'unsure') ?? parts.find(({ does }) => does === 'else')

/** What stands beside the backup and isn't certain to work on it alone. */
function besideOf({ commands, functions, sources }: Jobs, schedule: Schedule, variables: Variables): string | undefined {
  const files = [...schedule.settings, ...schedule.files].filter(({ text }) => text !== null)
  const settings = new Map(files.map(({ path, text }) => [path, text!] as const))
  const [beside] = besideDump(commands, { variables, functions, sources, settings })
  return beside === undefined ? undefined : nameOf(beside) === '.' ? 'source' : shown(nameOf(beside))
}

function partOf(command: Command, schedule: Schedule, own: OwnBackup, variables: Variables): Part[] {
  const [program = '', ...args] = command.words
  if (program === '') return []
  const file = schedule.files.find(({ word }) => word === program || `./${word}` === program)
  if (program === own.script || file?.path === own.script || file?.same === own.script)
    return args.some((word) => QUIET_MODES.test(word)) ? [] : [{ does: 'starts ours', what: `starts ${own.script}` }]
  const dump = dumpPart(command, own, variables)
  if (dump !== undefined) return dump
  if (file !== undefined && !isHelper(command))
    return [{ ...scriptPart(file, args, schedule, own, variables), program: file.word }]
  return isHelper(command) ? [] : [{ does: 'else', what: shown(program) }]
}

/** Of a command that dumps: what. */
function dumpPart(command: Command, own: OwnBackup, variables: Variables): Part[] | undefined {
  const name = dumpProgram(command)
  if (name === undefined) return undefined
  if (name === 'pg_dumpall') {
    const roles = rolesBy(command, variables, own.port)
    if (roles === 'no') return [{ does: 'unsure', what: 'dumps all databases of the server' }]
    return [roles === 'this' ? { does: 'roles', what: 'roles' } : { does: 'else', what: 'pg_dumpall of another server' }]
  }
  const dumped = dumpedBy(command, variables, own.database, own.port)
  if (dumped === 'this') return [{ does: 'dumps', what: `dumps ${own.database}` }]
  if (dumped === 'part') return [{ does: 'unsure', what: `dumps a part of ${own.database}` }]
  return [{ does: 'else', what: dumped === 'another' ? 'pg_dump of another database' : 'pg_dump' }]
}

/** The script that a schedule starts. It must dump this database, no other, and do nothing that would be missed. */
function scriptPart(file: File, args: readonly string[], schedule: Schedule, own: OwnBackup, above: Variables): Part {
  const names = namesDatabase(own.database)
  const passed = argumentFiles(args, schedule)
  const given = [...args, ...schedule.settings.map((each) => each.text ?? ''), ...passed].join('\n')
  const unsure = (why: string): Part => ({ does: 'unsure', what: `starts ${shown(file.path)}, which ${why}` })
  const nothing: Part = { does: 'else', what: shown(file.path) }
  if (file.text === null)
    return names(given) ? unsure(`names ${own.database}${file.why === 'managed' ? '' : `; it is ${file.why}`}`) : nothing
  const code = withoutComments(file.text)
  if (isMarked({ ...schedule, kind: 'script', text: file.text })) return nothing
  if (code.includes(own.script)) return unsure(`names ${own.script}`)
  if (/\bpg_dumpall\b/.test(code) && !names(code) && !names(given)) {
    const all = startedPrograms(code).flatMap((command) => dumpPart(command, own, above) ?? [])
    return all.some(({ does }) => does === 'unsure') ? unsure('dumps all databases of the server') : nothing
  }
  if (!names(code) && !names(given)) return nothing
  if (!SHELL_SCRIPT.test(file.text)) return unsure(`names ${own.database}`)
  const variables = variablesOf([
    ...[...above].flatMap(([name, values]) => [...values].map((value) => [name, value] as const)),
    ...args.map((word, index) => [String(index + 1), word] as const),
    ...passed.flatMap(assignmentsOf),
    ...assignmentsOf(code),
  ])
  const jobs = jobsOf(code, (command): Part[] => {
    const isOdd = !isHelper(command) && command.words.length > 0
    return dumpPart(command, own, variables) ?? (isOdd ? [{ does: 'else', what: shown(command.words[0]!) }] : [])
  })
  if (jobs.commands.some((command) => readsUnknownSettings(command, variables)))
    return unsure(`names ${own.database}; its settings aren't known`)
  const odd = oddOf(jobs.parts)
  if (jobs.parts.every(({ does }) => does !== 'dumps')) return unsure(odd?.does === 'unsure' ? odd.what : `names ${own.database}`)
  const another = anotherDatabase(`${code}\n${given}`, own)
  if (odd === undefined && another !== undefined) return unsure(`dumps ${own.database} and names ${another}`)
  const more = odd?.what ?? besideOf(jobs, schedule, variables)
  return more === undefined
    ? { does: 'dumps', what: `starts ${shown(file.path)}, which dumps ${own.database}` }
    : unsure(`dumps ${own.database}, and does more: ${more}`)
}

type File = Schedule['files'][number]

function anotherDatabase(text: string, own: OwnBackup): string | undefined {
  return own.databases.find((name) => name !== own.database && name !== 'postgres' && namesDatabase(name)(text))
}

/** `source "$1"` without an argument, or of every file in a folder: its database may be another each time. */
function readsUnknownSettings({ words: [name, word = ''] }: Command, variables: Variables): boolean {
  if (name !== '.' && name !== 'source') return false
  const variable = /^\$\{?(\w+)\}?$/.exec(word)?.[1]
  const values = variable === undefined ? [word] : [...(variables.get(variable) ?? ['*'])]
  return values.some((value) => /[*?[]/.test(value))
}

const withoutComments = (text: string) => text.replaceAll(/^[ \t]*#.*$/gm, '')

const argumentFiles = (args: readonly string[], { files }: Schedule): string[] =>
  files.filter(({ word }) => args.includes(word)).map((file) => file.text ?? '')

/** The shell text of a schedule; another unit that a unit starts counts as a command. Source: crontab(5), systemd.service(5). */
function commandText({ kind, text }: Schedule): string {
  if (kind === 'script') return text
  if (kind === 'timer' || kind === 'user timer') {
    const starts = text
      .replace(/\\\n/g, ' ')
      .matchAll(/^[ \t]*(?:Exec(?:Start|Stop|Condition)\w*|On(?:Success|Failure))[ \t]*=[ \t]*[-@:+!]*(.*)$/gm)
    return [...starts].map(([, command]) => command).join('\n')
  }
  return text.replace(/(?<!\\)%.*$/s, '').replaceAll('\\%', '%')
}

function isMarked({ kind, text, above }: Schedule): boolean {
  const is = (line: string) => line.trim().startsWith(NOT_A_BACKUP)
  return is(above ?? '') || (/script|timer/.test(kind) && `${text}\n${above ?? ''}`.split('\n').some(is))
}

/** As a word of its own: onquota_db is not in onquota_db2, my-onquota_db or onquota_db.sql. */
function namesDatabase(database: string): (text: string) => boolean {
  const name = RegExp.escape(database)
  const pattern = new RegExp(`(?:(?<![\\w.-])|(?<=:[-=])|(?<=\\s-d))${name}(?![\\w-]|\\.\\w)`)
  return (text) => pattern.test(withoutComments(text))
}

/** A crontab's own variables; a unit's, and those of the files that it takes them from. */
function environmentOf({ kind, text, environment, files }: Schedule): string {
  if (kind !== 'timer' && kind !== 'user timer') return environment ?? ''
  const own = [...text.matchAll(/^[ \t]*Environment[ \t]*=[ \t]*(.*)$/gm)].map(([, value]) => value!)
  const named = [...text.matchAll(/^[ \t]*EnvironmentFile[ \t]*=[ \t]*-?(\S+)/gm)].map(([, path]) => path!)
  return [...own, ...files.filter(({ path }) => named.includes(path)).map((file) => file.text ?? '')].join('\n')
}

/** A word of somebody else's line, where it can hold no secret and no control character. */
function shown(word: string): string {
  return /^[\w./@+-]{1,80}$/.test(word) ? word : 'another command'
}

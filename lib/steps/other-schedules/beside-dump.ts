import { dumpProgram, fileOf, valuesOf } from './dump-command.ts'
import type { Variables } from './dump-command.ts'
import { TOOLS, onlyPrints, toolWords } from './dump-tools.ts'
import type { Tool } from './dump-tools.ts'
import { isRetention } from './retention.ts'
import { isCopy } from './shell-commands.ts'
import type { Command, Pipe, Redirect } from './shell-commands.ts'
import { fitsName, folderOf, pathOf } from './shell-paths.ts'
import { startedPrograms } from './started-programs.ts'
import { TooIntricateError } from './shell-tokens.ts'

/** A script with more commands than this is not looked into. */
const MOST_COMMANDS = 300
const DEVICE = /^\/(?:dev|proc|sys)\//
const NOWHERE = /^\/dev\/(?:null|stdout|stderr)$/
/** Where a line may be appended to, and only tells of what has run. */
const LOG = /^\/var\/log\/.|^\/(?:run|tmp)\/[\w.-]+$|\.log$|^\$\{?\w*log\w*\}?$/i

/** All that is known of a schedule's text, or a script's. */
export interface Setting {
  variables: Variables
  functions: ReadonlySet<string>
  /** The commands that start the backup itself. */
  sources: ReadonlySet<Command>
  /** Files that may be read as settings, by their paths. */
  settings: ReadonlyMap<string, string>
}

/** What the backup has written so far: files, and pipes that carry it. */
interface Output {
  files: Set<string>
  pipes: Set<Pipe>
}

/** The commands that are no part of the backup: none of the few that change nothing, nor certain to work on its output alone. */
export function besideDump(commands: readonly Command[], setting: Setting): Command[] {
  if (commands.length > MOST_COMMANDS) throw new TooIntricateError()
  const output: Output = { files: new Set(), pipes: new Set() }
  const size = () => output.files.size + output.pipes.size
  // Until nothing is found any more: the order of the commands is not that in which they run.
  for (let before = -1, round = 0; size() > before && round < 5; round++) {
    before = size()
    for (const command of commands) isPart(command, setting, output)
  }
  return commands.filter((command) => !isPart(command, setting, output))
}

/** Whether a command is a part of the backup; adds what it writes. */
function isPart(command: Command, setting: Setting, output: Output): boolean {
  const [program = '', ...args] = command.words
  const name = nameOf(command)
  const { variables, functions, sources } = setting
  if (sources.has(command)) return isSource(command, variables, output)
  if (program === '' || functions.has(program)) return isGroup(command, setting, output)
  if (command.redirects.some((each) => !isHarmless(each, variables, output))) return isMaker(command, variables, output)
  if (onlyPrints(name, args)) {
    if (name === 'cat' && carries(command, args, variables, output)) addPipe(command, output)
    return true
  }
  if (name === '.' || name === 'source') return readsSettings(args, setting)
  if (name === 'find')
    return isRetention(args, (folder, pattern) => {
      const path = pathOf(folder, variables)
      return [...output.files].some((each) => folderOf(each) === path && fitsName(pattern, each, variables))
    })
  if (name === 'tee') return isTee(command, args, variables, output)
  if (name === 'sftp') return isUpload(command, args, variables, output)
  return isMaker(command, variables, output)
}

/** The name of a command's program, without the folder where the system has it. */
export function nameOf({ words: [program = ''] }: Command): string {
  return program.replace(/^(?:\/usr)?(?:\/local)?\/s?bin\//, '')
}

/** What the dump prints, or writes itself, is the backup. */
function isSource(command: Command, variables: Variables, output: Output): boolean {
  const file = dumpProgram(command) === undefined ? undefined : fileOf(command)
  if (file !== undefined) addFile(file, variables, output)
  else {
    addPipe(command, output)
    if (dumpProgram(command) !== undefined) addOutput(command, variables, output)
  }
  return [file ?? '', ...command.redirects.map(({ target }) => target)].every((path) => !isDevice(path))
}

/** Braces, a loop or a function: what is written there may be what a dump in it prints. */
function isGroup(command: Command, { sources, variables }: Setting, output: Output): boolean {
  if (command.redirects.every((each) => isHarmless(each, variables, output))) return true
  const isPrinted = [...sources].some((each) => {
    const isWritten = each.into !== undefined || each.redirects.some(isOutput) || fileOf(each) !== undefined
    return dumpProgram(each) !== undefined && !isWritten
  })
  if (!isPrinted || command.redirects.some(({ target }) => isDevice(target))) return false
  addOutput(command, variables, output)
  return true
}

/** A program that is given nothing but the dump's own files, or what it prints; what it makes of them belongs to the backup as well. */
function isMaker(command: Command, variables: Variables, output: Output): boolean {
  const name = nameOf(command)
  const tool = Object.hasOwn(TOOLS, name) ? TOOLS[name]! : undefined
  const known = tool === undefined ? undefined : toolWords(name, tool, command.words.slice(1))
  if (tool === undefined || known === undefined) return false
  const isOurs = worksOnOutput(command, tool, known.files, variables, output)
  const targets = [...known.made, ...command.redirects.map(({ target }) => target)]
  if (!isOurs || targets.some(isDevice)) return false
  for (const file of known.made) addFile(file, variables, output)
  if (tool.files === 'to') addFile(copyOf(known.files), variables, output)
  if (tool.pipe) {
    addPipe(command, output)
    addOutput(command, variables, output)
  }
  return command.redirects.every((each) => !isOutput(each) || tool.pipe)
}

function worksOnOutput(command: Command, tool: Tool, files: readonly string[], variables: Variables, output: Output): boolean {
  if (tool.files === 'all' && files.length === 0) return tool.pipe === true && carries(command, files, variables, output)
  const given = tool.files === 'to' ? files.slice(0, -1) : tool.files === 'mode' ? files.slice(1) : files
  const last = tool.files === 'to' ? files.at(-1) : undefined
  if (given.length === 0 || (last !== undefined && isDevice(last))) return false
  return given.every((word) => {
    if (word === '-') return carries(command, [], variables, output)
    return isOwn(word, variables, output) || (tool.folders === true && isOwnFolder(word, variables, output))
  })
}

/** Where a copy lies: under its own name in a folder that is named with a slash. */
function copyOf(files: readonly string[]): string {
  const [first = '', last = ''] = [files[0], files.at(-1)]
  return last.endsWith('/') ? last + first.slice(first.lastIndexOf('/') + 1) : last
}

/** Whether what a command reads is the backup. */
function carries(command: Command, files: readonly string[], variables: Variables, output: Output): boolean {
  if (files.length > 0) return files.every((word) => isOwn(word, variables, output))
  const read = command.redirects.find(({ operator }) => operator === '<')
  if (read !== undefined) return isOwn(read.target, variables, output)
  return command.from !== undefined && output.pipes.has(command.from)
}

function isTee(command: Command, args: readonly string[], variables: Variables, output: Output): boolean {
  const files = args.filter((word) => word !== '-a')
  if (files.some((word) => word.startsWith('-') || (isDevice(word) && !NOWHERE.test(word)))) return false
  if (carries(command, [], variables, output)) {
    for (const file of files) addFile(file, variables, output)
    addPipe(command, output)
    return true
  }
  const operator = files.length === args.length ? '>' : '>>'
  return files.every((target) => isHarmless({ operator, target, output: true }, variables, output))
}

/** An upload by `put` lines, in a here-document or a here-string. */
function isUpload(command: Command, args: readonly string[], variables: Variables, output: Output): boolean {
  const known = toolWords(
    'sftp',
    TOOLS.scp!,
    args
      .join('\0')
      .replace(/(?:^|\0)-b\0-(?=\0|$)/, '')
      .split('\0')
      .filter(Boolean),
  )
  const strings = command.redirects.filter(({ operator }) => operator === '<<<').map(({ target }) => target)
  const isOther = command.redirects.some(({ operator }) => operator.startsWith('<') && operator !== '<<<')
  const lines = [command.input ?? '', ...strings].join('\n').split('\n')
  if (known?.files.length !== 1 || isOther || command.from !== undefined) return false
  return lines.every((line) => {
    const [verb = '', ...words] = line.trim().replaceAll(/["']/g, '').split(/\s+/)
    if (/^-?put$/.test(verb)) return isOwn(words.find((word) => !word.startsWith('-')) ?? '', variables, output)
    return /^(?:|-?(?:mkdir|cd|ls|pwd|bye|quit|exit))$/.test(verb)
  })
}

/** A file of settings that is known, and does nothing but set variables. */
function readsSettings([word = '']: readonly string[], { settings, variables }: Setting): boolean {
  const paths = valuesOf(word, variables)
  return (paths?.length ?? 0) > 0 && paths!.every((path) => settings.has(path) && onlySets(settings.get(path)!))
}

function onlySets(text: string): boolean {
  return startedPrograms(text).every(({ words: [name, ...args], redirects, defines }) => {
    const isPlain = name === undefined || /^(?:export|readonly|declare|typeset|set|date|hostname)$/.test(name)
    return isPlain && !defines && redirects.length === 0 && (name === undefined || onlyPrints(name, args))
  })
}

const isOutput = ({ operator, output }: Redirect) => output && /^(?:>|>\|)$/.test(operator)
const isDevice = (path: string) => DEVICE.test(path) && !NOWHERE.test(path)

/** What a command prints may go into a log, line by line, or into the backup's own files. */
function isHarmless(redirect: Redirect, variables: Variables, output: Output): boolean {
  const { operator, target } = redirect
  if (operator.startsWith('<') || isCopy(redirect) || NOWHERE.test(target)) return true
  if (isDevice(target)) return false
  return (
    (operator.includes('>>') && (LOG.test(target) || LOG.test(pathOf(target, variables) ?? ''))) ||
    isOwn(target, variables, output)
  )
}

/** One of the backup's files, or what lies beside it under its name with an ending. */
function isOwn(word: string, variables: Variables, { files }: Output): boolean {
  const path = pathOf(word, variables)
  if (path === undefined) return false
  return [...files].some((file) => path === file || (path.startsWith(`${file}.`) && !path.slice(file.length).includes('/')))
}

function isOwnFolder(word: string, variables: Variables, { files }: Output): boolean {
  const path = pathOf(word, variables)
  return path !== undefined && [...files].some((file) => file.startsWith(`${path}/`))
}

function addFile(word: string, variables: Variables, output: Output): void {
  const path = pathOf(word, variables)
  if (path !== undefined && !path.startsWith('/dev/')) output.files.add(path)
}

function addOutput({ redirects }: Command, variables: Variables, output: Output): void {
  for (const redirect of redirects) if (isOutput(redirect)) addFile(redirect.target, variables, output)
}

function addPipe({ into }: Command, output: Output): void {
  if (into !== undefined) output.pipes.add(into)
}

import { asTyped } from '../format/command.ts'
import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'
import { fileURLToPath } from 'node:url'
import { resolve } from 'node:path'
import type { RunReport, Task } from '../run/report/report.ts'
import type { RunOptions } from '../run/run.ts'
import { Stopped, ProcessStop } from '../run/stop.ts'
import { createView, summary } from '../view/index.ts'
import { outputProblem, watchOutput } from './output.ts'
import { inventoryFile, logbookFolder, writeDown } from './write-down.ts'
import { UsageError } from '../run/usage.ts'

const COMMON = {
  inventory: { type: 'string' },
  host: { type: 'string' },
  json: { type: 'boolean' },
  concurrency: { type: 'string' },
  wait: { type: 'string' },
  logbook: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig

const COMMON_HELP = `
Options of all verbs:
  --inventory FILE   what should be true (default: BITACORA_INVENTORY, else inventory/index.ts)
  --host NAME        only the projects of this host
  --json             one JSON document on stdout, progress on stderr is off
  --concurrency N    hosts at a time (default 10)
  --wait SECONDS     wait for another run that is changing the same host (default 0)
  --logbook FOLDER   where the run is written down (default: BITACORA_LOGBOOK, else logbook)
  -h, --help         this text`

export interface Verb {
  task: Task
  /** What --help says above the common options. */
  help: string
  options?: ParseArgsOptionsConfig
  run: (options: RunOptions, flags: Readonly<Record<string, unknown>>) => Promise<RunReport>
  /** It may be run every few minutes: not written into the logbook, and off a terminal only its result is shown. */
  often?: boolean
  /** Tells the result in a way of its own. */
  summary?: (report: RunReport) => string
}

/**
 * A task's whole command line: arguments → the verb → what is printed → exit code. `moduleUrl` is the task's import.meta.url: its arguments
 * are those after its own name, whether zx or a script started it. `leave` is called at the very end.
 */
export async function commandLine(moduleUrl: string, verb: Verb, leave: () => void = leaveProcess): Promise<void> {
  const args = argumentsOf(moduleUrl)
  // Errors of the command line itself must be JSON as well where JSON is asked for.
  const json = args.includes('--json')
  const startedAt = new Date().toISOString()
  watchOutput()
  const stop = new ProcessStop()
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { ...COMMON, ...verb.options },
      allowPositionals: true,
      strict: true,
    })
    if (values.help === true) {
      process.stdout.write(`${verb.help.trim()}\n${COMMON_HELP}\n`)
      return
    }
    const report = await verb.run({ ...runOptions(values, json, verb.often), projects: positionals, stop }, values)
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${(verb.summary ?? summary)(report)}\n`)
    process.exitCode = report.exitCode
    if (report.stopped === 'error') process.stderr.write(`${stackOf((stop.signal.reason as Error).cause)}\n`)
  } catch (error) {
    process.exitCode = error instanceof Stopped ? error.exitCode : 1
    const message = error instanceof Error ? error.message : String(error)
    const { logbook, problem } = verb.often === true ? {} : writeDown({ task: verb.task, args, startedAt, error, message })
    if (json)
      process.stdout.write(
        `${JSON.stringify({ task: verb.task, ok: false, exitCode: process.exitCode, error: message, hosts: [], ...(logbook === undefined ? {} : { logbook }) })}\n`,
      )
    else
      process.stderr.write(
        `bitacora ${verb.task}: ${message}\n${problem === undefined ? '' : `${problem}\n`}${isUsage(error) ? `Try: ${asTyped([verb.task, '--help'])}\n` : ''}`,
      )
    if (!isExpected(error)) process.stderr.write(`${stackOf(error)}\n`)
  } finally {
    stop.release()
    // A pipe and a file are written at once; what went wrong is known now, or in the next round of the event loop.
    await new Promise((next) => setImmediate(next))
    const problem = outputProblem()
    if (problem !== undefined) {
      process.stderr.write(`bitacora ${verb.task}: the output could not be written: ${problem.message}\n`)
      if (process.exitCode === 0) process.exitCode = 1
    }
    leave()
  }
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))

/** Milliseconds that a process may take to end by itself. */
const LINGER = 1000

/** Ends the process even where something keeps it alive: a timer of the inventory's module, a prompt that was given up. */
function leaveProcess(): void {
  setTimeout(() => process.exit(), LINGER).unref()
}

function argumentsOf(moduleUrl: string): string[] {
  const file = fileURLToPath(moduleUrl)
  const at = process.argv.findIndex((word, index) => index > 0 && resolve(word) === file)
  return process.argv.slice(at < 0 ? 2 : at + 1)
}

function runOptions(values: Readonly<Record<string, unknown>>, json: boolean, brief = false): Omit<RunOptions, 'projects'> {
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined)
  return {
    inventory: inventoryFile(place('inventory', text('inventory'))),
    host: text('host'),
    concurrency: whole('concurrency', text('concurrency') ?? '10', 1, 1000),
    wait: whole('wait', text('wait') ?? '0', 0, 86_400),
    logbook: logbookFolder(place('logbook', text('logbook'))),
    view: createView({ json, brief }),
  }
}

/** An empty path would be the current folder; an empty variable is one that isn't set. */
function place(name: string, text: string | undefined): string | undefined {
  if (text === '') throw new UsageError(`--${name} needs a path, not ""`)
  return text
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
}

function isUsage(error: unknown): boolean {
  return error instanceof UsageError || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
}

/** Errors whose message is all that a person needs; anything else is a fault of ours, and its stack helps. */
function isExpected(error: unknown): boolean {
  return isUsage(error) || ['InventoryError', 'SecretError', 'Stopped'].includes((error as Error).name)
}

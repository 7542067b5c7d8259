import { parseArgs } from 'node:util'
import { asTyped } from '../format/command.ts'
import { parseConfig, valuesOf } from '../run/option.ts'
import type { RunReport } from '../run/report/report.ts'
import { ProcessStop, Stopped } from '../run/stop.ts'
import { UsageError } from '../run/usage.ts'
import type { Verb } from '../run/verb.ts'
import { createView, summary } from '../view/index.ts'
import { askPerson } from './ask.ts'
import { COMMON, runOptions } from './common.ts'
import { helpOf } from './help.ts'
import { outputProblem, watchOutput } from './output.ts'
import { writeDown } from './write-down.ts'

const SWITCHES = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const

/** A verb's whole command line: arguments → what it does → what is printed → exit code. `leave` is called at the very end. */
export async function commandLine(verb: Verb, args: readonly string[], leave: () => void = leaveProcess): Promise<void> {
  // Errors of the command line itself must be JSON as well where JSON is asked for.
  const json = args.includes('--json')
  const startedAt = new Date().toISOString()
  watchOutput()
  const stop = new ProcessStop()
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...parseConfig({ ...COMMON, ...verb.options }), ...SWITCHES },
      allowPositionals: true,
      strict: true,
    })
    if (values.help === true) {
      process.stdout.write(`${helpOf(verb, commandOf(verb))}\n`)
      return
    }
    const report = await runShown(verb, { values, projects: positionals, json, stop })
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${summary(report, { words: verb.words })}\n`)
    process.exitCode = report.exitCode
    if (report.stopped === 'error') process.stderr.write(`${stackOf((stop.signal.reason as Error).cause)}\n`)
  } catch (error) {
    process.exitCode = error instanceof Stopped ? error.exitCode : 1
    refuse(verb, error, { args, startedAt, json })
  } finally {
    stop.release()
    // A pipe and a file are written at once; what went wrong is known now, or in the next round of the event loop.
    await new Promise((next) => setImmediate(next))
    const problem = outputProblem()
    if (problem !== undefined) {
      process.stderr.write(`bitacora ${verb.name}: the output could not be written: ${problem.message}\n`)
      if (process.exitCode === 0) process.exitCode = 1
    }
    leave()
  }
}

interface Typed {
  values: Readonly<Record<string, unknown>>
  projects: readonly string[]
  json: boolean
  stop: ProcessStop
}

/** Runs the verb, and shows what goes on. */
async function runShown(verb: Verb, { values, projects, json, stop }: Typed): Promise<RunReport> {
  const common = runOptions(valuesOf(COMMON, values))
  const own = valuesOf(verb.options, values)
  const view = createView({ json, brief: verb.isBrief === true })
  const report = await verb.run({
    ...common,
    ...own,
    projects,
    ask: askPerson(),
    signal: stop.signal,
    onEvent(event) {
      // Not before: while a module of somebody else's is loaded, a signal ends the process, whatever the module does.
      if (event.type === 'inventory-loaded') stop.listen()
      else view.show(event)
    },
  })
  await view.close()
  return report
}

/** Tells why nothing was run, here and in the logbook. */
function refuse(
  verb: Verb,
  error: unknown,
  { args, startedAt, json }: { args: readonly string[]; startedAt: string; json: boolean },
) {
  const message = error instanceof Error ? error.message : String(error)
  const { logbook, problem } = writeDown({ verb, args, startedAt, error, message })
  const head = { task: verb.name, ok: false, exitCode: process.exitCode, error: message, hosts: [] }
  if (json) process.stdout.write(`${JSON.stringify({ ...head, ...(logbook === undefined ? {} : { logbook }) })}\n`)
  else {
    const lines = [
      `bitacora ${verb.name}: ${message}`,
      ...(problem === undefined ? [] : [problem]),
      ...(isUsage(error) ? [`Try: ${commandOf(verb)} --help`] : []),
    ]
    process.stderr.write(`${lines.join('\n')}\n`)
  }
  if (!isExpected(error)) process.stderr.write(`${stackOf(error)}\n`)
}

const commandOf = ({ name }: Verb) => asTyped([name])

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))

/** Milliseconds that a process may take to end by itself. */
const LINGER = 1000

/** Ends the process even where something keeps it alive: a timer of the inventory's module, a prompt that was given up. */
function leaveProcess(): void {
  setTimeout(() => process.exit(), LINGER).unref()
}

function isUsage(error: unknown): boolean {
  return error instanceof UsageError || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
}

/** Errors whose message is all that a person needs; anything else is a fault of ours, and its stack helps. */
function isExpected(error: unknown): boolean {
  return isUsage(error) || ['InventoryError', 'SecretError', 'Stopped'].includes((error as Error).name)
}

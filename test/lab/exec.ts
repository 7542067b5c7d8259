import { Engine } from './engine.ts'
import { enter } from './enter.ts'
import { hostOf, type Lab } from './lab.ts'
import { LabError, must, run, type Result } from './process.ts'

export interface ExecOptions {
  /** A user inside; default root. */
  user?: string
  /** Given to the script's commands; without it their stdin is empty. */
  stdin?: string
  /** Ends what hangs. Default 300. */
  timeoutSeconds?: number
}

/** A script that came to its end; 124 is timeout's, 125 and up may be the engine's. */
export type Ended = Result & { code: number }

// The script travels on stdin, so that nothing in it shows in a process list: as a first line where stdin has more to carry.
const ALONE = 'script=$(cat); exec </dev/null; eval "$script"'
const WITH_STDIN = 'IFS= read -r script; script=$(printf %s "$script" | base64 -d); eval "$script"'

/** Runs a script of sh inside a host (or "box") through the engine, not SSH: for tests that meddle. Rejects on no exit code. */
export function execIn(lab: Lab, hostName: string, script: string, options: ExecOptions = {}): Promise<Ended> {
  return execInContainer(new Engine(lab.engine), hostOf(lab, hostName).container, script, options)
}

/** The same, and it must end with 0: gives stdout. */
export async function mustExecIn(lab: Lab, hostName: string, script: string, options: ExecOptions = {}): Promise<string> {
  return must(await execIn(lab, hostName, script, options), `a script on ${hostName}`).stdout
}

/** The same by the container's name. */
export async function execInContainer(
  engine: Engine,
  container: string,
  script: string,
  options: ExecOptions = {},
): Promise<Ended> {
  const { user = 'root', stdin, timeoutSeconds = 300 } = options
  const shell = ['timeout', '-k', '2', String(timeoutSeconds), 'sh', '-c', stdin === undefined ? ALONE : WITH_STDIN]
  const input = stdin === undefined ? script : `${Buffer.from(script).toString('base64')}\n${stdin}`
  // `podman exec` takes 0.4 s, 0.2 of it of a core; tests run hundreds of scripts.
  const entered = engine.name === 'podman' && user === 'root' ? await enter(engine, container, shell) : undefined
  const argv = entered ?? engine.argv(['exec', '-i', `--user=${user}`, container, ...shell])
  const result = await run(argv, { stdin: input, timeoutSeconds: timeoutSeconds + 10 })
  if (result.code === null) throw new LabError(`a script in ${container} did not end within ${timeoutSeconds} s`)
  return { ...result, code: result.code }
}

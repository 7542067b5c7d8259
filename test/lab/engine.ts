import { readFileSync } from 'node:fs'
import { LabError, must, run, runAndLeave, type Result, type RunOptions } from './process.ts'

export type EngineName = 'podman' | 'docker'

/** The container engine: the same commands, with what podman needs on machines with tight limits and without systemd. */
export class Engine {
  readonly name: EngineName
  readonly #flags: readonly string[]

  constructor(name: EngineName) {
    this.name = name
    this.#flags = name === 'podman' ? ['--runtime=runc', '--cgroup-manager=cgroupfs', '--events-backend=file'] : []
  }

  /** The whole command line of an engine's command. */
  argv(args: readonly string[]): string[] {
    return [this.name, ...this.#flags, ...args]
  }

  /** Runs a command of the engine and gives its result, whatever it is. */
  try(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    return run(this.argv(args), options)
  }

  /** Runs a command that must succeed; otherwise a LabError that begins with `doing`. */
  async run(args: readonly string[], doing: string, options: RunOptions = {}): Promise<Result> {
    return must(await this.try(args, options), doing)
  }

  /** The same for `run` and `start`: what podman leaves running keeps its stderr open. */
  async start(args: readonly string[], doing: string): Promise<void> {
    must(await runAndLeave(this.argv(args)), doing)
  }

  /** Podman asks for limits that a machine may not grant; these are those that it does. */
  limits(): string[] {
    return this.name === 'podman' ? podmanLimits() : []
  }
}

let limits: string[] | undefined

function podmanLimits(): string[] {
  limits ??= readLimits()
  return limits
}

function readLimits(): string[] {
  const text = readFileSync('/proc/self/limits', 'utf8')
  const highest = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'))
  const hard = (name: string, bound: number) => {
    const value = new RegExp(`^${name} +\\S+ +(\\S+)`, 'm').exec(text)?.[1]
    if (value === undefined) throw new LabError(`/proc/self/limits has no line "${name}"`)
    return value === 'unlimited' ? bound : Math.min(Number(value), bound)
  }
  const files = hard('Max open files', 65_536)
  const processes = hard('Max processes', highest)
  return [`--ulimit=nofile=${files}:${files}`, `--ulimit=nproc=${processes}:${processes}`]
}

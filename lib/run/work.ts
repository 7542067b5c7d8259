import type { ConvergeEvent } from '../engine/converge.ts'
import type { Holder } from '../engine/lock.ts'
import type { RunEvent } from './report/events.ts'
import type { HostResult } from './fleet.ts'
import type { Connection } from '../host/connection.ts'
import type { Host, InventoryInput, Purpose } from '../inventory/index.ts'
import type { Journal } from './logbook/journal.ts'
import type { Machines } from './one-machine.ts'
import type { HostReport, RunHead } from './report/report.ts'
import type { Masker } from '../text/masker.ts'
import type { Secret } from '../text/secret.ts'
import type { Context } from '../steps/common/context.ts'

export interface RunOptions {
  /** The inventory's file, or an object of its shape. */
  inventory: string | InventoryInput
  /** Names; none means all. */
  projects?: readonly string[] | undefined
  /** Only this host. */
  host?: string | undefined
  /** Hosts at a time; 10 when left out. */
  concurrency?: number | undefined
  /** Seconds to wait for another run that changes the same host; 0 when left out. */
  wait?: number | undefined
  /** The logbook's folder; left out or false: the run is not written down. */
  logbook?: string | false | undefined
  /** Is told what happens, as it happens. */
  onEvent?: ((event: RunEvent) => void) | undefined
  /** Stops the run before its end: no host is begun any more, and the connections are closed. */
  signal?: AbortSignal | undefined
  /** Asks a person; left out where none is there. Gives what was typed; an answer to a hidden question is not shown. */
  ask?: ((question: string, hidden: boolean) => Promise<string>) | undefined
}

/** One host's part of a run: all that its work needs. */
export interface Group {
  host: Host
  projects: Context[]
  holder: Holder
  wait: number
  masker: Masker
  emit: (event: ConvergeEvent) => void
  /** Opens the connection, which is closed when the work ends. */
  connect: () => Promise<Connection>
}

/** What a verb does on a host. `steps` names what it will report, in order, so that a view can show it from the start. */
export interface Work<Status = unknown> {
  steps(group: Pick<Group, 'host' | 'projects'>): { project: string | null; step: string }[]
  run(group: Group): Promise<HostResult>
  /** The flags that make it another run than the verb alone, as typed. */
  flags?: readonly string[]
  /** The host to work on instead of each project's own. */
  on?: string
  /** What it needs secrets for. */
  needs: readonly Purpose[]
  /** A password that is too short is refused, not warned about. */
  strict?: boolean
  /** The run is not written down. */
  isUnlogged?: boolean
  /** What works but is probably not meant, for this verb alone. */
  warnings?(projects: readonly Context[]): string[]
  /** What can be said only once all hosts are done. */
  conclude?(hosts: HostReport<Status>[]): HostReport<Status>[]
}

/** A group before its work begins. */
export type Planned = Omit<Group, 'emit' | 'connect'> & { sudoPassword: Secret | undefined }

/** What all hosts of a run share. */
export interface Frame {
  head: RunHead
  show: (event: RunEvent) => void
  masker: Masker
  stop: AbortSignal | undefined
  journal: Journal | undefined
  machines: Machines
}

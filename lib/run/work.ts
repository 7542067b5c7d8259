import type { ConvergeEvent } from '../engine/converge.ts'
import type { Holder } from '../engine/lock.ts'
import type { View } from './report/events.ts'
import type { HostResult } from './fleet.ts'
import type { Connection } from '../host/connection.ts'
import type { Host, Needs } from '../inventory/index.ts'
import type { Journal } from './logbook/index.ts'
import type { Machines } from './one-machine.ts'
import type { HostReport, RunHead } from './report/report.ts'
import type { Masker, Secret } from '../text/secret.ts'
import type { Context } from '../steps/common/context.ts'
import type { Stop } from './stop.ts'

export interface RunOptions {
  /** The inventory's file. */
  inventory: string
  /** Names; none means all. */
  projects: readonly string[]
  /** Only this host. */
  host?: string | undefined
  /** Hosts at a time. */
  concurrency: number
  /** Seconds to wait for another run that changes the same host. */
  wait: number
  /** The logbook's folder. */
  logbook: string
  view: View
  /** What may stop the run before its end. */
  stop?: Stop | undefined
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
export interface Work {
  steps(group: Pick<Group, 'host' | 'projects'>): { project: string | null; step: string }[]
  run(group: Group): Promise<HostResult>
  /** The flags that make it another run than the verb alone, as typed. */
  flags?: readonly string[]
  /** The host to work on instead of each project's own. */
  on?: string
  /** The secrets that it needs. */
  needs: Needs
  /** A password that is too short is refused, not warned about. */
  strict?: boolean
  /** False: the run is not written down. */
  logbook?: boolean
  /** What works but is probably not meant, for this verb alone. */
  warnings?(projects: readonly Context[]): string[]
  /** What can be said only once all hosts are done. */
  conclude?(hosts: HostReport[]): HostReport[]
}

/** A group before its work begins. */
export type Planned = Omit<Group, 'emit' | 'connect'> & { sudoPassword: Secret | undefined }

/** What all hosts of a run share. */
export interface Frame {
  head: RunHead
  view: View
  masker: Masker
  stop: AbortSignal | undefined
  journal: Journal | undefined
  machines: Machines
}

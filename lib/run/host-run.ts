import type { HostResult } from './fleet.ts'
import { connect } from '../host/connection.ts'
import type { Connection } from '../host/connection.ts'
import { sudoAdvice } from '../host/sudo.ts'
import { HostRecord } from './report/host-record.ts'
import { exampleAddress } from '../inventory/index.ts'
import type { Host, Project } from '../inventory/index.ts'
import { advised } from '../steps/server/server-advice.ts'
import { untilStopped } from './stop.ts'
import type { Frame, Planned, Work } from './work.ts'

/** Milliseconds for the work on a host to end by itself once its connection is closed. */
const GRACE = 3000

/** The work on one host. Whatever cuts it, what it had done until then is in the result. */
export async function onHost(planned: Planned, work: Work, frame: Frame): Promise<HostResult> {
  const { host, sudoPassword, masker } = planned
  const { show, stop, journal } = frame
  const record = new HostRecord()
  const ended = Promise.withResolvers<void>()
  let connection: Connection | undefined
  const start = () =>
    work.run({
      ...planned,
      emit(plain) {
        const event = plain.type === 'step' ? { ...plain, report: advised(plain.report, host) } : plain
        record.note(event)
        journal?.event(host.name, event)
        show({ ...event, host: host.name })
      },
      connect: async () => {
        const started = performance.now()
        show({ type: 'connecting', host: host.name, address: host.address })
        connection = await connect(host, sudoPassword)
        if (stop?.aborted === true) {
          connection.close()
          throw stop.reason
        }
        await frame.machines.arrive(host.name, connection.hostKey, ended.promise)
        show({ type: 'connected', host: host.name, ms: Math.round(performance.now() - started) })
        return connection
      },
    })
  try {
    if (stop?.aborted === true) throw new Error(`not started: ${(stop.reason as Error).message}`)
    const example = exampleOf({ host, projects: planned.projects.map(({ project }) => project) })
    if (example !== undefined) throw new Error(example)
    const result = await untilStopped(start(), stop, () => {
      connection?.close()
      return connection === undefined ? 0 : GRACE
    })
    return { ...result, steps: result.steps.map((report) => advised(report, host)) }
  } catch (error) {
    const { running } = record
    const why = stop?.aborted === true && connection !== undefined ? (stop.reason as Error) : error
    return {
      error: withOutcome(masker.text(describe(why, host)), record),
      ...(running === undefined ? {} : { interrupted: running }),
      steps: record.steps(),
      roundTrips: connection?.roundTrips ?? 0,
    }
  } finally {
    connection?.close()
    ended.resolve()
  }
}

/** A cut run's error says what is not known, and the way on. */
function withOutcome(message: string, { running }: HostRecord): string {
  if (running === undefined || /outcome is not known/.test(message)) return message
  return `${message}\n${running.change.what} was being changed, so the outcome is not known. Run the same command again: it reads what is there and goes on from it.`
}

/** The message of an error on a host, with what to do where that is known. Not masked. */
export function describe(error: unknown, host: Host): string {
  const message = error instanceof Error ? error.message : String(error)
  const advice = sudoAdvice(host.name, host.user ?? 'the user', message)
  return advice === undefined ? message : `${message}\n${advice}`
}

/** Why nothing of it must be connected to: its host or one of its boxes is still the example's. */
export function exampleOf({ host, projects }: { host: Host; projects: readonly Project[] }): string | undefined {
  const boxes = projects.flatMap(({ backup }) => backup?.boxes ?? [])
  return [host, ...boxes].map((one) => exampleAddress(one)).find((problem) => problem !== undefined)
}

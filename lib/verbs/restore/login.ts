import type { ConvergeEvent } from '../../engine/converge.ts'
import { exchange } from '../../engine/exchange.ts'
import { newNonce } from '../../engine/frames.ts'
import type { Connection } from '../../host/connection.ts'
import { loginProof } from '../verify/login.ts'
import type { Group } from '../../run/run.ts'
import { sh } from '../../text/sh.ts'
import type { Context } from '../../steps/common/context.ts'

/**
 * Watches the lines of a drill for the one that says which database waits, logs in there as the application through the tunnel, and tells
 * the script how that went. `done` resolves when nothing of it is left to do.
 */
export function loginWatch(connection: Connection, context: Context, group: Group): { group: Group; done: () => Promise<void> } {
  let login: Promise<void> = Promise.resolve()
  const emit = (event: ConvergeEvent) => {
    group.emit(event)
    const database =
      event.type === 'line' ? /waiting for a login from outside to (restoring_\S+)$/.exec(event.line)?.[1] : undefined
    // Its failure is the script's to tell: it waits for the answer, and fails without one.
    if (database !== undefined) login = logIn(connection, context, database).catch(() => {})
  }
  return { group: { ...group, emit }, done: () => login }
}

async function logIn(connection: Connection, context: Context, name: string): Promise<void> {
  const { project } = context
  const restored = { ...context, project: { ...project, database: { ...project.database, name } } }
  const report = await loginProof(connection, restored, 'login', true)
  const [change] = report.changes
  const answer =
    report.status === 'ok'
      ? `ok through the tunnel: ${report.note ?? ''}`
      : `failed ${JSON.stringify(change?.from ?? report.error ?? null)}`
  await exchange(connection, sh`printf '%s\\n' ${answer} > ${`/run/postgres-backup/${project.name}.login`}`, {
    nonce: newNonce(),
    deadline: 30,
    most: 1024,
  })
}

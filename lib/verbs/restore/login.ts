import { exchange } from '../../engine/exchange.ts'
import { newNonce } from '../../engine/frames.ts'
import type { Connection } from '../../host/connection.ts'
import { loginProof } from '../verify/login.ts'
import { sh } from '../../text/sh.ts'
import type { Context } from '../../steps/common/context.ts'

/**
 * For a drill: logs in as the application, through the tunnel, to the database that the script says waits for it, and tells the script how that
 * went. `done` resolves when nothing of it is left to do.
 */
export function loginOnSignal(connection: Connection, context: Context) {
  let login: Promise<void> = Promise.resolve()
  return {
    onSignal: (name: string, database: string): void => {
      // Its failure is the script's to tell: it waits for the answer, and fails without one.
      if (name === 'login') login = logIn(connection, context, database).catch(() => {})
    },
    done: () => login,
  }
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

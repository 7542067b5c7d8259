import { freshKey } from '../../lab/index.ts'
import { startServer, stopServer } from './box-server.ts'
import type { OwnBoxOptions } from './box-server.ts'
import { must } from './project.ts'
import type { Project, Settings } from './project.ts'

export { FULL } from './box-server.ts'
export type { OwnBoxOptions } from './box-server.ts'

/** An SSH server on the host itself, with a user of its own: a second box, and one that can be spoiled at will. */
export interface OwnBox {
  home: string
  password: string
  /** The script's settings that lead there. */
  settings: Settings
  /** The same for the N-th box. */
  numbered(n: number): Settings
  /** Puts a program beside the server, for `force`; gives its path. */
  program(text: string): Promise<string>
  /** Ends the server and starts it with these options. */
  start(options?: OwnBoxOptions): Promise<void>
  stop(): Promise<void>
  /** Gives the server another host key; the pinned one stays. */
  changeKey(): Promise<void>
  remove(): Promise<void>
}

/** Makes one for `project`; `user` is its account, and its port must be free. `address` is where it listens. */
export async function ownBox(project: Project, user: string, port: number, address = '127.0.0.1'): Promise<OwnBox> {
  const place = `/opt/${user}.box`
  const home = `/home/${user}`
  const password = `Own-box-${user}-1`
  const settings: Settings = {
    STORAGEBOX_HOST: address,
    STORAGEBOX_PORT: String(port),
    STORAGEBOX_USER: user,
    STORAGEBOX_PASSWORD: password,
    STORAGEBOX_KNOWN_HOSTS: `${place}/known`,
    STORAGEBOX_REMOTE_DIR: `${home}/backups/${project.name}`,
  }
  const stop = stopServer(place)
  // A session may outlive the server; while one does, its user cannot be removed.
  const sessions = `pkill -KILL -u ${user}; for i in $(seq 1200); do pgrep -u ${user} >/dev/null || break; sleep 0.05; done`
  const box: OwnBox = {
    home,
    password,
    settings,
    numbered: (n) =>
      Object.fromEntries(Object.entries(settings).map(([key, value]) => [key.replace('STORAGEBOX_', `STORAGEBOX${n}_`), value])),
    async start(options = {}) {
      must(await project.host(startServer(place, port, { address, ...options })))
    },
    async program(text) {
      must(await project.host(`cat > ${place}/program; chmod 755 ${place}/program`, text))
      return `${place}/program`
    },
    async stop() {
      must(await project.host(stop))
    },
    async changeKey() {
      const { privateKey } = await freshKey()
      must(await project.host(`cat > ${place}/key; chmod 600 ${place}/key`, privateKey))
    },
    async remove() {
      await project.host(`id ${user} >/dev/null 2>&1 || exit 0; ${stop}; ${sessions}; rm -rf ${place}; userdel -r ${user}`)
    },
  }
  await box.remove()
  const known = port === 22 ? address : `[${address}]:${port}`
  must(
    await project.host(
      `useradd -m -s /bin/sh ${user}; echo '${user}:${password}' | chpasswd; mkdir -p ${place}; ssh-keygen -q -t ed25519 -N '' -f ${place}/key; printf '%s %s\\n' '${known}' "$(cut -d' ' -f1,2 ${place}/key.pub)" > ${place}/known`,
    ),
  )
  await box.start()
  return box
}

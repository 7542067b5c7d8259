import type { ImageKind } from './images.ts'

/** What a lab consists of. Passwords and backends are named; what they are is made at `up`. */
export interface Machine {
  image: ImageKind
  /** The last part of its address in the lab's network. */
  octet: number
  /** sshd's port inside. */
  port: number
  user: string
  /** How `user` becomes root, where it isn't. */
  sudo?: 'without password' | 'with password'
  /** Projects whose backend lies at /opt/PROJECT/backend. */
  backends: readonly string[]
  /** Has the other project, made by hand. */
  neighbour: boolean
}

export const BOX_USER = 'u000000'

export const MACHINES = {
  vps: { image: 'host', octet: 11, port: 22, user: 'root', backends: ['onquota', 'facturas'], neighbour: true },
  vps2: { image: 'host', octet: 12, port: 22, user: 'deploy', sudo: 'without password', backends: ['tienda'], neighbour: false },
  vps3: { image: 'host', octet: 13, port: 22, user: 'deploy', sudo: 'with password', backends: ['onquota'], neighbour: false },
  box: { image: 'box', octet: 20, port: 23, user: BOX_USER, backends: [], neighbour: true },
} as const satisfies Record<string, Machine>

export type MachineName = keyof typeof MACHINES
export const MACHINE_NAMES = Object.keys(MACHINES) as MachineName[]
/** One machine's entry, as its general type. */
export const machine = (name: MachineName): Machine => MACHINES[name]

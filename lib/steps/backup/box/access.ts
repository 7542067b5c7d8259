import { fileName } from '../../../inventory/backup-name.ts'
import { boxesOf } from '../../../inventory/index.ts'
import type { Project } from '../../../inventory/index.ts'
import { boxPlaces } from '../box-places.ts'
import { BACKUP_DIR, places } from '../places.ts'

/** How a project's host gets to one of its boxes, and where the host keeps what belongs to that. The password stays in the host's config. */
export interface BoxAccess {
  /** From 1. */
  number: number
  project: string
  /** As in PostgreSQL. */
  database: string
  /** The database's name as it stands in names of files. */
  file: string
  address: string
  port: number
  user: string
  directory: string
  /** Days after which pruning removes a copy. */
  keepDays: number
  usesPassword: boolean
  /** The private key on the host. */
  identity?: string | undefined
  knownHosts: string
  config: string
  ledger: string
  status: string
  /** What an upload that is going on notes for this box. */
  uploading: string
}

/** One for each box of the project, in order. */
export function boxAccesses(project: Project): BoxAccess[] {
  const { config, ledger, status } = places(project.name)
  return boxesOf(project).map((box, index) => {
    const number = index + 1
    const { boxKey, knownHosts } = boxPlaces(project.name, number)
    return {
      number,
      project: project.name,
      database: project.database.name,
      file: fileName(project.database.name),
      address: box.address,
      port: box.port,
      user: box.user,
      directory: box.remoteDirectory,
      keepDays: project.backup?.keepRemoteDays ?? 90,
      usesPassword: box.password !== undefined,
      ...(box.key === undefined ? {} : { identity: boxKey }),
      knownHosts,
      config,
      ledger,
      status,
      uploading: `${BACKUP_DIR}/.uploading_${project.name}${number === 1 ? '' : `.${number}`}`,
    }
  })
}

/** How the ledger names a box and the project's folder there. */
export const nameInLedger = ({ user, address, port, directory }: BoxAccess): string => `${user}@${address}:${port}${directory}`

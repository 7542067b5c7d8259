import { z } from 'zod'
import { address } from './address.ts'
import { object, whole } from './fields.ts'
import { hostKey } from './host-key.ts'
import { hostName, port, projectName, userName } from './names.ts'
import { localPath, remotePath } from './paths.ts'
import { projectSchema } from './project-schema.ts'
import { secretRef } from './secret-ref.ts'

function hostSchema(directory: string) {
  return object({
    address: address.optional(),
    port: port.optional(),
    user: userName.optional(),
    identityFile: localPath(directory).optional(),
    knownHostsFile: localPath(directory).optional(),
    sudoPassword: secretRef(directory, { for: ['connect'] }).optional(),
    postgresql: object({ port: port.default(5432) }).prefault({}),
    minimumFreeMiB: whole(0, 1_000_000_000, 'MiB').default(1024),
    backupDirectory: remotePath.optional(),
    timeoutSeconds: whole(1, 86_400, 'seconds').optional(),
  })
}

function boxSchema(directory: string) {
  return object({
    address,
    port: port.default(23),
    user: userName,
    password: secretRef(directory, { guessable: true }).optional(),
    key: secretRef(directory, { lines: true }).optional(),
    hostKey,
  }).refine((box) => box.password !== undefined || box.key !== undefined, {
    error: 'has neither password nor key; it needs one of them to log in with, for example "password": { "env": "BOX_PASSWORD" }',
    when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value),
  })
}

/** The whole inventory, and the schemas of its entries. Relative local paths start at `directory`. */
export function schemas(directory: string) {
  const [host, box, project] = [hostSchema(directory), boxSchema(directory), projectSchema(directory)] as const
  const inventory = object({
    hosts: z.record(hostName, host).describe('an object of hosts by name'),
    boxes: z.record(hostName, box).describe('an object of storage boxes by name').default({}),
    projects: z.record(projectName, project).describe('an object of projects by name'),
  })
  return { host, box, project, inventory }
}

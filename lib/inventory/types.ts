import { z } from 'zod'
import type { Step } from '../engine/step.ts'
import type { Secret } from '../text/secret.ts'
import { schemas } from './schema.ts'

type Schemas = ReturnType<typeof schemas>
type ProjectEntry = z.output<Schemas['project']>

/**
 * Steps of a project's own, planned, applied, verified and logged like ours, after ours. Their `project` is the project's name, and their
 * names are none of ours. `secret` looks up one that the inventory names elsewhere.
 */
export type OwnSteps = (project: Project, context: { host: Host; secret: (ref: SecretRef) => Secret }) => readonly Step[]

export type ProjectInput = Omit<z.input<Schemas['project']>, 'steps'> & { steps?: OwnSteps | undefined }
export type InventoryInput = Omit<z.input<Schemas['inventory']>, 'projects'> & { projects: Record<string, ProjectInput> }

/** Where a secret is; `file` is absolute. */
export type SecretRef = ProjectEntry['database']['password']
/** What is left out of port, user, identityFile and knownHostsFile is as ssh_config says. */
export interface Host extends z.output<Schemas['host']> {
  name: string
  address: string
}
export interface Box extends z.output<Schemas['box']> {
  name: string
}
export type Migrations = NonNullable<ProjectEntry['migrations']>
export type EnvFile = NonNullable<ProjectEntry['envFile']>
/** A box with the project's folder there. */
export interface Destination extends Box {
  remoteDirectory: string
}
/**
 * `drill` is the schedule of restore drills on the host, null for none. `boxes` are all that the backups go to; `box` and `remoteDirectory`
 * are the first one's.
 */
export type Backup = Omit<NonNullable<ProjectEntry['backup']>, 'drill' | 'box' | 'boxes'> & {
  box: string
  remoteDirectory: string
  boxes: Destination[]
  drill: string | null
}
export interface Project extends Omit<ProjectEntry, 'backup' | 'steps'> {
  name: string
  backup?: Backup | undefined
  steps?: OwnSteps | undefined
}

export interface Inventory {
  file: string
  /** The file's folder, where relative paths start. */
  directory: string
  hosts: Record<string, Host>
  boxes: Record<string, Box>
  projects: Record<string, Project>
  /** What works but is probably not meant. */
  warnings: string[]
}

/** Gives a project in a file of its own its type, so that an editor completes it. */
export function defineProject(project: ProjectInput): ProjectInput {
  return project
}

/** The same for the whole inventory. */
export function defineInventory(inventory: InventoryInput): InventoryInput {
  return inventory
}

/** The inventory's JSON Schema, for editors and other programs. */
export function jsonSchema(): object {
  return z.toJSONSchema(schemas('.').inventory, { io: 'input', unrepresentable: 'any' })
}

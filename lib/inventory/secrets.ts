import { Secret } from '../text/secret.ts'
import type { Masker } from '../text/masker.ts'
import { SecretError } from './error.ts'
import { boxesOf } from './machines.ts'
import { secretTraits } from './secret-ref.ts'
import type { SecretTraits } from './secret-ref.ts'
import { readSecret } from './secret-source.ts'
import type { Selected } from './select.ts'
import type { Inventory, SecretRef } from './types.ts'

/** Of a password that somebody may guess over the network. The masker takes shorter ones out of text only where they stand alone. */
const SHORTEST = 8

/**
 * Whether a verb needs the secret of a field, `database.password` or `backup.notify.ping` of its projects, `boxes.password` of their boxes. The
 * sudo password of a host is always needed.
 */
export type Needs = (field: string) => boolean

/** The private key of encrypted backups, which few runs need and few machines should have. */
const IDENTITY = 'backup.encryption.identity'

/** For verbs that start what lies on the host with its own config. */
export const NO_SECRETS: Needs = () => false
/** What a project is set up with. */
export const SETUP_SECRETS: Needs = (field) => field !== IDENTITY
export const ALL_SECRETS: Needs = () => true
/** Those of these fields alone. */
export const secretsOf =
  (...fields: ('database.password' | typeof IDENTITY)[]): Needs =>
  (field) =>
    (fields as string[]).includes(field)

export interface ResolveOptions {
  needs: Needs
  /** Learns each of them before anything else does. */
  masker: Masker
  /** Short passwords are refused; else they are warned of. */
  strict?: boolean
}

export interface Resolved {
  secret: (ref: SecretRef) => Secret
  warnings: string[]
}

interface Need {
  /** The field, for messages and as the secret's name. */
  path: string
  /** The same without the names of entries. */
  field: string
  ref: SecretRef
  traits: SecretTraits
  project: string
}

/**
 * Looks up the secrets that a run on the selected projects and their hosts needs, each source once, all at the same time.
 *
 * Throws one SecretError that lists every secret that could not be had or can't be used; never a value.
 */
export async function resolveSecrets(
  inventory: Inventory,
  selected: readonly Selected[],
  { needs: isNeeded, masker, strict = false }: ResolveOptions,
): Promise<Resolved> {
  const needs = secretsIn(selected).filter(({ field }) => field === 'sudoPassword' || isNeeded(field))
  const sources = Map.groupBy(needs, ({ ref }) => key(ref))
  const problems: string[] = []
  const warnings: string[] = []
  const secrets = new Map<string, Secret>()
  for (const url of writtenUrls(selected)) masker.add(url)
  await Promise.all(
    [...sources].map(async ([source, users]) => {
      const { path, ref } = users[0]!
      const paths = [...new Set(users.map((user) => user.path))].join(', ')
      const answer = await readSecret(ref, {
        directory: inventory.directory,
        lines: users.every(({ traits }) => traits.lines === true),
      })
      if ('problem' in answer) {
        problems.push(`${paths}: ${answer.problem}`)
        return
      }
      const secret = new Secret(answer.value, path)
      masker.add(secret)
      secrets.set(source, secret)
      const problem = users.map(({ traits, project }) => traits.check?.(answer.value, project)).find((one) => one !== undefined)
      if (problem !== undefined) problems.push(`${paths}: ${problem}`)
      const short = users.filter(({ traits }) => traits.guessable === true && [...answer.value].length < SHORTEST)
      if (short.length > 0) (strict ? problems : warnings).push(`${short.map((user) => user.path).join(', ')}: ${tooShort(ref)}`)
    }),
  )
  const inOrder = (texts: string[]) => {
    const order = needs.map(({ path }) => path)
    return texts.toSorted((a, b) => place(order, a) - place(order, b))
  }
  if (problems.length > 0) throw new SecretError(inOrder(problems))
  return {
    secret(ref) {
      const secret = secrets.get(key(ref))
      if (secret === undefined) throw new Error('a secret was asked for that this run does not need')
      return secret
    },
    warnings: inOrder(warnings),
  }
}

function tooShort(ref: SecretRef): string {
  const where =
    'env' in ref
      ? `the environment variable ${ref.env}`
      : 'file' in ref
        ? `the file ${ref.file}`
        : `the command ${ref.command[0]}`
  return `${where} gives a password of fewer than ${SHORTEST} characters, which is soon guessed and can't be taken out of what programs print; set a longer one`
}

/** Every place of a secret that the inventory names, found by its schema. */
function secretsIn(selected: readonly Selected[]): Need[] {
  return selected.flatMap(({ host, projects }) => [
    ...placesIn(host, `hosts.${host.name}`, ''),
    ...projects.flatMap((project) => {
      const { backup, ...rest } = project
      // Its boxes have entries of their own.
      const own = { ...rest, ...(backup === undefined ? {} : { backup: { ...backup, boxes: [] } }) }
      return [
        ...placesIn(own, `projects.${project.name}`, ''),
        ...boxesOf(project).flatMap((box) => placesIn(box, `boxes.${box.name}`, 'boxes')),
      ].map((need) => ({ ...need, project: project.name }))
    }),
  ])
}

function placesIn(value: unknown, path: string, field: string): Need[] {
  const traits = secretTraits(value)
  if (traits !== undefined) return [{ path, field, ref: value as SecretRef, traits, project: '' }]
  if (Array.isArray(value)) return value.flatMap((item, index) => placesIn(item, `${path}[${index}]`, field))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, item]) =>
    placesIn(item, `${path}.${name}`, field === '' ? name : `${field}.${name}`),
  )
}

/** Addresses that stand in the inventory itself. Whoever has one can send there. */
function writtenUrls(selected: readonly Selected[]): Secret[] {
  return selected.flatMap(({ projects }) =>
    projects.flatMap(({ name, backup }) =>
      (['ping', 'webhook'] as const).flatMap((field) => {
        const url = backup?.notify?.[field]
        return typeof url === 'string' ? [new Secret(url, `projects.${name}.backup.notify.${field}`)] : []
      }),
    ),
  )
}

/** The same for two references to one place. */
function key(ref: SecretRef): string {
  return JSON.stringify(ref)
}

function place(order: readonly string[], problem: string): number {
  return order.findIndex((path) => problem.startsWith(`${path}:`) || problem.startsWith(`${path}, `))
}

import { Secret } from '../text/secret.ts'
import type { Masker } from '../text/masker.ts'
import { SecretError } from './error.ts'
import { boxesOf } from './machines.ts'
import { secretTraits } from './secret-ref.ts'
import type { Purpose, SecretTraits } from './secret-ref.ts'
import { readSecret } from './secret-source.ts'
import type { Selected } from './select.ts'
import type { Inventory, SecretRef } from './types.ts'

/** Of a password that somebody may guess over the network. The masker takes shorter ones out of text only where they stand alone. */
const SHORTEST = 8

export interface ResolveOptions {
  /** Besides `connect`. */
  needs: readonly Purpose[]
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
  { needs: purposes, masker, strict = false }: ResolveOptions,
): Promise<Resolved> {
  const wanted: readonly Purpose[] = ['connect', ...purposes]
  const needs = secretsIn(selected).filter(({ traits }) => (traits.for ?? ['setup']).some((purpose) => wanted.includes(purpose)))
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
    ...placesIn(host, `hosts.${host.name}`),
    ...projects.flatMap((project) => {
      const { backup, ...rest } = project
      // Its boxes have entries of their own.
      const own = { ...rest, ...(backup === undefined ? {} : { backup: { ...backup, boxes: [] } }) }
      return [
        ...placesIn(own, `projects.${project.name}`),
        ...boxesOf(project).flatMap((box) => placesIn(box, `boxes.${box.name}`)),
      ].map((need) => ({ ...need, project: project.name }))
    }),
  ])
}

function placesIn(value: unknown, path: string): Need[] {
  const traits = secretTraits(value)
  if (traits !== undefined) return [{ path, ref: value as SecretRef, traits, project: '' }]
  if (Array.isArray(value)) return value.flatMap((item, index) => placesIn(item, `${path}[${index}]`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, item]) => placesIn(item, `${path}.${name}`))
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

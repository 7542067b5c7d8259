import { Secret } from '../secret.ts'
import { readSigningKey } from '../signing-key.ts'
import { SecretError } from './error.ts'
import { boxesOf } from './machines.ts'
import { readSecret } from './secret-source.ts'
import type { Selected } from './select.ts'
import type { Inventory, SecretRef } from './types.ts'

interface Need {
  /** The field, for messages and as the secret's name. */
  path: string
  ref: SecretRef
  /** A key, which is several lines; all others are one. */
  lines: boolean
  /** What is wrong with the value, which that never shows; undefined where nothing is. */
  check?: (value: string) => string | undefined
}

/**
 * Looks up the secrets that the selected projects and their hosts need, each source once, all at the same time; private keys of
 * encrypted backups only when `identities` asks for them, since few runs need them and few machines should have them.
 *
 * Throws one SecretError that lists every secret that could not be had; never a value.
 */
export async function resolveSecrets(
  inventory: Inventory,
  selected: readonly Selected[],
  { identities = false } = {},
): Promise<(ref: SecretRef) => Secret> {
  const needs = neededSecrets(selected, identities)
  const sources = Map.groupBy(needs, ({ ref }) => key(ref))
  const problems: string[] = []
  const secrets = new Map<string, Secret>()
  await Promise.all(
    [...sources].map(async ([source, users]) => {
      const { path, ref } = users[0]!
      const answer = await readSecret(ref, { directory: inventory.directory, lines: users.every(({ lines }) => lines) })
      const problem = 'value' in answer ? firstProblem(users, answer.value) : answer.problem
      if (problem !== undefined) problems.push(`${[...new Set(users.map((user) => user.path))].join(', ')}: ${problem}`)
      else if ('value' in answer) secrets.set(source, new Secret(answer.value, path))
    }),
  )
  if (problems.length > 0) {
    const order = needs.map(({ path }) => path)
    throw new SecretError(problems.toSorted((a, b) => place(order, a) - place(order, b)))
  }
  return (ref) => {
    const secret = secrets.get(key(ref))
    if (secret === undefined) throw new Error('a secret that the selected projects do not name was asked for')
    return secret
  }
}

function firstProblem(users: readonly Need[], value: string): string | undefined {
  return users.map(({ check }) => check?.(value)).find((problem) => problem !== undefined)
}

function neededSecrets(selected: readonly Selected[], identities: boolean): Need[] {
  const needs: Need[] = []
  const add = (path: string, ref: SecretRef | undefined, rest: Partial<Need> = {}) =>
    ref !== undefined && needs.push({ path, ref, lines: false, ...rest })
  for (const { host, projects } of selected) {
    add(`hosts.${host.name}.sudoPassword`, host.sudoPassword)
    for (const project of projects) {
      const path = `projects.${project.name}`
      add(`${path}.database.password`, project.database.password)
      for (const [index, reader] of project.database.readers.entries())
        add(`${path}.database.readers[${index}].password`, reader.password)
      for (const [name, value] of Object.entries(project.migrations?.env ?? {}))
        if (typeof value !== 'string') add(`${path}.migrations.env.${name}`, value)
      if (identities) add(`${path}.backup.encryption.identity`, project.backup?.encryption?.identity, { lines: true })
      add(`${path}.backup.signingKey`, project.backup?.signingKey, {
        lines: true,
        check(value) {
          const answer = readSigningKey(value, project.name)
          return 'problem' in answer ? answer.problem : undefined
        },
      })
      for (const name of ['ping', 'webhook'] as const) {
        const value = project.backup?.notify?.[name]
        if (typeof value === 'object') add(`${path}.backup.notify.${name}`, value)
      }
      for (const box of boxesOf(project)) {
        add(`boxes.${box.name}.password`, box.password)
        add(`boxes.${box.name}.key`, box.key, { lines: true })
      }
    }
  }
  return needs
}

/** The same for two references to one place. */
function key(ref: SecretRef): string {
  return JSON.stringify(ref)
}

function place(order: readonly string[], problem: string): number {
  return order.findIndex((path) => problem.startsWith(`${path}:`) || problem.startsWith(`${path}, `))
}

import { z } from 'zod'

/** Privileges that one grantee has on things of one kind from one grantor. Names are quoted where SQL wants it. */
export const granted = z.object({
  kind: z.enum(['table', 'sequence', 'schema', 'database', 'new tables', 'new sequences', 'new schemas']),
  /** A superuser's session can revoke it: see `grants`. */
  revocable: z.boolean(),
  /** Null is the owner of each thing. */
  grantor: z.string().nullable(),
  /** Where it isn't revocable. */
  owner: z.string().nullable(),
  privileges: z.array(z.string()),
  count: z.number(),
  /** The first three. */
  names: z.array(z.string()),
  /** The first three; none where it isn't in a schema. */
  schemas: z.array(z.string()),
})
export type Granted = z.infer<typeof granted>

/** `INSERT on public.a, public.b and 9998 more`. */
export function showGranted({ privileges, kind, names, count }: Granted): string {
  const what = kind === 'table' ? '' : `${kind} `
  return `${privileges.join(', ')} on ${what}${someOf(names, count).replaceAll('FOR ROLE ', 'of ').replaceAll(' IN SCHEMA ', ' in ')}`
}

/** A list of names, the rest of it counted. */
export function someOf(names: readonly string[], count: number): string {
  const shown = names.map(printable).join(', ')
  return count > names.length ? `${shown} and ${count - names.length} more` : shown
}

/** Whoever owns a database chooses the names in it. */
export function printable(name: string): string {
  return name.replaceAll(/\p{C}/gu, '?')
}

/** The statements that take privileges away, for a person to run as a superuser; where there are many things, a schema's at once. */
export function revokeByHand(grants: readonly Granted[], grantee: string): string {
  return grants.flatMap((one) => acting(one, grantee)).join('; ')
}

/**
 * Only who granted something takes it back. Where that role can't, since what it does counts as the owner's now, all that it granted becomes
 * the owner's grant first: a new owner takes over the old one's.
 */
function acting(one: Granted, grantee: string): string[] {
  const { grantor, owner, kind, names } = one
  const statements = statementsFor(one, grantee)
  if (grantor === null) return statements
  if (one.revocable || owner === null) return [`SET ROLE ${printable(grantor)}`, ...statements, 'RESET ROLE']
  // ALTER TABLE takes sequences too.
  const word = kind === 'sequence' ? 'TABLE' : kind.toUpperCase()
  const taken = names.flatMap((name) =>
    [grantor, owner].map((to) => `ALTER ${word} ${printable(name)} OWNER TO ${printable(to)}`),
  )
  return [...taken, ...statements]
}

function statementsFor({ kind, privileges, names, count, schemas }: Granted, grantee: string): string[] {
  const what = `REVOKE ${privileges.join(', ')}`
  const from = `FROM ${printable(grantee)}`
  const rest = count > names.length ? [`and so on for ${count - names.length} more`] : []
  switch (kind) {
    case 'new tables':
    case 'new sequences':
    case 'new schemas': {
      const target = kind.slice('new '.length).toUpperCase()
      return [...names.map((name) => `ALTER DEFAULT PRIVILEGES ${printable(name)} ${what} ON ${target} ${from}`), ...rest]
    }
    case 'table':
    case 'sequence':
      if (rest.length > 0)
        return [
          ...schemas.map((schema) => `${what} ON ALL ${kind.toUpperCase()}S IN SCHEMA ${printable(schema)} ${from}`),
          ...(schemas.length === names.length ? ['and so on for further schemas'] : []),
        ]
  }
  return [`${what} ON ${kind.toUpperCase()} ${names.map(printable).join(', ')} ${from}`, ...rest]
}

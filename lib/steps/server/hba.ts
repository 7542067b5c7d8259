import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import { sql } from '../../text/sql.ts'
import type { Context } from '../common/context.ts'
import { printable, someOf } from '../common/granted.ts'
import { openings } from './hba-rules.ts'
import type { HbaRule } from './hba-rules.ts'

const rule = z.object({
  line: z.number(),
  file: z.string().nullable(),
  type: z.string().nullable(),
  database: z.array(z.string()).nullable(),
  user: z.array(z.string()).nullable(),
  address: z.string().nullable(),
  netmask: z.string().nullable(),
  method: z.string().nullable(),
  options: z.array(z.string()).nullable(),
  error: z.string().nullable(),
})

const state = z.object({
  file: z.string(),
  rules: z.array(rule),
  databases: z.array(z.string()),
  roles: z.array(z.object({ name: z.string(), superuser: z.boolean(), groups: z.array(z.string()) })),
})

/** Named one by one; more are counted. */
const MOST = 10

/**
 * pg_hba.conf: whether a line lets a role of these projects, or a superuser, in without a password. It is for a person: whoever logs in
 * that way would be shut out. What is read is the file; the server goes by what it had loaded last. Lines for replication are left aside.
 */
export function hbaStep(projects: readonly Context[]): Step {
  const own = new Map<string, Set<string>>()
  for (const { project } of projects) {
    for (const name of [project.database.owner, ...project.database.readers.map((reader) => reader.name)])
      own.set(name, (own.get(name) ?? new Set(['postgres'])).add(project.database.name))
  }
  return step({
    project: null,
    name: 'hba',
    needs: ['server'],
    facts: {
      hba: sqlFact(
        'postgres',
        state.nullable(),
        sql`WITH RECURSIVE logins AS (SELECT oid, rolname, rolsuper FROM pg_roles WHERE rolsuper AND rolcanlogin OR rolname IN (${['', ...own.keys()]})),
          groups AS (SELECT l.oid AS login, m.roleid FROM logins l JOIN pg_auth_members m ON m.member = l.oid
            UNION SELECT g.login, m.roleid FROM groups g JOIN pg_auth_members m ON m.member = g.roleid)
          SELECT json_build_object('file', current_setting('hba_file'),
            'rules', (SELECT coalesce(json_agg(json_build_object('line', line_number, 'file', to_jsonb(h)->>'file_name', 'type', type, 'database', database,
              'user', user_name, 'address', address, 'netmask', netmask, 'method', auth_method, 'options', options, 'error', error)
              ORDER BY coalesce((to_jsonb(h)->>'rule_number')::int, line_number)), '[]') FROM pg_hba_file_rules h),
            'databases', (SELECT coalesce(json_agg(datname), '[]') FROM pg_database WHERE datallowconn),
            'roles', (SELECT coalesce(json_agg(json_build_object('name', rolname, 'superuser', rolsuper,
              'groups', ARRAY(SELECT pg_get_userbyid(roleid)::text FROM groups WHERE login = logins.oid)) ORDER BY rolname), '[]') FROM logins))`,
      ),
    },
    plan({ hba }) {
      if (hba === null) return []
      const known = new Map(hba.roles.map((role) => [role.name, role]))
      const logins = [...new Set([...own.keys(), ...known.keys()])].map((name) => ({
        name,
        groups: known.get(name)?.groups ?? [],
        // A superuser reaches all from any of them.
        databases: known.get(name)?.superuser === true ? hba.databases : [...(own.get(name) ?? [])],
      }))
      const place = ({ file, line }: HbaRule) => `${file ?? hba.file} line ${line}`
      const wrong = hba.rules
        .filter(({ error }) => error !== null)
        .map((one): Change => ({
          what: place(one),
          from: printable(one.error ?? ''),
          to: 'a line that PostgreSQL understands',
          help: `until it is right, PostgreSQL goes on with the lines that it had loaded, and does not start with these. ${LOAD}`,
        }))
      const open = openings(hba.rules, logins).map(({ rule: one, logins: names }): Change => ({
        what: place(one),
        from: `${written(one)}: lets ${one.user?.includes('all') === true ? 'everybody' : someOf(names.slice(0, 3), names.length)} in without a password`,
        to: 'a password, by scram-sha-256',
        help: `write ${one.type === 'local' ? 'peer, or scram-sha-256,' : 'scram-sha-256'} for ${one.method} there, once each program that logs in this way has its password. ${LOAD}`,
      }))
      const all = [...wrong, ...open]
      if (all.length <= MOST) return all
      const more = { what: hba.file, from: `${all.length - MOST} more lines like these`, to: 'none', help: LOAD }
      return [...all.slice(0, MOST), more]
    },
    note: ({ hba }) => `${hba?.file ?? 'no file'}: nobody gets in without a password`,
  })
}

const LOAD = 'Then, as postgres: SELECT pg_reload_conf(); what was read here is the file, which may not be what is loaded'

/** The line as it may stand in the file. */
function written({ type, database, user, address, netmask, method, options }: HbaRule): string {
  const words = [type, database?.join(','), user?.join(','), address, netmask, method, ...(options ?? [])]
  return printable(words.filter((word) => typeof word === 'string').join(' '))
}

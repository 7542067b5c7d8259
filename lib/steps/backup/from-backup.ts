import { z } from 'zod'
import { sqlFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Step } from '../../engine/step.ts'
import { withIdentity } from './restore-command.ts'
import { rootAlone } from '../../engine/owners.ts'
import { sh } from '../../text/sh.ts'
import { sql } from '../../text/sql.ts'
import type { Context } from '../common/context.ts'
import { places, runsFrom } from './places.ts'

/** Whether the database holds anything of its own, as the restore script asks before it fills it; null where there is no database. */
function filledFact(database: string) {
  return sqlFact(
    database,
    z.boolean().nullable(),
    sql`WITH own AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
      member AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
    SELECT to_json(EXISTS (SELECT FROM pg_class c WHERE relkind IN ('r', 'p', 'm', 'v', 'S', 'f') AND relnamespace IN (SELECT oid FROM own) AND (1259, c.oid) NOT IN (SELECT classid, objid FROM member))
      OR EXISTS (SELECT FROM pg_proc p WHERE pronamespace IN (SELECT oid FROM own) AND (1255, p.oid) NOT IN (SELECT classid, objid FROM member))
      OR EXISTS (SELECT FROM pg_largeobject_metadata))`,
  )
}
export type FilledFact = ReturnType<typeof filledFact>

/** The data of an empty database from the newest backup on the box that holds, instead of migrations from zero. Gives the fact as well. */
export function fromBackupStep({ project, secret }: Context, trustBox = false): { step: Step; filled: FilledFact } {
  const { name: database } = project.database
  const filled = filledFact(database)
  const identity = project.backup?.encryption?.identity
  return {
    filled,
    step: step({
      project: project.name,
      name: 'from-backup',
      needs: ['preflight', 'server', 'package', 'role', 'database', 'restore-script', 'config', 'known-host'],
      facts: { filled },
      plan(found) {
        if (found.filled === true) return []
        const script = sh`${places(project.name).restore} --into ${database} --fill ${trustBox ? ['--trust-box'] : []}`
        return [
          {
            what: `data of ${database}`,
            from: null,
            to: 'the newest backup on the box that holds, compared with its manifest',
            run: sh`exec; ${rootAlone(runsFrom(project.name))}\n${withIdentity(script, identity && secret(identity))}`,
            deadline: 24 * 3600,
            help: `nothing was restored; the log in /var/log/postgres-backup has all stages. Take an older one`,
            next: ['restore', project.name, '--into', database, '--replace', '--at', 'DAY'],
          },
        ]
      },
      note: (found) => (found.filled === true ? 'has data already' : 'empty'),
    }),
  }
}

/**
 * `inner`, but unknown while the database is empty, and waiting where the restore failed: what it would plan then is what the backup brings,
 * and backups of an empty database would hide the good ones.
 */
export function afterRestore(inner: Step, filled: FilledFact): Step {
  return {
    ...inner,
    needs: ['from-backup', ...inner.needs],
    facts: { ...inner.facts, filled },
    plan: (found) =>
      (found as { filled: boolean | null }).filled === true ? inner.plan(found) : { unknown: 'once the backup is restored' },
  }
}

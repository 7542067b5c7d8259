import { alembicCause, heads, pending } from './alembic.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import type { Migrations, Project } from '../../inventory/index.ts'
import { alembicPasswordProblem } from '../../inventory/index.ts'
import { asUser } from '../../engine/owners.ts'
import type { Text } from '../../text/secret.ts'
import { Script, sh } from '../../text/sh.ts'
import { keptFromRunning, whoRuns } from './alembic-user.ts'
import type { Context } from '../common/context.ts'
import { isWithoutSecrets } from '../common/unread.ts'
import { databaseUrl } from './url.ts'
import { revisionFacts } from './revisions.ts'
import type { Code } from './revisions.ts'
import { otherVersionTables } from './version-tables.ts'

/** Seconds. */
const DEADLINE = 3600

/** The revision in the database against the heads that the code on the host declares; `alembic upgrade head` closes the gap. */
export function migrationsStep(context: Context, migrations: Migrations): Step {
  const { project } = context
  return step({
    project: project.name,
    name: 'migrations',
    needs: ['preflight', 'server', 'role', 'database', 'extension', 'schema'],
    facts: { ...revisionFacts(context, migrations), others: otherVersionTables(project.database.name) },
    plan({ code, current, others }) {
      const what = `migrations of ${project.database.name}`
      const from = current?.join(', ') ?? null
      const problem = unfit(project, migrations, code, current ?? [], others ?? [])
      if (problem !== undefined) return [{ what, from, ...problem, blocks: true }]
      const [head] = heads(code?.revisions ?? [])
      const count = pending(code?.revisions ?? [], current ?? [])
      if (head === undefined || count === 0) return []
      const behind = `${count} ${count === 1 ? 'revision' : 'revisions'}`
      const text = `${project.database.name} is ${from === null ? 'at no revision' : `at ${from}`}; the code is at ${head}, ${behind} ahead`
      const change = { what, from, to: `${head} (${behind})`, text }
      const password = alembicPasswordProblem(context.secret(project.database.password))
      const help = `Alembic's own message stands above; ${project.database.name} is as its last finished transaction left it, usually as it was. It ran as ${code?.user ?? 'root'}. Mend the code on the host, then run this again`
      return [
        {
          ...change,
          run: upgrade(context, migrations),
          cause: alembicCause,
          deadline: DEADLINE,
          help: password === undefined ? help : `${help}. ${password}`,
        },
      ]
    },
    note: ({ current, others }) =>
      `at ${current?.join(', ') ?? 'no revision'}${others === null ? '' : `; not read: ${others.join(', ')}`}`,
    ...(isWithoutSecrets(context) ? { notChecked: leftOut } : {}),
  })
}

const leftOut = ({ code }: { code: Code | null }): string[] =>
  code?.unchecked === undefined ? [] : [`the heads of the code: ${code.unchecked}`]

/** What keeps an upgrade from being run by a machine, with the ways out. */
function unfit(
  project: Project,
  migrations: Migrations,
  code: Code | null,
  current: readonly string[],
  others: readonly string[],
): Pick<Change, 'to' | 'help' | 'text' | 'next'> | undefined {
  const { directory, head } = migrations
  if (code === null) {
    return {
      to: `the code in ${directory}`,
      text: `there is no alembic.ini in ${directory}`,
      help: `there is no alembic.ini in ${migrations.directory}, and no [tool.alembic] in a pyproject.toml: deploy the code, or correct projects.${project.name}.migrations.directory`,
    }
  }
  if (current.length === 0 && others.length > 0) {
    return {
      to: 'public.alembic_version',
      help: `env.py keeps the revisions elsewhere (version_table or version_table_schema): ${others.join(', ')}, which is not read here. Take those options out of env.py and move the table (ALTER TABLE ${others[0]} SET SCHEMA public, and RENAME TO alembic_version where it has another name), or run the migrations yourself and leave projects.${project.name}.migrations out`,
    }
  }
  const kept = keptFromRunning(project.name, code)
  if (kept !== undefined) return kept
  const at = current.join(', ') || 'no revision'
  if (code.unchecked !== undefined) {
    if (head === undefined || current.join(', ') === head) return undefined
    return {
      to: head,
      text: `the database is at ${at}; the inventory expects ${head}; the code is not checked`,
      help: 'only Alembic could tell what the code has, and it is not run here',
      next: ['provision', project.name, '--check'],
    }
  }
  const ends = heads(code.revisions)
  const unknown = current.filter((revision) => !code.revisions.some(({ id }) => id === revision))
  if (unknown.length > 0) {
    return {
      to: `a revision that the code in ${directory} knows`,
      text: `the database is at ${at}, which the code in ${directory} doesn't have`,
      help: `the code is older than the database. Deploy the newer code, or go back by a downgrade with the code that knows ${unknown.join(', ')}`,
    }
  }
  if (ends.length > 1) {
    return {
      to: 'one head',
      text: `the code has ${ends.length} heads: ${ends.join(', ')}`,
      help: `join them with "alembic merge ${ends.join(' ')}" and deploy that`,
    }
  }
  if (current.length > 1) {
    return {
      to: 'one revision',
      text: `the database stands on ${current.length} branches at once: ${at}`,
      help: `upgrade to their merge by hand, then run this again`,
    }
  }
  if (head !== undefined && ends[0] !== head) {
    return {
      to: head,
      text: `the code ends at ${ends[0] ?? 'nothing'}; the inventory expects ${head}`,
      help: `deploy the code in ${directory} that ends there, or correct projects.${project.name}.migrations.head`,
    }
  }
  return undefined
}

/** As the code's owner. The URL and the other variables travel on stdin and go through one environment, never through arguments. */
function upgrade(context: Context, migrations: Migrations): Script {
  const url = databaseUrl(context, `${migrations.urlDriver}://{owner}:{password}@{host}:{port}/{database}`)
  const variables: [string, string | Text][] = [
    ...Object.entries(migrations.env).map(([name, value]): [string, string | Text] => [
      name,
      typeof value === 'string' ? value : context.secret(value),
    ]),
    [migrations.urlVariable, url],
  ]
  const exports = variables.map(([name, value]) => sh`${new Script(name)}=${value}; export ${new Script(name)}`)
  return sh`${whoRuns(migrations, 'run')}
${asUser(
  sh`"$owner"`,
  sh`cd ${migrations.directory}
${Script.join(exports)}
PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 exec ${migrations.command} upgrade head </dev/null`,
  DEADLINE,
)}`
}

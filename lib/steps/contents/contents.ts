import { compareContents } from './compare.ts'
import type { Comparison, Difference } from './compare.ts'
import type { Project } from '../../inventory/index.ts'
import type { Ledger } from '../backup/ledger-fact.ts'
import { contentsFacts, countedRowsFact } from './facts.ts'
import type { Objects, TableRows } from './facts.ts'
import { newestManifestFact } from './manifest-fact.ts'
import type { NewestManifest } from './manifest-fact.ts'
import { plainName } from './names.ts'
import { nextOf, sentencesOf, subjectOf } from './sentences.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import { ledgerFact } from '../backup/ledger-fact.ts'
import { asTyped } from '../../format/command.ts'
import type { Context } from '../common/context.ts'
import { printable } from '../common/granted.ts'
import { declaredTables } from '../migrations/tables.ts'

/** Named one by one; more are counted. */
const MOST = 12

/**
 * The live database against the manifest of the newest backup on the host: what the backup has and the database lacks is for a person. Rows
 * are counted where `count` says so, else estimated. With another head of Alembic than the backup's all of it is only noted.
 */
export function contentsStep({ host, project }: Context, { count = false }: { count?: boolean } = {}): Step {
  const { name: database } = project.database
  const counting = count ? { counted: countedRowsFact(host.postgresql.port, database) } : {}
  const facts = {
    ...contentsFacts(database),
    manifest: newestManifestFact(project.name, database),
    ledger: ledgerFact(project.name),
    ...counting,
  }
  return step({
    project: project.name,
    name: 'contents',
    needs: ['server', 'database'],
    facts,
    plan(found) {
      const compared = comparison(project, found)
      if (compared === null || compared.heads !== null) return []
      if (compared.unfit !== null)
        return [
          {
            what: `manifest of ${compared.backup}`,
            text: compared.unfit,
            from: compared.unfit,
            to: 'the one that was written with the backup',
            help: 'compare it with the copy on the box, and make a new backup',
            next: ['backup', project.name],
          },
        ]
      const { backup, differences } = compared
      const isTable = (one: Difference) => one.kind === 'missing' && one.things === 'tables'
      const [tables, others] = [differences.filter(isTable), differences.filter((one) => !isTable(one))]
      const changes = tables.slice(0, MOST).map((one) => change([one], backup, project.name, database))
      if (tables.length > MOST) changes.push(change(tables.slice(MOST), backup, project.name, database))
      for (const some of Map.groupBy(others, (one) => `${one.kind} ${one.kind === 'rows' ? '' : one.things}`).values())
        changes.push(change(some, backup, project.name, database))
      return changes
    },
    note(found) {
      const compared = comparison(project, found)
      if (compared === null) return 'no backup here to compare with'
      const { backup, heads, differences, tables, counted } = compared
      if (heads === null)
        return `as in ${backup}: ${tables} tables, rows ${counted === tables ? 'counted' : `estimated for ${tables - counted} of them`}`
      return `at ${heads.is ?? 'no revision'}, ${backup} was at ${heads.was ?? 'none'}${differences.length === 0 ? '' : `; since then missing or changed: ${sentencesOf(differences)}`}`
    },
  })
}

/** What was found in the database and of its newest backup. */
interface ContentsFound {
  manifest: NewestManifest | null
  objects: Objects | null
  rows: Readonly<Record<string, TableRows>> | null
  heads: readonly string[] | null
  ledger: Ledger | null
  counted?: ReadonlyMap<string, number> | null
}

/** Null where there is nothing to compare. */
export function comparison(
  { database, migrations }: Project,
  { manifest, objects, rows, heads, ledger, counted = null }: ContentsFound,
): Comparison | null {
  if (manifest === null || objects === null || rows === null) return null
  const declared = declaredTables(migrations)?.names ?? []
  const live = { objects, rows, heads, counted: counted ?? new Map<string, number>() }
  return compareContents(manifest, live, { owner: database.owner, declared, ledger })
}

/** Differences of one kind as one change. */
function change(some: readonly Difference[], backup: string, project: string, database: string): Change {
  const first = some[0]!
  const next = nextOf(first, project, database).map(printable)
  const meant = `if that was meant, a new backup is what it is compared with: ${asTyped(['backup', project])}`
  const what = `${subjectOf(first)}${some.length > 1 ? ` and ${some.length - 1} more` : ''}`
  const text = `${first.kind === 'missing' ? `missing, though ${backup} has it` : `compared with ${backup}`}: ${sentencesOf(some)}`
  if (first.kind === 'owner') return { what, text, from: sentencesOf(some), to: `as in ${backup}`, help: meant, next }
  if (first.kind === 'rows')
    return {
      what,
      text,
      from: sentencesOf(some),
      to: `more than half of those in ${backup}`,
      help: `${meant}; else this puts the table as it was beside the live one`,
      next,
    }
  const to = `there, as in ${backup}: ${sentencesOf(some, MOST)}`
  if (first.after !== null)
    return {
      what,
      text,
      from: null,
      to,
      help: `${meant}; else what fell with table ${printable(plainName(first.after))} comes back with it`,
      next,
    }
  const how = first.things === 'tables' || first.of === null ? 'brings it back' : 'prints it'
  return { what, text, from: null, to, help: `${meant}; else this ${how}`, next }
}

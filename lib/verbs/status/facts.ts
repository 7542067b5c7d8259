import { z } from 'zod'
import { contentsFacts } from '../../steps/contents/facts.ts'
import type { Objects, TableRows } from '../../steps/contents/facts.ts'
import { newestManifestFact } from '../../steps/contents/manifest-fact.ts'
import type { NewestManifest } from '../../steps/contents/manifest-fact.ts'
import { sqlFact } from '../../engine/fact.ts'
import type { Fact } from '../../engine/fact.ts'
import { valueOf } from '../../engine/answer.ts'
import type { Answer } from '../../engine/answer.ts'
import { selfFacts } from '../../steps/backup/folder-owner.ts'
import { ledgerFact } from '../../steps/backup/ledger-fact.ts'
import type { Ledger } from '../../steps/backup/ledger-fact.ts'
import { sql } from '../../text/sql.ts'
import type { Context } from '../../steps/common/context.ts'
import { codeRevisions, currentRevisions } from '../../steps/migrations/revisions.ts'
import type { Code } from '../../steps/migrations/revisions.ts'
import { publicTablesFact } from '../../steps/migrations/tables.ts'
import type { PublicTables } from '../../steps/migrations/tables.ts'
import { lookFacts, lookOf } from './look.ts'
import type { LookDocument } from './look.ts'

/** What a host says of a project, for its figures. Left out is what the project doesn't have. */
export interface Found {
  tables: Answer<PublicTables | null>
  objects: Answer<Objects | null>
  rows: Answer<Readonly<Record<string, TableRows>> | null>
  heads: Answer<string[] | null>
  bytes: Answer<number | null>
  /** Read as text: this verb runs nothing of the project. */
  code?: Answer<Code | null>
  current?: Answer<string[] | null>
  look?: Answer<LookDocument>
  ledger?: Answer<Ledger | null>
  host?: Answer<string | null>
  cluster?: Answer<string | null>
  manifest?: Answer<NewestManifest | null>
}

/** All questions of a project, and how their answers become its `Found`. */
export function questions({ project }: Context): {
  facts: Fact<unknown>[]
  found: (answers: ReadonlyMap<Fact<unknown>, Answer>, now: Date) => Found
} {
  const { database, migrations, backup } = project
  const facts = {
    tables: publicTablesFact(database.name),
    ...contentsFacts(database.name),
    bytes: sqlFact(database.name, z.number().nullable(), sql`SELECT pg_database_size(current_database())`),
    ...(migrations === undefined
      ? {}
      : { code: codeRevisions(migrations, { python: false }), current: currentRevisions(database.name) }),
    ...(backup === undefined
      ? {}
      : {
          ledger: ledgerFact(project.name),
          manifest: newestManifestFact(project.name, database.name),
          ...selfFacts(database.name),
        }),
  } satisfies Record<string, Fact<unknown>>
  const look = backup === undefined ? undefined : lookFacts(project)
  return {
    facts: [...Object.values(facts), ...Object.values(look ?? {})],
    found(answers, now) {
      const found = Object.fromEntries(
        Object.entries(facts).map(([name, fact]) => [name, answers.get(fact) ?? { error: 'not asked' }]),
      ) as unknown as Found
      if (look === undefined) return found
      return { ...found, look: lookOf(look, answers, valueOf(found.ledger), now) }
    },
  }
}

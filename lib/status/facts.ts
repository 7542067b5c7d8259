import { z } from 'zod'
import { contentsFacts } from '../contents/facts.ts'
import type { Objects, TableRows } from '../contents/facts.ts'
import { newestManifestFact } from '../contents/manifest-fact.ts'
import type { NewestManifest } from '../contents/manifest-fact.ts'
import { shellFact, sqlFact } from '../engine/fact.ts'
import type { Fact } from '../engine/fact.ts'
import type { FileState } from '../engine/file.ts'
import type { Answer } from '../engine/answer.ts'
import { heldFact } from '../emptied.ts'
import type { Held } from '../emptied.ts'
import { selfFacts } from '../folder-owner.ts'
import { ifThere } from '../host-script.ts'
import { ledgerFact } from '../ledger.ts'
import type { Ledger } from '../ledger.ts'
import { sh } from '../shell.ts'
import { sql } from '../sql.ts'
import type { Context } from '../steps/context.ts'
import { cronFacts } from '../steps/cron.ts'
import { places } from '../steps/places.ts'
import { codeRevisions, currentRevisions } from '../steps/revisions.ts'
import type { Code } from '../steps/revisions.ts'
import { publicTablesFact } from '../steps/tables.ts'
import type { PublicTables } from '../steps/tables.ts'
import { lookDocument } from './document.ts'
import { dumpsFact } from './dumps.ts'
import type { Dump } from './dumps.ts'
import type { LookDocument } from './document.ts'

/** For one project's boxes. */
const LOOK_SECONDS = 300

/** A value, or why it could not be read. */
export type Seen<T> = { value: T } | { error: string }

/** What a host says of a project. Left out is what the project doesn't have. */
export interface Found {
  tables: Seen<PublicTables | null>
  objects: Seen<Objects | null>
  rows: Seen<Readonly<Record<string, TableRows>> | null>
  heads: Seen<string[] | null>
  bytes: Seen<number | null>
  /** Read as text: this verb runs nothing of the project. */
  code?: Seen<Code | null>
  current?: Seen<string[] | null>
  look?: Seen<LookDocument>
  ledger?: Seen<Ledger | null>
  live?: Seen<Held>
  dumps?: Seen<Dump[]>
  host?: Seen<string | null>
  cluster?: Seen<string | null>
  manifest?: Seen<NewestManifest | null>
  cronFile?: Seen<FileState | null>
  cronDaemon?: Seen<boolean>
}

/** All questions of a project, and how their answers become its `Found`. */
export function questions({ project }: Context): {
  facts: Fact<unknown>[]
  found: (answers: ReadonlyMap<Fact<unknown>, Answer>) => Found
} {
  const { database, migrations, backup } = project
  const { script } = places(project.name)
  const cron = cronFacts(project.name)
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
          look: shellFact(lookDocument, ifThere(script, project.name, sh`${script} --status`), { deadline: LOOK_SECONDS }),
          ledger: ledgerFact(project.name),
          live: heldFact(database.name),
          dumps: dumpsFact(database.name),
          manifest: newestManifestFact(project.name, database.name),
          cronFile: cron.found,
          cronDaemon: cron.daemon,
          ...selfFacts(database.name),
        }),
  } satisfies Record<string, Fact<unknown>>
  return {
    facts: Object.values(facts),
    found: (answers) =>
      Object.fromEntries(
        Object.entries(facts).map(([name, fact]) => [name, answers.get(fact) ?? { error: 'not asked' }]),
      ) as unknown as Found,
  }
}

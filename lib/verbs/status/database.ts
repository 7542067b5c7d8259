import { valueOf } from '../../engine/answer.ts'
import { comparison } from '../../steps/contents/contents.ts'
import { sentenceOf } from '../../steps/contents/sentences.ts'
import { shownLoose } from '../../steps/common/loose.ts'
import type { Context } from '../../steps/common/context.ts'
import { heads } from '../../steps/migrations/alembic.ts'
import type { Code } from '../../steps/migrations/revisions.ts'
import { comparedTables, declaredTables } from '../../steps/migrations/tables.ts'
import type { Found } from './facts.ts'
import type { ProjectStatus } from './types.ts'

/** The database in figures. What of it is not as it should be, the steps say. */
export function databaseState({ project }: Context, found: Found): ProjectStatus['database'] {
  const [tables, code, objects] = [valueOf(found.tables), valueOf(found.code), valueOf(found.objects)]
  const declared = declaredTables(project.migrations)
  const { missing, extra } =
    declared === undefined || tables === null ? { missing: [], extra: [] } : comparedTables(declared, tables)
  const unchecked = code === null ? null : notChecked(code)
  const compared = comparison(project, {
    manifest: valueOf(found.manifest),
    objects,
    rows: valueOf(found.rows),
    heads: valueOf(found.heads),
    ledger: valueOf(found.ledger),
  })
  return {
    name: project.database.name,
    bytes: valueOf(found.bytes),
    tables: tables === null ? null : Object.keys(objects?.['tables'] ?? {}).length,
    declaredTables: declared?.names.length ?? null,
    missingTables: missing,
    extraTables: extra,
    revisions: valueOf(found.current),
    heads: code === null || unchecked !== null ? null : heads(code.revisions),
    codeNotChecked: unchecked,
    sinceBackup:
      compared === null
        ? null
        : {
            backup: compared.backup,
            isAtAnotherHead: compared.heads !== null,
            differences: compared.differences.map(sentenceOf),
          },
  }
}

function notChecked({ user, refused, denied, unchecked }: Code): string | null {
  if (refused !== undefined) return `${shownLoose(refused)}, so others than ${user} could change the code`
  return denied !== undefined ? `${user} may not use ${denied}` : (unchecked ?? null)
}

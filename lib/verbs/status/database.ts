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
  const value = <T>(seen: { value: T } | { error: string } | undefined) =>
    seen !== undefined && 'value' in seen ? seen.value : null
  const [tables, code, objects] = [value(found.tables), value(found.code), value(found.objects)]
  const declared = declaredTables(project.migrations)
  const { missing, extra } =
    declared === undefined || tables === null ? { missing: [], extra: [] } : comparedTables(declared, tables)
  const unchecked = code === null ? null : notChecked(code)
  const compared = comparison(project, {
    manifest: value(found.manifest),
    objects,
    rows: value(found.rows),
    heads: value(found.heads),
    ledger: value(found.ledger),
  })
  return {
    name: project.database.name,
    bytes: value(found.bytes),
    tables: tables === null ? null : Object.keys(objects?.['tables'] ?? {}).length,
    declaredTables: declared?.names.length ?? null,
    missingTables: missing,
    extraTables: extra,
    revisions: value(found.current),
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

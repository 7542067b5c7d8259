import { templateText } from './template.ts'

const COMMON = [
  'settings',
  'reader.pl',
  'words',
  'json',
  'processes',
  'file-name',
  'config',
  'locks',
  'database',
  'objects.sql',
  'contents',
  'box',
  'box-files',
  'ledger',
  'suspect',
  'signature',
  'origin',
  'read-manifest',
  'seed',
  'status',
  'news',
  'metrics',
  'notify',
]
const BACKUP = [
  'pipes',
  'space',
  'globals.pl',
  'globals',
  'snapshot',
  'dump',
  'inspect',
  'manifest',
  'anomaly',
  'adopt',
  'card',
  'upload',
  'prune',
  'gone',
  'every-file',
  'look',
  'boxes',
  'doctor',
]

/** The backup script: one Bash file, so that it is replaced whole, made of the parts in templates/scripts, in their order. */
export const backupScript = (): string => assemble('backup-head', [...COMMON, ...BACKUP], 'backup-run')

const RESTORE = [
  'pipes',
  'space',
  'feed.pl',
  'digest.pl',
  'differences.pl',
  'globals.pl',
  'extensions',
  'fetch',
  'loader',
  'tablespaces',
  'subscriptions',
  'roles',
  'rights',
  'load',
  'compare',
  'compare-text',
  'login',
  'change-lock',
  'into',
  'table.pl',
  'table',
  'table-sql',
  'table-pieces',
  'take-over',
  'proof',
]

/** The restore script, made in the same way: a drill, a restore for real, one table. */
export const restoreScript = (): string => assemble('restore-head', [...COMMON, ...RESTORE], 'restore-run')

function assemble(head: string, parts: readonly string[], end: string): string {
  const part = (name: string) =>
    `\n# --- ${name} ${'-'.repeat(120 - name.length)}\n\n${VARIABLES[name] === undefined ? templateText(`scripts/${name}.sh`) : variable(name, VARIABLES[name])}`
  return [templateText(`scripts/${head}.sh`), ...[...parts, end].map(part)].join('')
}

/** Perl that a script runs, and SQL that it asks, as variables of it: one file stays one file. */
const VARIABLES: Readonly<Record<string, string>> = {
  'reader.pl': 'READER',
  'feed.pl': 'FEEDER',
  'globals.pl': 'GLOBALS_READER',
  'objects.sql': 'OBJECTS_SQL',
  'digest.pl': 'DIGEST',
  'differences.pl': 'DIFFERENCES',
  'table.pl': 'TABLE_READER',
}

function variable(file: string, name: string): string {
  return `IFS= read -r -d '' ${name} <<'END_OF_FILE' || :\n${templateText(`scripts/${file}`)}END_OF_FILE\n# shellcheck disable=SC2034\nreadonly ${name}\n`
}

import { templateText } from '../../text/template.ts'

const COMMON = [
  'reader.pl',
  'words',
  'json',
  'processes',
  'file-name',
  'config',
  'locks',
  'database',
  'objects.sql',
  'undumped.sql',
  'contents',
  'globals.pl',
  'globals-sql',
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
  'boxes',
]

/** The backup script: one Bash file, so that it is replaced whole, made of the parts in templates/scripts, in their order. */
export const backupScript = (): string => assemble('backup', BACKUP)

/** What gives a dump to psql, in this order: one Perl program of several files. */
export const FEED_PARTS = [
  'single-database',
  'feed',
  'route',
  'routines',
  'subscriptions',
  'inherits',
  'indexes',
  'feed-run',
] as const

const RESTORE = [
  'pipes',
  'space',
  'feed.pl',
  'digest.pl',
  'differences.pl',
  'single-database',
  'extensions',
  'fetch',
  'loader',
  'tablespaces',
  'subscriptions',
  'roles',
  'rights',
  'indexes',
  'load',
  'compare',
  'compare-text',
  'globals-differences.pl',
  'compare-globals',
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
export const restoreScript = (): string => assemble('restore', RESTORE)

/** What it does in its order stands on top, after the settings; then come the parts, and last of all the line that starts it. */
function assemble(kind: 'backup' | 'restore', own: readonly string[]): string {
  const part = (name: string) =>
    `\n# --- ${name} ${'-'.repeat(120 - name.length)}\n\n${VARIABLES[name] === undefined ? templateText(`scripts/${name}.sh`) : variable(VARIABLES[name])}`
  const parts = ['settings', `${kind}-run`, ...COMMON, ...own, `${kind}-start`]
  return [templateText(`scripts/${kind}-head.sh`), ...parts.map(part)].join('')
}

/** Perl that a script runs, and SQL that it asks: the variable of each, and the files that it is made of. */
const VARIABLES: Readonly<Record<string, { variable: string; files: readonly string[] }>> = {
  'reader.pl': { variable: 'READER', files: ['reader.pl'] },
  'feed.pl': { variable: 'FEEDER', files: FEED_PARTS.map((file) => `${file}.pl`) },
  'globals.pl': { variable: 'GLOBALS_READER', files: ['globals.pl'] },
  'objects.sql': { variable: 'OBJECTS_SQL', files: ['objects.sql'] },
  'undumped.sql': { variable: 'UNDUMPED_SQL', files: ['undumped.sql'] },
  'digest.pl': { variable: 'DIGEST', files: ['single-database.pl', 'digest.pl'] },
  'differences.pl': { variable: 'DIFFERENCES', files: ['differences.pl'] },
  'globals-differences.pl': { variable: 'GLOBALS_DIFFERENCES', files: ['globals-differences.pl'] },
  'table.pl': { variable: 'TABLE_READER', files: ['table.pl', 'by-hand.pl'] },
}

/** As a variable of the script: one script stays one file. */
function variable({ variable: name, files }: { variable: string; files: readonly string[] }): string {
  const text = files.map((file) => templateText(`scripts/${file}`)).join('')
  return `IFS= read -r -d '' ${name} <<'END_OF_FILE' || :\n${text}END_OF_FILE\n# shellcheck disable=SC2034\nreadonly ${name}\n`
}

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
    `\n# --- ${name} ${'-'.repeat(120 - name.length)}\n\n${name.endsWith('.pl') ? perl(name) : templateText(`scripts/${name}.sh`)}`
  return [templateText(`scripts/${head}.sh`), ...[...parts, end].map(part)].join('')
}

const VARIABLES: Readonly<Record<string, string>> = {
  'reader.pl': 'READER',
  'feed.pl': 'FEEDER',
  'globals.pl': 'GLOBALS_READER',
  'digest.pl': 'DIGEST',
  'differences.pl': 'DIFFERENCES',
  'table.pl': 'TABLE_READER',
}

/** Perl that a script runs, as a variable of it: one file stays one file. */
function perl(name: string): string {
  const variable = VARIABLES[name]
  if (variable === undefined) throw new Error(`no variable for ${name}`)
  return `IFS= read -r -d '' ${variable} <<'END_OF_PERL' || :\n${templateText(`scripts/${name}`)}END_OF_PERL\n# shellcheck disable=SC2034\nreadonly ${variable}\n`
}

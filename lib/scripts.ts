import { templateText } from './template.ts'

const COMMON = [
  'settings',
  'reader',
  'words',
  'processes',
  'config',
  'locks',
  'database',
  'contents',
  'box',
  'box-files',
  'status',
  'news',
  'metrics',
  'notify',
]
const BACKUP = [
  'pipes',
  'globals',
  'snapshot',
  'dump',
  'inspect',
  'manifest',
  'anomaly',
  'card',
  'upload',
  'prune',
  'look',
  'boxes',
  'doctor',
]

/** The backup script: one Bash file, so that it is replaced whole, made of the parts in templates/scripts, in their order. */
export const backupScript = (): string => assemble('backup-head', [...COMMON, ...BACKUP], 'backup-run')

const RESTORE = ['pipes', 'fetch', 'load', 'match', 'login', 'into', 'proof']

/** The restore script, made in the same way: a drill, a restore for real, one table. */
export const restoreScript = (): string => assemble('restore-head', [...COMMON, ...RESTORE], 'restore-run')

function assemble(head: string, parts: readonly string[], end: string): string {
  const part = (name: string) =>
    `\n# --- ${name} ${'-'.repeat(120 - name.length)}\n\n${name === 'reader' ? reader() : templateText(`scripts/${name}.sh`)}`
  return [templateText(`scripts/${head}.sh`), ...[...parts, end].map(part)].join('')
}

/** What reads a dump's text, in Perl, as a variable of the script: one file stays one file. */
const reader = (): string =>
  `IFS= read -r -d '' READER <<'END_OF_READER' || :\n${templateText('scripts/reader.pl')}END_OF_READER\nreadonly READER\n`

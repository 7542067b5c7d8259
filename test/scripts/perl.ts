import { spawnSync } from 'node:child_process'
import { templateText } from '../../lib/text/template.ts'

export interface Answer {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs Perl of templates/scripts as the scripts on the host do: as one text, by its words, on bytes. */
export function runPerl(parts: readonly string[], words: readonly string[], stdin: string | Buffer): Answer {
  const { status, stdout, stderr } = spawnSync(
    'perl',
    ['-e', parts.map((part) => templateText(`scripts/${part}.pl`)).join(''), ...words],
    { input: stdin, maxBuffer: 1e8 },
  )
  return { code: status, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') }
}

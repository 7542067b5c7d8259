import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A key pair that ssh-keygen makes now: the private half as text, the public one without its comment. */
export function sshKey(...options: string[]): { private: string; public: string } {
  const folder = mkdtempSync(join(tmpdir(), 'bitacora-key-'))
  try {
    const file = join(folder, 'key')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'onquota-backups', ...options, '-f', file])
    const [type = '', key = ''] = readFileSync(`${file}.pub`, 'utf8').split(' ')
    return { private: readFileSync(file, 'utf8'), public: `${type} ${key}` }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

import { z } from 'zod'
import { shellFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Step } from '../../engine/step.ts'
import { sh } from '../../text/sh.ts'

/** The Debian package that brings each command we use. */
const PACKAGES: Record<string, string> = {
  sshpass: 'sshpass',
  sftp: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  gzip: 'gzip',
  crontab: 'cron',
  logrotate: 'logrotate',
  zstd: 'zstd',
  age: 'age',
}

/**
 * Commands that the host must have. Asked of the shell and not of dpkg: it starts no process, and a command that was put there by hand
 * serves as well.
 */
export function packages(commands: readonly string[]): Step {
  return step({
    project: null,
    name: 'package',
    needs: [],
    facts: {
      present: shellFact(
        z.array(z.string()),
        sh`printf '['; comma=; for c in ${commands}; do command -v "$c" >/dev/null && { printf '%s"%s"' "$comma" "$c"; comma=,; }; done; printf ']'`,
      ),
    },
    plan({ present }) {
      const missing = commands.filter((command) => !present.includes(command))
      const names = [...new Set(missing.map((command) => PACKAGES[command] ?? command))]
      if (names.length === 0) return []
      const install = sh`apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold --no-install-recommends install ${names}`
      return [
        {
          what: `package ${names.join(' ')}`,
          from: null,
          to: 'installed',
          // The list of packages may be old or empty: fetched anew only when the first try fails.
          run: sh`export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
${install} || { apt-get -qq -o DPkg::Lock::Timeout=300 update && ${install}; }`,
          deadline: 900,
        },
      ]
    },
  })
}

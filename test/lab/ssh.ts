import { join } from 'node:path'
import { hostOf, type Lab } from './lab.ts'
import { run, type Result } from './process.ts'
import { askPass } from './state.ts'

export interface SshOptions {
  /** Default: the host's own. */
  user?: string
  /** In the lab's folder; default id_ed25519. */
  key?: string
  /** A file in the lab's folder with the password to log in with, such as secrets/box; no key is offered then. */
  passwordFile?: string
  stdin?: string
}

/** One command by the machine's own ssh, host keys checked. An unreachable or refusing host gives code 255. */
export function ssh(lab: Lab, hostName: string, command: string, options: SshOptions = {}): Promise<Result> {
  const { port, user } = hostOf(lab, hostName)
  const argv = ['ssh', ...flags(lab, options), '-p', String(port), `${options.user ?? user}@127.0.0.1`, command]
  return run(argv, { stdin: options.stdin ?? '', environment: environment(lab, options) })
}

/** Commands of SFTP on the box, stopping at the first that fails. */
export function sftp(
  lab: Lab,
  commands: readonly string[],
  options: SshOptions = { passwordFile: 'secrets/box' },
): Promise<Result> {
  // -b turns password prompts off, unless BatchMode=no stands before it.
  const argv = [
    'sftp',
    ...flags(lab, options),
    '-b',
    '-',
    '-P',
    String(lab.box.port),
    `${options.user ?? lab.box.user}@127.0.0.1`,
  ]
  return run(argv, { stdin: `${commands.join('\n')}\n`, environment: environment(lab, options) })
}

/** Paths in quotes: ssh splits them at spaces. */
function flags(lab: Lab, { key = 'id_ed25519', passwordFile }: SshOptions): string[] {
  const way =
    passwordFile === undefined
      ? [
          '-oBatchMode=yes',
          '-oPreferredAuthentications=publickey',
          '-oIdentitiesOnly=yes',
          `-oIdentityFile="${join(lab.directory, key)}"`,
        ]
      : ['-oBatchMode=no', '-oPubkeyAuthentication=no', '-oNumberOfPasswordPrompts=1']
  const known = [
    '-oStrictHostKeyChecking=yes',
    '-oGlobalKnownHostsFile=/dev/null',
    `-oUserKnownHostsFile="${join(lab.directory, 'known_hosts')}"`,
  ]
  return ['-F', '/dev/null', '-oIdentityAgent=none', '-oConnectTimeout=10', ...known, ...way]
}

const environment = (lab: Lab, { passwordFile }: SshOptions): Record<string, string> =>
  passwordFile === undefined ? {} : askPass(lab.directory, join(lab.directory, passwordFile))

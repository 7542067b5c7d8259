import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { backendFiles } from './backend.ts'
import { machine, type MachineName } from './machines.ts'
import { neighbourOnHost } from './neighbour.ts'
import { putFile } from './script.ts'
import { hostKeyFile, readSecret } from './state.ts'

/** Made by a set-up that came to its end. */
export const READY = '/etc/lab-ready'

/** The script that makes a database host of a fresh container: keys, users, sudo, the backends, and the neighbour where there is one. */
export async function hostSetup(directory: string, name: MachineName): Promise<string> {
  const { user, sudo, backends, neighbour } = machine(name)
  const keys = await Promise.all(['id_ed25519.pub', 'id_encrypted.pub'].map((file) => readFile(join(directory, file), 'utf8')))
  const home = user === 'root' ? '/root' : `/home/${user}`
  const lines = [
    'set -eu',
    'umask 022',
    user === 'root' ? '' : `useradd --create-home --shell /bin/bash ${user}`,
    `install -d -m 0700 -o ${user} -g ${user} ${home}/.ssh`,
    putFile({ path: `${home}/.ssh/authorized_keys`, content: keys.join(''), mode: '0600', owner: `${user}:${user}` }),
    putFile({ path: '/etc/ssh/ssh_host_ed25519_key', content: await readFile(hostKeyFile(directory, name)), mode: '0600' }),
    // A second kind of key, as a server has: a client must ask for the kind that it knows.
    `ssh-keygen -q -t ecdsa -N '' -f /etc/ssh/ssh_host_ecdsa_key </dev/null`,
    putFile({ path: '/etc/ssh/sshd_config.d/lab.conf', content: sshd(user), mode: '0644' }),
    ...(sudo === undefined ? [] : [await sudoers(directory, user, sudo)]),
    ...(await Promise.all(backends.map((project) => backendFiles(`/opt/${project}/backend`)))),
    'lab-services',
    neighbour ? await neighbourOnHost(directory) : '',
    `touch ${READY}`,
  ]
  return lines.filter((line) => line !== '').join('\n')
}

const sshd = (user: string) =>
  `PermitRootLogin ${user === 'root' ? 'prohibit-password' : 'no'}\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n`

async function sudoers(directory: string, user: string, sudo: 'without password' | 'with password'): Promise<string> {
  const content = `${user} ALL=(ALL:ALL) ${sudo === 'with password' ? 'ALL' : 'NOPASSWD: ALL'}\n`
  const rule = putFile({ path: `/etc/sudoers.d/${user}`, content, mode: '0440' })
  if (sudo !== 'with password') return rule
  return `${rule}\nprintf '%s\\n' '${user}:${await readSecret(directory, 'vps3_sudo')}' | chpasswd`
}

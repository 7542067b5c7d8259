import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { putFiles, type ArchivedFile } from './archive.ts'
import { backendFiles } from './backend.ts'
import { machine, type Machine, type MachineName } from './machines.ts'
import { neighbourCommands, neighbourFiles } from './neighbour.ts'
import { hostKeyFile, readSecret } from './state.ts'

/** Made by a set-up that came to its end. */
export const READY = '/etc/lab-ready'

/** The script that makes a database host of a fresh container: keys, users, sudo, the backends, and the neighbour where there is one. */
export async function hostSetup(directory: string, name: MachineName): Promise<string> {
  const { user, sudo, backends, neighbour } = machine(name)
  const home = user === 'root' ? '/root' : `/home/${user}`
  const files = await Promise.all([
    accessFiles(directory, name, home),
    ...backends.map((project) => backendFiles(`/opt/${project}/backend`)),
    neighbour ? neighbourFiles(directory) : [],
  ])
  const lines = [
    'set -eu',
    'umask 022',
    user === 'root' ? '' : `useradd --create-home --shell /bin/bash ${user}`,
    `install -d -m 0700 -o ${user} -g ${user} ${home}/.ssh`,
    neighbour ? 'install -d -m 0755 /opt/postgresql-backups; install -d -m 0750 /opt/postgresql-backups/configs' : '',
    putFiles(files.flat()),
    // A second kind of key, as a server has: a client must ask for the kind that it knows.
    `ssh-keygen -q -t ecdsa -N '' -f /etc/ssh/ssh_host_ecdsa_key`,
    sudo === 'with password' ? `chpasswd <<'END'\n${user}:${await readSecret(directory, 'vps3_sudo')}\nEND` : '',
    // As systemd makes one at the first start.
    "[ -s /etc/machine-id ] || od -An -N16 -tx1 /dev/urandom | tr -d ' \\n' > /etc/machine-id",
    'lab-services',
    neighbour ? await neighbourCommands(directory) : '',
    `touch ${READY}`,
  ]
  return lines.filter((line) => line !== '').join('\n')
}

/** What lets people in: sshd's keys and settings, the user's keys, sudo. */
async function accessFiles(directory: string, name: MachineName, home: string): Promise<ArchivedFile[]> {
  const { user, sudo } = machine(name)
  const keys = await Promise.all(['id_ed25519.pub', 'id_encrypted.pub'].map((file) => readFile(join(directory, file), 'utf8')))
  const files: ArchivedFile[] = [
    { path: `${home}/.ssh/authorized_keys`, content: keys.join(''), mode: 0o600, owner: user },
    { path: '/etc/ssh/ssh_host_ed25519_key', content: await readFile(hostKeyFile(directory, name)), mode: 0o600 },
    { path: '/etc/ssh/sshd_config.d/lab.conf', content: sshd(user), mode: 0o644 },
  ]
  return sudo === undefined ? files : [...files, { path: `/etc/sudoers.d/${user}`, content: sudoers(user, sudo), mode: 0o440 }]
}

const sshd = (user: string) =>
  `PermitRootLogin ${user === 'root' ? 'prohibit-password' : 'no'}\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n`

const sudoers = (user: string, sudo: Machine['sudo']) =>
  `${user} ALL=(ALL:ALL) ${sudo === 'with password' ? 'ALL' : 'NOPASSWD: ALL'}\n`

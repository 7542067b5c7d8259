// What should be true: hosts, storage boxes, and a file for each project. Secrets stand here by name only: { env: NAME },
// { file: PATH } or { command: [WORD, …] }. Copy it, and write your own addresses where the example's are.
import { defineInventory } from '../lib/inventory/index.ts'
import onquota from './onquota.ts'

export default defineInventory({
  hosts: {
    vps: {
      address: '203.0.113.10',
      // What is left out of port, user, identityFile and knownHostsFile is as ssh_config says.
      port: 22,
      user: 'root',
      identityFile: '~/.ssh/id_ed25519',
      knownHostsFile: '~/.ssh/known_hosts',
    },
  },
  boxes: {
    box: {
      address: 'u000000.your-storagebox.de',
      port: 23,
      user: 'u000000',
      password: { env: 'BOX_PASSWORD' },
      // ssh-keyscan -p 23 -t ed25519 u000000.your-storagebox.de; compare its fingerprint with the published one.
      hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    },
  },
  projects: { onquota },
})

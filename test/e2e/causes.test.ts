import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { connect } from '../../lib/host/connection.ts'
import { loginProof } from '../../lib/verbs/verify/login.ts'
import type { Host } from '../../lib/inventory/index.ts'
import { mustExecIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { context } from '../steps/common/support.ts'
import { LAB, runVerb, stepsOf } from './support/run.ts'

let lab: Lab
const HOST = 'vps2'
const HBA = '/etc/postgresql/15/main/pg_hba.conf'
const on = (script: string) => mustExecIn(lab, HOST, script)
/** pg_hba.conf is read again by the signal alone, for when nobody gets in. */
const SIGNAL = 'kill -HUP "$(head -n 1 /var/lib/postgresql/15/main/postmaster.pid)"'
/** sshd removes its pid file when it starts again, and writes it once it listens. */
const SSHD = `p=$(cat /run/sshd.pid); rm -f /run/sshd.pid; kill -HUP "$p"; until [ -s /run/sshd.pid ]; do sleep 0.05; done`

beforeAll(async () => {
  lab = await openLab(LAB)
  await on(
    `cp -a ${HBA} /root/pg_hba.kept; cp -a /etc/ssh/sshd_config /root/sshd_config.kept; cp -a /etc/passwd /root/passwd.kept`,
  )
})
afterEach(() =>
  on(
    `cp -a /root/passwd.kept /etc/passwd; cp -a /root/pg_hba.kept ${HBA}; cp -a /root/sshd_config.kept /etc/ssh/sshd_config; ${SIGNAL}; ${SSHD}
for i in $(seq 600); do su postgres -c 'psql -w -c "SELECT 1"' >/dev/null 2>&1 && break; sleep 0.1; done`,
  ),
)
afterAll(() => on('rm -f /root/pg_hba.kept /root/sshd_config.kept /root/passwd.kept'))

/** What the login's proof says over a new connection to the host. */
async function proof() {
  const { address, port, user } = lab.hosts[HOST]
  const entry = {
    name: HOST,
    address,
    port,
    user,
    identityFile: `${lab.directory}/id_ed25519`,
    knownHostsFile: `${lab.directory}/known_hosts`,
  }
  const connection = await connect(entry as Host)
  try {
    return await loginProof(connection, context(), 'login')
  } finally {
    connection.close()
  }
}

test.each(['AllowTcpForwarding no', 'DisableForwarding yes', 'PermitOpen 127.0.0.1:1'])(
  'sshd with "%s" is named',
  async (line) => {
    await on(`{ echo '${line}'; cat /root/sshd_config.kept; } > /etc/ssh/sshd_config; ${SSHD}`)
    expect(await proof()).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/^the login of onquota_user was not tried: sshd on the host does not let \w+ forward/),
      help: expect.stringContaining('AllowTcpForwarding local'),
    })
  },
)

test.each([
  [
    'a password for postgres',
    `sed -i 's/^local *all *postgres .*/local all postgres scram-sha-256/' ${HBA}; ${SIGNAL}`,
    /no password supplied/,
    /local all postgres peer/,
  ],
  ['no user postgres', `sed -i '/^postgres:/d' /etc/passwd`, /failed to parse reuid/, /is not installed on the host/],
])('%s: the cause and the way out', async (_what, spoil, error, help) => {
  await on(spoil)
  const { server } = stepsOf(await runVerb('provision', { host: HOST, check: true }))
  expect(server).toMatchObject({ status: 'failed', error: expect.stringMatching(error), help: expect.stringMatching(help) })
})

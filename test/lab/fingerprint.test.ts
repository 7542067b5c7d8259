import { beforeAll, expect, it } from 'vitest'
import { mustExecIn, NEIGHBOUR, neighbourFingerprint, type Fingerprint } from './index.ts'
import { ownLab } from './support.ts'

const theLab = ownLab('neighbour', ['vps', 'box'])
const folder = `/srv/box${NEIGHBOUR.boxFolder}/2026/11/23`

const psql = (sql: string, database = 'postgres') => `runuser -u postgres -- psql -XAtq -d ${database} -c "${sql}"`

// Each test's end is the next one's beginning.
let latest: Fingerprint
beforeAll(async () => {
  latest = await neighbourFingerprint(theLab())
})

it('is the same when nothing happened, or only beside the neighbour', async () => {
  await mustExecIn(
    theLab(),
    'vps',
    `touch /opt/postgresql-backups/backup-other.sh /opt/postgresql-backups/configs/backup-other.conf
     ${psql('CREATE ROLE other')}; ${psql('CREATE DATABASE other OWNER other')}; ${psql('REVOKE CONNECT ON DATABASE other FROM PUBLIC')}
     ${psql('VACUUM ANALYZE', NEIGHBOUR.database)}; echo '0 5 * * * root true' >/etc/cron.d/other`,
  )
  await mustExecIn(theLab(), 'box', `mkdir -p /srv/box/home/backups/postgresql/other/2026`)
  expect(await neighbourFingerprint(theLab())).toEqual(latest)
})

it.each([
  ['files', 'vps', `printf '#' >>${NEIGHBOUR.config}`],
  ['files', 'vps', `touch ${NEIGHBOUR.script}`],
  ['files', 'vps', `chmod 0600 ${NEIGHBOUR.config}`],
  ['folders', 'vps', 'chmod 0700 /opt/postgresql-backups/configs'],
  ['crontab', 'vps', `crontab -l | crontab -`],
  ['cluster', 'vps', psql(`ALTER ROLE ${NEIGHBOUR.role} CREATEDB`)],
  ['cluster', 'vps', psql(`ALTER ROLE ${NEIGHBOUR.role} PASSWORD 'other'`)],
  ['cluster', 'vps', psql(`REVOKE CONNECT ON DATABASE ${NEIGHBOUR.database} FROM PUBLIC`)],
  ['database', 'vps', psql('GRANT SELECT ON messages TO PUBLIC', NEIGHBOUR.database)],
  ['database', 'vps', psql('CREATE TABLE extra ()', NEIGHBOUR.database)],
  ['rows', 'vps', psql('UPDATE users SET email = email WHERE id = 1', NEIGHBOUR.database)],
  ['box', 'box', `rm ${folder}/*.sha256`],
  ['box', 'box', `touch ${folder}/new`],
  ['box', 'box', `touch ${folder}/*.gz`],
] as const)('differs in its %s after, on %s: %s', async (subject, host, script) => {
  const before = latest
  await mustExecIn(theLab(), host, script)
  const after = (latest = await neighbourFingerprint(theLab()))
  expect(after.hash).not.toBe(before.hash)
  expect(after.record[subject]).not.toBe(before.record[subject])
})

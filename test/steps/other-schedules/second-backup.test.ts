import { describe, expect, test } from 'vitest'
import { findSecondBackup } from '../../../lib/steps/other-schedules/second-backup.ts'
import { HAND_MADE, HAND_MADE_CONFIG, OWN, SCRIPT, schedule } from './support.ts'
import type { Files } from './support.ts'

const found = (text: string, more: Parameters<typeof schedule>[1] = {}) => findSecondBackup(schedule(text, more), OWN)
const OTHER = '/root/dump.sh'
const script = (text: string): Files => ({ files: { [OTHER]: `#!/bin/sh\n${text}\n` } })

describe('certain', () => {
  test.each([
    ['our script', SCRIPT],
    ['with its output in a log', `${SCRIPT} >> /var/log/backup-onquota.log 2>&1`],
    ['by a shell', `bash -l ${SCRIPT}`],
    [
      'with low priority, alone, not for ever',
      `flock -n /run/b.lock nice -n 19 ionice -c 3 timeout 3600 ${SCRIPT} > /dev/null 2>&1`,
    ],
    ['if it is there', `test -x ${SCRIPT} && ${SCRIPT} 2>&1 | logger -t backup || echo failed`],
    ['after a while', `sleep $((RANDOM \\% 60)); ${SCRIPT}`],
    ['in quotes', `/bin/bash -c "${SCRIPT}"`],
    ['by sudo', `sudo -u root ${SCRIPT}`],
  ])('%s', (_what, line) => {
    expect(found(line)).toEqual({ certain: true, why: `starts ${SCRIPT}` })
  })

  test('our script in its folder, by a word that the host has resolved, or by another name', () => {
    const job = schedule('cd /opt/postgresql-backups && ./backup-onquota.sh', { files: { './backup-onquota.sh': '' } })
    expect(findSecondBackup({ ...job, files: [{ ...job.files[0]!, path: SCRIPT }] }, OWN)?.certain).toBe(true)
    const link = schedule('/root/nightly', { files: { '/root/nightly': '' } })
    expect(findSecondBackup({ ...link, files: [{ ...link.files[0]!, same: SCRIPT }] }, OWN)?.certain).toBe(true)
  })

  test.each([
    ['the name itself', `pg_dump onquota_db | gzip > /srv/x.sql.gz`],
    ['a variable', 'DB=onquota_db\npg_dump -Fc -f "/srv/$DB.dump" "$DB"'],
    ['with a default', 'pg_dump "${DB:-onquota_db}" > /srv/x.sql'],
    ['as postgres', `su - postgres -c "pg_dump onquota_db" > /srv/x.sql`],
    ['an option', 'pg_dump --username onquota_user --dbname=onquota_db > /srv/x.sql'],
    ['one word', 'pg_dump -Uonquota_user -donquota_db > /srv/x.sql'],
    ['a URL', 'pg_dump "postgresql://onquota_user:secret@localhost:5432/onquota_db?sslmode=disable" > /srv/x.sql'],
    ['the environment', 'export PGDATABASE=onquota_db\npg_dump > /srv/x.sql'],
    ['in a function', 'dump() {\n  pg_dump onquota_db\n}\ndump > /srv/x.sql'],
    ['a substitution', 'OUT=$(pg_dump onquota_db | gzip > /srv/x.gz)'],
    ['with its roles', 'pg_dumpall --globals-only > /srv/roles.sql\npg_dump onquota_db > /srv/x.sql'],
  ])('a script that dumps: %s', (_what, text) => {
    expect(found(OTHER, script(text))).toEqual({ certain: true, why: `starts ${OTHER}, which dumps onquota_db` })
  })

  test("the hand-made server's script, with its config", () => {
    const config = '/opt/postgresql-backups/configs/backup-onquota.conf'
    const files = { files: { '/opt/x/backup.sh': HAND_MADE }, settings: { [config]: HAND_MADE_CONFIG } }
    expect(found('/opt/x/backup.sh', files)).toMatchObject({ certain: true })
  })

  test('the config is an argument, as the neighbour has it', () => {
    const general = '#!/bin/bash\nsource "$1"\npg_dump -h localhost "$DB_NAME" | gzip > /srv/x.gz\n'
    expect(found(`${OTHER} /etc/a.conf`, { files: { [OTHER]: general, '/etc/a.conf': HAND_MADE_CONFIG } })?.certain).toBe(true)
    expect(found(`${OTHER} /etc/b.conf`, { files: { [OTHER]: general, '/etc/b.conf': 'DB_NAME=copilot_dev' } })).toBeUndefined()
    expect(found(`${OTHER} onquota_db`, script('pg_dump "$1" > /srv/x.sql'))?.certain).toBe(true)
  })

  test.each([
    ['a line', 'crontab', 'pg_dump onquota_db | gzip > /srv/$(date +\\%F).gz && find /srv -name "*.gz" -mtime +7 -delete'],
    ['a script of cron.daily', 'script', '#!/bin/sh\nset -e\npg_dump onquota_db > /srv/x.sql\n'],
    ['a unit', 'timer', `[Service]\nType=oneshot\nExecStart=/usr/bin/pg_dump -f /srv/x.sql onquota_db\n`],
    ['a unit with its variables', 'timer', `[Service]\nEnvironment=PGDATABASE=onquota_db\nExecStart=pg_dump -f /srv/x.sql\n`],
  ] as const)('%s that dumps by itself', (_what, kind, text) => {
    expect(found(text, { kind })).toEqual({ certain: true, why: 'dumps onquota_db' })
  })
})

describe('reported only', () => {
  test.each([
    ['another job in the line', `${SCRIPT} && /root/other.sh`, {}, '/root/other.sh'],
    ['another job before it', `/root/other.sh; ${SCRIPT}`, {}, '/root/other.sh'],
    [
      'another database',
      OTHER,
      script('pg_dump onquota_db > /srv/a\npg_dump copilot_dev > /srv/b'),
      'pg_dump of another database',
    ],
    [
      'a loop over several',
      OTHER,
      script('for DB in onquota_db copilot_dev; do pg_dump $DB > /srv/$DB; done'),
      'names onquota_db',
    ],
    ['all but this one', OTHER, script('for DB in $(psql -l); do [ $DB = onquota_db ] || pg_dump $DB; done'), 'names onquota_db'],
    [
      'what may be another job',
      OTHER,
      script('pg_dump onquota_db > /srv/a\ntar czf /srv/uploads.tgz /opt/uploads'),
      'does more: tar',
    ],
    ['copies of folders', OTHER, script('pg_dump onquota_db > /srv/a\ncp -a /opt/uploads /srv/'), 'does more: cp'],
    ['a wrapper of ours', OTHER, script(SCRIPT), `names ${SCRIPT}`],
    ['a container', OTHER, script('docker exec db pg_dump onquota_db > /srv/a'), 'names onquota_db'],
    ['another host', OTHER, script('pg_dump -h db.example.com onquota_db > /srv/a'), 'names onquota_db'],
    ['another port', OTHER, script('pg_dump -p 5433 onquota_db > /srv/a'), 'names onquota_db'],
    ['one table', OTHER, script('pg_dump -t users onquota_db > /srv/a'), 'dumps a part of onquota_db'],
    ['the whole server', OTHER, script('pg_dumpall > /srv/a'), 'dumps all databases of the server'],
    ['a name that is not known', OTHER, script('pg_dump "$(cat /etc/db)" # \necho onquota_db'), 'names onquota_db'],
    ['a script that only names it', OTHER, script('psql onquota_db -c VACUUM'), 'names onquota_db'],
    ['Python', OTHER, { files: { [OTHER]: '#!/usr/bin/python3\nrun("pg_dump", "onquota_db")\n' } }, 'names onquota_db'],
    ['a script that cannot be read', `${OTHER} onquota_db`, { files: { [OTHER]: null } }, 'too large'],
    ['another program', 'barman backup onquota_db', {}, 'names onquota_db'],
    ['another program with a config', 'pgbackup /etc/pg.yml', { files: { '/etc/pg.yml': 'db: onquota_db' } }, 'names onquota_db'],
  ] as [string, string, Files, string][])('%s', (_what, line, files, why) => {
    expect(found(line, files)).toEqual({ certain: false, why: expect.stringContaining(why) as string })
  })
})

describe('nothing to do with it', () => {
  test.each([
    ['a name that only begins alike', OTHER, script('pg_dump onquota_db2 > /srv/onquota_db2.sql')],
    ['a name that only ends alike', OTHER, script('pg_dump my-onquota_db > /srv/a')],
    ['a file of that name', 'find /srv -name onquota_db.sql -delete', {}],
    ['a comment', OTHER, script('# onquota_db is backed up elsewhere\npg_dump copilot_dev > /srv/a')],
    ['our script, asked for its status', `${SCRIPT} --status > /srv/status.json`, {}],
    ['roles alone', OTHER, script('pg_dumpall --roles-only > /srv/roles.sql')],
    ['a log that names it', 'goaccess /srv/app.log', { files: { '/srv/app.log': 'onquota_db' } }],
    ['what is never a backup', 'rm -rf /srv/onquota_db; curl -s https://shop.example/ -d onquota_db', {}],
  ] as [string, string, Files][])('%s', (_what, line, files) => {
    expect(found(line, files)).toBeUndefined()
  })

  test('what a person has marked, but for a start of ours', () => {
    const above = '# bitacora: not a backup'
    expect(found('pg_dump onquota_db > /srv/dev.sql', { above })).toBeUndefined()
    expect(found('barman backup onquota_db', { above })).toBeUndefined()
    expect(found(OTHER, script(`${above}\npg_dump onquota_db`))).toBeUndefined()
    expect(found(`#!/bin/sh\n${above}\npg_dump onquota_db`, { kind: 'script' })).toBeUndefined()
    expect(found(SCRIPT, { above })?.certain).toBe(true)
  })
})

test('what is said of it holds no secret and no control character of the line', () => {
  const { why } = found(`${SCRIPT}; PGPASSWORD=hunter2 'x\u001B[2J' postgresql://u:hunter2@h/d`)!
  expect(why).toBe(`starts ${SCRIPT}, and does more: another command`)
})

import { describe, expect, test } from 'vitest'
import { findSecondBackup } from '../../../lib/steps/other-schedules/second-backup.ts'
import { OWN, SCRIPT, schedule } from './support.ts'
import type { Files } from './support.ts'

const found = (text: string, more: Parameters<typeof schedule>[1] = {}) => findSecondBackup(schedule(text, more), OWN)
const OTHER = '/root/dump.sh'
const script = (text: string): Files => ({ files: { [OTHER]: `#!/bin/sh\n${text}\n` } })

const DUMP = 'pg_dump onquota_db > /srv/pg/a.sql'

describe('beside a dump, what works on its output alone', () => {
  test.each([
    'pg_dump -Fc -v onquota_db -f /srv/a.dump 2>> /var/log/a.log',
    'pg_dump -vFc -Z9 -Uonquota_user onquota_db > /srv/a.dump',
    'pg_dump "postgresql:///onquota_db?host=/run/postgresql&port=5432&sslmode=disable" > /srv/a.sql',
    'pg_dump onquota_db 2>&1 | gzip -9 > ~/a.gz',
    'pg_dump onquota_db |& pigz -p 4 > /srv/a.gz',
    'su - postgres -c "pg_dump onquota_db | gzip" > /srv/a.gz && chmod 600 /srv/a.gz',
    'pg_dump onquota_db | tee /srv/a.sql | gpg --batch -e -r backup@example.org -o /srv/a.gpg',
    'pg_dump onquota_db | openssl enc -aes-256-cbc -pbkdf2 -pass file:/root/key -out /srv/a.enc',
    'pg_dump onquota_db | zstd -T0 | aws s3 cp - s3://b/a.zst --only-show-errors',
    'pg_dumpall -vg > /srv/roles.sql; pg_dump onquota_db > /srv/a.sql; gzip -f /srv/roles.sql',
    `${DUMP}; gzip -9 /srv/pg/a.sql; scp -P 23 -oBatchMode=yes /srv/pg/a.sql.gz u1@box.example:a/`,
    `${DUMP}; sha256sum /srv/pg/a.sql > /srv/pg/SUM; sshpass -f /root/p scp /srv/pg/a.sql /srv/pg/SUM u1@box.example:`,
    `mkdir -p /srv/pg; ${DUMP} || { echo "failed $(date)" >> /var/log/a.log; exit 1; }`,
    `${DUMP} && mv /srv/pg/a.sql /srv/pg/b.sql && rm -f /srv/pg/b.sql.gz && gzip /srv/pg/b.sql`,
    `${DUMP}; cp -p /srv/pg/a.sql /mnt/nas/; aws s3 cp /srv/pg/a.sql s3://b/; rclone copy /srv/pg/a.sql box:a`,
    `${DUMP}; find /srv/pg/ -maxdepth 1 -type f -name 'a*.sql' -mtime +7 -exec rm -f {} \\;`,
    `${DUMP}; SIZE=$(du -h /srv/pg/a.sql | awk '{print $1}'); logger -t backup "$SIZE"`,
    'pg_dump -Fc onquota_db > /srv/a.dump && pg_restore --list /srv/a.dump > /dev/null',
    'D=/srv/pg; F=$D/a-$(date +\\%F).gz; pg_dump onquota_db | gzip > "$F"; find $D -name "a-*.gz" -mtime +9 -delete; ls -l ${F}',
    '[ -d /srv ] && pg_dump onquota_db > /srv/a-$(date +\\%F).sql && gzip /srv/a-$(date +\\%F).sql',
    `${DUMP}; sftp -b - u1@box.example <<< "put /srv/pg/a.sql"`,
  ])('%s', (line) => {
    expect(found(line)).toEqual({ certain: true, why: 'dumps onquota_db' })
  })

  test('a dump that a function or a group of commands prints', () => {
    expect(found(OTHER, script('dump() { pg_dump onquota_db; }\ndump > /srv/a.sql\nrm -f /srv/a.sql.old'))?.certain).toBe(true)
    expect(found('{ date; pg_dump onquota_db; } > /srv/a.sql')?.certain).toBe(true)
  })
})

describe('what does more than a dump', () => {
  test.each([
    ['pg_dump onquota_db | ssh staging psql onquota_db', 'ssh'],
    ['pg_dump onquota_db | psql -h staging onquota_db', 'psql'],
    ['pg_dump onquota_db | tee /dev/tcp/staging/99', 'tee'],
    ['pg_dump onquota_db > /dev/tcp/staging/99', 'pg_dump'],
    ['pg_dump onquota_db > /tmp/x && pg_restore -h staging -d onquota_db --clean /tmp/x', 'pg_restore'],
    [`${DUMP}; pg_restore -l -d onquota_db /srv/pg/a.sql`, 'pg_restore'],
    [`${DUMP}; curl -s https://shop.example/wp-cron.php`, 'curl'],
    [`${DUMP}; wget -q https://shop.example/wp-cron.php`, 'wget'],
    [`${DUMP} && ssh web1 /opt/app/reindex.sh`, 'ssh'],
    [`${DUMP}; rm -rf /var/www/cache/*`, 'rm'],
    [`${DUMP}; rm -f /srv/pg/*`, 'rm'],
    [`${DUMP}; rm -f /srv/pg/a.sql /srv/pg/b.sql`, 'rm'],
    [`${DUMP}; rm -rf /srv/pg/a.sql.d/x`, 'rm'],
    [`${DUMP}; find /var/www/up -mtime +3 -delete`, 'find'],
    [`${DUMP}; find /srv/pg -mtime +3 -delete`, 'find'],
    [`${DUMP}; find /srv/pg -name '*' -mtime +3 -delete`, 'find'],
    [`${DUMP}; find /srv/pg -name '*.jpg' -mtime +3 -delete`, 'find'],
    [`${DUMP}; find /srv/pg -name '*.sql' -delete`, 'find'],
    [`${DUMP}; find /srv/pg -delete -name '*.sql' -mtime +3`, 'find'],
    [`${DUMP}; find /srv/pg /var/www -name '*.sql' -mtime +3 -delete`, 'find'],
    [`${DUMP}; find /srv/pg -name '*.sql' -mtime +3 -exec /opt/x {} \\;`, 'find'],
    [`${DUMP} 2> /var/log/a.log; find /var/log -name '*.log' -mtime +3 -delete`, 'find'],
    [`${DUMP}; find /var/www -mtime +3 | xargs rm`, 'xargs'],
    [`${DUMP}; . /opt/app/nightly.sh`, 'source'],
    [`${DUMP}; source /opt/app/nightly.sh`, 'source'],
    [`${DUMP}; eval "$(cat /opt/app/nightly)"`, 'eval'],
    [`${DUMP}; awk 'BEGIN{system("/opt/app/clean.sh")}'`, 'awk'],
    [`${DUMP}; sed -i s/a/b/ /etc/app.conf`, 'sed'],
    [`${DUMP}; perl -e 'unlink "/x"'`, 'perl'],
    [`${DUMP}; echo /opt/app/clean.sh | sh`, 'sh'],
    [`${DUMP}; kill -HUP $(cat /run/app.pid)`, 'kill'],
    [`${DUMP}; mail -s report boss@example.org < /srv/report`, 'mail'],
    [`${DUMP}; aws s3 cp /srv/report.pdf s3://x/`, 'aws'],
    [`${DUMP}; aws s3 rm s3://x/report.pdf`, 'aws'],
    [`${DUMP}; rclone copy /srv/report.pdf box:`, 'rclone'],
    [`${DUMP}; rclone purge box:a`, 'rclone'],
    [`${DUMP}; scp /srv/report.pdf web1:`, 'scp'],
    [`${DUMP}; scp -o ProxyCommand=/opt/x /srv/pg/a.sql web1:`, 'scp'],
    [`${DUMP}; rsync -a /srv/uploads/ web1:uploads/`, 'rsync'],
    [`${DUMP}; sftp web1 <<< "put /srv/report.pdf"`, 'sftp'],
    [`${DUMP}; sftp web1 <<< "!/opt/app/clean.sh"`, 'sftp'],
    [`${DUMP}; sftp -b /opt/app/batch web1`, 'sftp'],
    [`${DUMP}; cp /srv/app.conf /etc/app.conf`, 'cp'],
    [`${DUMP}; mv /srv/in/x /srv/out/x`, 'mv'],
    [`${DUMP}; gzip /var/log/app.log`, 'gzip'],
    [`${DUMP}; cat /srv/app | gzip > /srv/app.gz`, 'gzip'],
    [`${DUMP}; echo on > /srv/app/flag`, 'echo'],
    [`${DUMP}; echo 127.0.0.1 x >> /etc/hosts`, 'echo'],
    [`${DUMP}; > /var/log/app.log`, 'another command'],
    [`${DUMP}; date -s 12:00`, 'date'],
    [`${DUMP}; date 010203042026`, 'date'],
    [`${DUMP}; hostname web2`, 'hostname'],
    [`${DUMP}; trap '/opt/app/clean.sh' EXIT`, 'trap'],
    [`${DUMP}; chmod -R 777 /var/www`, 'chmod'],
    [`${DUMP}; touch /run/app.done`, 'touch'],
    [`${DUMP}; split --filter=/opt/x /srv/pg/a.sql /srv/p`, 'split'],
    [`${DUMP}; echo "\${x:-$(rm -rf /var/www/cache)}"`, 'too intricate'],
    [`${DUMP}; sleep $((1 + $(rm -f /x)))`, 'rm'],
    [`${DUMP}; echo $(echo $(echo $(echo $(echo $(echo $(rm -f /x))))))`, 'too intricate'],
    ['F=/srv/a; pg_dump onquota_db > $F; F=/srv/report; scp $F web1:', 'scp'],
    ['cd /srv; pg_dump onquota_db > a; cd /var/www; rm a', 'rm'],
    ['pg_dump onquota_db > $(mktemp); rm $(mktemp)', 'rm'],
    ['f() { rm -rf "$1"; }; pg_dump onquota_db > "$1"; f /var/www', 'rm'],
    [`${SCRIPT} && curl -s https://shop.example/wp-cron.php`, 'curl'],
    [`${SCRIPT} && ${SCRIPT} --status > /srv/www/status.json`, SCRIPT],
    [`${SCRIPT} | ssh web1 /opt/app/x`, 'ssh'],
  ])('%s', (line, what) => {
    const { certain, why } = found(line)!
    expect({ certain, why }).toEqual({
      certain: false,
      why: expect.stringMatching(`(?:does more: |is )${RegExp.escape(what)}$`) as string,
    })
    expect(found(OTHER, script(line.replaceAll('\\%', '%')))?.certain).toBe(false)
  })

  test('commands within a here-document, and functions that only it names', () => {
    expect(found(OTHER, script(`${DUMP}\ncat <<END\n$(rm -rf /var/www)\nEND`))?.why).toContain('does more: rm')
    expect(found(OTHER, script(`${DUMP}\ncat <<'END'\n$(rm -rf /var/www)\nEND`))?.certain).toBe(true)
    expect(found(OTHER, script(`${DUMP}\ncat <<END\nssh ()\nEND\nssh web1 x`))?.why).toContain('does more: ssh')
    expect(found(OTHER, script(`${DUMP}\nsftp box <<END\ncd a\nput /srv/pg/a.sql\nput /srv/x\nEND`))?.why).toContain('sftp')
  })

  test('settings that do more than to set', () => {
    const settings = { '/etc/a.conf': 'DB=onquota_db\n/opt/app/clean.sh\n' }
    const reads = { files: { [OTHER]: '#!/bin/sh\n. /etc/a.conf\npg_dump "$DB" > /srv/a' } }
    expect(found(OTHER, { ...reads, settings })?.why).toContain('does more: source')
    expect(found(OTHER, { ...reads, settings: { '/etc/a.conf': 'export DB=onquota_db\n' } })?.certain).toBe(true)
  })

  test.each(['ExecStopPost=/opt/app/clean.sh', 'OnSuccess=clean.service'])('a unit with %s', (more) => {
    expect(found(`[Service]\nExecStart=/usr/bin/pg_dump -f /srv/x onquota_db\n${more}\n`, { kind: 'timer' })?.certain).toBe(false)
  })
})

describe('a dump of something else', () => {
  test.each([
    'pg_dump -vs onquota_db > schema.sql',
    'pg_dump -Oxa onquota_db > /srv/a.sql',
    'pg_dump -vtusers onquota_db > /srv/a.sql',
    'pg_dump -e pgcrypto onquota_db > /srv/a.sql',
    'pg_dump -B onquota_db > /srv/a.sql',
    'pg_dump --schema-o onquota_db > /srv/a.sql',
    'pg_dump --no-data onquota_db > /srv/a.sql',
    'pg_dump -d onquota_db $OPTIONS > /srv/a.sql',
    'pg_dump -vhdb2 onquota_db > /srv/a.sql',
    'pg_dump -vp 5433 onquota_db > /srv/a.sql',
    'pg_dump --hos=db2 onquota_db > /srv/a.sql',
    'pg_dump "postgresql://u:p@/onquota_db?host=db2" > /srv/a.sql',
    'pg_dump "postgresql://u:p@/onquota_db?port=5433" > /srv/a.sql',
    'pg_dump "postgresql://u:p@/onquota_db?sslmode=disable&hostaddr=10.0.0.2" > /srv/a.sql',
    'pg_dump "postgresql://u:p@/onquota_db?dbname=other" > /srv/a.sql',
    'pg_dump "postgresql:///onquota_db\\%32" > /srv/a.sql',
    'pg_dump "host=db2 dbname=onquota_db" > /srv/a.sql',
    'PGHOST=db2 pg_dump onquota_db > /srv/a.sql',
    'PGHOSTADDR=10.0.0.2 pg_dump onquota_db > /srv/a.sql',
    'PGSERVICE=far pg_dump onquota_db > /srv/a.sql',
    'pg_dumpall -vgh db2 > /srv/r.sql; pg_dump onquota_db > /srv/a.sql',
    'sudo -h db2 pg_dump onquota_db > /srv/a.sql',
    'sudo --host=db2 pg_dump onquota_db > /srv/a.sql',
    'systemd-run -Mdb pg_dump onquota_db > /srv/a.sql',
  ])('%s', (line) => {
    expect(found(line)?.certain).toBe(false)
  })

  test('as a unit with several variables in one line has it', () => {
    const unit = '[Service]\nEnvironment="A=1" "PGHOST=db2"\nExecStart=pg_dump -f /srv/x.sql onquota_db\n'
    expect(found(unit, { kind: 'timer' })?.certain).toBe(false)
  })
})

/** What somebody might do by hand to a provisioned host; each is seen by a check. `expect` is what the check says. */
export const MEDDLING = [
  {
    name: 'table',
    what: 'DROP TABLE swot_items',
    script: sql('onquota_db', 'DROP TABLE swot_items'),
    step: 'tables',
    expect: 'table swot_items',
    mended: false,
  },
  {
    name: 'superuser',
    what: 'ALTER ROLE onquota_user SUPERUSER',
    script: sql('postgres', 'ALTER ROLE onquota_user SUPERUSER'),
    step: 'role',
    expect: 'role onquota_user SUPERUSER',
    mended: true,
  },
  {
    name: 'password',
    what: 'ALTER ROLE onquota_user PASSWORD …',
    script: sql('postgres', `ALTER ROLE onquota_user PASSWORD 'summer'`),
    step: 'role',
    expect: 'role onquota_user password',
    mended: true,
  },
  {
    name: 'cron',
    what: "sed -i 's/^0 3 /0 4 /' /etc/cron.d/bitacora-onquota",
    script: "sed -i 's/^0 3 /0 4 /' /etc/cron.d/bitacora-onquota",
    step: 'cron',
    expect: 'file /etc/cron.d/bitacora-onquota',
    mended: true,
  },
  {
    name: 'config',
    what: 'chmod 0644 /opt/postgresql-backups/configs/backup-onquota.conf',
    script: 'chmod 0644 /opt/postgresql-backups/configs/backup-onquota.conf',
    step: 'config',
    expect: 'file /opt/postgresql-backups/configs/backup-onquota.conf mode',
    mended: true,
  },
  {
    name: 'sshpass',
    what: 'apt-get remove sshpass',
    script: 'DEBIAN_FRONTEND=noninteractive apt-get -qq -y remove sshpass >/dev/null',
    step: 'package',
    expect: 'package sshpass',
    mended: true,
  },
] as const

/** How a person brings one table back with what is on the host: the newest backup into a side database, then that table alone. */
export const BRING_TABLE_BACK = [
  'su postgres -c "createdb onquota_side"',
  'gzip -dc "$(ls -1 /var/backups/postgres/backup_onquota_db_*.sql.gz | tail -n 1)" | su postgres -c "psql -q -v ON_ERROR_STOP=1 onquota_side" >/dev/null',
  'su postgres -c "pg_dump -t swot_items onquota_side | psql -q -v ON_ERROR_STOP=1 onquota_db" >/dev/null',
  'su postgres -c "dropdb onquota_side"',
]

function sql(database: string, statement: string): string {
  return `cd /; su postgres -c 'psql -q -d ${database}' <<'end'\n${statement};\nend`
}

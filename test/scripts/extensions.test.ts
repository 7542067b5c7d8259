import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SCRIPTS = fileURLToPath(new URL('../../templates/scripts/', import.meta.url))

test.each([
  ['postgis', 'postgresql-17-postgis-3'],
  ['postgis_topology', 'postgresql-17-postgis-3'],
  ['vector', 'postgresql-17-pgvector'],
  ['pg_cron', 'postgresql-17-cron'],
  ['pg_partman', 'postgresql-17-partman'],
  ['timescaledb', 'timescaledb-2-postgresql-17'],
  ['plpython3u', 'postgresql-plpython3-17'],
  ['hstore_plperl', 'postgresql-plperl-17'],
  ['pg_stat_kcache', 'postgresql-17-pg-stat-kcache'],
  ['pldbgapi', 'postgresql-17-pldebugger'],
  ['uuid-ossp', 'postgresql-contrib'],
  ['pg_trgm', 'postgresql-contrib'],
  ['of_a_company', ''],
])('the Debian package of %s: %s', (extension, wanted) => {
  const script = `set -u; SERVER_NUMBER=170002; . ./extensions.sh; find_package "$1"; printf '%s' "$PACKAGE"`
  expect(execFileSync('bash', ['-c', script, 'bash', extension], { cwd: SCRIPTS, encoding: 'utf8' })).toBe(wanted)
})

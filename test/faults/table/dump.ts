import type { Fault } from '../fault.ts'
import { bash, dumper, hold, inDump, letGo, sql, until } from '../shell.ts'
import type { Place } from '../place.ts'

const REAL = '/usr/bin/pg_dump "$@"'
const FAILED = { exit: 1, stage: 'dump', host: 'same', box: 'same', next: 'good' } as const
const ASIDE = { exit: 1, stage: 'inspect', host: 'aside', box: 'same', next: 'good' } as const

/** Ends the session of pg_dump, or the one that holds the snapshot and counts. */
const cut = (place: Place, which: string) =>
  sql(
    place,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '${which}'`,
  )
const [DUMP, COUNT] = ['postgres-backup-%', 'postgres-backup']
/** A run that is held in the middle of its dump, and then something happens. */
const heldThen = (place: Place, then: string) => ({
  hooks: hold(place),
  command: bash(
    place,
    `${place.script} & p=$!
${inDump(place)}
{ ${then}; } >/dev/null 2>&1; ${letGo(place)}; wait $p; exit $?`,
  ),
})
const fill = ({ small }: Place) => `head -c 200M /dev/zero > ${small}.filler 2>/dev/null`
const drain = ({ small }: Place) => `rm -f ${small}.filler`

export const DUMPS: readonly Fault[] = [
  {
    id: 'dump-killed-start',
    step: 6,
    fault: 'pg_dump killed at its start',
    ...FAILED,
    says: 'pg_dump ended with 137',
    cause: () => ({ hooks: dumper('kill -9 $$') }),
  },
  {
    id: 'dump-killed-half',
    step: 6,
    fault: 'pg_dump killed half way',
    ...FAILED,
    says: 'pg_dump ended with 137',
    cause: () => ({ hooks: dumper(`${REAL} | head -c 20000; kill -9 $$`) }),
  },
  {
    id: 'dump-killed-end',
    step: 6,
    fault: 'pg_dump killed after its last line',
    ...FAILED,
    says: 'pg_dump ended with 137',
    cause: () => ({ hooks: dumper(`${REAL}; kill -9 $$`) }),
  },
  {
    id: 'dump-fails',
    step: 6,
    fault: 'pg_dump says at its end that it failed',
    ...FAILED,
    says: 'pg_dump ended with 1: pg_dump: error: lost it',
    cause: () => ({ hooks: dumper(`${REAL}; echo 'pg_dump: error: lost it' >&2; exit 1`) }),
  },
  {
    id: 'dump-cut',
    step: 6,
    fault: 'the connection from pg_dump to PostgreSQL cut',
    ...FAILED,
    says: 'pg_dump ended with 1: pg_dump: error',
    cause: (place) => heldThen(place, cut(place, DUMP)),
  },
  {
    id: 'count-cut',
    step: 6,
    fault: 'the connection cut that holds the snapshot and counts',
    ...FAILED,
    says: 'the rows could not be counted: … connection',
    cause: (place) => heldThen(place, cut(place, COUNT)),
  },
  {
    id: 'server-crash',
    step: 6,
    fault: 'PostgreSQL stopped at once in the middle of a dump',
    ...FAILED,
    says: 'pg_dump ended with 1: pg_dump: error',
    next: 'mended',
    cause: (place) => ({
      ...heldThen(place, 'pg_ctlcluster 15 main stop -m immediate'),
      after: `pg_ctlcluster 15 main start; ${until(sql(place, 'SELECT 1', 'postgres'))}`,
      lasts: place.script,
    }),
  },
  {
    id: 'disk-full-dump',
    step: 6,
    fault: 'the disk full in the middle of a dump',
    ...FAILED,
    says: 'No space left on device',
    cause: (place) => ({ hooks: dumper(fill(place)), after: drain(place) }),
  },
  {
    id: 'dump-short',
    step: 7,
    fault: 'pg_dump ends early and says that all is well',
    ...ASIDE,
    says: 'it is cut short',
    cause: () => ({ hooks: dumper(`${REAL} | head -c 20000; exit 0`) }),
  },
  {
    id: 'dump-short-end',
    step: 7,
    fault: 'a dump without its last line',
    ...ASIDE,
    says: 'it is cut short',
    cause: () => ({ hooks: dumper(`${REAL} | sed '/^-- PostgreSQL database dump complete/,$d'; exit`) }),
  },
  {
    id: 'dump-empty',
    step: 7,
    fault: 'a dump of nothing',
    ...ASIDE,
    says: 'does not begin as a dump does',
    cause: () => ({ hooks: dumper('exit 0') }),
  },
  {
    id: 'dump-foreign',
    step: 7,
    fault: 'messages inside the dump',
    ...ASIDE,
    says: 'messages of pg_dump stand inside',
    cause: () => ({ hooks: dumper(`echo 'pg_dump: last built-in OID is 16383'; ${REAL}; exit`) }),
  },
  {
    id: 'dump-few-tables',
    step: 7,
    fault: 'fewer tables than the config expects',
    ...ASIDE,
    says: 'it has 3 tables, expected at least 4',
    next: 'mended',
    cause: () => ({ settings: { EXPECTED_TABLES: '4' }, lasts: true }),
  },
  {
    id: 'dump-fewer-rows',
    step: 7,
    fault: 'a dump with a row less than the same snapshot has',
    ...ASIDE,
    says: 'rows differ from those counted in the same snapshot: "public.notes": 20003 in the dump, 20004 counted',
    cause: () => ({ hooks: dumper(`${REAL} | sed '/^ñandú/d'; exit`) }),
  },
  {
    id: 'disk-full-hash',
    step: 9,
    fault: 'the disk full when the checksum is written',
    ...FAILED,
    stage: 'hash',
    says: 'cannot write …sha256.part',
    cause: (place) => ({ hooks: { stat: `[[ $* != *.sql.gz.part ]] || ${fill(place)}` }, after: drain(place) }),
  },
]

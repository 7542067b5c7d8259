import type { Fault } from '../fault.ts'
import { dumping, hold, inDump, letGo, until } from '../shell.ts'
import type { Place } from '../place.ts'

/** A run that is held in its dump gets a signal. */
const signalled = (signal: string) => (place: Place) => ({
  hooks: hold(place),
  command: `( env --default-signal=INT,HUP,TERM ${place.script} & p=$!; ${inDump(place)}; kill -${signal} $p; wait $p; c=$?; ${until(`! ${dumping}`)}; exit $c )`,
  after: letGo(place),
})
const STOPPED = { step: 15, stage: 'dump', host: 'same', box: 'same', next: 'good' } as const

/** The run is killed where it calls a program: that is the same place each time. */
const when = (program: string, condition: string) => (place: Place) => ({
  hooks: { [program]: `if [[ ${condition.replaceAll('NAME', place.name)} ]]; then ${place.kill}; fi` },
})
/** Of a batch for the box the first line is done. */
const half = (line: string, then: (place: Place) => string) => (place: Place) => ({
  hooks: {
    sftp: `if grep -qs '^${line}' ${place.batch}; then head -n 1 ${place.batch} > ${place.batch}.half; /usr/bin/sftp "\${@/%\\/batch/\\/batch.half}"; ${then(place)}; fi`,
  },
})
const kill = (place: Place) => place.kill
const KILLED = { exit: 137, says: '', next: 'sweeps' } as const

export const STOPS: readonly Fault[] = [
  {
    id: 'term',
    fault: 'SIGTERM in the dump, as at a shutdown',
    ...STOPPED,
    exit: 143,
    says: 'stopped by SIGTERM',
    cause: signalled('TERM'),
  },
  {
    id: 'int',
    fault: 'SIGINT in the dump',
    ...STOPPED,
    exit: 130,
    says: 'stopped by SIGINT',
    cause: signalled('INT'),
  },
  {
    id: 'hup',
    fault: 'SIGHUP in the dump, when a terminal closes',
    ...STOPPED,
    exit: 129,
    says: 'stopped by SIGHUP',
    cause: signalled('HUP'),
  },
  {
    id: 'term-upload',
    step: 15,
    fault: 'SIGTERM in the upload',
    exit: 143,
    stage: 'upload',
    says: 'stopped by SIGTERM',
    host: 'backup',
    box: 'same',
    next: 'good',
    cause: ({ relayed, relay }) => ({ settings: relayed, command: relay('crawl', 'kill -TERM $p') }),
  },
  {
    id: 'kill-preflight',
    step: 3,
    fault: 'SIGKILL in the preflight',
    ...KILLED,
    stage: 'preflight',
    host: 'same',
    box: 'same',
    cause: when('pg_dump', '$* == --version'),
  },
  {
    id: 'kill-globals',
    step: 3,
    fault: 'SIGKILL while the roles are read',
    ...KILLED,
    stage: 'globals',
    host: 'same',
    box: 'same',
    cause: when('tail', '$* == */answered'),
  },
  {
    id: 'kill-dump',
    step: 3,
    fault: 'SIGKILL in the dump',
    ...KILLED,
    stage: 'dump',
    host: 'partial',
    box: 'same',
    cause: signalled('KILL'),
  },
  {
    id: 'kill-inspect',
    step: 3,
    fault: 'SIGKILL while the dump is looked into',
    ...KILLED,
    stage: 'inspect',
    host: 'partial',
    box: 'same',
    cause: when('awk', `$* == *'in the dump'*`),
  },
  {
    id: 'kill-hash',
    step: 9,
    fault: 'SIGKILL before the checksum has its name',
    ...KILLED,
    stage: 'hash',
    host: 'dump',
    box: 'same',
    cause: when('mv', '$* == *.sha256.part*'),
  },
  {
    id: 'kill-upload',
    step: 10,
    fault: 'SIGKILL in the upload',
    ...KILLED,
    stage: 'upload',
    host: 'backup',
    box: 'partial',
    cause: ({ relayed, relay }) => ({ settings: relayed, command: relay('crawl', 'kill -9 $p') }),
  },
  {
    id: 'kill-compare',
    step: 11,
    fault: 'SIGKILL before the comparison with the box',
    ...KILLED,
    stage: 'compare',
    host: 'backup',
    box: 'partials',
    cause: when('ssh', '$* == *sha256sum*'),
  },
  {
    id: 'kill-publish',
    step: 12,
    fault: 'SIGKILL between the renames on the box',
    ...KILLED,
    stage: 'publish',
    host: 'backup',
    box: 'incomplete',
    cause: half('rename', kill),
  },
  {
    id: 'kill-prune-host',
    step: 13,
    fault: 'SIGKILL while old backups are removed from the host',
    ...KILLED,
    stage: 'prune',
    host: 'backup',
    box: 'backup',
    cause: when('rm', '$* == *_2020010?_*'),
  },
  {
    id: 'kill-prune-box',
    step: 13,
    fault: 'SIGKILL while old backups are removed from the box',
    ...KILLED,
    stage: 'prune',
    host: 'pruned',
    box: 'half',
    cause: half('-rmdir', kill),
  },
  {
    id: 'kill-status',
    step: 14,
    fault: 'SIGKILL before the status is written',
    ...KILLED,
    stage: 'done',
    host: 'pruned',
    box: 'pruned',
    // Not the one that says how many runs were skipped, which comes before any box.
    cause: when('mv', '$* == *status_NAME.json.part* && -e /run/postgres-backup/NAME.work/box.out'),
  },
]

const cut = ({ mark }: Place) => `touch ${mark}; sleep 100`

/** All processes of the host end at once, PostgreSQL too. */
export const POWER: readonly Fault[] = [
  {
    id: 'power-dump',
    step: 3,
    fault: 'power lost in the dump',
    ...KILLED,
    stage: 'dump',
    host: 'partial',
    box: 'same',
    cause: (place) => ({
      hooks: { pg_dump: `[[ $* != *--snapshot=* ]] || { /usr/bin/pg_dump "$@" | head -c 300000; ${cut(place)}; }` },
      power: true,
    }),
  },
  {
    id: 'power-publish',
    step: 12,
    fault: 'power lost between the renames on the box',
    ...KILLED,
    stage: 'publish',
    host: 'backup',
    box: 'incomplete',
    cause: (place) => ({ ...half('rename', cut)(place), power: true }),
  },
]

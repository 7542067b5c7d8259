import type { Fault } from '../fault.ts'
import { installPackages } from '../../lab/packages.ts'
import { background, stop, until } from '../shell.ts'
import type { Place } from '../place.ts'

const GOOD = { exit: 0, stage: 'done', host: 'pruned', box: 'pruned', next: 'good' } as const
const REFUSED = {
  exit: 1,
  stage: 'preflight',
  says: 'too little free disk',
  host: 'same',
  box: 'same',
  next: 'mended',
} as const
const LIBRARY = '/usr/lib/*/faketime/libfaketime.so.1'
/** Containers share the machine's clock, so it is each program that is told another time, from Bash to sftp; PostgreSQL, which runs already, is not. */
const clock = (offset: string) => (place: Place) => ({
  prepare: installPackages('libfaketime'),
  command: `echo '${offset}' > /etc/faketimerc; ls ${LIBRARY} > /etc/ld.so.preload; ${place.script}; c=$?; rm -f /etc/ld.so.preload /etc/faketimerc; (exit $c)`,
})
const AWAY = 'http://127.0.0.1:9/x'
const SILENT = 2399

export const LATER: readonly Fault[] = [
  {
    id: 'prune-strangers',
    step: 13,
    fault: 'files of others, and of nobody, among the backups',
    ...GOOD,
    says: 'equal on the box',
    cause: ({ backups, database, box }) => {
      const others = [
        `backup_${database}_old_20200101_030000.sql.gz`,
        `backup_${database.replace(/_db$/, '')}_20200101_030000.sql.gz`,
        `backup_${database}_20200101_030000.sql.gz.orig`,
        `backup_${database}_2020_01.sql.gz`,
        'notes.txt',
      ].join(' ')
      const there = `${box.folder}/2020/01/01`
      return {
        prepare: `cd ${backups}; touch ${others}; cd ${there}; touch ${others}; cd /root`,
        after: `cd ${backups}; rm ${others}; cd ${there}; rm ${others}; cd /root`,
      }
    },
  },
  {
    id: 'prune-fails',
    step: 13,
    fault: 'a box that refuses to remove what is old',
    ...GOOD,
    says: 'warning: could not remove from the box',
    box: 'backup',
    cause: ({ box }) => ({ prepare: box.start({ sftp: '-P remove,rmdir' }), after: box.start() }),
  },
  {
    id: 'alarm-away',
    step: 14,
    fault: 'nobody listens where the ping and the webhook go',
    ...GOOD,
    says: 'warning: ping not sent: nobody listens there',
    cause: () => ({ settings: { PING_URL: AWAY, WEBHOOK_URL: AWAY }, prepare: installPackages('curl') }),
  },
  {
    id: 'alarm-hangs',
    step: 14,
    fault: 'a run that fails, and whoever is told of it never answers',
    ...REFUSED,
    cause: (place) => ({
      settings: { RESERVE_MIB: '900000000', PING_URL: `http://127.0.0.1:${SILENT}/x` },
      prepare: `${installPackages('curl')}; ${background(place, `exec python3 -c 'import socket, time; s = socket.create_server(("127.0.0.1", ${SILENT})); time.sleep(600)'`)} ${until(`python3 -c 'import socket; socket.create_connection(("127.0.0.1", ${SILENT}))'`)}`,
      after: stop(place),
      lasts: true,
    }),
  },
  {
    id: 'alarm-tools',
    step: 14,
    fault: 'a run that fails on a host without curl, sendmail and syslog',
    ...REFUSED,
    cause: () => ({
      settings: { RESERVE_MIB: '900000000', PING_URL: AWAY, MAIL_TO: 'ops@example.org', SYSLOG: 'yes' },
      prepare: '[ ! -e /dev/log ] && ! command -v sendmail; [ ! -e /usr/bin/curl ] || mv /usr/bin/curl /usr/bin/curl.away',
      after: '[ ! -e /usr/bin/curl.away ] || mv /usr/bin/curl.away /usr/bin/curl',
      lasts: true,
    }),
  },
]

/** On a box elsewhere: an SSH server that is told another time lets nobody in. */
export const CLOCKS: readonly Fault[] = [
  {
    id: 'clock-back',
    step: 13,
    fault: 'the clock five days behind',
    ...GOOD,
    says: 'equal on the box',
    cause: clock('-5d'),
  },
  {
    id: 'clock-forward',
    step: 13,
    fault: 'the clock a year ahead',
    exit: 0,
    stage: 'done',
    says: 'the last backup on the box before this one is … days older: the host was off, the box was away, or the clock is wrong',
    host: 'pruned',
    box: 'backup',
    next: 'acknowledged',
    cause: clock('+365d'),
  },
]

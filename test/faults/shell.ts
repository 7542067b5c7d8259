import type { Place } from './place.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Waits until a condition holds, for as long as a busy machine may need; fails when it never does. */
export const until = (condition: string) =>
  `for i in $(seq 2400); do { ${condition}; } >/dev/null 2>&1 && break; sleep 0.05; done; { ${condition}; } >/dev/null 2>&1 || { echo 'never came' >&2; false; }`

/** Bash for sh, by way of a file of root's. */
export const bash = (place: Place, script: string) =>
  `printf %s ${base64(script)} | base64 -d > /root/${place.name}.try; bash /root/${place.name}.try`

/** SQL as the superuser, in the project's database unless told; fails at the first error. It begins with a space: `$((` would be arithmetic. */
export const sql = (place: Place, text: string, database = place.database) =>
  ` (cd /; printf %s ${base64(text)} | base64 -d | su postgres -c 'psql -qAt -v ON_ERROR_STOP=1 "${database}"')`

/** The same as a session that stays, for `release` to end. */
export const session = (place: Place, text: string) =>
  `(cd /; printf %s ${base64(text)} | base64 -d > /run/${place.name}.sql; chmod 644 /run/${place.name}.sql; PGAPPNAME=${place.name}-fault setsid su postgres -c 'psql -q ${place.database} -f /run/${place.name}.sql' >/dev/null 2>&1 </dev/null &)`
export const release = (place: Place) =>
  `rm -f /run/${place.name}.sql; ${sql(place, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${place.name}-fault'`, 'postgres')} >/dev/null`

/** A program that stays in the background, for `stop` to end. */
export const background = (place: Place, script: string) =>
  `printf %s ${base64(`echo $$ > /run/${place.name}.pid\n${script}`)} | base64 -d > /root/${place.name}.stays; setsid bash /root/${place.name}.stays >/dev/null 2>&1 </dev/null &`
export const stop = (place: Place) =>
  `kill "$(cat /run/${place.name}.pid)"; rm -f /run/${place.name}.pid /root/${place.name}.stays`

/** A hook for the dump alone: pg_dump is asked for its version too. */
export const dumper = (body: string) => ({ pg_dump: `[[ $* != *--snapshot=* ]] || { ${body}; }` })

/** A hook that holds pg_dump in the middle of its work until `letGo`; it dies with whoever called it. */
export const hold = ({ mark }: Place) =>
  dumper(
    `set -o pipefail; /usr/bin/pg_dump "$@" | setpriv --pdeathsig KILL bash -c 'head -c 300000; touch ${mark}; while [[ -e ${mark} ]]; do sleep 0.1; done; exec cat'; exit`,
  )
export const letGo = ({ mark }: Place) => `rm -f ${mark}`

/** Whether a client still dumps: its arguments name a snapshot. Its environment is for nobody else to read, not even for root in a container. */
export const dumping = `grep -qsaE -- '--snapshot=[0-9A-F]' /proc/[0-9]*/cmdline`

/** Waits until a dump is held. */
export const inDump = (place: Place) => until(`[ -e ${place.mark} ] && ${dumping}`)

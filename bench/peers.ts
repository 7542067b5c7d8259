import type { Contender } from './contenders.ts'
import { AS_POSTGRES, FOLDER, LARGE } from './host.ts'
import type { BenchHost } from './host.ts'

const PGBACKREST = `[global]
repo1-path=${FOLDER}/pgbackrest
repo1-retention-full=1
process-max=2
archive-check=n
start-fast=y
log-level-file=off
log-level-console=warn
lock-path=${FOLDER}
[main]
pg1-path=/var/lib/postgresql/15/main
`
const BORGMATIC = `location:
  source_directories: [/etc/hostname]
  repositories: [${FOLDER}/borg]
storage:
  compression: zstd,3
hooks:
  postgresql_databases:
    - name: ${LARGE}
      format: plain
`
const BARMAN = `[barman]
barman_user = postgres
barman_home = ${FOLDER}/barman
log_file = ${FOLDER}/barman.log
[main]
description = bench
conninfo = host=/var/run/postgresql user=postgres dbname=postgres
streaming_conninfo = host=/var/run/postgresql user=postgres dbname=postgres
backup_method = postgres
backup_compression = gzip
streaming_archiver = on
slot_name = barman
create_slot = auto
path_prefix = /usr/lib/postgresql/15/bin
`

interface Peer extends Contender {
  packages: string
  file: string
  config: string
  /** Once, after its installation. */
  setup?: string
}

function peers(host: BenchHost): Peer[] {
  const size = (path: string) => async () => Number((await host.on(`du -sb ${path} | cut -f1`)).trim())
  const pgbackrest = `${AS_POSTGRES} pgbackrest --config=${FOLDER}/pgbackrest.conf --stanza=main`
  const borgmatic = `${AS_POSTGRES} borgmatic --config ${FOLDER}/borgmatic.yaml`
  const barman = `${AS_POSTGRES} barman -c ${FOLDER}/barman.conf`
  return [
    {
      name: 'pgBackRest, full, whole cluster, gz, 2 processes',
      packages: 'pgbackrest',
      file: 'pgbackrest.conf',
      config: PGBACKREST,
      setup: `${pgbackrest} stanza-create`,
      prepare: async () => {},
      command: `${pgbackrest} --type=full backup`,
      bytes: size(`${FOLDER}/pgbackrest/backup/main/2*F`),
    },
    {
      name: 'borgmatic, plain dump, zstd 3, new repository',
      packages: 'borgmatic borgbackup',
      file: 'borgmatic.yaml',
      config: BORGMATIC,
      prepare: () => host.on(`cd /; rm -rf ${FOLDER}/borg ${FOLDER}/.cache ${FOLDER}/.config; ${borgmatic} init -e none`),
      command: `${borgmatic} create`,
      bytes: size(`${FOLDER}/borg`),
    },
    {
      name: 'barman, pg_basebackup, whole cluster, gzip',
      packages: 'barman',
      file: 'barman.conf',
      config: BARMAN,
      // What its cron job would do: a slot, and a process that fetches the log as it is written.
      setup: `mkdir ${FOLDER}/barman; chown postgres: ${FOLDER}/barman; (setsid ${barman} receive-wal main >/dev/null 2>&1 &); sleep 5; ${barman} switch-wal --force --archive main`,
      prepare: () => host.on(`cd /; for id in $(${barman} list-backups --minimal main); do ${barman} delete main $id; done`),
      command: `${barman} backup --wait main`,
      bytes: size(`${FOLDER}/barman/main/base`),
    },
  ]
}

/** Installs the peers that Debian has. `failed` tells of each that doesn't serve, with its own words. */
export async function installPeers(host: BenchHost): Promise<{ contenders: Contender[]; failed: string[] }> {
  const contenders: Contender[] = []
  const failed: string[] = []
  for (const peer of peers(host)) {
    try {
      await host.install(peer.packages)
      await host.on(`cat > ${FOLDER}/${peer.file}`, peer.config)
      await host.on(`cd /; ${peer.setup ?? 'true'}`)
      contenders.push(peer)
    } catch (error) {
      failed.push(`  ${peer.name}: tried, and does not serve: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}`)
    }
  }
  return { contenders, failed }
}

/** Ends what the peers left running, and their hold on the server's log. */
export async function stopPeers(host: BenchHost): Promise<void> {
  const barman = `${AS_POSTGRES} barman -c ${FOLDER}/barman.conf`
  await host.on(
    `cd /; [ ! -e ${FOLDER}/barman.conf ] || { ${barman} receive-wal --stop main; sleep 1; ${barman} receive-wal --drop-slot main; } >/dev/null 2>&1 || :`,
  )
}

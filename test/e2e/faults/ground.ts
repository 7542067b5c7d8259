import { readFile } from 'node:fs/promises'
import type { Group } from '../../faults/fault.ts'
import type { Place } from '../../faults/place.ts'
import { sql, until } from '../../faults/shell.ts'
import { startServer } from '../backup-script/box-server.ts'
import { ownBox } from '../backup-script/own-box.ts'
import { makeProject, must } from '../backup-script/project.ts'
import type { Project, Result, Settings } from '../backup-script/project.ts'

/** What faults are tried on: a project whose folder and box are as its kind says. */
export interface Ground {
  project: Project
  place: Place
  /** Settings of every run here; a fault's own go over them. */
  settings: Settings
  /** Secrets that no output may show. */
  secrets: readonly string[]
  /** Runs a script where the box keeps the backups, in their folder. */
  box(script: string): Promise<Result>
  remove(): Promise<void>
}

const [PORT, RELAY] = [2397, 2398]

/** Makes it, without a backup yet. */
export async function makeGround(name: string, kind: Group['ground']): Promise<Ground> {
  const project = await makeProject(name)
  // A container gets no file system to mount, but has a small one of its own: what runs full there is full.
  const small = `/dev/shm/${name}`
  const own = kind === 'own box' ? await ownBox(project, name.replaceAll('_', ''), PORT) : undefined
  const boxPlace = `/opt/${name.replaceAll('_', '')}.box`
  const ofBox = Object.fromEntries(
    Object.entries({ ...own?.settings, STORAGEBOX_REMOTE_DIR: small }).map(([k, v]) => [k, v ?? '']),
  )
  const settings: Settings = own === undefined ? (kind === 'small disk' ? { RESERVE_MIB: '0' } : {}) : ofBox
  const files = `/root/${name}.relay`
  const place = placeOf(project, small, files, { ...project.settings, ...settings })
  place.box = {
    settings: ofBox,
    folder: small,
    place: boxPlace,
    start({ program, ...options } = {}) {
      const put = `printf %s ${Buffer.from(program ?? '').toString('base64')} | base64 -d > ${boxPlace}/program; chmod 755 ${boxPlace}/program; `
      return program === undefined
        ? startServer(boxPlace, PORT, options)
        : put + startServer(boxPlace, PORT, { ...options, force: `${boxPlace}/program` })
    },
  }
  const known = settings['STORAGEBOX_KNOWN_HOSTS'] ?? project.settings['STORAGEBOX_KNOWN_HOSTS']
  must(
    await project.host(
      `mkdir -p ${files}; cat > ${files}/relay.py; sed 's/^[^ ]*/[127.0.0.1]:${RELAY}/' ${known} > ${files}/known`,
      await readFile(new URL('relay.py', import.meta.url), 'utf8'),
    ),
  )
  if (kind === 'small disk') must(await project.host(`mkdir -m 700 ${small}; ln -s ${small} ${project.backups}`))
  if (own !== undefined)
    must(await project.host(`${hurry(project.script)}; install -d -o ${own.settings['STORAGEBOX_USER']} ${small}`))
  const folder = own === undefined ? `.${project.remote}` : small
  return {
    project,
    place,
    settings,
    secrets: [...project.secrets, ...(own === undefined ? [] : [own.password])],
    box(script) {
      const text = `mkdir -p ${folder} && cd ${folder} && { ${script}\n}`
      return own === undefined ? project.box(text) : project.host(text)
    },
    async remove() {
      await own?.remove()
      await project.host(dropDrills(place))
      await project.remove()
      await project.host(`rm -rf ${small} ${small}.filler ${files} ${place.mark} /root/${name}.*`)
    },
  }
}

/** A killed drill that no other came after. */
const dropDrills = (place: Place) =>
  `${sql(place, `SELECT format('DROP DATABASE %I WITH (FORCE);', datname) FROM pg_database WHERE datname LIKE 'restoring_${place.database}%' UNION ALL SELECT format('DROP ROLE %I;', rolname) FROM pg_roles WHERE rolname LIKE 'loading_${place.database}%'`, 'postgres')} | (cd /; su postgres -c 'psql -q')`

/** The script gives a box 20 s to answer, a minute of silence, and 300 s for a session; here it is 8 s, 8 s and 30 s, in which a busy machine still answers. */
const hurry = (script: string) =>
  `sed -i 's/-oConnectTimeout=20 -oServerAliveInterval=15 -oServerAliveCountMax=4/-oConnectTimeout=8 -oServerAliveInterval=2 -oServerAliveCountMax=4/; s/BOX_SECONDS=300 /BOX_SECONDS=30 /' ${script}; grep -q ConnectTimeout=8 ${script} && grep -q BOX_SECONDS=30 ${script}`

function placeOf({ name, script, config, backups, log }: Project, small: string, files: string, settings: Settings): Place {
  // PostgreSQL's own system user runs the dump, and with it the hooks that hold it.
  const mark = `/var/tmp/${name}.mark`
  const port = `127.0.0.1 ${RELAY}`
  return {
    name,
    database: `${name}_db`,
    owner: `${name}_user`,
    script,
    restore: script.replace('/backup-', '/restore-'),
    config,
    backups,
    log,
    batch: `/run/postgres-backup/${name}.work/batch`,
    mark,
    small,
    kill: `kill -9 "$(/usr/bin/sed -n 's/.*(process \\([0-9]*\\)).*/\\1/p' /run/postgres-backup/${name}.lock)"; exit 1`,
    relayed: { STORAGEBOX_HOST: '127.0.0.1', STORAGEBOX_PORT: String(RELAY), STORAGEBOX_KNOWN_HOSTS: `${files}/known` },
    relay: (mode, then) =>
      `( rm -f ${mark}; python3 ${files}/relay.py ${RELAY} ${settings['STORAGEBOX_HOST']} ${settings['STORAGEBOX_PORT']} ${mode} ${mark} >&2 & r=$!; ${until(`python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])))' ${port}`)}; ${script} & p=$!; ${then === undefined ? '' : `${until(`[ -e ${mark} ]`)}; ${then};`} wait $p; c=$?; kill $r; rm -f ${mark}; exit $c )`,
    box: { settings: {}, folder: '', place: '', start: () => '' },
  }
}

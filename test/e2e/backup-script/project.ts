import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { backupScript, restoreScript } from '../../../lib/steps/backup/scripts.ts'
import { singleQuoted } from '../../../lib/text/quoting.ts'
import { execIn, installPackages, openLab } from '../../lab/index.ts'
import type { Lab } from '../../lab/index.ts'

/** The lab host that the backup script is tried on; it belongs to no project of the lab's inventory. */
export const HOST = 'vps3'

export interface Result {
  code: number
  stdout: string
  stderr: string
}

export interface Status {
  ok: boolean
  stage: string
  exitCode: number
  error: string | null
  skipped: number
  warnings: string[]
  newest: {
    name: string
    bytes: number
    sha256: string
    tables: number
    grade: string
    remotePath: string | null
    finishedAt: string
  } | null
}

/** What a run said, and what was there after it. */
export interface Attempt extends Result {
  /** The status file before and after; null where there is none. */
  before: Status | null
  status: Status | null
  log: string
  /** Names of the backups' files on the host, sorted. */
  files: string[]
  /** Partial files and private folders left on the host: none but while a run is going. */
  leftovers: string
}

export type Settings = Record<string, string | null>

/** A project of a test's own: database, role, script, config and folders, all under its name. */
export interface Project {
  name: string
  script: string
  config: string
  backups: string
  /** A pattern for the shell: a file of each month, and a test may run over the end of one. */
  log: string
  remote: string
  /** Secrets that no output and no process may show. */
  secrets: string[]
  settings: Settings
  /** Runs a script as root on the host. */
  host(script: string, stdin?: string): Promise<Result>
  /** Runs a script as root inside the box's container, in the folder that its users see as `/`. */
  box(script: string): Promise<Result>
  /** The config, with some keys changed or (null) left out; `more` is appended as it is. */
  configText(changes?: Settings, more?: string): string
  /** Writes that config. */
  configure(changes?: Settings, more?: string): Promise<void>
  /** Runs the backup script, with its output. */
  run(options?: string): Promise<Result>
  /** Runs the restore script: a drill without options. */
  restore(options?: string, stdin?: string): Promise<Result>
  /** The same, which must end well and say nothing on stderr; what it prints. */
  restored(options?: string, stdin?: string): Promise<string>
  /** What psql prints, as postgres; throws with its words where a statement fails. */
  sql(text: string, database?: string): Promise<string>
  /** Debian packages, where one is missing on the host. */
  install(...packages: string[]): Promise<void>
  status(): Promise<Status>
  /** Writes into the ledger that these backups are this host's own: as bash, for files that a test puts there by hand. */
  ledger(names: readonly string[], proven?: readonly string[]): string
  /** One go: writes the config with `changes`, does `prepare`, runs `command` (else the script), and looks at what is there. */
  attempt(changes?: Settings, options?: { prepare?: string; command?: string }): Promise<Attempt>
  remove(): Promise<void>
}

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Makes the project `name` on the host. Throws with the host's words when that fails. */
export async function makeProject(name: string): Promise<Project> {
  const lab = await openLab(process.env['BITACORA_LAB'] ?? 'test')
  const box = await boxOf(lab)
  const password = `p:w\\d'x ${name}é`
  const script = `/opt/postgresql-backups/backup-${name}.sh`
  const restoreScriptFile = `/opt/postgresql-backups/restore-${name}.sh`
  const config = `/opt/postgresql-backups/configs/backup-${name}.conf`
  const knownHosts = `/opt/postgresql-backups/configs/known-hosts-${name}`
  const [backups, logs, remote] = [`/var/backups/${name}`, `/var/log/${name}`, `/home/backups/postgresql/${name}`]
  const settings: Settings = {
    PROJECT: name,
    DB_NAME: `${name}_db`,
    DB_USER: `${name}_user`,
    DB_PASSWORD: password,
    EXPECTED_TABLES: '3',
    COMPRESSION_LEVEL: '1',
    STORAGEBOX_HOST: box.address,
    STORAGEBOX_PORT: String(box.port),
    STORAGEBOX_USER: box.user,
    STORAGEBOX_PASSWORD: box.password,
    STORAGEBOX_KNOWN_HOSTS: knownHosts,
    STORAGEBOX_REMOTE_DIR: remote,
    BACKUP_DIR: backups,
    LOG_DIR: logs,
    UPLOAD_RETRY_SECONDS: '1',
    INTERVAL_SECONDS: '86400',
    KEEP_DAILY: '0',
    KEEP_WEEKLY: '0',
    KEEP_MONTHLY: '0',
  }
  const on = (container: string, text: string, stdin?: string) =>
    execIn(lab, container, text, stdin === undefined ? {} : { stdin })
  const root = await boxRoot(lab)
  const project: Project = {
    name,
    script,
    config,
    backups,
    log: `${logs}/backup_${name}_[0-9]*.log`,
    remote,
    secrets: [password, box.password],
    settings,
    host: (text, stdin) => on(HOST, text, stdin),
    box: (text) => on('box', `cd ${root}/ && export BOX=${root}${remote} && ${text}`),
    configText(changes = {}, more = '') {
      const lines = Object.entries({ ...settings, ...changes }).flatMap(([key, value]) =>
        value === null ? [] : [`${key}=${singleQuoted(value)}`],
      )
      return `# a comment\n\n${lines.join('\n')}\n${more}`
    },
    async configure(changes, more) {
      must(await project.host(`umask 077; cat > ${config}`, project.configText(changes, more)))
    },
    run: (options = '') => project.host(`${script} ${options}`),
    restore: (options = '', stdin) => project.host(`${restoreScriptFile} ${options}`, stdin),
    async restored(options, stdin) {
      const { code, stdout, stderr } = await project.restore(options, stdin)
      if (code !== 0 || stderr !== '') throw new Error(`exit ${code}: ${stderr}${stdout}`)
      return stdout
    },
    async sql(text, database = 'postgres') {
      return must(await project.host(`cd /; su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1 ${database}'`, text)).stdout.trimEnd()
    },
    async install(...packages) {
      must(await project.host(installPackages(...packages)))
    },
    ledger(names, proven = []) {
      const made = names.map((file) => ({
        entry: 'made',
        name: file,
        finishedAt: '2020-01-01T03:00:00Z',
        files: { '': { bytes: 0, sha256: EMPTY_SHA256 } },
        adopted: false,
      }))
      const proofs = proven.map((file) => ({ entry: 'proof', name: file, at: '2020-01-02T03:00:00Z', contents: 'equal' }))
      const lines = [...made, ...proofs, { entry: 'seeded', at: '2020-01-01T03:00:00Z' }].map((line) => JSON.stringify(line))
      return `mkdir -p ${backups}; ( umask 077; printf '%s\\n' ${lines.map(singleQuoted).join(' ')} >> ${backups}/ledger_${name}.jsonl )`
    },
    async status() {
      return JSON.parse(must(await project.host(`cat ${backups}/status_${name}.json`)).stdout) as Status
    },
    async attempt(changes, { prepare = 'true', command = script } = {}) {
      const status = `base64 -w0 ${backups}/status_${name}.json 2>/dev/null; echo`
      const lines = [
        `umask 077; echo ${Buffer.from(project.configText(changes)).toString('base64')} | base64 -d > ${config}; cd /root; ${status}`,
        `{ ${prepare}; } >&2 || exit 1`,
        `{ ${command}; } </dev/null >${name}.out 2>${name}.err; echo $?; base64 -w0 ${name}.out; echo; base64 -w0 ${name}.err; echo; rm -f ${name}.out ${name}.err`,
        `${status}; cat ${project.log} 2>/dev/null | base64 -w0; echo; ls -A ${backups} | base64 -w0; echo`,
        `ls -d ${backups}/*.part ${backups}/.uploading* /run/postgres-backup/${name}.work /run/postgres-backup-check.* 2>/dev/null | base64 -w0`,
      ]
      const { stdout } = must(await project.host(lines.join('\n')))
      const [before, code, out, err, after, log, files, leftovers] = stdout.split('\n')
      const decode = (text = '') => Buffer.from(text, 'base64').toString()
      const parse = (text = '') => (text === '' ? null : (JSON.parse(decode(text)) as Status))
      return {
        code: Number(code),
        stdout: decode(out),
        stderr: decode(err),
        before: parse(before),
        status: parse(after),
        log: decode(log),
        files: decode(files)
          .split('\n')
          .filter((file) => file !== ''),
        leftovers: decode(leftovers),
      }
    },
    async remove() {
      await project.host(
        `rm -rf ${script} ${restoreScriptFile} ${config} ${knownHosts} ${backups} ${logs} /run/postgres-backup/${name}.*; cd /; su postgres -c psql <<'SQL'\nDROP DATABASE IF EXISTS ${name}_db WITH (FORCE);\nDROP ROLE IF EXISTS ${name}_user;\nSQL`,
      )
      await project.box(`rm -rf .${remote}`)
    },
  }
  await project.remove()
  await project.install('sshpass', 'jq')
  must(
    await project.host(
      `mkdir -p /opt/postgresql-backups/configs; cat > ${knownHosts}`,
      `[${box.address}]:${box.port} ${box.hostKey}\n`,
    ),
  )
  must(await project.host(`cat > ${script}; chmod 0700 ${script}`, backupScript()))
  must(await project.host(`cat > ${restoreScriptFile}; chmod 0700 ${restoreScriptFile}`, restoreScript()))
  must(await project.host(`cd /; su postgres -c 'psql -v ON_ERROR_STOP=1'`, schema(name, password)))
  await project.configure()
  return project
}

/** Rows that look like a dump's own lines, and enough of them that a dump has some size. */
function schema(name: string, password: string): string {
  return `
CREATE ROLE ${name}_user LOGIN PASSWORD '${password.replaceAll("'", "''")}';
CREATE DATABASE ${name}_db OWNER ${name}_user;
\\c ${name}_db
SET ROLE ${name}_user;
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('022');
CREATE TABLE notes (body text);
INSERT INTO notes VALUES (E'CREATE TABLE row_not_table (\\n'), ('\\.'), ('-- PostgreSQL database dump complete'), ('ñandú 🦤');
INSERT INTO notes SELECT encode(sha256(g::text::bytea), 'hex') FROM generate_series(1, 20000) g;
CREATE UNLOGGED TABLE drafts (id int);
CREATE VIEW all_notes AS SELECT * FROM notes;
`
}

export function must(result: Result): Result {
  if (result.code !== 0) throw new Error(`exit ${result.code}: ${result.stderr}${result.stdout}`)
  return result
}

/** The box as the hosts see it, with its password in the clear: it is the lab's own, made at `up`. */
async function boxOf(lab: Lab) {
  const inventory = JSON.parse(await readFile(lab.inventoryFile, 'utf8')) as {
    boxes: Record<string, { address: string; port: number; user: string; password: { file: string }; hostKey: string }>
  }
  const box = inventory.boxes['box']
  if (box === undefined) throw new Error(`${lab.inventoryFile} has no box`)
  const password = await readFile(path.resolve(path.dirname(lab.inventoryFile), box.password.file), 'utf8')
  return { ...box, password: password.trimEnd() }
}

/** Where the box's container keeps what its users see as `/`: sshd tells its chroot. */
async function boxRoot(lab: Lab): Promise<string> {
  const { stdout } = await execIn(
    lab,
    'box',
    `sed -n 's/^ *ChrootDirectory *//p' /etc/ssh/sshd_config /etc/ssh/sshd_config.d/* 2>/dev/null | head -n 1`,
  )
  return stdout.trim().replace(/\/$/, '')
}

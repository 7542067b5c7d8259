import { expect } from 'vitest'
import type { Fault } from '../../faults/fault.ts'
import { FAULTS } from '../../faults/table.ts'
import { makeProject, must } from '../backup-script/project.ts'
import type { Attempt, Project, Settings } from '../backup-script/project.ts'
import { expectFault } from './expect.ts'

/** The entry of that id. Throws when there is none. */
export function fault(id: string): Fault {
  const found = FAULTS.find((entry) => entry.id === id)
  if (found === undefined) throw new Error(`no fault ${id} in the table`)
  return found
}

/** Bash as one word for a shell: written to a file of root's, and run. */
export const bash = (name: string, script: string) =>
  `printf %s ${Buffer.from(script).toString('base64')} | base64 -d > /root/${name}.try; bash /root/${name}.try`

/** A shell's words that wait until a condition holds, ten seconds at most. */
export const until = (condition: string) =>
  `for i in $(seq 200); do { ${condition}; } >/dev/null 2>&1 && break; sleep 0.05; done; { ${condition}; } >/dev/null 2>&1 || echo 'never came' >&2`

/** What to do around a run. */
export interface Meddling {
  changes?: Settings
  /** Before it, by a shell. */
  prepare?: string
  /** PROGRAM: what a program of that name does in its stead, in Bash; it goes on as the real one where this doesn't end it. */
  hooks?: Record<string, string>
  /** Instead of the script alone. */
  command?: string
  /** After it, before anything is looked at. */
  after?: string
  /** Instead of a run as usual. */
  instead?: () => Promise<Attempt>
}

export interface There {
  host: string[]
  box: string[]
}

/** Of a run that met a fault: what it said, and what was there before and after. */
export interface Met extends Attempt {
  was: There
  is: There
}

const days = [1, 2, 3, 4]
const BESIDE = ['', '.sha256', '.manifest.json']

/** A project on which faults are tried; `folder` is where its box keeps the backups, when that is one on the host itself. */
export interface Bench {
  project: Project
  /** The files that a good run would prune. */
  old: string[]
  /** Tries what the entry `id` says, and that all is as it says. */
  meets(id: string, meddling?: Meddling): Promise<Met>
  /** A run that must be good, leave nothing, and prune what the fault left. */
  nextIsGood(changes?: Settings): Promise<Attempt>
  /** Kills the run that is going on, in a hook. */
  kill: string
  remove(): Promise<void>
}

export async function makeBench(name: string, folder?: string): Promise<Bench> {
  const project = await makeProject(name)
  const old = days.map((day) => `backup_${name}_db_2020010${day}_030000.sql.gz`)
  const there = folder ?? `.${project.remote}`
  const onBox = (script: string) => (folder === undefined ? project.box(script) : project.host(script))

  async function seed(): Promise<void> {
    const put = old.map(
      (file, n) =>
        `mkdir -p ${there}/2020/01/0${n + 1}; touch ${BESIDE.map((end) => `${there}/2020/01/0${n + 1}/${file}${end}`).join(' ')}`,
    )
    const owner = folder === undefined ? '--reference=./home/backups' : `--reference=${folder}`
    must(await onBox(`mkdir -p ${there}; ${put.join('; ')}; chown -R ${owner} ${there}`))
    const here = old.flatMap((file) => BESIDE.map((end) => file + end)).join(' ')
    must(
      await project.host(
        `mkdir -p ${project.backups}; cd ${project.backups} && touch ${here} && truncate -s 700K ${old.join(' ')}`,
      ),
    )
  }

  async function look(): Promise<There> {
    const list = async (found: Promise<{ stdout: string }>) => (await found).stdout.split('\n').filter((line) => line !== '')
    return {
      host: await list(
        project.host(`find ${project.backups}/ -mindepth 1 ! -name 'status_*.json' ! -name '.safe_*' -printf '%P %s\\n' | sort`),
      ),
      box: await list(onBox(`find ${there} -type f ! -name RESTORE.md -printf '%f %s\\n' | sort`)),
    }
  }

  /** What no run may leave: processes, sessions of the database, databases of a drill, locks, folders and files for a while. */
  async function left(): Promise<string> {
    const sql = `SELECT 'session: ' || query FROM pg_stat_activity WHERE application_name ~ '^(postgres-backup|pg_dump)' UNION ALL SELECT 'database: ' || datname FROM pg_database WHERE datname LIKE 'restoring_%'`
    const script = `grep -lsaE -- "[b]ackup-${name}\\.sh|--dbname=[${name[0]}]${name.slice(1)}_db" /proc/[0-9]*/cmdline
(cd /; echo "${sql}" | su postgres -c 'psql -qAt')
for lock in ${name}.lock host.lock ${name}.restore.lock restore.lock; do [ ! -e /run/postgres-backup/$lock ] || flock -n /run/postgres-backup/$lock true || echo "lock $lock"; done
ls -d ${project.backups}/*.part ${project.backups}/*.part.d ${project.backups}/.upl* ${project.backups}/.rest* /run/postgres-backup/${name}*.work /run/postgres-backup-check* /var/tmp/postgres-backup* 2>/dev/null; true`
    // What the kernel ends with the script takes a moment to be gone.
    return must(
      await project.host(
        bash(
          name,
          `look() {\n${script}\n}\nfor i in {1..50}; do said=$(look); [[ -n $said ]] || break; sleep 0.1; done; printf %s "$said"`,
        ),
      ),
    ).stdout
  }

  async function run({
    changes = {},
    prepare = 'true',
    hooks = {},
    command = project.script,
    after = 'true',
  }: Meddling): Promise<Attempt> {
    const put = Object.entries(hooks).map(([program, body]) => {
      const text = `#!/bin/bash\n${body}\nexec /usr/bin/${program} "$@"\n`
      return `echo ${Buffer.from(text).toString('base64')} | base64 -d > /usr/local/sbin/${program}; chmod 755 /usr/local/sbin/${program}`
    })
    const away = Object.keys(hooks).map((program) => `rm -f /usr/local/sbin/${program}`)
    return project.attempt(changes, {
      prepare: [prepare, ...put].join('; '),
      command: `( ${command}; c=$?; ${[...away, after].join('; ')}; exit $c )`,
    })
  }

  const bench: Bench = {
    project,
    old,
    kill: `kill -9 "$(/usr/bin/sed -n 's/.*(process \\([0-9]*\\)).*/\\1/p' /run/postgres-backup/${name}.lock)"; exit 1`,
    async meets(id, meddling = {}) {
      await seed()
      const was = await look()
      const met: Met = { ...(await (meddling.instead ?? (() => run(meddling)))()), was, is: await look() }
      expectFault(fault(id), met, project)
      if (!['partial', 'dump'].includes(fault(id).host) && fault(id).box !== 'partial' && fault(id).exit !== 137) {
        expect(`${met.leftovers}${await left()}`).toBe('')
      }
      return met
    },
    async nextIsGood(changes = {}) {
      const next = await run({ changes })
      expect(next.code, next.stdout + next.stderr).toBe(0)
      expect(next.status).toMatchObject({ ok: true, stage: 'done', error: null, newest: { grade: 'hashed on the box' } })
      const { host, box } = await look()
      for (const list of [host, box]) {
        expect(list.filter((file) => file.startsWith(`${next.status?.newest?.name}`))).toHaveLength(4)
        expect(list.filter((file) => file.includes('.part'))).toEqual([])
        expect(list.some((file) => file.startsWith(`${old[0]}`))).toBe(false)
      }
      expect(await left()).toBe('')
      return next
    },
    remove: () => project.remove(),
  }
  return bench
}

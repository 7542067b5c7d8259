import { readFileSync } from 'node:fs'
import { mustExecIn } from '../test/lab/index.ts'
import type { Lab } from '../test/lab/index.ts'
import { HOST, makeProject } from '../test/e2e/backup-script/project.ts'
import type { Project } from '../test/e2e/backup-script/project.ts'

const text = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
export const NAME = 'bench'
export const [LARGE, SMALL] = [`${NAME}_db`, `${NAME}_small_db`]
/** Everything that the benchmark keeps on the host, but for the project's own backups. */
export const FOLDER = '/var/lib/bench'
/** Runs a program as the system user of PostgreSQL. */
export const AS_POSTGRES = `setpriv --reuid=postgres --regid=postgres --init-groups env HOME=${FOLDER}`

/** What one run took, see meter.py. */
export interface Metered {
  code: number
  wall: number
  cpu: number
  peak: number
  snapshot: number
  blocks: number
  lines: [wall: number, cpu: number, line: string][]
}

export interface BenchHost {
  project: Project
  /** Runs a script of sh as root; gives its stdout, throws when it fails. */
  on(script: string, stdin?: string): Promise<string>
  /** Runs a line of Bash and measures it; throws with its last words when it fails. */
  meter(command: string): Promise<Metered>
  install(packages: string): Promise<void>
  /** Installs a package until `remove`, if it isn't there: with it the scripts do what they don't do without. */
  borrow(name: string): Promise<void>
  remove(): Promise<void>
}

/** A project with two databases, of about so many megabytes of dump's text and a quarter of that, and a meter. */
export async function makeBenchHost(lab: Lab, megabytes: number): Promise<BenchHost> {
  process.env['BITACORA_LAB'] = lab.name
  const on = (script: string, stdin?: string) =>
    mustExecIn(lab, HOST, script, { timeoutSeconds: 1200, ...(stdin === undefined ? {} : { stdin }) })
  const psql = (database: string) => `cd /; ${AS_POSTGRES} psql -qX -v ON_ERROR_STOP=1 ${database}`
  // Of a benchmark that was stopped half way: the project's role can't be made anew while it owns something.
  await on(psql('postgres'), `DROP DATABASE IF EXISTS ${SMALL} WITH (FORCE);\n`)
  const project = await makeProject(NAME)
  await on(`install -d -o postgres -g postgres ${FOLDER}; cat > ${FOLDER}/meter.py`, text('meter.py'))
  const fill = async (database: string, units: number) => {
    await on(`${psql(database)} -v units=${Math.ceil(units)}`, `SET ROLE ${NAME}_user;\n${text('rows.sql')}`)
  }
  const fresh = (database: string) => `DROP DATABASE IF EXISTS ${database};\nCREATE DATABASE ${database} OWNER ${NAME}_user;\n`
  await on(psql('postgres'), `${fresh(SMALL)}${fresh(LARGE)}`)
  await Promise.all([fill(SMALL, megabytes / 4), fill(LARGE, megabytes)])
  const apt = 'DEBIAN_FRONTEND=noninteractive apt-get'
  const install = async (packages: string) => {
    await on(`${apt} update -q >/dev/null; ${apt} install -y -q --no-install-recommends ${packages} >/dev/null`)
  }
  const borrowed: string[] = []
  return {
    project,
    on,
    async meter(command) {
      const quoted = `'${command.replaceAll("'", `'\\''`)}'`
      const run = JSON.parse(await on(`python3 ${FOLDER}/meter.py ${LARGE} ${quoted}`)) as Metered
      const last = run.lines.slice(-3).map(([, , line]) => line)
      if (run.code !== 0) throw new Error(`${command}: exit ${run.code}: ${last.join('\n')}`)
      return run
    },
    install,
    async borrow(name) {
      if ((await on(`command -v ${name} || :`)) !== '') return
      await install(name)
      borrowed.push(name)
    },
    async remove() {
      if (borrowed.length > 0) await on(`${apt} purge -y -q ${borrowed.join(' ')} >/dev/null`)
      await on(`rm -rf ${FOLDER}; ${psql('postgres')}`, `DROP DATABASE IF EXISTS ${SMALL} WITH (FORCE);\n`)
      await project.remove()
    },
  }
}

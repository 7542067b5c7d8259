import type { Settings } from '../test/e2e/backup-script/project.ts'
import { AS_POSTGRES, FOLDER, LARGE } from './host.ts'
import type { BenchHost, Metered } from './host.ts'

export interface Contender {
  name: string
  /** Name of the contender that it is compared with, and how much slower it may be. */
  against?: { name: string; aim: number }
  /** What is done before each run, unmeasured. */
  prepare(): Promise<unknown>
  command: string
  /** It has ended for the comparison when it says this; without it, when it ends. */
  until?: RegExp
  bytes(run: Metered): Promise<number>
}

const HASHED = /\[hash\] [0-9a-f]{64}, (\d+) bytes/

/** `pg_dump` through a compressor to a file, as one would type it. */
export function raw(host: BenchHost, packer: string): Contender {
  const file = `${FOLDER}/raw`
  return {
    name: `pg_dump | ${packer}`,
    prepare: () => host.on(`rm -f ${file}`),
    command: `set -o pipefail; ${AS_POSTGRES} pg_dump ${LARGE} | ${packer} > ${file}`,
    bytes: async () => Number(await host.on(`stat -c %s ${file}`)),
  }
}

/** The backup script until its local part is done: the file is whole, looked into, hashed, and on the disk. The upload follows. */
export function ours(host: BenchHost, name: string, settings: Settings, against?: Contender['against']): Contender {
  const { project } = host
  return {
    name: `ours, ${name}`,
    ...(against === undefined ? {} : { against }),
    async prepare() {
      await project.configure(settings)
      await host.on(`rm -rf ${project.backups}/*`)
      await project.box(`rm -rf .${project.remote}`)
    },
    command: project.script,
    until: HASHED,
    bytes: async ({ lines }) => Number(lines.map(([, , line]) => HASHED.exec(line)?.[1]).find((bytes) => bytes !== undefined)),
  }
}

/** The run's figures up to its end as the contender defines it. */
export function upTo(contender: Contender, run: Metered): { wall: number; cpu: number; rest: number } {
  const found = run.lines.find(([, , line]) => contender.until?.test(line))
  if (contender.until !== undefined && found === undefined)
    throw new Error(`${contender.name} never said ${contender.until.source}`)
  const [wall, cpu] = found ?? [run.wall, run.cpu]
  return { wall, cpu, rest: run.wall - wall }
}

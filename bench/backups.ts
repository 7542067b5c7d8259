import type { Settings } from '../test/e2e/backup-script/project.ts'
import type { Lab } from '../test/lab/index.ts'
import { ours, raw, upTo } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { LARGE, SMALL, makeBenchHost } from './host.ts'
import type { BenchHost } from './host.ts'
import { installPeers, stopPeers } from './peers.ts'
import { figures, median } from './statistics.ts'

interface Options {
  rounds: number
  /** Of the dump's text. */
  megabytes: number
  /** Whether other tools are installed and measured too. */
  peers: boolean
}

/** What was measured of one contender, a value each round. */
interface Taken {
  contender: Contender
  wall: number[]
  cpu: number[]
  rest: number[]
  peak: number[]
  bytes: number[]
  snapshot: number[]
  blocks: number[]
  /** In words, after the last round. */
  drills: string[]
}

interface Proof {
  ok: boolean
  contents: string
  seconds: Record<string, number>
}

const GZIP = 'gzip -9'
const ZSTD = 'zstd -q -3'
const PIGZ = 'pigz -9 -p 2'
const ZSTD_SETTINGS: Settings = { COMPRESSION: 'zstd', COMPRESSION_LEVEL: '3' }

/** Backups of one database in turns: bare pipes, the backup script, other tools; and drills. Gives what was measured, as text. */
export async function benchBackups(lab: Lab, options: Options, say: (line: string) => void): Promise<string> {
  say(`backups: a database of ${options.megabytes} MB`)
  const host = await makeBenchHost(lab, options.megabytes)
  try {
    await host.borrow('zstd')
    const text = Number(await host.on(`cd /; su postgres -c 'pg_dump ${LARGE}' | wc -c`))
    const gzip = ours(host, GZIP, { COMPRESSION_LEVEL: '9' }, { name: `pg_dump | ${GZIP}`, aim: 1.15 })
    const zstd = ours(host, 'zstd -3', ZSTD_SETTINGS, { name: `pg_dump | ${ZSTD}`, aim: 1.2 })
    const directory = ours(host, 'directory, 2 jobs', { COMPRESSION: 'directory', COMPRESSION_LEVEL: '', JOBS: '2' })
    const own = [raw(host, GZIP), gzip, raw(host, ZSTD), zstd, directory]
    const small = [await peakOfSmall(host, { COMPRESSION_LEVEL: '9' }), await peakOfSmall(host, ZSTD_SETTINGS)]
    // What backs up the whole cluster finds only what the others back up.
    await host.on(`cd /; su postgres -c 'dropdb ${SMALL}'`)
    const others = options.peers
      ? await installPeers(host)
      : { contenders: [], failed: ['  Other tools: left out, as BENCH_PEERS says'] }
    const taken = await inTurns(host, [...own, ...others.contenders], options.rounds, say)
    await stopPeers(host)
    if (options.peers) {
      await host.borrow('pigz')
      const settings = { COMPRESSION_LEVEL: '9', COMPRESSION_THREADS: '2' }
      const two = ours(host, 'gzip -9 by pigz, 2 threads', settings, { name: `pg_dump | ${PIGZ}`, aim: 1.15 })
      taken.push(...(await inTurns(host, [raw(host, PIGZ), two], options.rounds, say)))
    }
    const peak = (contender: Contender) => median(taken.find((each) => each.contender === contender)?.peak ?? []).toFixed(1)
    return `
Backups of a database whose dump is ${(text / 1e6).toFixed(0)} MB of text; ${options.rounds} rounds in turns; median (minimum to maximum)
${taken.map((each) => row(each, taken)).join('\n')}
${[...others.failed, ...taken.flatMap(({ drills }) => drills)].join('\n')}
  Largest of ours, with a quarter of the database and with all: gzip ${small[0]} and ${peak(gzip)} MiB, zstd ${small[1]} and ${peak(zstd)} MiB
  CPU: user and system time of the programs, without the server's. Largest: peak memory of the largest process. Snapshot: the oldest
  that a client held. Blocks: of 8 kB, asked for in the database; what reads the server's files asks for none. Ours ends with the
  file looked into, its rows counted, hashed and synced to the disk.`
  } finally {
    await stopPeers(host)
    await host.remove()
  }
}

async function inTurns(host: BenchHost, contenders: Contender[], rounds: number, say: (line: string) => void): Promise<Taken[]> {
  const all: Taken[] = contenders.map((contender) => ({
    contender,
    wall: [],
    cpu: [],
    rest: [],
    peak: [],
    bytes: [],
    snapshot: [],
    blocks: [],
    drills: [],
  }))
  for (let round = 1; round <= rounds; round++) {
    for (const taken of all) {
      const { contender } = taken
      say(`round ${round} of ${rounds}: ${contender.name}`)
      await contender.prepare()
      const run = await host.meter(contender.command)
      const { wall, cpu, rest } = upTo(contender, run)
      taken.wall.push(wall)
      taken.cpu.push(cpu)
      taken.rest.push(rest)
      taken.peak.push(run.peak / 1024)
      taken.bytes.push((await contender.bytes(run)) / 1e6)
      taken.snapshot.push(run.snapshot)
      taken.blocks.push(run.blocks)
      if (round === rounds && contender.until !== undefined) taken.drills.push(await drill(host, contender, say))
    }
  }
  return all
}

function row({ contender, wall, cpu, rest, peak, bytes, snapshot, blocks }: Taken, all: Taken[]): string {
  const base = all.find((other) => other.contender.name === contender.against?.name)
  const ratios = wall.map((seconds, round) => seconds / (base?.wall[round] ?? NaN))
  const than = base === undefined ? '' : `   ${figures(ratios, 2)} × ${base.contender.name}   (aim ${contender.against?.aim})`
  const upload = contender.until === undefined ? '' : `; then upload and compare ${median(rest).toFixed(1)} s`
  return `  ${contender.name.padEnd(50)} ${figures(wall, 2)} s${than}
      CPU ${median(cpu).toFixed(1)} s; largest ${median(peak).toFixed(0)} MiB; ${median(bytes).toFixed(1)} MB; snapshot ${median(snapshot).toFixed(1)} s; ${median(blocks)} blocks${upload}`
}

/** MiB: the largest process of ours, with a quarter of the database. */
async function peakOfSmall(host: BenchHost, settings: Settings): Promise<string> {
  const contender = ours(host, 'small', { ...settings, DB_NAME: SMALL })
  await contender.prepare()
  return ((await host.meter(contender.command)).peak / 1024).toFixed(1)
}

/** A drill of the backup that was made just now, from the box. Throws when it proves nothing. */
async function drill({ project, ...host }: BenchHost, { name }: Contender, say: (line: string) => void): Promise<string> {
  say(`drill: ${name}`)
  const run = await host.meter(`/opt/postgresql-backups/restore-${project.name}.sh`)
  const proof = JSON.parse(await host.on(`cat ${project.backups}/*.proof-*.json`)) as Proof
  if (!proof.ok || proof.contents !== 'equal') throw new Error(`the drill of ${name} proved nothing`)
  const parts = Object.entries(proof.seconds).map(([part, seconds]) => `${part} ${seconds.toFixed(1)}`)
  const also = [`CPU ${run.cpu.toFixed(1)} s`, `largest ${(run.peak / 1024).toFixed(0)} MiB`]
  return `  Drill, ${name}: ${run.wall.toFixed(1)} s (${parts.join(', ')}); ${also.join('; ')}`
}

import type { Lab } from '../test/lab/index.ts'
import { ours, raw, upTo } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { LARGE, SMALL, makeBenchHost } from './host.ts'
import type { BenchHost, Metered } from './host.ts'
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
}

const GZIP = 'gzip -9'
const ZSTD = 'zstd -q -3'
const PIGZ = 'pigz -9 -p 2'

/** Backups of one database in turns: bare pipes, the backup script, other tools; and drills. Gives what was measured, as text. */
export async function benchBackups(lab: Lab, options: Options, say: (line: string) => void): Promise<string> {
  say(`backups: a database of ${options.megabytes} MB`)
  const host = await makeBenchHost(lab, options.megabytes)
  let pigz = false
  try {
    await host.on('command -v zstd >/dev/null').catch(() => host.install('zstd'))
    const memory = await memoryAtTwoSizes(host)
    const text = Number(await host.on(`cd /; su postgres -c 'pg_dump ${LARGE}' | wc -c`))
    const own = [
      raw(host, GZIP),
      ours(host, GZIP, { COMPRESSION_LEVEL: '9' }, { name: `pg_dump | ${GZIP}`, aim: 1.15 }),
      raw(host, ZSTD),
      ours(host, 'zstd -3', { COMPRESSION: 'zstd', COMPRESSION_LEVEL: '3' }, { name: `pg_dump | ${ZSTD}`, aim: 1.2 }),
      ours(host, 'directory, 2 jobs', { COMPRESSION: 'directory', COMPRESSION_LEVEL: '', JOBS: '2' }),
    ]
    const others = options.peers
      ? await installPeers(host)
      : { contenders: [], failed: ['Other tools: left out, as BENCH_PEERS says'] }
    const taken = await inTurns(host, [...own, ...others.contenders], options.rounds, say)
    await stopPeers(host)
    if (options.peers) {
      await host.install('pigz')
      pigz = true
      const both = ours(
        host,
        'gzip -9 by pigz, 2 threads',
        { COMPRESSION_LEVEL: '9', COMPRESSION_THREADS: '2' },
        { name: `pg_dump | ${PIGZ}`, aim: 1.15 },
      )
      taken.push(...(await inTurns(host, [raw(host, PIGZ), both], options.rounds, say)))
    }
    const drills = await drill(host, own, say)
    return `
Backups of a database whose dump is ${(text / 1e6).toFixed(0)} MB of text; ${options.rounds} rounds in turns; median (minimum to maximum)
${taken.map((each) => row(each, taken)).join('\n')}
${[...others.failed, memory, ...drills].join('\n')}
  CPU: user and system time of the programs, without the server's. Largest: peak memory of the largest process. Snapshot: the oldest
  that a client held. Blocks: of 8 kB, asked for in the database; what reads the server's files asks for none. Ours ends with the
  file looked into, its rows counted, hashed and synced to the disk.`
  } finally {
    await stopPeers(host)
    if (pigz) await host.on('apt-get purge -y -q pigz >/dev/null')
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
  }))
  for (let round = 0; round < rounds; round++) {
    for (const taken of all) {
      say(`round ${round + 1} of ${rounds}: ${taken.contender.name}`)
      await taken.contender.prepare()
      const run = await host.meter(taken.contender.command)
      const { wall, cpu, rest } = upTo(taken.contender, run)
      taken.wall.push(wall)
      taken.cpu.push(cpu)
      taken.rest.push(rest)
      taken.peak.push(run.peak / 1024)
      taken.bytes.push((await taken.contender.bytes(run)) / 1e6)
      taken.snapshot.push(run.snapshot)
      taken.blocks.push(run.blocks)
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

/** The largest process of ours, with a database and one four times as large. */
async function memoryAtTwoSizes(host: BenchHost): Promise<string> {
  const peaks: string[] = []
  for (const [compression, level] of [
    ['gzip', '9'],
    ['zstd', '3'],
  ] as const) {
    const at: Metered[] = []
    for (const database of [SMALL, LARGE]) {
      const contender = ours(host, compression, { COMPRESSION: compression, COMPRESSION_LEVEL: level, DB_NAME: database })
      await contender.prepare()
      at.push(await host.meter(contender.command))
    }
    peaks.push(`${compression} ${at.map(({ peak }) => (peak / 1024).toFixed(1)).join(' and ')} MiB`)
  }
  return `  Peak memory with a quarter of the database, and with all of it: ${peaks.join('; ')}`
}

/** A drill of each of our formats, from the box. */
async function drill(host: BenchHost, contenders: Contender[], say: (line: string) => void): Promise<string[]> {
  const { project } = host
  const drills: string[] = []
  for (const contender of contenders.filter(({ until }) => until !== undefined)) {
    say(`drill: ${contender.name}`)
    await contender.prepare()
    await host.on(project.script)
    const run = await host.meter(`/opt/postgresql-backups/restore-${project.name}.sh`)
    const proof = JSON.parse(await host.on(`cat ${project.backups}/*.proof-*.json`)) as {
      ok: boolean
      contents: string
      seconds: Record<string, number>
    }
    if (!proof.ok || proof.contents !== 'equal') throw new Error(`the drill of ${contender.name} proved nothing`)
    const parts = Object.entries(proof.seconds).map(([part, seconds]) => `${part} ${seconds}`)
    drills.push(
      `  Drill, ${contender.name}: ${run.wall.toFixed(1)} s (${parts.join(', ')}), CPU ${run.cpu.toFixed(1)} s, largest ${(run.peak / 1024).toFixed(0)} MiB`,
    )
  }
  return drills
}

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunReport } from '../lib/index.ts'
import { startRelay } from '../test/lab/index.ts'
import type { Lab } from '../test/lab/index.ts'
import { figures, ratio } from './statistics.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DELAY_MS = 25
const PEAK = fileURLToPath(new URL('peak.mjs', import.meta.url))

/** Milliseconds and bytes of one command, with what it printed. */
async function timed(command: string, args: string[], env: Record<string, string> = {}): Promise<{ ms: number; stdout: string }> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0
        ? resolve({ ms: performance.now() - started, stdout })
        : reject(new Error(`${command} ${args.join(' ')}: exit ${code}: ${stdout}`)),
    )
  })
}

/** Provisions a project that is as it should be, in turns with a bare `ssh host true`; gives what was measured, as text. */
export async function benchNoOp(lab: Lab, rounds: number, say: (line: string) => void): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), 'bitacora-bench-'))
  const relay = await startRelay({ targetPort: lab.hosts['vps'].port, delayMs: DELAY_MS })
  try {
    const { env, ssh } = prepare(lab, relay.port, scratch)
    const provision = () => timed('zx', ['tasks/provision.mjs', '--json'], env)
    say('first provision')
    await provision()
    const rows = {
      ssh: [] as number[],
      process: [] as number[],
      connect: [] as number[],
      bytes: [] as number[],
      peak: [] as number[],
      execs: [] as number[],
    }
    for (let round = 0; round < rounds; round++) {
      say(`no-op, round ${round + 1} of ${rounds}`)
      rows.ssh.push((await timed('ssh', ssh)).ms)
      const before = relay.bytes.toTarget + relay.bytes.fromTarget
      const { ms, stdout } = await provision()
      const report = JSON.parse(stdout) as RunReport
      if (report.hosts[0]?.steps.some((step) => step.status !== 'ok')) throw new Error('the measured run was no no-op')
      rows.process.push(ms)
      rows.connect.push((report.hosts[0]?.seconds ?? NaN) * 1000)
      rows.execs.push(report.hosts[0]?.roundTrips ?? NaN)
      rows.bytes.push(relay.bytes.toTarget + relay.bytes.fromTarget - before)
      rows.peak.push(Number(readFileSync(join(scratch, 'peak'), 'utf8')) / 1024)
    }
    return `No-op provision of one project over a relay of ${DELAY_MS} ms each way; ${rounds} rounds in turns; median (minimum to maximum)
  cold ssh host true         ${figures(rows.ssh)} ms
  connect to result          ${figures(rows.connect)} ms   ${ratio(rows.connect, rows.ssh)} × ssh   (aim 1.3)
  whole process              ${figures(rows.process)} ms   ${ratio(rows.process, rows.ssh)} × ssh   (aim 3)
  execs                      ${figures(rows.execs)}
  bytes both ways            ${figures(rows.bytes)}
  peak memory                ${figures(rows.peak)} MiB   (aim below 150)`
  } finally {
    await relay.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** An inventory of one project, whose host is reached over the relay. */
function prepare(lab: Lab, port: number, scratch: string): { env: Record<string, string>; ssh: string[] } {
  const inventory = JSON.parse(readFileSync(lab.inventoryFile, 'utf8')) as {
    hosts: Record<string, { port: number; knownHostsFile: string }>
    projects: Record<string, unknown>
  }
  const known = join(lab.directory, 'known_relay')
  writeFileSync(known, `[127.0.0.1]:${port} ${lab.hosts['vps'].hostKey}\n`)
  inventory.hosts['vps'] = { ...inventory.hosts['vps'], port, knownHostsFile: known }
  inventory.projects = { onquota: inventory.projects['onquota'] }
  const file = join(lab.directory, 'bench.json')
  writeFileSync(file, JSON.stringify(inventory))
  const env = {
    BITACORA_INVENTORY: file,
    BITACORA_LOGBOOK: scratch,
    BENCH_PEAK: join(scratch, 'peak'),
    NODE_OPTIONS: `--import=${PEAK}`,
  }
  const key = join(lab.directory, 'id_ed25519')
  const options = ['-F', '/dev/null', '-o', `UserKnownHostsFile=${known}`, '-o', 'BatchMode=yes', '-i', key]
  return { env, ssh: [...options, '-p', String(port), 'root@127.0.0.1', 'true'] }
}

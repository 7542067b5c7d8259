import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunReport } from '../lib/index.ts'
import { down, startRelay, up } from '../test/lab/index.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 9)
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

function figures(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
  return `${at(0.5).toFixed(0).padStart(7)}  (${at(0).toFixed(0)} to ${at(1).toFixed(0)})`
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN

const say = (line: string) => console.error(`bench: ${line}`)
const own = process.env['BITACORA_LAB']
const lab = await up(own ?? 'bench', say)
const scratch = mkdtempSync(join(tmpdir(), 'bitacora-bench-'))
try {
  const inventory = JSON.parse(readFileSync(lab.inventoryFile, 'utf8')) as {
    hosts: Record<string, { port: number; knownHostsFile: string }>
    projects: Record<string, unknown>
  }
  const relay = await startRelay({ targetPort: lab.hosts['vps'].port, delayMs: DELAY_MS })
  const known = join(lab.directory, 'known_relay')
  writeFileSync(known, `[127.0.0.1]:${relay.port} ${lab.hosts['vps'].hostKey}\n`)
  inventory.hosts['vps'] = { ...inventory.hosts['vps'], port: relay.port, knownHostsFile: known }
  inventory.projects = { onquota: inventory.projects['onquota'] }
  const file = join(lab.directory, 'bench.json')
  writeFileSync(file, JSON.stringify(inventory))
  const env = {
    BITACORA_INVENTORY: file,
    BITACORA_LOGBOOK: scratch,
    BENCH_PEAK: join(scratch, 'peak'),
    NODE_OPTIONS: `--import=${PEAK}`,
  }
  const ssh = [
    '-F',
    '/dev/null',
    '-o',
    `UserKnownHostsFile=${known}`,
    '-o',
    'BatchMode=yes',
    '-i',
    join(lab.directory, 'id_ed25519'),
    '-p',
    String(relay.port),
    'root@127.0.0.1',
    'true',
  ]
  const provision = () => timed('zx', ['tasks/provision.mjs', '--json'], env)
  say('first provision')
  await provision()

  const rows: Record<string, number[]> = { ssh: [], process: [], connect: [], bytes: [], peak: [], execs: [] }
  for (let round = 0; round < ROUNDS; round++) {
    say(`round ${round + 1} of ${ROUNDS}`)
    rows['ssh']!.push((await timed('ssh', ssh)).ms)
    const before = relay.bytes.toTarget + relay.bytes.fromTarget
    const { ms, stdout } = await provision()
    const report = JSON.parse(stdout) as RunReport
    if (report.hosts[0]?.steps.some((step) => step.status !== 'ok')) throw new Error('the measured run was no no-op')
    rows['process']!.push(ms)
    rows['connect']!.push((report.hosts[0]?.seconds ?? NaN) * 1000)
    rows['execs']!.push(report.hosts[0]?.roundTrips ?? NaN)
    rows['bytes']!.push(relay.bytes.toTarget + relay.bytes.fromTarget - before)
    rows['peak']!.push(Number(readFileSync(join(scratch, 'peak'), 'utf8')) / 1024)
  }
  const ratio = (name: string) => (median(rows[name]!) / median(rows['ssh']!)).toFixed(2)
  console.log(`No-op provision of one project over a relay of ${DELAY_MS} ms each way; ${ROUNDS} rounds in turns; median (minimum to maximum)
  cold ssh host true         ${figures(rows['ssh']!)} ms
  connect to result          ${figures(rows['connect']!)} ms   ${ratio('connect')} × ssh   (aim 1.3)
  whole process              ${figures(rows['process']!)} ms   ${ratio('process')} × ssh   (aim 3)
  execs                      ${figures(rows['execs']!)}
  bytes both ways            ${figures(rows['bytes']!)}
  peak memory                ${figures(rows['peak']!)} MiB   (aim below 150)`)
  await relay.close()
} finally {
  rmSync(scratch, { recursive: true, force: true })
  if (own === undefined) await down('bench', say)
}

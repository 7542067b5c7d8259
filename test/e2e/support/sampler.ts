import { singleQuoted } from '../../../lib/text/quoting.ts'
import { spawn } from 'node:child_process'
import { expect } from 'vitest'
import { execIn } from '../../lab/index.ts'
import type { Lab } from '../../lab/index.ts'

/** A process as it was seen: its arguments and its environment. */
export interface Seen {
  args: string
  env: string
}

/**
 * Reads the arguments of every process, over and over, and its environment whenever they are new, and writes down each pair once, as hexadecimal. Where a process is alive and its
 * environment can't be read, that is told.
 */
const SAMPLER = String.raw`
# Root of a container may not look into other users' processes: only they themselves may.
use IO::Handle;
my ($folder) = @ARGV; my (%seen, %known); open(my $out, '>', "$folder/seen") or die; $out->autoflush(1);
sub slurp { local $/; open(my $file, '<', $_[0]) or return undef; my $text = <$file>; $text // '' }
while (-d $folder) {
  opendir(my $proc, '/proc') or die; my %alive;
  for my $pid (grep { /^\d+$/ && $_ != $$ } readdir $proc) {
    my $args = slurp("/proc/$pid/cmdline"); next if !defined $args || $args eq '';
    $alive{$pid} = $args; next if ($known{$pid} // '') eq $args;
    my $env = slurp("/proc/$pid/environ");
    if (!defined $env && (my ($uid, $gid) = (stat "/proc/$pid")[4, 5])) {
      $) = "$gid $gid"; $> = $uid; $env = slurp("/proc/$pid/environ"); $> = 0; $) = '0 0';
    }
    if (!defined $env) { next if (slurp("/proc/$pid/cmdline") // '') eq ''; $env = 'UNREADABLE' }
    print $out unpack('H*', $args), ' ', unpack('H*', $env), "\n" if !$seen{"$args\0\0$env"}++;
    if ($env =~ /CANARY=\Q$folder\E-(\d+)-/) { delete $alive{$pid}; open(my $latest, '>', "$folder/latest"); print $latest $1 }
  }
  %known = %alive;
  select undef, undef, undef, 0.01;
}
`

/** One short process after another, of another user, each with its number: what the sampler sees of them proves that it looked, and how closely. */
const CANARIES = `n=0; while [ -d "$1" ]; do n=$((n + 1)); echo $n > "$1/canary"; CANARY="$1-$n-" setpriv --reuid=nobody --clear-groups sleep 0.05; done`

const START = `d=$(mktemp -d /tmp/sampled.XXXXXXXX); setsid perl -e "$SAMPLER" "$d" >/dev/null 2>"$d/err" </dev/null & setsid sh -c "$CANARIES" sh "$d" >/dev/null 2>&1 </dev/null & echo "$d"`

/** A machine's shell. */
type Run = (script: string) => Promise<string>

export const onHost =
  (lab: Lab, host: string): Run =>
  async (script) =>
    (await execIn(lab, host, script)).stdout

/** This machine, where the run itself is; it sees what a host does too where that is a container here. */
export const here: Run = (script) =>
  new Promise((resolve, reject) => {
    const child = spawn('sh', ['-s'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', () => resolve(Buffer.concat(chunks).toString()))
    child.stdin.end(script)
  })

/** What was seen, and the numbers of the sampler's own canaries among it. */
export interface Sampled {
  seen: Seen[]
  canaries: Set<number>
}

export interface Sampler {
  /** The number of the canary that lives now, once one that is as young has been seen. */
  now(): Promise<number>
  /** Ends it: all that it saw. */
  stop(): Promise<Sampled>
}

/** Resolves when it is looking. */
export async function startSampler(run: Run): Promise<Sampler> {
  const folder = (await run(`SAMPLER=${singleQuoted(SAMPLER)}; CANARIES=${singleQuoted(CANARIES)}; ${START}`)).trim()
  const seen = async () => parsed(await run(`cat ${folder}/seen`))
  const now = async () => {
    // While it is written it is empty.
    let number = 0
    while (number === 0) number = Number(await run(`cat ${folder}/canary`))
    const latest = async () => Number(await run(`cat ${folder}/latest 2>/dev/null`))
    await expect.poll(latest, { timeout: 60_000, interval: 200 }).toBeGreaterThanOrEqual(number)
    return number
  }
  await expect.poll(() => run(`cat ${folder}/canary 2>/dev/null`), { timeout: 60_000 }).not.toBe('')
  await now()
  return {
    now,
    async stop() {
      const errors = await run(`cat ${folder}/err`)
      const all = await seen()
      // Both loops end without it; they may write there once more.
      await run(`until rm -rf ${folder}; do :; done`)
      expect(errors).toBe('')
      const numbers = all.flatMap(({ env }) => new RegExp(`CANARY=${folder}-(\\d+)-`).exec(env)?.slice(1, 2).map(Number) ?? [])
      return { seen: all, canaries: new Set(numbers) }
    },
  }
}

function parsed(text: string): Seen[] {
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => {
    const [args = '', env = ''] = line.split(' ').map((hex) => Buffer.from(hex, 'hex').toString())
    return { args, env }
  })
}

/**
 * It looked from before canary `from` until after canary `to`, with no gap: in each tenth of that time it saw some of the processes that lived
 * for 50 ms. Each canary follows the one before, so their numbers are the clock, also on a machine that has no time.
 */
export function expectLookedAllTheTime({ canaries: found }: Sampled, from: number, to: number): void {
  expect(to - from).toBeGreaterThan(10)
  expect(Math.min(...found)).toBeLessThanOrEqual(from)
  expect(Math.max(...found)).toBeGreaterThanOrEqual(to)
  for (let tenth = 0; tenth < 10; tenth++) {
    const [first, last] = [tenth, tenth + 1].map((part) => from + Math.floor(((to - from) * part) / 10)) as [number, number]
    const lived = Array.from({ length: last - first }, (_, index) => first + index)
    expect(
      lived.filter((number) => found.has(number)),
      `part ${tenth} of the run`,
    ).not.toEqual([])
  }
}

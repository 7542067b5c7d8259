/** Takes one line of progress for people. */
export type Say = (line: string) => void

const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1)

/** Says what begins, every ten seconds what it is at, and how long it took. */
export async function timed<T>(say: Say, what: string, work: (progress: (line: string) => void) => Promise<T>): Promise<T> {
  const started = performance.now()
  let latest = ''
  say(`${what} …`)
  const timer = setInterval(() => say(`  ${seconds(started)} s${latest === '' ? '' : `: ${latest.slice(0, 100)}`}`), 10_000)
  try {
    const value = await work((line) => (latest = line))
    say(`${what}: done in ${seconds(started)} s`)
    return value
  } finally {
    clearInterval(timer)
  }
}

// Proves that it works, without changing anything.
import '../setup/compile-cache.mjs'

// Loaded only now, so that the cache serves it.
const { commandLine, verify } = await import('../lib/index.ts')

await commandLine(import.meta.url, {
  task: 'verify',
  help: `
Usage: npx zx tasks/verify.mjs [PROJECT…]

Proves, read-only: nothing differs from the inventory, the tables and the migration head are there, the application's role logs in through
an SSH tunnel and reads, cron will run, the newest backup is fresh, and its copy on the box has the same checksum.
Exit 0: all proven. 1: could not look. 2: something is not so.`,
  run: (options) => verify(options),
})

// Runs the host's own backup script now.
import '../setup/compile-cache.mjs'

// Loaded only now, so that the cache serves it.
const { backup, commandLine } = await import('../lib/index.ts')

await commandLine(import.meta.url, {
  task: 'backup',
  help: `
Usage: npx zx tasks/backup.mjs [PROJECT…]

Runs the backup script on the host, the same that cron runs at night, and shows its stages: dump, look inside, checksum, upload, compare on
the box, prune. Exit 0: made, uploaded and equal on the box. 1: failed; what was there is untouched.`,
  run: (options) => backup(options),
})

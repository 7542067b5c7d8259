// Makes it so: databases, migrations, backups, on every host of the inventory.
import '../setup/compile-cache.mjs'

// Loaded only now, so that the cache serves it.
const { commandLine, provision } = await import('../lib/index.ts')

await commandLine(import.meta.url, {
  task: 'provision',
  help: `
Usage: npx zx tasks/provision.mjs [PROJECT…] [--check]

Reads each host in one go, applies only what differs from the inventory, reads again; nothing to do means nothing is touched.
Exit 0: all is as the inventory says. 1: something failed, or a person must act. 2: with --check, something differs.

  --check            only say what differs; change nothing`,
  options: { check: { type: 'boolean' } },
  run: (options, flags) => provision({ ...options, check: flags['check'] === true }),
})

// Makes it so: databases, migrations, backups, on every host of the inventory.
import '../setup/compile-cache.mjs'

// Loaded only now, so that the cache serves it.
const { commandLine, provision } = await import('../lib/index.ts')

await commandLine(import.meta.url, {
  task: 'provision',
  help: `
Usage: npx zx tasks/provision.mjs [PROJECT…] [--check] [--from-backup [--trust-box]]

Reads each host in one go, applies only what differs from the inventory, reads again; nothing to do means nothing is touched.
Exit 0: all is as the inventory says. 1: something failed, or a person must act. 2: with --check, something differs.

  --check            only say what differs; change nothing
  --from-backup      an empty database gets its data from the newest backup on the box that holds, instead of migrations from zero:
                     for a new server in the place of one that is lost
  --trust-box        with --from-backup and one project: also from a backup without a valid signature. Whoever has the box's
                     credential could have put it there, and its SQL runs on this server: look at it first`,
  options: { check: { type: 'boolean' }, 'from-backup': { type: 'boolean' }, 'trust-box': { type: 'boolean' } },
  run: (options, flags) =>
    provision({
      ...options,
      check: flags['check'] === true,
      fromBackup: flags['from-backup'] === true,
      trustBox: flags['trust-box'] === true,
    }),
})

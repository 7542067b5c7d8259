// Runs the host's own backup script now.
import '../setup/compile-cache.mjs'

// Loaded only now, so that the cache serves it.
const { backup, commandLine } = await import('../lib/index.ts')

await commandLine(import.meta.url, {
  task: 'backup',
  help: `
Usage: npx zx tasks/backup.mjs [PROJECT…] [--prune [--check] | --acknowledge | --adopt FILE | --adopt-box]

Runs the backup script on the host, the same that cron runs at night, and shows its stages: dump, look inside, checksum, upload, compare on
the box, prune. Exit 0: made, uploaded and equal on the box. 1: failed; what was there is untouched.

  --prune            make no backup, but remove what is old now, as a run does at its end
  --check            with --prune: only say what would be removed and why
  --acknowledge      make no backup, but take what was unusual, and pauses pruning, as right, and copies that are gone from the box as
                     removed on purpose; it prints all that it accepts; only one project at a time
  --adopt FILE       make no backup, but take in a dump of this project's database that was made by hand: an absolute path on the host.
                     It counts as "dumped only", is kept and pruned like all others; only one project at a time
  --adopt-box        make no backup, but vouch for what lies on the first box: copies whose checksum there is the one in their manifest are
                     restored from and pruned like the host's own from then on, whoever made them; only one project at a time`,
  options: {
    prune: { type: 'boolean' },
    check: { type: 'boolean' },
    acknowledge: { type: 'boolean' },
    adopt: { type: 'string' },
    'adopt-box': { type: 'boolean' },
  },
  run: (options, flags) =>
    backup({
      ...options,
      prune: flags['prune'] === true,
      check: flags['check'] === true,
      acknowledge: flags['acknowledge'] === true,
      adoptBox: flags['adopt-box'] === true,
      adopt: typeof flags['adopt'] === 'string' ? flags['adopt'] : undefined,
    }),
})

// Brings a backup back from the box: a drill, or for real.
import '../setup/compile-cache.mjs'

// Loaded only now, so that the cache serves it.
const { askPerson, commandLine, restore } = await import('../lib/index.ts')

await commandLine(import.meta.url, {
  task: 'restore',
  help: `
Usage: npx zx tasks/restore.mjs [PROJECT…] [--at TIME] [--on HOST] [--trust-box]
       npx zx tasks/restore.mjs PROJECT --into DATABASE [--replace] [--at TIME] [--trust-box] [--yes DATABASE]
       npx zx tasks/restore.mjs PROJECT --table [SCHEMA.]TABLE [--at TIME] [--trust-box]
       npx zx tasks/restore.mjs PROJECT --drop-old [--yes DATABASE]

Without options a drill: the newest backup is fetched from the box, hashed, loaded into a database that is thrown away, compared with its
manifest in row counts and sequences, and the application logs in there. Only a backup that the host made itself or that is signed with the
project's key is taken. Exit 0: restored, and equal. 1: failed; nothing that was there before is changed.

  --into DATABASE    for real, into a database that isn't there yet
  --replace          with --into: the restored one takes the name of the one that is there, which is kept under another name
  --table NAME       only this table's rows, into a new schema beside the live ones; prints the SQL that brings a dropped table back to its
                     place with all that fell with it, or adds missing rows to the live one; a name with quotes as in SQL: '"My s"."t.1"'
  --drop-old         drop what --replace kept
  --at TIME          the newest backup not later than this day or time (UTC), such as 2026-01-31 or 2026-01-31T03:00
  --name NAME        one project's backup of this file name; also one that is dated more than a day ahead, which is never the newest
  --tablespace OLD=NEW  the things that the backup has in one tablespace go into another; may be given more than once
  --local            the copy on the host, where the box is away
  --box N            the project's N-th box instead of its first
  --on HOST          the drill on another host of the inventory
  --trust-box        one project: take this one copy although nothing proves who made it. What lies on the box could have been put there
                     by whoever has its credential, with a checksum and a manifest that fit; its SQL runs on the host, and its data
                     becomes yours. Look at the file first, and compare it with a copy that never lay on the box if you have one
  --yes DATABASE     confirms what is done for real; else the name is asked for`,
  options: {
    into: { type: 'string' },
    replace: { type: 'boolean' },
    table: { type: 'string' },
    'drop-old': { type: 'boolean' },
    at: { type: 'string' },
    name: { type: 'string' },
    tablespace: { type: 'string', multiple: true },
    local: { type: 'boolean' },
    box: { type: 'string' },
    on: { type: 'string' },
    'trust-box': { type: 'boolean' },
    yes: { type: 'string' },
  },
  run: (options, flags) => {
    const text = (/** @type {string} */ name) => (typeof flags[name] === 'string' ? flags[name] : undefined)
    return restore({
      ...options,
      into: text('into'),
      replace: flags['replace'] === true,
      table: text('table'),
      dropOld: flags['drop-old'] === true,
      at: text('at'),
      name: text('name'),
      tablespaces: Array.isArray(flags['tablespace']) ? flags['tablespace'] : [],
      local: flags['local'] === true,
      box: text('box') === undefined ? undefined : Number(text('box')),
      on: text('on'),
      trustBox: flags['trust-box'] === true,
      yes: text('yes'),
      ask: askPerson(),
    })
  },
})

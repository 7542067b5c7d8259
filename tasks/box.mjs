// Looks at the storage boxes, from the hosts that upload to them.
import '../setup/compile-cache.mjs'

// Loaded only now, so that the cache serves it.
const { box, commandLine } = await import('../lib/index.ts')

await commandLine(import.meta.url, {
  task: 'box',
  help: `
Usage: npx zx tasks/box.mjs [PROJECT…]

A doctor of the storage boxes: from each project's host, is the box reached on its port (and on 22 and 23), is its host key the pinned one,
do password and key log in, is there room, what lies in the project's folder and what doesn't belong there, does sha256sum run there, and
may the account rename and delete. It tries the last two with files of its own, .bitacora-doctor-…, and removes them; all else only looks.
Exit 0: fine. 1: could not look. 2: something is not so.`,
  run: (options) => box(options),
})

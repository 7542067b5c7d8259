// How all projects stand.
import '../setup/compile-cache.mjs'

// Loaded only now, so that the cache serves it.
const { commandLine, status, statusSummary } = await import('../lib/index.ts')

await commandLine(import.meta.url, {
  task: 'status',
  help: `
Usage: npx zx tasks/status.mjs [PROJECT…]

Shows each project's tables and head, the newest backup as it lies on the box, its age and size, how it is proven, the copies, the next run,
and how long there is room; below a project that is not as it should be what is wrong, and the next command. Read-only, one exec a host, and
nothing is written into the logbook. Exit 0: all is well. 1: could not look. 2: something is not so.`,
  often: true,
  run: (options) => status(options),
  summary: (report) => statusSummary(/** @type {import('../lib/index.ts').StatusReport} */ (report)),
})

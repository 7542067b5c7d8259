// Runs the host's own backup script now.
import '../setup/compile-cache.mjs'

// Loaded only now, so that the cache serves it.
const { runTask } = await import('../lib/cli/task.ts')

await runTask(import.meta.url)

// Makes it so: databases, migrations, backups, on every host of the inventory.
import '../setup/compile-cache.mjs'

// Loaded only now, so that the cache serves it.
const { runTask } = await import('../lib/cli/task.ts')

await runTask(import.meta.url)

// node setup/run.mjs COMMAND [ARG…]: the command with this checkout's packages and Node 24, installing them first if need be.
import { ensureInstalled } from './install.mjs'
import { runHere } from './spawn.mjs'

try {
  ensureInstalled()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}
const [command, ...args] = process.argv.slice(2)
process.exitCode = await runHere(command, args)

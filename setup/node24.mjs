// Gives this checkout a Node 24 of its own when the machine's is older: `npx zx`, `pnpm task` and the tests find it first,
// in node_modules/.bin. Runs on Node 18 and up, so plain JavaScript.
import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSION = '24.21.0'
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const home = join(root, 'node_modules', '.node24', VERSION)
const bin = join(root, 'node_modules', '.bin')
const packageName = `node-${process.platform}-${process.arch}`
const program = join(home, 'node_modules', packageName, 'bin', 'node')

/** True when `node` as found through node_modules/.bin is new enough. */
export function node24IsThere() {
  return (
    existsSync(join(bin, 'node')) || (Number(process.versions.node.split('.')[0]) >= 24 && !process.execPath.startsWith(home))
  )
}

function fetchIt() {
  console.error(
    `bitacora: Node ${process.versions.node} is here, Node 24 is needed: fetching ${packageName}@${VERSION} into node_modules`,
  )
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  execFileSync(
    'npm',
    [
      'install',
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '--prefix',
      home,
      `${packageName}@${VERSION}`,
    ],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, npm_config_global: 'false', npm_config_yes: 'true' },
    },
  )
}

/** pnpm makes .bin anew when packages change, so the link may be missing where the program is not. */
export function ensureNode24() {
  if (node24IsThere()) return
  if (!existsSync(program)) fetchIt()
  mkdirSync(bin, { recursive: true })
  if (lstatSync(join(bin, 'node'), { throwIfNoEntry: false }) !== undefined) rmSync(join(bin, 'node'))
  symlinkSync(relative(bin, program), join(bin, 'node'))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureNode24()

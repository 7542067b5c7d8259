// Gives this checkout a Node 24 of its own when the machine's is older: `npx zx`, `pnpm task` and the tests find it first,
// in node_modules/.bin. Runs on Node 18 and up, so plain JavaScript.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSION = '24.21.0'
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const home = join(root, 'node_modules', '.node24')

/** True when `node` as found through node_modules/.bin is new enough. */
export function node24IsThere() {
  return Number(process.versions.node.split('.')[0]) >= 24 || existsSync(join(home, VERSION))
}

function install() {
  const packageName = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  console.error(`bitacora: Node ${process.versions.node} is here, Node 24 is needed: fetching ${packageName}@${VERSION} into node_modules`)
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  execFileSync('npm', ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', home, `${packageName}@${VERSION}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, npm_config_global: 'false', npm_config_yes: 'true' },
  })
  const bin = join(root, 'node_modules', '.bin')
  mkdirSync(bin, { recursive: true })
  rmSync(join(bin, 'node'), { force: true })
  symlinkSync(relative(bin, join(home, 'node_modules', packageName, 'bin', 'node')), join(bin, 'node'))
  mkdirSync(join(home, VERSION))
}

if (process.argv[1] === fileURLToPath(import.meta.url) && !node24IsThere()) install()

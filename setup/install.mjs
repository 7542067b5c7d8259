// Installs the locked packages once per state of the lock file, with pnpm wherever that comes from.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureNode24, node24IsThere } from './node24.mjs'

// Pinned here and not as package.json's packageManager: pnpm would want to write that into the lock file, which a frozen install forbids.
const PNPM = 'pnpm@12.21.0'
export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'node_modules', '.bitacora-installed')

function wanted() {
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'setup/node24.mjs']
  return files.reduce((hash, file) => hash.update(readFileSync(join(root, file))), createHash('sha256')).digest('hex')
}

/** Installs when needed; throws one line that says what to do when that fails. */
export function ensureInstalled() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted() && node24IsThere()) return
  console.error(`bitacora: installing packages with ${PNPM}`)
  const started = Date.now()
  // Through npx, so no pnpm needs to be on the machine.
  const done = spawnSync('npx', ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
    env: { ...process.env, npm_config_loglevel: 'error', CI: 'true' },
  })
  if (done.error || done.status !== 0) {
    throw new Error(
      `bitacora: the packages could not be installed (${done.error?.message ?? `pnpm ended with ${done.status}`}); is the package registry reachable? Try: npx --yes ${PNPM} install`,
    )
  }
  ensureNode24()
  writeFileSync(stamp, wanted())
  console.error(`bitacora: packages are in place after ${((Date.now() - started) / 1000).toFixed(0)} s`)
}

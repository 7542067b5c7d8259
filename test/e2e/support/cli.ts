import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../../lab/index.ts'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
  /** All that the run wrote into its logbook. */
  logbook: string
}

/** A task as `npx zx tasks/VERB.mjs …` runs it, without npm's own words on stderr, against the lab's inventory. */
export async function runTask(lab: Lab, verb: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const logbook = mkdtempSync(join(tmpdir(), 'bitacora-logbook-'))
  try {
    const ended = await command('zx', [`tasks/${verb}.mjs`, ...args], {
      BITACORA_INVENTORY: lab.inventoryFile,
      BITACORA_LOGBOOK: logbook,
      ...env,
    })
    return {
      ...ended,
      logbook: readdirSync(logbook)
        .map((name) => readFileSync(join(logbook, name), 'utf8'))
        .join('\n'),
    }
  } finally {
    rmSync(logbook, { recursive: true, force: true })
  }
}

export function command(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = ROOT,
): Promise<Omit<Ended, 'logbook'>> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, PATH: `${ROOT}/node_modules/.bin:${process.env['PATH']}`, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    )
  })
}

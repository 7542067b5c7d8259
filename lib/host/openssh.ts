import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HostError } from './error.ts'

const execute = promisify(execFile)

/**
 * Runs one of OpenSSH's own tools on this machine; `code` 0 to 255, and 255 when it was ended from outside or by the deadline of 10 s.
 * Throws a HostError when it isn't installed.
 */
export async function openssh(
  tool: 'ssh' | 'ssh-keygen',
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await execute(tool, [...args], { timeout: 10_000 })) }
  } catch (error) {
    const failed = error as { code?: number | string; stdout?: string; stderr?: string }
    if (failed.code === 'ENOENT')
      throw new HostError(`${tool} is not on this machine: apt-get install openssh-client`, { cause: error })
    return { code: typeof failed.code === 'number' ? failed.code : 255, stdout: failed.stdout ?? '', stderr: failed.stderr ?? '' }
  }
}

/** Gives `use` a file with this text, for tools that read no pipe, and removes it. */
export async function withFile<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bitacora-'))
  try {
    const path = join(folder, 'file')
    await writeFile(path, text, { mode: 0o600 })
    return await use(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

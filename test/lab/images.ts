import { createHash } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyAptSettings } from './apt-settings.ts'
import { baseImage } from './base.ts'
import type { Engine } from './engine.ts'
import { timed, type Say } from './say.ts'

const IMAGES = fileURLToPath(new URL('images', import.meta.url))
export type ImageKind = 'host' | 'box'

/** Tags of the two images, built where they aren't there yet. A tag holds a hash of all that goes in, so the same is built once. */
export async function ensureImages(engine: Engine, say: Say): Promise<Record<ImageKind, string>> {
  const contexts = await Promise.all([context('host'), context('box')])
  try {
    const tags = contexts.map(({ kind, hash }) => ({ kind, tag: `localhost/bitacora-lab-${kind}:${hash}` }))
    // One question where all are there, as mostly.
    const all = await has(engine, ...tags.map(({ tag }) => tag))
    const there = all ? tags.map(() => true) : await Promise.all(tags.map(({ tag }) => has(engine, tag)))
    const wanted = contexts.filter((_, index) => !there[index])
    if (wanted.length > 0) {
      const base = await baseImage(engine, say)
      // Not both at once: they would fetch the same packages, and two cores are busy with one.
      for (const { kind, folder, hash } of wanted)
        await build(engine, say, { kind, folder, base, tag: `localhost/bitacora-lab-${kind}:${hash}` })
    }
    return Object.fromEntries(tags.map(({ kind, tag }) => [kind, tag])) as Record<ImageKind, string>
  } finally {
    await Promise.all(contexts.map(({ folder }) => rm(folder, { recursive: true })))
  }
}

/** True when the engine has all of these images. */
export async function has(engine: Engine, ...tags: string[]): Promise<boolean> {
  return (await engine.try(['image', 'inspect', '--format', '{{.Id}}', ...tags])).code === 0
}

/** A temporary folder with all that an image is built from. */
async function context(kind: ImageKind): Promise<{ kind: ImageKind; folder: string; hash: string }> {
  const folder = await mkdtemp(join(tmpdir(), `bitacora-lab-${kind}-`))
  await cp(join(IMAGES, kind), folder, { recursive: true })
  await cp(join(IMAGES, 'machine-settings.sh'), join(folder, 'machine-settings.sh'))
  await copyAptSettings(join(folder, 'machine'))
  return { kind, folder, hash: await hashOf(folder) }
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.toSorted()) {
    hash
      .update(`${relative(folder, file)}\0${(await stat(file)).mode & 0o111}\0`)
      .update(await readFile(file))
      .update('\0')
  }
  return hash.digest('hex').slice(0, 16)
}

async function build(
  engine: Engine,
  say: Say,
  image: { kind: ImageKind; folder: string; base: string; tag: string },
): Promise<void> {
  const { kind, folder, base, tag } = image
  const what =
    kind === 'host'
      ? 'building the image of a database host (sshd, PostgreSQL 15, cron, sudo, Alembic)'
      : 'building the image of the storage box'
  await timed(say, what, (onLine) =>
    engine.run(['build', ...engine.limits(), `--build-arg=BASE=${base}`, `--tag=${tag}`, folder], what, {
      timeoutSeconds: 1800,
      onLine,
    }),
  )
}

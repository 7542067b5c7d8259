import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aptConf, aptSources } from './apt-settings.ts'
import type { Engine } from './engine.ts'
import { has } from './images.ts'
import { LabError, must, run } from './process.ts'
import { timed, type Say } from './say.ts'

const REGISTRY_IMAGE = 'debian:bookworm-slim'
const OPTIONS = ['--variant=minbase', '--dpkgopt=force-unsafe-io']

/** The image that the others are built from: Docker's own, or the same made of this machine's Debian packages, without a registry. */
export async function baseImage(engine: Engine, say: Say): Promise<string> {
  if (engine.name === 'docker') return REGISTRY_IMAGE
  const sources = await aptSources()
  if (sources.length === 0)
    throw new LabError(
      'this machine has no apt sources of Debian 12; write them to /etc/apt/sources.list.d, then: apt-get update',
    )
  const hash = createHash('sha256').update(JSON.stringify([OPTIONS, await aptConf()]))
  for (const file of sources) hash.update(await readFile(file))
  const tag = `localhost/bitacora-lab-base:${hash.digest('hex').slice(0, 16)}`
  if (await has(engine, tag)) return tag
  const folder = await mkdtemp(join(tmpdir(), 'bitacora-lab-base-'))
  try {
    const archive = join(folder, 'base.tar')
    await timed(say, 'making a Debian 12 from packages', async (onLine) => {
      // It reads this machine's own apt settings by itself.
      must(await run(['mmdebstrap', ...OPTIONS, 'bookworm', archive, ...sources], { timeoutSeconds: 1800, onLine }), 'mmdebstrap')
      await engine.run(['import', archive, tag], 'taking the base image in', { timeoutSeconds: 600 })
    })
    return tag
  } finally {
    await rm(folder, { recursive: true })
  }
}

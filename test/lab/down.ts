import { rm } from 'node:fs/promises'
import { containersOf, removeContainers } from './container.ts'
import { engineThatIsThere } from './detect.ts'
import { labDirectory, labId } from './lab.ts'
import { withLock } from './lock.ts'
import { removeNetwork } from './network.ts'
import { timed, type Say } from './say.ts'

/** Takes a lab down: no container, process, network, route or state stays; the images do, for the next time. */
export function down(name: string, say: Say): Promise<void> {
  const directory = labDirectory(name)
  return withLock(directory, say, async () => {
    const engine = await engineThatIsThere()
    if (engine !== undefined) {
      await timed(say, `removing the lab "${name}"`, async () => {
        await removeContainers(engine, await containersOf(engine, labId(name)))
        await removeNetwork(engine, `bitacora-${labId(name)}`)
      })
    }
    await rm(directory, { recursive: true, force: true })
  })
}

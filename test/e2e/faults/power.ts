import { openLab, startHost } from '../../lab/index.ts'
import { Engine } from '../../lab/engine.ts'
import { hostOf } from '../../lab/lab.ts'
import { until } from '../../faults/shell.ts'
import { HOST, must } from '../backup-script/project.ts'
import type { Attempt } from '../backup-script/project.ts'
import type { Ground } from './ground.ts'

/** A run in the middle of which all processes of the host end at once; after a restart there is nothing left in /run. */
export async function cutPower({ project, place, settings }: Ground): Promise<Attempt> {
  const output = `/root/${place.name}.out`
  const lab = await openLab(process.env['BITACORA_LAB'] ?? 'test')
  const before = await project.status()
  must(
    await project.host(
      `rm -f ${place.mark}; setsid ${place.script} >${output} 2>&1 </dev/null & ${until(`[ -e ${place.mark} ]`)} && sync`,
    ),
  )
  await new Engine(lab.engine).run(['kill', '--signal=KILL', hostOf(lab, HOST).container], 'cutting the power')
  await startHost(lab, HOST)
  const { stdout } = must(await project.host(`rm -rf /run/postgres-backup; cat ${output}; rm -f ${output} ${place.mark}`))
  return { ...(await project.attempt(settings, { command: 'true' })), code: 137, stdout, stderr: '', before }
}

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openLab, startHost } from '../../lab/index.ts'
import { Engine } from '../../lab/engine.ts'
import { hostOf } from '../../lab/lab.ts'
import { HOST, must } from '../backup-script/project.ts'
import { makeBench } from './support.ts'
import type { Bench } from './support.ts'

vi.setConfig({ testTimeout: 200_000 })

let bench: Bench
const NAME = 'bs_fpower'
const [MARK, OUTPUT, BATCH] = [`/root/${NAME}.mark`, `/root/${NAME}.out`, `/run/postgres-backup/${NAME}.work/batch`]

beforeAll(async () => {
  bench = await makeBench(NAME)
})
afterAll(async () => {
  await bench?.project.host(`rm -f ${MARK} ${OUTPUT}`)
  await bench?.remove()
})

// All processes of the host end at once, PostgreSQL too; after a restart there is nothing left in /run.
test.each([
  ['power-dump', 'pg_dump', `[[ $* != *--snapshot=* ]] || { /usr/bin/pg_dump "$@" | head -c 300000; touch ${MARK}; sleep 100; }`],
  [
    'power-publish',
    'sftp',
    `if grep -q '^rename' ${BATCH}; then head -n 1 ${BATCH} > ${BATCH}.half; /usr/bin/sftp "\${@/%\\/batch/\\/batch.half}"; touch ${MARK}; sleep 100; fi`,
  ],
])('%s', async (id, program, body) => {
  const { project } = bench
  const lab = await openLab(process.env['BITACORA_LAB'] ?? 'test')
  await bench.meets(id, {
    instead: async () => {
      const hook = `/usr/local/sbin/${program}`
      const start = `cat > ${hook}; chmod 755 ${hook}; rm -f ${MARK}; setsid ${project.script} >${OUTPUT} 2>&1 </dev/null & for i in $(seq 600); do [ -e ${MARK} ] && break; sleep 0.05; done; sleep 0.3; sync; [ -e ${MARK} ]`
      must(await project.host(start, `#!/bin/bash\n${body}\nexec /usr/bin/${program} "$@"\n`))
      await new Engine(lab.engine).run(['kill', '--signal=KILL', hostOf(lab, HOST).container], 'cutting the power')
      await startHost(lab, HOST)
      const { stdout } = must(await project.host(`rm -rf ${hook} /run/postgres-backup; cat ${OUTPUT}`))
      return { ...(await project.attempt({}, { command: 'true' })), code: 137, stdout, stderr: '' }
    },
  })
  const next = await bench.nextIsGood()
  expect(next.stdout).toMatch(/\[sweep\] rem/)
})

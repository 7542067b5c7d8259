import { down, up } from '../test/lab/index.ts'
import { benchBackups } from './backups.ts'
import { benchNoOp } from './no-op.ts'

// BENCH_ROUNDS: of both parts (9 and 3). BENCH_MB: of the dump's text (330). BENCH_PEERS=no: other tools are not installed.
const { BENCH_ROUNDS: rounds, BENCH_MB: megabytes = '330', BENCH_PEERS: peers, BITACORA_LAB: own } = process.env
const say = (line: string) => console.error(`bench: ${line}`)
const lab = await up(own ?? 'bench', say)
try {
  console.log(await benchNoOp(lab, Number(rounds ?? 9), say))
  console.log(await benchBackups(lab, { rounds: Number(rounds ?? 3), megabytes: Number(megabytes), peers: peers !== 'no' }, say))
} finally {
  if (own === undefined) await down('bench', say)
}

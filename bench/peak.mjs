// Loaded into a measured process: writes its peak resident memory, in KiB, where BENCH_PEAK says.
import { writeFileSync } from 'node:fs'

const file = process.env['BENCH_PEAK']
if (file !== undefined) process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS)))

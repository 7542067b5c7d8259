import { labOfWorker } from './workers.ts'

// Runs before each end-to-end file: whatever the file starts finds its worker's lab by this name.
process.env['BITACORA_LAB'] ??= labOfWorker(process.env['VITEST_POOL_ID'] ?? '1')

// Writes the table of faults into docs/backup-faults.md anew: node test/faults/write-docs.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { PAGE, withTable } from './docs.ts'

writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8')))

export { openJournal } from './journal.ts'
export type { Journal } from './journal.ts'
export { entryName, writeLogbook } from './write.ts'

import type { RunEvent } from '../run/report/events.ts'

/** What a view of a run can show. */
export type ShownEvent = Exclude<RunEvent, { type: 'inventory-loaded' }>

/** A view of a run: it may draw until `run-done`, after which `close` resolves when all is drawn. */
export interface View {
  show(event: ShownEvent): void
  close(): Promise<void>
}

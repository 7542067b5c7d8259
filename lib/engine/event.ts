import type { Holder } from './lock.ts'
import type { ReportedChange, StepReport } from './plan.ts'

/** What a view of a run can show; all text is masked. */
export type ConvergeEvent =
  | { type: 'reading'; facts: number }
  | { type: 'step'; report: StepReport }
  | { type: 'held'; holder: Holder | undefined }
  | { type: 'applying'; key: string; change: ReportedChange }
  | { type: 'line'; key: string; line: string }
  | { type: 'applied'; key: string; change: ReportedChange; ok: boolean; error?: string }

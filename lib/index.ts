// What you can do: each verb as a function, which gives a typed report.
export { backup } from './verbs/backup/index.ts'
export type { BackupOptions, BackupResult } from './verbs/backup/index.ts'
export { box } from './verbs/box/index.ts'
export { provision } from './verbs/provision.ts'
export type { ProvisionOptions } from './verbs/provision.ts'
export { restore } from './verbs/restore/index.ts'
export type { RestoreOptions, RestoreProof } from './verbs/restore/index.ts'
export { status } from './verbs/status/index.ts'
export type { ProjectStatus, StatusReport } from './verbs/status/types.ts'
export { verify } from './verbs/verify/index.ts'
export type { RunEvent } from './run/report/events.ts'
export type { HostReport, RunReport } from './run/report/report.ts'
export type { RunOptions } from './run/run.ts'

// What should be true.
export { defineInventory, defineProject, jsonSchema, loadInventory } from './inventory/index.ts'
export type { Host, Inventory, InventoryInput, OwnSteps, Project, ProjectInput, SecretRef } from './inventory/index.ts'

// What can go wrong; what goes wrong on a host stands in the report.
export { InventoryError, SecretError } from './inventory/index.ts'
export { Stopped } from './run/stop.ts'
export { UsageError } from './run/usage.ts'

// Steps of your own: facts, and a pure plan of what of them differs.
export { copyFact, fileFact, shellFact, sqlFact, textFact } from './engine/fact.ts'
export type { Fact, Facts, Found } from './engine/fact.ts'
export { converge } from './engine/converge.ts'
export type { ConvergeEvent, ConvergeOptions } from './engine/converge.ts'
export type { Machine } from './engine/machine.ts'
export type { StepReport } from './engine/plan.ts'
export { psqlApply } from './engine/psql.ts'
export { step } from './engine/step.ts'
export type { Change, Step } from './engine/step.ts'
export { managedFileStep } from './steps/common/managed.ts'
export { Secret } from './text/secret.ts'
export { Script, sh } from './text/sh.ts'
export { id, literal, sql } from './text/sql.ts'
export type { Sql } from './text/sql.ts'

export { alembicPasswordProblem } from './alembic-password.ts'
export { InventoryError, SecretError } from './error.ts'
export { exampleAddress } from './example.ts'
export { GIVEN, checkInventory, loadInventory } from './load.ts'
export { boxesOf, hostOf, machine, namedHost } from './machines.ts'
export type { Purpose } from './secret-ref.ts'
export { resolveSecrets } from './secrets.ts'
export { select } from './select.ts'
export type { Selected, Selection } from './select.ts'
export { defineInventory, defineProject, jsonSchema } from './types.ts'
export type {
  Backup,
  Box,
  Destination,
  EnvFile,
  Host,
  Inventory,
  InventoryInput,
  Migrations,
  OwnSteps,
  Project,
  ProjectInput,
  SecretRef,
} from './types.ts'

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { modules, wrongDirections } from '../setup/directions.mjs'

const imports = (...files: string[]) => files.map((file) => `import { x } from '${file}'`).join('\n')

test('in lib/, imports go downwards only', () => {
  expect(wrongDirections(modules(fileURLToPath(new URL('..', import.meta.url))))).toEqual([])
})

test('what goes upwards, round in a circle, or lies in no room is found', () => {
  const files = new Map([
    ['index.ts', imports('./run/run.ts')],
    ['run/run.ts', imports('../text/secret.ts', '../view/index.ts', './log/entry.ts')],
    ['run/log/entry.ts', imports('../run.ts')],
    ['text/secret.ts', "const later = await import('../run/run.ts')"],
    ['view/index.ts', imports('./theme.ts')],
    ['odd/one.ts', ''],
  ])
  expect(wrongDirections(files)).toEqual([
    'run/run.ts imports view/index.ts, which lies above it',
    'text/secret.ts imports run/run.ts, which lies above it',
    'odd/one.ts lies in no room: text, format, engine, inventory, host, steps, run, view, verbs, cli, .',
    'run and text import each other',
    'run and run/log import each other',
  ])
})

import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pattern } from './fault.ts'
import { FAULTS, GROUPS } from './table.ts'

const E2E = new URL('../e2e/faults/', import.meta.url)

test('ids and words are each used once', () => {
  for (const key of ['id', 'fault'] as const) expect(new Set(FAULTS.map((entry) => entry[key])).size).toBe(FAULTS.length)
})

test('each step of a run has its faults', () => {
  const steps = new Set(FAULTS.map(({ step }) => step))
  expect(['restore', ...Array(16).keys()].filter((step) => !steps.has(step as number))).toEqual([])
})

test('each group of faults is tried by its file, and by no other', () => {
  const files = readdirSync(E2E).filter((file) => file.endsWith('.test.ts'))
  expect(files.toSorted()).toEqual(GROUPS.map(({ file }) => `${file}.test.ts`).toSorted())
  for (const file of files) {
    const calls = [...readFileSync(new URL(file, E2E), 'utf8').matchAll(/^tryFaults\('(\w+)'/gm)].map(
      ([, name]) => `${name}.test.ts`,
    )
    expect(calls).toEqual([file])
  }
})

test('only a run that is dead says nothing, and a row asks for words otherwise', () => {
  expect(FAULTS.filter(({ says, exit }) => (says === '') !== (exit === 137)).map(({ id }) => id)).toEqual([])
})

test('… stands for anything within one line', () => {
  expect('too little (1.5) free: 3 MiB').toMatch(pattern('little (1.5) free: … MiB'))
  expect('little 105 free: 3 MiB').not.toMatch(pattern('little 1.5 free: … MiB'))
  expect('a\nb').not.toMatch(pattern('a…b'))
})

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { pattern } from './fault.ts'
import { FAULTS } from './table.ts'

const E2E = new URL('../e2e/', import.meta.url)
const text = (file: string) => readFileSync(new URL(file, E2E), 'utf8')

/** Whether the file has these words as a string of its own, in any of the three kinds of quotes. */
const hasString = (file: string, words: string) =>
  ["'", '"', '`'].some((quote) => text(file).includes(`${quote}${words.replaceAll(quote, `\\${quote}`)}${quote}`))

describe.each(FAULTS.map((entry) => [entry.id, entry] as const))('%s', (id, { test: { file, title }, exit, says, stage }) => {
  test('names a test that is there', () => {
    expect(existsSync(new URL(file, E2E)), file).toBe(true)
    expect(hasString(file, title ?? id), title ?? id).toBe(true)
  })

  test('says what a log can say', () => {
    expect(stage).toMatch(/^[a-z-]+$/)
    expect(says === '').toBe(exit === 137)
    expect(says).toMatch(pattern(says))
  })
})

test('ids and words are each used once', () => {
  for (const key of ['id', 'fault'] as const) expect(new Set(FAULTS.map((entry) => entry[key])).size).toBe(FAULTS.length)
})

test('each step of a run has its faults', () => {
  const steps = new Set(FAULTS.map(({ step }) => step))
  expect([...Array(16).keys()].filter((step) => !steps.has(step))).toEqual([])
})

test('what the tests of faults try stands in the table', () => {
  const ids = new Set(FAULTS.map(({ id }) => id))
  const named = readdirSync(new URL('faults/', E2E))
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => [
      ...text(`faults/${file}`).matchAll(
        /(?:meets|refuses)\('([\w-]+)'|^ +\[?\[?'([a-z]+(?:-[a-z]+)+)',|^ {4}'([a-z]+(?:-[a-z]+)+)',/gm,
      ),
    ])
    .map(([, ...found]) => found.find((id) => id !== undefined) ?? '')
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter((id) => !ids.has(id))).toEqual([])
})

test('… stands for anything within one line', () => {
  expect('too little (1.5) free: 3 MiB').toMatch(pattern('little (1.5) free: … MiB'))
  expect('little 105 free: 3 MiB').not.toMatch(pattern('little 1.5 free: … MiB'))
  expect('a\nb').not.toMatch(pattern('a…b'))
})

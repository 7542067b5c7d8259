import { parseArgs } from 'node:util'
import { expect, expectTypeOf, test } from 'vitest'
import { checkValues, flag, flagOf, integer, parseConfig, text, texts, valuesOf } from '../../lib/run/option.ts'
import type { ValuesOf } from '../../lib/run/option.ts'
import { defineVerb } from '../../lib/run/verb.ts'
import { report } from '../cli/support.ts'

const options = {
  dropOld: flag('drop it'),
  at: text('TIME', 'then', (value) => (/^\d+$/.test(value) ? undefined : 'a time, such as 2026')),
  move: texts('OLD=NEW', 'more than once'),
  box: integer('N', [1, 4], 'which'),
}

const typed = (...args: string[]) => valuesOf(options, parseArgs({ args, options: parseConfig(options) }).values)

test('declared once: the flags on the command line, and the types of a program', () => {
  expect(flagOf('dropOld')).toBe('--drop-old')
  expect(typed()).toEqual({})
  expect(typed('--drop-old', '--at', '2026', '--move', 'a=b', '--move', 'c=d', '--box', '2')).toEqual({
    dropOld: true,
    at: '2026',
    move: ['a=b', 'c=d'],
    box: 2,
  })
  expectTypeOf<ValuesOf<typeof options>>().toEqualTypeOf<{
    dropOld?: boolean | undefined
    at?: string | undefined
    move?: readonly string[] | undefined
    box?: number | undefined
  }>()
})

test.each([
  [['--box', 'x'], '--box takes an integer from 1 to 4, not "x"'],
  [['--box', '5'], '--box takes an integer from 1 to 4, not 5'],
  [['--box', ''], '--box takes an integer from 1 to 4, not ""'],
  [['--at', 'noon'], '--at needs a time, such as 2026, not "noon"'],
  [['--at', ''], '--at needs a time, such as 2026, not ""'],
  [['--move', 'a=b', '--move', ''], '--move needs a value, not ""'],
])('%j: %s', (args, message) => {
  expect(() => typed(...args)).toThrow(message)
})

test('a program’s values are checked in the same way', async () => {
  expect(() => checkValues(options, { box: Number.NaN })).toThrow('--box takes an integer from 1 to 4, not null')
  const verb = defineVerb({ name: 'x', summary: '', usage: [''], help: '', options, run: async () => report })
  await expect(verb.run({ inventory: 'i.json', at: 'noon' })).rejects.toThrow('--at needs a time')
  await expect(verb.run({ inventory: 'i.json', at: '2026' })).resolves.toBe(report)
})

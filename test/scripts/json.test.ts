import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const HELPERS = await readFile('templates/scripts/json.sh', 'utf8')

/** What the helpers print for this call of them, in Bash; `words` are `$1` and on. */
async function printed(call: string, ...words: string[]): Promise<unknown> {
  const { stdout } = await run('bash', ['-c', `set -eu\n${HELPERS}\n${call}`, 'bash', ...words])
  return JSON.parse(stdout)
}

test.each(['', 'plain', String.raw`back\slash \n \u0041`, 'a "quoted" one', "it's", '$HOME `id` ${x} & % {} []', '~', ' '])(
  'quotes the text %j',
  async (text) => {
    expect(await printed('json_string "$1"', text)).toBe(text)
    expect(await printed('array "$1" "$1"', text)).toEqual([text, text])
  },
)

test('writes texts, texts or null, and values that are JSON already', async () => {
  expect(
    await printed(
      `object name "$1" '?none' '' '?some' x :number -12.500 :no false :nothing null :list '["a"]' :made '{"b":1}' :text '"c"'`,
      'a "b"',
    ),
  ).toEqual({
    name: 'a "b"',
    none: null,
    some: 'x',
    number: -12.5,
    no: false,
    nothing: null,
    list: ['a'],
    made: { b: 1 },
    text: 'c',
  })
  expect(await printed('array')).toEqual([])
})

test.each(['', '12x', 'yes', '1 2', '"open'])('takes no %j for JSON', async (value) => {
  await expect(printed('object :value "$1"', value)).rejects.toMatchObject({ code: 1 })
})

import * as fc from 'fast-check'
import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { quote } from '../../lib/text/quoting.ts'
import { Secret } from '../../lib/text/secret.ts'
import { Script, sh } from '../../lib/text/sh.ts'
import { sql } from '../../lib/text/sql.ts'

const secret = new Secret("it's", 'x')

/** What a real shell prints for each word, apart by NUL bytes. */
function printed(shell: string, script: Script): string[] {
  const { stdout, stderr, status } = spawnSync(shell, ['-s'], {
    input: script.reveal(),
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' },
    maxBuffer: 1 << 26,
  })
  expect([status, stderr.toString()]).toEqual([0, ''])
  return stdout.toString('utf8').split('\0').slice(0, -1)
}

/** Any well-formed text without NUL, with what is special to a shell more often than by chance. */
const word = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.string({ unit: fc.constantFrom(...'\'"\\$`!#~*?[]{}()<>|&;= \t\n\r%-ab') }),
    fc.constantFrom('', '-n', '~', '!!', '\u0085', '\ufeff', '\u2028', '%s', 'if', 'x=1'),
  )
  .map((text) => text.replaceAll('\0', ''))
const words = fc.array(word, { minLength: 100, maxLength: 200 })

describe.each(['dash', 'bash'])('%s', (shell) => {
  test('any word comes back byte for byte, alone and in an array', () => {
    fc.assert(
      fc.property(words, (all) => {
        const singly = Script.join(all.map((each) => sh`printf '%s\\0' ${each}`))
        expect(printed(shell, singly)).toEqual(all)
        expect(printed(shell, sh`printf '%s\\0' ${all}`)).toEqual(all)
      }),
      { numRuns: 5 },
    )
  })

  test('a script within a script, words that touch others, words in patterns and here-documents', () => {
    fc.assert(
      fc.property(words, (all) => {
        const inner = Script.join(
          all.map(
            (each) =>
              sh`printf '%s\\0' a${each}b"$x"${each}; case ${each} in ${each}) ;; *) exit 9;; esac; [ ${each} = ${each} ]`,
          ),
        )
        expect(printed(shell, sh`x=X; f() { ${inner}\n}; f`)).toEqual(all.map((each) => `a${each}bX${each}`))
        expect(printed(shell, sh`sh -c ${inner.text}`)).toEqual(all.map((each) => `a${each}b${each}`))
      }),
      { numRuns: 2 },
    )
  })
})

test.each([
  ['plain/word_1.2:3@4%5+6,7-8', 'plain/word_1.2:3@4%5+6,7-8'],
  ['', "''"],
  ['a b', "'a b'"],
  ["it's", `'it'\\''s'`],
  ['$x', "'$x'"],
  ['~', "'~'"],
  ['a=b', "'a=b'"],
  ['ñ', "'ñ'"],
])('%j is written %s', (text, written) => {
  expect(quote(text)).toBe(written)
})

test('numbers, secrets, arrays and scripts', () => {
  expect(sh`a ${1} ${secret} ${['x', 'y z', 2, secret]} ${sh`b ${'c d'}`} ${[]}.`.reveal()).toBe(
    `a 1 'it'\\''s' x 'y z' 2 'it'\\''s' b 'c d' .`,
  )
  expect(sh`a ${secret} ${sql`SELECT ${secret}`}`.text).toBe("a •••• 'SELECT ••••'")
})

test('it knows its secrets, wherever they stand', () => {
  const inner = sh`${secret}`
  expect(sh`${'a'}`.secrets).toEqual([])
  expect(sh`${inner} ${[secret, 'a']} ${secret}`.secrets).toEqual([secret, secret, secret])
  expect(Script.join([inner, sh`x`, inner]).secrets).toEqual([secret, secret])
  expect(Script.join([sh`a`, sh`b`]).text).toBe('a\nb')
})

test('what no word can hold is refused, without showing it', () => {
  expect(() => sh`${'a\0b'}`).toThrow('sh: a word cannot hold a NUL byte')
  expect(() => sh`${['a', '\ud800']}`).toThrow('sh: a word must be well-formed Unicode')
  expect(() => sh`${new Secret('hunter2\0', 'x')}`).toThrow(/^(?!.*hunter2)/)
})

test('a placeholder between quotes is refused, whatever its value', () => {
  for (const value of ['a', 'a b']) {
    expect(() => sh`echo "${value}"`).toThrow('sh: placeholder 1 stands between quotes; it is quoted already')
    expect(() => sh`echo ${value} '${value}'`).toThrow('placeholder 2')
    expect(sh`echo ${value}${value}"$x"`.text).toBe(`echo ${quote(value)}${quote(value)}"$x"`)
  }
})

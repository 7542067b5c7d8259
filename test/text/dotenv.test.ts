import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { setVariables as setTexts } from '../../lib/text/dotenv.ts'
import { Secret } from '../../lib/text/secret.ts'

/** With secrets, as plain text. */
function setVariables(before: string, values: Readonly<Record<string, string>>): { text: string; changed: string[] } {
  const secrets = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value, name)]))
  const { text, changed } = setTexts(before, secrets)
  return { text: text.reveal(), changed }
}

test('what it writes knows its secrets, and shows none', () => {
  const password = new Secret('hunter2 x', 'password')
  const { text } = setTexts('A=old # why\n', { A: password, B: 'plain' })
  expect([text.reveal(), text.text, text.secrets]).toEqual([
    "A='hunter2 x' # why\nB=plain\n",
    'A=•••• # why\nB=plain\n',
    [password],
  ])
})

test.each([
  ['an empty file', '', 'A=new\n', ['A']],
  ['no final newline', 'B=1', 'B=1\nA=new\n', ['A']],
  ['in its place', '# x\nB=1\nA=old\nC=3\n', '# x\nB=1\nA=new\nC=3\n', ['A']],
  ['in its place, no final newline', 'A=old', 'A=new', ['A']],
  ['export, blanks', 'export A = old\n  A=old\n', 'export A = new\n  A=new\n', ['A']],
  ['a comment after it', 'A=old # why\nA="old"  # why\n', 'A=new # why\nA=new  # why\n', ['A']],
  ['only a comment after it', 'A= # why\n', 'A= new # why\n', ['A']],
  ['no value', 'A=\n', 'A=new\n', ['A']],
  ['Windows line ends', 'B=1\r\nA=old\r\nC=\r\n', 'B=1\r\nA=new\r\nC=\r\n', ['A']],
  ['Windows line ends, no value', 'A=\r\nB=\r\n', 'A=new\r\nB=\r\n', ['A']],
  ['Windows line ends, missing', 'B=1\r\nC=2', 'B=1\r\nC=2\r\nA=new\r\n', ['A']],
  ['twice', 'A=1\nA=2\n', 'A=new\nA=new\n', ['A']],
  ['twice, one right', 'A=1\nA=new\n', 'A=new\nA=new\n', ['A']],
  ['a commented one', '#A=old\n# A=old\n', '#A=old\n# A=old\nA=new\n', ['A']],
  ['names that begin or end alike', 'AB=1\nBA=2\nA_=3\n', 'AB=1\nBA=2\nA_=3\nA=new\n', ['A']],
  ['right', 'A=new\n', 'A=new\n', []],
  ['right in single quotes', "A='new' # x", "A='new' # x", []],
  ['right in double quotes', '  export A="new"\r\n', '  export A="new"\r\n', []],
  ['right with a comment', 'A=new   # x', 'A=new   # x', []],
  ['a line that is none', 'nonsense\nA=new\n\n\n', 'nonsense\nA=new\n\n\n', []],
])('%s', (_what, before, after, changed) => {
  expect(setVariables(before, { A: 'new' })).toEqual({ text: after, changed })
})

test.each([
  ['plain', 'postgresql://u:p%40@127.0.0.1:5432/d?a=b&c=d', 'A=postgresql://u:p%40@127.0.0.1:5432/d?a=b&c=d'],
  ['empty', '', 'A='],
  ['a blank', 'a b', "A='a b'"],
  ['a comment sign', 'a#b', "A='a#b'"],
  ['a dollar', 'a$b', "A='a$b'"],
  ['double quotes', 'a"b', `A='a"b'`],
  ['a single quote', "it's", `A="it's"`],
  ['all of them', `'"$\`\\`, 'A="\'\\"\\$\\`\\\\"'],
])('%s is quoted so that no reader expands it', (_what, value, line) => {
  expect(setVariables('', { A: value }).text).toBe(`${line}\n`)
})

test('several, in the order given; a name like a built-in is only a name', () => {
  expect(setVariables('toString=1\nconstructor=2\nB=0\n', { C: '3', B: '2' })).toEqual({
    text: 'toString=1\nconstructor=2\nB=2\nC=3\n',
    changed: ['B', 'C'],
  })
  expect(setVariables('x', {})).toEqual({ text: 'x', changed: [] })
})

test('a value with a line break is refused, without showing it', () => {
  for (const value of ['hunter2\nx', 'hunter2\r'])
    expect(() => setVariables('', { A: value })).toThrow(/^A: a \.env file cannot hold a value with a line break$/)
})

const line = fc.oneof(
  fc.string({ unit: fc.constantFrom(...`AB_= '"#\\$\t\u2028éx`), maxLength: 12 }),
  fc.constantFrom('A=old', "export B='x y' # c", '# A=1', '', 'A="x\\"y"', 'C=3'),
)
const file = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, last]) => lines.join(end) + (last ? end : ''))
const value = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ unit: fc.constantFrom(...`'"\\$\`# =a\u2028`), maxLength: 8 }))
  .map((text) => text.replaceAll(/[\r\n]/g, ''))

test('setting twice changes nothing the second time, to the byte, whatever file and values', () => {
  fc.assert(
    fc.property(file, value, value, (text, A, B) => {
      const once = setVariables(text, { A, B })
      expect(setVariables(once.text, { A, B })).toEqual({ text: once.text, changed: [] })
      expect(once.text === text).toBe(once.changed.length === 0)
    }),
    { numRuns: 1000 },
  )
})

/** A line that sets A, without what it sets it to; any other as it is. */
const withoutA = (each: string) => each.replace(/^(\s*(?:export\s+)?A[ \t]*=).*$/s, '$1')

test('every other line stays as it is and where it is', () => {
  fc.assert(
    fc.property(file, value, (text, A) => {
      const before = text.split('\n')
      const after = setVariables(text, { A }).text.split('\n')
      before.slice(0, -1).forEach((each, index) => {
        expect(withoutA(after[index] ?? '')).toBe(withoutA(each))
      })
    }),
    { numRuns: 300 },
  )
})

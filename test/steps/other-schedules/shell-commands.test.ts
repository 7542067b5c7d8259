import { expect, test } from 'vitest'
import { shellCommands } from '../../../lib/steps/other-schedules/shell-commands.ts'
import { TooIntricateError } from '../../../lib/steps/other-schedules/shell-tokens.ts'
import { startedPrograms } from '../../../lib/steps/other-schedules/started-programs.ts'

const words = (text: string) => shellCommands(text).map((command) => command.words.join(' '))
const programs = (text: string) => startedPrograms(text).map((command) => command.words.join(' '))

test.each([
  ['a b; c && d || e | f & g', ['a b', 'c', 'd', 'e', 'f', 'g']],
  ['a > x 2>&1 >> "y z" < in b', ['a b']],
  ['a &> x', ['a']],
  ['a "b; c" \'d | e\' f\\;g', ['a b; c d | e f;g']],
  ['a # b\n# c\nd#e', ['a', 'd#e']],
  ['a \\\n  b', ['a b']],
  ['if a; then b; else c; fi', ['a', 'b', 'c']],
  ['x=1 y="2 3" a', ['a']],
  ['a $(b | c) `d`', ['a $(b | c) $(d)', 'b', 'c', 'd']],
  ['a "$(b "c d")"', ['a $(b "c d")', 'b c d']],
  ['sleep $((1 + 2))', ['sleep $((1 + 2))']],
  ['a <<END b\nc; d\nEND\ne', ['a b', 'e']],
  ["a <<-'X'\n\tb\n\tX\nc", ['a', 'c']],
  ['exec > >(tee x) 2>&1', ['exec', 'tee x']],
  ['a <<END\n$(b) `c`\nEND\nd', ['a', 'd', 'b', 'c']],
  ["a <<'END'\n$(b)\nEND\nd", ['a', 'd']],
  ['a $((1 + $(b)))', ['a $((1 + $(b)))', 'b']],
  ['a | b |& c || d |\n e', ['a', 'b', 'c', 'd', 'e']],
  ['a "unended', ['a unended']],
  ['a $(unended', ['a $(unended)', 'unended']],
  ['', []],
])('%j', (text, expected) => {
  expect(words(text)).toEqual(expected)
})

test('the variables set in front of a command, and alone', () => {
  expect(shellCommands('A=1 B="x $C" d; E=f')).toEqual([
    {
      words: ['d'],
      assigned: [
        ['A', '1'],
        ['B', 'x $C'],
      ],
      redirects: [],
    },
    { words: [], assigned: [['E', 'f']], redirects: [] },
  ])
})

test('what a command reads and writes: redirections, pipes, here-documents', () => {
  const [a, b, c, d, ...more] = shellCommands('a 2>> x | b > y 2>&1 |\n c <<END\nin $x\nEND\n> z')
  expect(more).toEqual([])
  expect(a).toMatchObject({ words: ['a'], redirects: [{ operator: '>>', target: 'x', output: false }] })
  expect(b!.redirects).toMatchObject([
    { operator: '>', target: 'y', output: true },
    { operator: '>&', target: '1' },
  ])
  expect([b!.from === a!.into, c!.from === b!.into, c!.from === b!.from, c!.into]).toEqual([true, true, false, undefined])
  expect([c!.input, d]).toMatchObject(['in $x\n', { words: [], redirects: [{ target: 'z' }] }])
})

test('the name of a function, where that is defined and not where a text has it', () => {
  const names = shellCommands('f() { a; }\ncat <<END\ng ()\nEND\nf').map(({ words: [name], defines }) => [name, defines])
  expect(names).toEqual([
    ['f', true],
    ['a', undefined],
    ['cat', undefined],
    ['f', undefined],
  ])
})

test.each(['${x:-$(a)}', '${x%"}"}', '$($($($($($($(a)))))))'])('%j is refused', (text) => {
  expect(() => shellCommands(`b ${text}`)).toThrow(TooIntricateError)
})

test.each([
  ['nice -n 19 ionice -c3 /a b', ['/a b']],
  ['/usr/bin/env -u X A=1 bash -e /a', ['/a']],
  ['timeout -k 5 1h /a', ['/a']],
  ['flock -n /l -c "/a; /b"', ['/a', '/b']],
  ['su - postgres -c "/a -x"', ['/a -x']],
  ['su postgres -s /bin/sh -c /a', ['/a']],
  ['runuser -u postgres -- /a', ['/a']],
  ['runuser -l postgres -c /a', ['/a']],
  ['sudo -H -u postgres /a', ['/a']],
  ['bash -lc "nice /a"', ['/a']],
  ['bash', ['bash']],
  ['sudo -uapp -H /a', ['/a']],
  ['sudo -Hh web1 /a', ['sudo -Hh web1 /a']],
  ['sshpass -p x sftp b', ['sftp b']],
])('what %j starts', (text, expected) => {
  expect(programs(text)).toEqual(expected)
})

test.each(['$(', '"$(', '`', '<<a\n', '((', '"', '\n', '${', "'", '\\\n'])(
  '%j many times comes to an end, or is refused',
  (piece) => {
    const text = piece.repeat(65_536 / piece.length)
    try {
      expect(shellCommands(text)).toBeInstanceOf(Array)
    } catch (error) {
      expect(error).toBeInstanceOf(TooIntricateError)
    }
  },
)

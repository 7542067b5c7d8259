import { expect, test } from 'vitest'
import { TooIntricateError, shellCommands } from '../lib/shell-commands.ts'
import { startedPrograms } from '../lib/started-programs.ts'

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
  ['a $(b | c) `d`', ['a $() $()', 'b', 'c', 'd']],
  ['a "$(b "c d")"', ['a $()', 'b c d']],
  ['sleep $((1 + 2))', ['sleep $()']],
  ['a <<END b\nc; d\nEND\ne', ['a b', 'e']],
  ["a <<-'X'\n\tb\n\tX\nc", ['a', 'c']],
  ['exec > >(tee x) 2>&1', ['exec', 'tee x']],
  ['a "unended', ['a unended']],
  ['a $(unended', ['a $()', 'unended']],
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
    },
    { words: [], assigned: [['E', 'f']] },
  ])
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

import { expect, test } from 'vitest'
import { heads, parseHistory, parseRevisions, pending } from '../../../lib/steps/migrations/alembic.ts'
import type { Revision } from '../../../lib/steps/migrations/alembic.ts'

const lines = (revision: string, down: string) => `v/1.py:revision${revision}\nv/1.py:down_revision${down}\n`

test.each([
  [' = "001"', ' = None', '001', []],
  ["='001'", "='000'", '001', ['000']],
  [": str = '002'", ': Union[str, Sequence[str], None] = "001"', '002', ['001']],
  [' = "002"  # the second', ' = "001"# x = "y"', '002', ['001']],
  [' = "m"', ' = ("a", "b")', 'm', ['a', 'b']],
  [' = "m"', " = ('a','b',)", 'm', ['a', 'b']],
  [' = "m"', ' = ["a", "b"]', 'm', ['a', 'b']],
  [' = "m"', ' = ("a",)', 'm', ['a']],
])('revision%s, down_revision%s', (revision, down, id, predecessors) => {
  expect(parseRevisions(lines(revision, down))).toEqual([{ id, down: predecessors }])
})

test.each([
  ['a computed revision', lines(' = make()', ' = None')],
  ['no revision', lines(' = None', ' = None')],
  ['two revisions', lines(' = ("a", "b")', ' = None')],
  ['a joined string', lines(' = "a" "b"', ' = None')],
  ['a formatted string', lines(' = f"a"', ' = None')],
  ['an escape', lines(' = "a\\x41"', ' = None')],
  ['a condition', lines(' = "a"', ' = "b" if x else None')],
  ['a tuple that ends on another line', lines(' = "a"', ' = (')],
  ['None in a tuple', lines(' = "a"', ' = (None, "b")')],
  ['only a revision', 'v/1.py:revision = "a"'],
  ['only a predecessor', 'v/1.py:down_revision = None'],
  ['another line', `${lines(' = "a"', ' = None')}Traceback`],
])('%s is for Alembic to tell', (_what, text) => {
  expect(parseRevisions(text)).toBeNull()
})

test('several files, in any order; odd names; none', () => {
  const text = 'v/a b.py:down_revision = "1"\nv/c:d.py:revision = "1"\nv/a b.py:revision = "2"\nv/c:d.py:down_revision = None'
  expect(parseRevisions(text)).toEqual([
    { id: '2', down: ['1'] },
    { id: '1', down: [] },
  ])
  expect(parseRevisions('')).toEqual([])
})

test("Alembic's history, with heads, branches, merges, labels, dependencies and titles that look like more", () => {
  const history = `m -> 5 (head), last, one -> two
3, 4 -> m (mergepoint), join (them)
2 -> 4 (label) (branchpoint), four
2 (9) -> 3, needs 9
1 -> 2 (branchpoint), two
<base> -> 1, first
<base> -> 9 (other) (effective head), apart
`
  expect(parseHistory(history)).toEqual([
    { id: '5', down: ['m'] },
    { id: 'm', down: ['3', '4'] },
    { id: '4', down: ['2'] },
    { id: '3', down: ['2'] },
    { id: '2', down: ['1'] },
    { id: '1', down: [] },
    { id: '9', down: [] },
  ])
  expect(parseHistory('')).toEqual([])
})

const chain: Revision[] = [
  { id: '003', down: ['002'] },
  { id: '001', down: [] },
  { id: '002', down: ['001'] },
]
const diamond: Revision[] = [
  { id: 'a', down: [] },
  { id: 'b', down: ['a'] },
  { id: 'c', down: ['a'] },
  { id: 'm', down: ['b', 'c'] },
]

test.each([
  ['none', [], []],
  ['a chain', chain, ['003']],
  ['a merge', diamond, ['m']],
  ['a branch', diamond.slice(0, 3), ['b', 'c']],
  [
    'two bases',
    [
      { id: 'y', down: [] },
      { id: 'x', down: [] },
    ],
    ['x', 'y'],
  ],
])('heads of %s', (_what, revisions, ends) => {
  expect(heads(revisions)).toEqual(ends)
})

test.each([
  ['from nothing', chain, [], 3],
  ['from the middle', chain, ['002'], 1],
  ['at the head', chain, ['003'], 0],
  ['one arm of a diamond', diamond, ['b'], 2],
  ['both arms', diamond, ['b', 'c'], 1],
  ['merged', diamond, ['m'], 0],
  ['a revision that nobody knows', chain, ['x'], 3],
  [
    'a loop, which Alembic refuses',
    [
      { id: 'a', down: ['b'] },
      { id: 'b', down: ['a'] },
    ],
    ['a'],
    0,
  ],
])('pending %s', (_what, revisions, current, count) => {
  expect(pending(revisions, current)).toBe(count)
})

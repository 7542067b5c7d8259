import { expect, test } from 'vitest'
import { parseStat, parseSums } from '../../lib/engine/file.ts'

test.each([
  ['640 root adm 12 regular file|/a b', { type: 'file', mode: '0640', owner: 'root', group: 'adm', bytes: 12 }],
  ['600 root root 0 regular empty file|/a b', { type: 'file', mode: '0600', owner: 'root', group: 'root', bytes: 0 }],
  ['1777 root root 4096 directory|/a b', { type: 'directory', mode: '1777', owner: 'root', group: 'root', bytes: 4096 }],
  ['777 u g 3 symbolic link|/a b', { type: 'symlink', mode: '0777', owner: 'u', group: 'g', bytes: 3 }],
  ['0 u UNKNOWN 0 fifo|/a b', { type: 'other', mode: '0000', owner: 'u', group: 'UNKNOWN', bytes: 0 }],
  ['4755 u g 1 character special file|/a b', { type: 'other', mode: '4755', owner: 'u', group: 'g', bytes: 1 }],
])('%s', (line, state) => {
  expect(parseStat(`${line}\n`)).toEqual(new Map([['/a b', state]]))
})

test('other names of a regular file are counted', () => {
  const states = parseStat(
    '644 root root 5 2 regular file|/a\n755 root root 5 3 directory|/b\n644 root root 5 1 regular file|/c\n',
  )
  expect([...states.values()].map(({ links }) => links)).toEqual([2, undefined, undefined])
})

test('a path may hold a bar; a line of another form is passed over', () => {
  expect([...parseStat('nonsense\n640 r r 1 regular file|/a|b\n').keys()]).toEqual(['/a|b'])
})

test('sums by path', () => {
  const sum = 'ab'.repeat(32)
  expect(parseSums(`${sum}  /a b\n${sum} */c\nsha256sum: /d: denied\n`)).toEqual(
    new Map([
      ['/a b', sum],
      ['/c', sum],
    ]),
  )
})

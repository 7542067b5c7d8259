import { expect, test } from 'vitest'
import { prunable } from './files.ts'
import { stateOf } from './state.ts'
import { COMPLETE, ON_BOX, ON_HOST } from './states.ts'

const [OLD, KEPT, NEW] = ['20200101_030000', '20261123_030000', '20261124_030000'].map((time) => `backup_db_${time}.sql.gz`)
const copy = (name = '', hash = 'a') => ['', '.sha256', '.manifest.json'].map((end): [string, string] => [name + end, hash])
const before = new Map([...copy(OLD), ...copy(KEPT)])
const old = new Set(copy(OLD).map(([path]) => path))
const made = (files = COMPLETE) => files.map((file): [string, string] => [file.replace('NAME', NEW ?? ''), 'b'])
const host = (after: ReadonlyMap<string, string>, spoiled: ReadonlyMap<string, string> = before, spoils?: string[]) =>
  stateOf(ON_HOST, { before, spoiled, after, old }, spoils)
const without = (files: ReadonlyMap<string, string>, ...names: string[]) =>
  new Map([...files].filter(([path]) => !names.some((name) => path.startsWith(name))))

test('each state is what it is, and nothing else', () => {
  expect(host(before)).toBe('same')
  expect(host(new Map([...before, ...made()]))).toBe('backup')
  expect(host(new Map([...without(before, OLD ?? ''), ...made()]))).toBe('pruned')
  for (const [name, state] of Object.entries(ON_HOST)) {
    if (state.old === 'stays' && !('spoiled' in state)) {
      const after = new Map([...before, ...made([...state.added]).map(([path, hash]): [string, string] => [path, hash])])
      expect(host(after)).toBe(name)
    }
  }
})

test('a file more, less or of another content is told in words', () => {
  expect(host(new Map([...before, ['notes', 'x']]))).toBe('added: notes')
  expect(host(new Map([...before, ...made().slice(1)]))).toMatch(/^added: NAME\.globals\.sql NAME\.manifest\.json NAME\.sha256$/)
  expect(host(without(before, `${KEPT}.sha256`))).toBe(`removed: ${KEPT}.sha256`)
  expect(host(new Map([...before, ...copy(KEPT, 'c').slice(0, 1)]))).toBe(`changed: ${KEPT}`)
  // One that should stay has gone with the old ones, and one that should go has stayed.
  expect(host(new Map([...without(before, OLD ?? '', KEPT ?? ''), ...made()]))).toMatch(/^added: .*; removed: /)
  expect(host(new Map([...without(before, `${OLD}.sha256`), ...made()]))).toMatch(/^added: .*; removed: /)
})

test('partial files on the box are told from whole ones', () => {
  const box = (...files: string[]) =>
    stateOf(ON_BOX, { before, spoiled: before, after: new Map([...before, ...made(files)]), old })
  expect(box('NAME.part-1700000000-42')).toBe('partial')
  expect(box(...COMPLETE.map((file) => `${file}.part-1700000000-42`))).toBe('partials')
  expect(box('NAME', ...COMPLETE.slice(1).map((file) => `${file}.part-1-2`))).toBe('incomplete')
  expect(box('NAME.sha256.part-1-2')).toBe('added: NAME.sha256.part-')
})

test('a damaged copy is exactly what the fault made of it', () => {
  const spoiled = new Map([...before, ...copy(KEPT, 'c').slice(0, 1)])
  expect(host(spoiled, spoiled, [''])).toBe('damaged')
  expect(host(spoiled, spoiled, ['', '.sha256'])).toBe('changed by the fault: NAME')
  expect(host(spoiled, spoiled)).toBe('changed by the fault: NAME')
  expect(host(before, spoiled, [''])).toMatch(/^changed: /)
  const headless = without(before, `${KEPT}.manifest.json`)
  expect(host(headless, headless, ['.manifest.json'])).toBe('damaged')
})

test('retention takes what is older than so many days, but for the newest three', () => {
  const names = ['20191231', '20200101', '20200102', '20200103'].map((day) => `${day.slice(0, 4)}/backup_db_${day}_030000.sql.gz`)
  const files = new Map(names.flatMap((name) => copy(name)))
  const gone = (name: string, from = files) => [...prunable(from, name, 30)].filter((path) => path.endsWith('.gz'))
  expect(gone(NEW ?? '')).toEqual([names[1], names[0]])
  expect(gone('backup_db_20200120_030000.sql.gz')).toEqual([])
  expect(gone('backup_other_20261124_030000.sql.gz')).toEqual([])
  // A clock that was wrong once: neither what lies ahead nor the jump itself makes anything old.
  const ahead = new Map([...files, ...copy('backup_db_20210101_030000.sql.gz'), ...copy('backup_db_20220101_030000.sql.gz')])
  expect(gone('backup_db_20210105_030000.sql.gz', ahead)).toEqual([names[2], names[1], names[0]])
  expect(gone('backup_db_20300101_030000.sql.gz', new Map([...files, ...copy('backup_db_20200104_030000.sql.gz')]))).toEqual([
    names[2],
    names[1],
    names[0],
  ])
  // One that isn't complete is none of the three.
  files.delete(`${names[3]}.manifest.json`)
  expect(gone(NEW ?? '')).toEqual([names[3], names[0]])
  expect(prunable(files, '', 30).size).toBe(0)
})

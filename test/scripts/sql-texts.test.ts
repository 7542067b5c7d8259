import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

const FOLDER = new URL('../../templates/scripts/', import.meta.url)

/** The SQL that scripts ask: files of their own, and texts within scripts. psql sends comments, too. */
const TEXTS = readdirSync(FOLDER).flatMap((file): [string, string][] => {
  const text = readFileSync(new URL(file, FOLDER), 'utf8')
  if (file.endsWith('.sql')) return [[file, text]]
  return [...text.matchAll(/read -r -d '' (\w+_SQL) <<'END'.*?\n([^]*?)\nEND\n/g)].map((found) => [found[1]!, found[2]!])
})

test('what a database of any encoding is asked has no letter that an encoding may lack', () => {
  expect(TEXTS.map(([name]) => name)).toEqual(expect.arrayContaining(['objects.sql', 'CONTENTS_SQL', 'GLOBALS_SQL']))
  expect(TEXTS.filter(([, text]) => /[^\0-\x7f]/.test(text)).map(([name]) => name)).toEqual([])
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { manifestJsonSchema } from '../lib/manifest.ts'

test('the published schema is the one that manifests are checked with', () => {
  const published = JSON.parse(readFileSync(new URL('../docs/manifest.schema.json', import.meta.url), 'utf8')) as object
  expect(published).toEqual(manifestJsonSchema())
})

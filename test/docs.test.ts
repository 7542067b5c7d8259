import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

test.each(['SECURITY.md', 'docs/architecture.md'])('every test that %s names is there', (file) => {
  const text = readFileSync(file, 'utf8')
  let folder = ''
  const named = [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, name = '']) => {
    // In a list, a bare name stands in the folder of the one before.
    folder = name.includes('/') ? dirname(name) : folder
    return name.includes('/') ? name : join(folder, name)
  })
  expect(named.length).toBeGreaterThan(2)
  expect(named.filter((name) => !existsSync(name))).toEqual([])
})

test.each([
  'README.md',
  'SECURITY.md',
  'docs/architecture.md',
  'docs/backups.md',
  'docs/hosts.md',
  'docs/inventory.md',
  'docs/logins.md',
  'docs/looking.md',
])('every page that %s links to is there', (file) => {
  const links = [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, to = '']) =>
    normalize(join(dirname(file), to)),
  )
  expect(links.filter((to) => !existsSync(to))).toEqual([])
})

import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadVerb, verbNames } from '../../lib/cli/load.ts'
import { helpOf } from '../../lib/cli/help.ts'
import { flagOf } from '../../lib/run/option.ts'

test('each verb of lib/verbs is found by its name, has a task, and tells of itself', async () => {
  expect(verbNames()).toEqual(['backup', 'box', 'provision', 'restore', 'status', 'verify'])
  for (const name of verbNames()) {
    const verb = await loadVerb(name)
    const help = helpOf(verb, `npx zx tasks/${name}.mjs`)
    expect(help).toMatch(new RegExp(`^Usage: npx zx tasks/${name}\\.mjs \\[PROJECT…\\]`))
    for (const option of Object.keys(verb.options)) expect(help).toContain(`\n  ${flagOf(option)}`)
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(140)
  }
})

test('the task of a verb is the same few lines for all', () => {
  const tasks = readdirSync('tasks').filter((file) => verbNames().includes(file.replace('.mjs', '')))
  expect(tasks).toHaveLength(verbNames().length)
  const texts = tasks.map((file) => readFileSync(`tasks/${file}`, 'utf8').split('\n').slice(1).join('\n'))
  expect(new Set(texts).size).toBe(1)
})

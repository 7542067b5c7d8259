import { readFileSync, readdirSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillTemplate, templateText } from '../../lib/text/template.ts'

const folder = new URL('../../templates/', import.meta.url)

test.each(readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : [])))(
  '%s is read as it is, and says that it is managed',
  (name) => {
    expect(templateText(name)).toBe(readFileSync(new URL(name, folder), 'utf8'))
    expect(templateText(name).split('\n', 2).join('\n')).toContain('Managed by bitacora')
  },
)

test('each value is one single-quoted shell word, whatever is in it', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc
          .oneof(
            fc.string({ unit: 'binary' }),
            fc.string({ unit: fc.constantFrom("'", '"', '\\', '$', ' ', '<', '%', '>', '=') }),
          )
          .map((text) => text.replaceAll(/[\0\n]/g, '')),
        { minLength: 20, maxLength: 40 },
      ),
      (values) => {
        const settings = Object.fromEntries(values.map((value, index) => [`K${index}`, value]))
        const { text } = fillTemplate('config', { settings })
        const script = `${text}\nprintf '%s\\0' ${values.map((_, index) => `"$K${index}"`).join(' ')}`
        expect(spawnSync('sh', ['-s'], { input: script }).stdout.toString().split('\0').slice(0, -1)).toEqual(values)
      },
    ),
    { numRuns: 2 },
  )
})

test('a name that the data does not have is an error', () => {
  expect(() => fillTemplate('cron', { schedule: '0 3 * * *' })).toThrow('script is not defined')
})

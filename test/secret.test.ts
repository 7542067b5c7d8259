import * as fc from 'fast-check'
import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Masker, Secret, percentEncoded } from '../lib/secret.ts'
import { quote, sh } from '../lib/shell.ts'
import { literal } from '../lib/sql.ts'
import { setVariables } from '../lib/dotenv.ts'

const SHOWN = '••••'
const secret = new Secret('hunter2', 'projects.onquota.database.password')
const values = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 20 })
  .filter((text) => !text.includes('•') && !text.includes('\0'))
const awkward = fc.string({ unit: fc.constantFrom(...'\'"\\$`%+ /&=a😀ñ'), minLength: 1, maxLength: 12 })
const value = fc.oneof(values, awkward)

test('only reveal() gives the value out', () => {
  expect(secret.reveal()).toBe('hunter2')
  const shown = [
    String(secret),
    'a'.concat(secret as never),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ a: [secret] }, { showHidden: true, depth: 9 }),
    format('%s %o %j', secret, secret, secret),
  ]
  for (const text of shown) {
    expect(text).toContain(SHOWN)
    expect(text).not.toContain('hunter2')
  }
  expect(Object.values(secret)).toEqual(['projects.onquota.database.password'])
  expect({ ...secret }).not.toHaveProperty('value')
  expect(structuredClone({ ...secret })).toEqual({ name: 'projects.onquota.database.password' })
})

/** A secret in every form that we write it in. */
const FORMS: Record<string, (text: string) => string> = {
  plain: (text) => text,
  'a shell word': quote,
  'a shell word in a file that travels as a shell word': (text) => quote(`KEY=${quote(text)}\n`),
  'part of a shell word': (text) => quote(`a ${text} b`),
  'an SQL literal': literal,
  'a URL': (text) => `postgresql://u:${percentEncoded(text)}@h/d`,
  'a URI component': encodeURIComponent,
  JSON: (text) => JSON.stringify({ a: text }),
  base64: (text) => Buffer.from(text).toString('base64'),
}

test.each(Object.entries(FORMS))('no secret survives as %s', (_name, write) => {
  fc.assert(
    fc.property(value, fc.constantFrom('', 'x ', '\n'), (text, around) => {
      const written = write(text)
      const masked = new Masker().add(new Secret(text, 'x')).text(around + written + around)
      expect(masked).toContain(SHOWN)
      expect(masked.split(SHOWN).some((part) => part.includes(text))).toBe(false)
    }),
    { numRuns: 60 },
  )
})

test('no secret survives in a .env file, nor in the script that writes it', () => {
  fc.assert(
    fc.property(
      value.filter((text) => !/[\r\n]/.test(text) && text.length > 2 && text.trim() === text),
      (text) => {
        const { text: file } = setVariables('', { K_: text })
        const masker = new Masker().add(new Secret(text, 'x'))
        for (const written of [file, sh`printf ${file}`.text]) expect(masker.text(written).replaceAll(/[^•]/g, '')).toBe(SHOWN)
      },
    ),
  )
})

test('several secrets in any text', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(), { maxLength: 6 }), (texts, picks) => {
      const masker = new Masker().add(...texts.map((text) => new Secret(text, 'x')))
      const masked = masker.text(picks.map((pick) => texts[pick % texts.length]).join('|'))
      for (const part of masked.split(SHOWN)) for (const text of texts) expect(part).not.toContain(text)
    }),
  )
})

test('every string in JSON, keys too; the rest stays', () => {
  fc.assert(
    fc.property(
      value.filter((text) => text.length > 6),
      fc.jsonValue(),
      (text, json) => {
        const masker = new Masker().add(new Secret(text, 'x'))
        const masked = masker.json({ [text]: [{ b: `a${text}`, [`${text}k`]: json }], n: 1, z: null, t: true })
        expect(JSON.stringify(masked)).not.toContain(JSON.stringify(text).slice(1, -1))
        expect(masked).toMatchObject({ n: 1, z: null, t: true, [SHOWN]: [{ b: `a${SHOWN}` }] })
      },
    ),
  )
  expect(new Masker().json({ a: secret })).toEqual({ a: SHOWN })
})

test('a longer form is masked before a shorter one within it', () => {
  const masker = new Masker().add(new Secret('pass', 'x'), new Secret('password', 'y'))
  expect(masker.text('password pass passwords')).toBe(`${SHOWN} ${SHOWN} ${SHOWN}s`)
})

test('each long line of a secret of several lines, and a secret without the newline at its end', () => {
  const key = '-----BEGIN KEY-----\nbm90IGEga2V5\nshort\n-----END KEY-----\n'
  const masker = new Masker().add(new Secret(key, 'x'))
  expect(masker.text('line bm90IGEga2V5.')).toBe(`line ${SHOWN}.`)
  expect(masker.text(`<${key}>`)).toBe(`<${SHOWN}>`)
  expect(masker.text(`<${key.trimEnd()}>`)).toBe(`<${SHOWN}>`)
  expect(masker.text('a short word')).toBe('a short word')
  expect(new Masker().add(new Secret('hunter2\n', 'x')).text('hunter2')).toBe(SHOWN)
})

test('an empty secret, and none, mask nothing', () => {
  expect(new Masker().add(new Secret('', 'x')).text('text')).toBe('text')
  expect(new Masker().text('text')).toBe('text')
  expect(new Masker().add(new Secret(' \n', 'x')).text('a b')).toBe('a b')
})

test('a secret added later is masked too', () => {
  const masker = new Masker().add(new Secret('first', 'x'))
  expect(masker.text('first second')).toBe(`${SHOWN} second`)
  expect(masker.add(new Secret('second', 'y')).text('first second')).toBe(`${SHOWN} ${SHOWN}`)
})

test('percentEncoded leaves only unreserved characters, and decodes to what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(percentEncoded(text)).toMatch(/^([A-Za-z0-9._~-]|%[0-9A-F]{2})*$/)
      expect(decodeURIComponent(percentEncoded(text))).toBe(text)
    }),
  )
})

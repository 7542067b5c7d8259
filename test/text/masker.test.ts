import * as fc from 'fast-check'
import { spawnSync } from 'node:child_process'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { isFull } from '../e2e/support/full.ts'
import { setVariables } from '../../lib/text/dotenv.ts'
import { Masker } from '../../lib/text/masker.ts'
import { percentEncoded, quote } from '../../lib/text/quoting.ts'
import { Secret } from '../../lib/text/secret.ts'
import { sh } from '../../lib/text/sh.ts'
import { literal } from '../../lib/text/sql.ts'

const SHOWN = '••••'
const masker = (...values: string[]) => new Masker().add(...values.map((value) => new Secret(value, 'x')))
const values = fc.string({ unit: 'binary', minLength: 8, maxLength: 20 })
const awkward = fc.string({ unit: fc.constantFrom(...'\'"\\$`%+ /&=a😀ñ'), minLength: 8, maxLength: 12 })
const value = fc
  .oneof(values, awkward)
  // oxlint-disable-next-line no-control-regex -- no place of a secret gives one
  .filter((text) => text.trim() === text && !/[•\x00-\x1f\x7f-\x9f]/.test(text))

const ascii = (text: string, written: (unit: string) => string) => text.replaceAll(/[\u0080-\uFFFF]/g, written)
const hex = (text: string, digits: number) => text.charCodeAt(0).toString(16).padStart(digits, '0')
const html = (text: string) =>
  text.replaceAll(/[&<>"']/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char] ?? '&#39;')
const lower = (text: string) => text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())

/** How we, and the programs on a host, write a text. */
const FORMS: Record<string, (text: string) => string> = {
  plain: (text) => text,
  'a shell word': quote,
  'a shell word in a file that travels as a shell word': (text) => quote(`KEY=${quote(text)}\n`),
  'a shell word, three times': (text) => quote(quote(`a ${quote(text)}`)),
  'part of a shell word': (text) => quote(`a ${text} b`),
  'in double quotes for a shell': (text) => `"${text.replaceAll(/["\\$`]/g, String.raw`\$&`)}"`,
  'an SQL literal': literal,
  'a URL': (text) => `postgresql://u:${percentEncoded(text)}@h/d`,
  'a URL in an ini file': (text) => `url = u:${percentEncoded(text).replaceAll('%', '%%')}@h`,
  'a URL with small letters': (text) => `u:${lower(percentEncoded(text))}@h`,
  'a URL, encoded twice': (text) => encodeURIComponent(percentEncoded(text)),
  'a field of a form': (text) => encodeURIComponent(text).replaceAll('%20', '+'),
  'a URI component': encodeURIComponent,
  JSON: (text) => JSON.stringify({ a: text }),
  'JSON with \\/': (text) => JSON.stringify(text).replaceAll('/', String.raw`\/`),
  'JSON in ASCII': (text) => ascii(JSON.stringify(text), (unit) => String.raw`\u${hex(unit, 4)}`),
  'JSON for HTML': (text) => JSON.stringify(text).replaceAll(/[<>&'+]/g, (unit) => String.raw`\u${hex(unit, 4).toUpperCase()}`),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)),
  'bytes in Python': (text) =>
    `b'${Buffer.from(text.replaceAll(/[\\']/g, String.raw`\$&`))
      .toString('latin1')
      .replaceAll(/[\u0080-\u00FF]/g, (unit) => String.raw`\x${hex(unit, 2)}`)}'`,
  HTML: (text) => html(text),
  'HTML, twice': (text) => html(html(text)),
  '.pgpass': (text) => text.replaceAll(/[\\:]/g, String.raw`\$&`),
  'bytes of PostgreSQL': (text) => String.raw`\x${Buffer.from(text).toString('hex')}`,
}

test.each(Object.entries(FORMS))('no secret survives as %s', (_name, write) => {
  fc.assert(
    fc.property(value, fc.constantFrom('', 'x ', '\n'), (text, around) => {
      const bare = text.trim()
      const masked = masker(text).text(around + write(text) + around)
      expect(masked).toContain(SHOWN)
      // What is left is what the writer puts around any secret.
      const left = masker('zzzzzzzz').text(around + write('zzzzzzzz') + around)
      expect(masked.replaceAll(/[\s'"\\+%]|%20|&quot;/g, '').length).toBeLessThanOrEqual(left.length)
      expect(masked.split(SHOWN).some((part) => part.includes(bare))).toBe(false)
    }),
    { numRuns: isFull ? 60 : 20 },
  )
})

test('no secret survives as Python itself writes it', () => {
  const samples = ['contraseña-2024', `it's "ñ" \\ €uro`, 'p@ss😀word/x%y', 'Zażółć-gęślą', 'ascii only+1']
  const script = `
import base64, json, sys, urllib.parse, html, shlex
for v in json.load(sys.stdin):
  e = urllib.parse.quote(v, safe='')
  forms = [repr(v), ascii(v), repr(v.encode()), json.dumps(v), json.dumps({'k': repr(v)}), urllib.parse.quote(v), urllib.parse.quote_plus(v), e, e.lower(),
    e.replace('%', '%%'), repr({'url': 'postgresql://u:%s@h/d' % e}), html.escape(v), shlex.quote(v), v.encode().hex(), v.encode('unicode_escape').decode(),
    v.encode('ascii', 'replace').decode(), v.encode('ascii', 'xmlcharrefreplace').decode(), v.encode('ascii', 'backslashreplace').decode(),
    repr(v.encode().decode('ascii', 'surrogateescape'))] + [f(('%s:%s' % (u, v)).encode()).decode() for u in ('u', 'me', 'owner')
      for f in (base64.b64encode, base64.urlsafe_b64encode)]
  try: forms.append(base64.b64encode(('me:' + v).encode('latin-1')).decode())
  except UnicodeEncodeError: pass
  print(json.dumps(forms))`
  const { stdout, stderr } = spawnSync('python3', ['-c', script], { input: JSON.stringify(samples), encoding: 'utf8' })
  expect(stderr).toBe('')
  const told = stdout.trim().split('\n')
  expect(told).toHaveLength(samples.length)
  for (const [index, line] of told.entries())
    for (const form of JSON.parse(line) as string[])
      expect(masker(samples[index]!).text(`<${form}>`).replace(SHOWN, ''), form).toMatch(
        /^<[b'"\s]*(\{[\\'"]*(k|url)[\\'"]*: ["']*(postgresql:\/\/u:(?=@h))?(@h\/d)?[\\'"]*\})?[\s'"]*>$/,
      )
})

test('no part of a password that a parser of URLs leaves', () => {
  const table: [password: string, said: string, shown: string][] = [
    [
      'passw@ord',
      'could not translate host name "ord@127.0.0.1" to address',
      `could not translate host name "${SHOWN}@127.0.0.1" to address`,
    ],
    ['passw@ord', 'host "x", user:passw@ord@127.0.0.1', `host "x", user:${SHOWN}@127.0.0.1`],
    ['p@ssword/2024', 'could not translate host name "ssword" to', `could not translate host name "${SHOWN}" to`],
    ['p@ss/word2024', 'database "word2024@127.0.0.1:5432/db" does not', `database "${SHOWN}@127.0.0.1:5432/db" does not`],
    [
      'secret/word',
      `Port could not be cast to integer value as 'secret'`,
      `Port could not be cast to integer value as '${SHOWN}'`,
    ],
    [
      'ab$cd!efg#hi',
      `'%' must be followed by '%' or '(', found: '%23hi@127'`,
      `'%' must be followed by '%' or '(', found: '${SHOWN}@127'`,
    ],
    ['p@ssw0rd1', `found: '%40ssw0rd1@127.0.0.1:5432/db'`, `found: '${SHOWN}@127.0.0.1:5432/db'`],
    [
      'p@ssw0rd1',
      `invalid interpolation syntax in 'x://u:p%40ssw0rd1@h' at position 12`,
      `invalid interpolation syntax in 'x://u:${SHOWN}@h' at position 12`,
    ],
    ['España/2024', `found: '%c3%b1a%2F2024@h'`, `found: '${SHOWN}@h'`],
  ]
  for (const [password, said, shown] of table) {
    expect(masker(password).text(said)).toBe(shown)
    // As part of a secret that is a URL, encoded or not.
    for (const one of [password, percentEncoded(password)])
      expect(masker(`postgresql://u:${one}@127.0.0.1:5432/db`).text(said)).toBe(shown)
  }
  expect(masker('passw@ord').text('a word, an order, me@example.org')).toBe('a word, an order, me@example.org')
})

test('of a URL the whole and its tokens, not its host', () => {
  const hook = 'https://hooks.example.com/services/T0AB12CD9/B0AB12CD9?key=aB3dE5fG7h'
  const known = masker(hook, 'https://hc-ping.com/5bd7a3de-1c1f-4b0e-9d57-d1d0a1b2c3d4')
  expect(known.text(`curl ${hook}`)).toBe(`curl ${SHOWN}`)
  expect(known.text('Could not resolve host: hooks.example.com; services')).toBe(
    'Could not resolve host: hooks.example.com; services',
  )
  expect(known.text('GET /services/T0AB12CD9/B0AB12CD9 key aB3dE5fG7h')).toBe(`GET /services/${SHOWN}/${SHOWN} key ${SHOWN}`)
  expect(known.text('/5bd7a3de-1c1f-4b0e-9d57-d1d0a1b2c3d4/fail')).toBe(`/${SHOWN}/fail`)
  const url = 'postgresql+asyncpg://onquota_user:Zq7p4ssw0rd@127.0.0.1:5432/onquota_db'
  expect(masker(url).text(`onquota_db of onquota_user: Zq7p4ssw0rd, ${url}`)).toBe(
    `onquota_db of onquota_user: ${SHOWN}, ${SHOWN}`,
  )
})

test('base64 of anything that holds a secret, whoever logs in', () => {
  for (const user of ['', 'a', 'ab', 'u123456'])
    for (const encoding of ['base64', 'base64url'] as const) {
      const written = Buffer.from(`${user}:correct-Horse?9>`).toString(encoding)
      expect(masker('correct-Horse?9>').text(`Authorization: Basic ${written}; next`)).toBe(`Authorization: Basic ${SHOWN}; next`)
    }
  expect(masker('correct-Horse?9>').text('sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')).toContain('47DEQpj8HBSa')
})

test('no secret survives in a .env file, nor in the script that writes it', () => {
  fc.assert(
    fc.property(
      value.filter((text) => text.trim() === text),
      (text) => {
        const { text: file } = setVariables('', { K_: text })
        for (const written of [file.reveal(), sh`printf ${file}`.reveal()])
          expect(masker(text).text(written).replaceAll(/[^•]/g, '')).toBe(SHOWN)
      },
    ),
  )
})

test('several secrets in any text', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(), { maxLength: 6 }), (texts, picks) => {
      const masked = masker(...texts).text(picks.map((pick) => texts[pick % texts.length]).join('|'))
      for (const part of masked.split(SHOWN)) for (const text of texts) expect(part).not.toContain(text.trim())
    }),
  )
})

test('a short secret is taken out as a word of its own, a very short one in quotes or as the password of a URL', () => {
  expect(masker('pass1').text('pass1 of pass12, u:pass1@h, "pass1", compass1')).toBe(
    `${SHOWN} of pass12, u:${SHOWN}@h, "${SHOWN}", compass1`,
  )
  expect(masker('ok').text('all ok: u:ok@h failed for "ok", PGPASSWORD=ok; token, ok.')).toBe(
    `all ok: u:${SHOWN}@h failed for "${SHOWN}", PGPASSWORD=ok; token, ok.`,
  )
  expect(masker('a').text('a file of a host')).toBe('a file of a host')
})

test('texts in a report; keys, names, states and numbers stay, whatever the secret is', () => {
  const report = {
    project: 'onquota',
    step: 'role',
    status: 'ok',
    changes: [
      { what: 'onquota is ok "ok"', from: { ok: 'onquota', n: 7 }, to: ['onquota', null, true], manual: true, help: 'onquota' },
    ],
    error: 'password onquota',
    problems: [{ kind: 'proof', text: 'proof of onquota', next: ['provision', 'onquota'] }],
  }
  expect(masker('onquota', 'ok', 'role', 'error', 'proof', 'provision').json(report)).toEqual({
    ...report,
    changes: [
      { what: `${SHOWN} is ok "${SHOWN}"`, from: { ok: SHOWN, n: 7 }, to: [SHOWN, null, true], manual: true, help: SHOWN },
    ],
    error: `password ${SHOWN}`,
    problems: [{ kind: 'proof', text: `${SHOWN} of ${SHOWN}`, next: ['provision', 'onquota'] }],
  })
  expect(new Masker().json({ a: new Secret('hunter2-hunter2', 'x') })).toEqual({ a: SHOWN })
})

test('an error, its stack and its causes', () => {
  const cause = new Error('hunter2-hunter2 below')
  const error = masker('hunter2-hunter2').error(new Error('hunter2-hunter2 above', { cause }))
  expect(error.message).toBe(`${SHOWN} above`)
  expect(inspect(error, { depth: 9 })).not.toContain('hunter2-hunter2')
  expect(inspect(error)).toContain('masker.test.ts')
})

test('a longer form is masked before a shorter one within it', () => {
  expect(masker('pass', 'password').text('password pass passwords')).toBe(`${SHOWN} ${SHOWN} ${SHOWN}s`)
})

test('each long line of a secret of several lines, and a secret without the newline at its end', () => {
  const key = '-----BEGIN KEY-----\nbm90IGEga2V5\nshort\n-----END KEY-----\n'
  const known = masker(key)
  expect(known.text('line bm90IGEga2V5.')).toBe(`line ${SHOWN}.`)
  expect(known.text(`<${key}>`)).toBe(`<${SHOWN}\n>`)
  expect(known.text(`<${key.trimEnd()}>`)).toBe(`<${SHOWN}>`)
  expect(known.text(JSON.stringify(key))).toBe(String.raw`"${SHOWN}\n"`)
  expect(known.text('a short word, -----BEGIN KEY-----')).toBe('a short word, -----BEGIN KEY-----')
  expect(masker('hunter2-hunter2\n').text('hunter2-hunter2')).toBe(SHOWN)
})

test('a secret of three letters goes in quotes or as the password of a URL, not behind or before them alone', () => {
  expect(masker('abc').text(`'abc' "abc" psql://u:abc@h abc' 'abc abc`)).toBe(
    `'${SHOWN}' "${SHOWN}" psql://u:${SHOWN}@h abc' 'abc abc`,
  )
})

test('each field that holds a name or a state stays, whatever the secrets are', () => {
  const names = ['project', 'step', 'status', 'host', 'name', 'kind', 'key', 'type', 'next', 'grade', 'result', 'stage', 'zone']
  const report = Object.fromEntries(names.map((name) => [name, 'a-secret-name']))
  expect(masker('a-secret-name').json({ ...report, text: 'a-secret-name' })).toEqual({ ...report, text: SHOWN })
})

test('an empty secret, and none, mask nothing', () => {
  expect(masker('').text('text')).toBe('text')
  expect(new Masker().text('text')).toBe('text')
  expect(masker(' \n', '        ').text('a b          c')).toBe('a b          c')
})

test('a secret added later is masked too', () => {
  const known = masker('first')
  expect(known.text('first second')).toBe(`${SHOWN} second`)
  expect(known.add(new Secret('second', 'y')).text('first second')).toBe(`${SHOWN} ${SHOWN}`)
})

test('a long text takes time in proportion to its length, whatever it holds', () => {
  const secrets = Array.from({ length: 100 }, (_, index) => `${index}x@"${'abc$def/ghi%jkl'.slice(index % 9)}${index * 7919}'é`)
  const known = masker(...secrets)
  const took = (text: string) => {
    const started = process.cpuUsage()
    const masked = known.text(text)
    const { user } = process.cpuUsage(started)
    return { masked, ms: user / 1000 }
  }
  const unit = 2 ** 14
  for (const text of ['INFO Running upgrade 01 -> 02, items of schema\n', `'"\\%`, 'aB3/', '@', '&amp;', 'a', '%25', ' ', '\n']) {
    known.text(text)
    const [short, long] = [took(text.repeat(unit / text.length)), took(text.repeat((16 * unit) / text.length))]
    // Sixteen times the text, and room for a busy machine; squared it would be 256 times.
    expect(long.ms, JSON.stringify(text)).toBeLessThan(16 * 5 * (short.ms + 5))
    expect(long.masked).toContain(text)
  }
  const chatty = Array.from(
    { length: 20_000 },
    (_, index) => `INFO Running upgrade ${index}, ${index % 100 === 0 ? secrets[index % 7] : ''}\n`,
  ).join('')
  const { masked } = took(chatty)
  for (const secret of secrets) expect(masked).not.toContain(secret)
})

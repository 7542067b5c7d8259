import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJson } from '../../lib/inventory/json.ts'
import { type Anything, good, problems, project, set } from './support.ts'

/** Nothing that any message says by itself. */
const SECRET = fc
  .tuple(fc.stringMatching(/^[A-Za-z0-9!#$%&*_ {}:/@"'\\]{0,12}$/), fc.stringMatching(/^[A-Z0-9]{3}$/))
  .map(([text, tail]) => `${text}Zq7${tail}`)

/** Places for a secret, where somebody writes the value itself. */
const PLACES = [
  'hosts.vps.sudoPassword',
  'boxes.box.password',
  'boxes.box.key',
  'projects.onquota.database.password',
  'projects.onquota.database.readers.0.password',
  'projects.onquota.migrations.env.API_KEY',
  'projects.onquota.envFile.variables.DATABASE_URL',
  'projects.onquota.database.settings.work_mem',
  'boxes.box.hostKey',
  // Not for secrets, but a hand may slip.
  'hosts.vps.password',
  'projects.onquota.database',
  'projects.onquota.migrations.env',
  'projects.onquota.migrations.env.DATABASE_URL',
  'projects.onquota.backup.password',
  'projects.onquota.backup.signingKey',
  'boxes.box',
]

/** The ways to write it. */
const SHAPES: ((secret: string) => unknown)[] = [
  (secret) => secret,
  (secret) => ({ value: secret }),
  (secret) => ({ [secret]: 'x' }),
  (secret) => ({ env: secret }),
  (secret) => ({ env: `${secret}-` }),
  (secret) => ({ file: `~${secret}` }),
  (secret) => ({ file: `${secret}\n` }),
  (secret) => ({ command: secret }),
  (secret) => ({ command: ['', secret] }),
  (secret) => ({ command: [secret, 5] }),
  (secret) => ({ env: 'A', file: secret }),
  (secret) => [secret],
  (secret) => `postgresql://user:${secret}@host/db`,
  (secret) => `{${secret}}`,
  (secret) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${secret}`,
  (secret) => `ssh-ed25519 ${secret}`,
  (secret) => ({ env: { nested: secret } }),
]
const LIST = 11

/** Where an object of names is expected, its names are told; a value written as a name is beyond help. */
const tellsNames = (place: string) => /(\.env|\.database|boxes\.box|variables)$/.test(place)

function withSecret(place: string, value: unknown): Anything {
  const data = good()
  data.projects.onquota.database.readers = [{ name: 'report', password: { env: 'R' } }]
  data.projects.facturas = { ...project('facturas'), host: 'nowhere' }
  return set(data, place, value)
}

test('no message of a failing inventory holds a value that stands where a secret belongs', { timeout: 60_000 }, () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.constantFrom(...PLACES), fc.nat(SHAPES.length - 1), SECRET, (place, index, secret) => {
      fc.pre(!(index === 2 && tellsNames(place)))
      const said = problems(withSecret(place, SHAPES[index]!(secret)))
      expect(said.length).toBeGreaterThan(0)
      if (said.some((line) => line.startsWith(place.replace('.0.', '[0].')))) seen.add(place)
      expect(said.join('\n')).not.toContain(secret.slice(-6))
    }),
    // A list is wrong in every place: no place's turn is left to chance.
    { numRuns: 120, examples: PLACES.map((place) => [place, LIST, 'Zq7ABC']) },
  )
  // Each place was wrong at least once, so the property looked at its own message.
  expect([...seen].toSorted()).toEqual(PLACES.toSorted())
})

function messageOf(json: string): string {
  try {
    parseJson(json)
    return ''
  } catch (error) {
    return String(error)
  }
}

test('no message about broken JSON quotes what stands there', () => {
  fc.assert(
    fc.property(fc.nat(), SECRET, (place, secret) => {
      const text = JSON.stringify(withSecret('boxes.box.password', secret), null, 2)
      const at = place % text.length
      for (const broken of [
        text.slice(0, at),
        `${text.slice(0, at)}"${text.slice(at)}`,
        text.replace(/"password": "/, '"password": '),
      ]) {
        expect(messageOf(broken)).not.toContain(secret.slice(-6))
      }
    }),
  )
})

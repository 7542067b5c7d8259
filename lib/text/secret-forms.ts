import { percentEncoded } from './quoting.ts'
import { characterPattern, percentPattern, secretPattern } from './secret-pattern.ts'

/**
 * What must stand around a form for it to be taken out. `anything`: it is long enough. `word`: no letter or digit, in a longer word it is
 * another one. `quotes`: those, or the places of a password in a URL.
 */
export type Around = 'anything' | 'word' | 'quotes'

/** Something that must not be shown. `core`, of letters, digits and _, stands in it however it is written; empty where none is long enough. */
export interface Form {
  pattern: string
  core: string
  around: Around
}

/** Characters from which on a form is taken out wherever it stands, and as a word of its own. */
const LONG = 8
const WORD = 4
/** Shorter cores stand in any text. */
const CORE = 4
const CORE_OF_WHOLE = 3
/** At most so many places where a password is cut; a longer one is a key. */
const MOST_CUTS = 16
const DELIMITERS = /[@:/?#[\]&=;]/

/** All that must not be shown of a secret: itself, each long line of several, what in a URL is secret, and what a parser of URLs leaves of a password. */
export function formsOf(secret: string): Form[] {
  const value = secret.trim()
  if (value === '') return []
  const lines = value.split('\n')
  if (lines.length > 1) {
    const long = lines.filter((line) => line.length >= LONG && !line.startsWith('-----'))
    return [value, ...long].map((line) => form(line))
  }
  return [
    form(value),
    ...tokensOf(value).map((token) => form(token)),
    ...passwordsOf(value).flatMap((password) => [
      form(password),
      // As PostgreSQL shows bytes.
      form(Buffer.from(password).toString('hex')),
      ...partsOf(password).filter(({ core }) => core !== ''),
    ]),
  ]
}

/** What may stand before the `@` of a URL whose password holds one, the same percent-encoded from a percent sign on. */
export function passwordEnds(secret: string): string[] {
  return passwordsOf(secret.trim()).flatMap((password) => {
    const characters = [...password]
    const ends = cutsOf(characters).flatMap((index) => [
      characters.slice(index + 1).join(''),
      percentEncoded(characters.slice(index).join('')),
    ])
    return ends.filter((end) => end !== '')
  })
}

function form(text: string, around = aroundOf(text), pattern = secretPattern(text), shortest = CORE_OF_WHOLE): Form {
  const [core = ''] = (text.match(/\w+/g) ?? []).toSorted((a, b) => b.length - a.length)
  return { pattern, core: core.length < shortest ? '' : core.toLowerCase(), around }
}

const aroundOf = (text: string): Around => (text.length >= LONG ? 'anything' : text.length >= WORD ? 'word' : 'quotes')

/** Of a URL those in it, as they stand there and decoded; any other secret of one line is one. PostgreSQL's own notation of one never stands in a URL. */
function passwordsOf(value: string): string[] {
  if (value === '' || value.includes('\n') || value.startsWith('SCRAM-SHA-256$')) return []
  if (!isUrl(value)) return [value]
  // Up to the first slash, and up to the last @: one that isn't encoded may hold any of these itself.
  const found = [/^[^:]+:\/\/([^/?#]*)@/, /^[^:]+:\/\/(.*)@/].flatMap((pattern) => {
    const [, userinfo = ''] = pattern.exec(value) ?? []
    const password = userinfo.slice(userinfo.indexOf(':') + 1)
    return userinfo.includes(':') && password !== '' ? [password, decoded(password)] : []
  })
  return [...new Set(found)]
}

/** What makes an address of the web a secret. */
function tokensOf(value: string): string[] {
  const [, place = ''] = /^https?:\/\/[^/?#]*(.*)$/i.exec(value) ?? []
  return place.split(/[/?#&=]/).filter((part) => part.length > 20 || (part.length >= LONG && !/^[a-z_-]+$/.test(part)))
}

/** A password that isn't encoded is cut where a parser sees the end of the user, the host or the port; an encoded one at its percent signs. */
function partsOf(password: string): Form[] {
  const characters = [...password]
  const tails = cutsOf(characters).flatMap((index): Form[] => {
    const rest = characters.slice(index + 1).join('')
    const [cut = '', tail] = [characters[index], secretPattern(rest)]
    const encoded = form(rest, 'anything', `${percentPattern(cut)}${tail}`, CORE)
    const isWord = DELIMITERS.test(cut) && rest.length >= WORD
    return isWord ? [encoded, form(rest, 'word', `${characterPattern(cut)}?${tail}`, CORE)] : [encoded]
  })
  const heads = cutsOf(characters)
    .filter((index) => DELIMITERS.test(characters[index] ?? ''))
    .map((index) => characters.slice(0, index).join(''))
  const pieces = heads.length > 0 ? password.split(DELIMITERS) : []
  const words = [...new Set([...heads, ...pieces])].filter((part) => part.length >= WORD)
  return [...tails, ...words.map((word) => form(word, 'word', secretPattern(word), CORE))]
}

const cutsOf = (characters: readonly string[]): number[] =>
  characters.flatMap((character, index) => (/[A-Za-z0-9._~-]/.test(character) ? [] : [index])).slice(0, MOST_CUTS)

const isUrl = (value: string) => /^[a-z][a-z0-9+.-]*:\/\//i.test(value)

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** In fewer characters of base64 than this the same may stand by chance. */
const BASE64 = 7

/**
 * What stands in base64 of any text that holds the secret, `user:password` or a whole URL: its bits begin at one of three places of a
 * group, so there are three forms, without the characters at both ends that hold other bits too. In both alphabets.
 */
export function encodedForms(secret: string): string[] {
  const value = secret.trim()
  if (value.includes('\n')) return []
  const written = [...new Set([value, percentEncoded(value)])]
  const texts = written.flatMap((text) =>
    /^[ -~\u00A0-\u00FF]*$/.test(text) ? [Buffer.from(text), Buffer.from(text, 'latin1')] : [Buffer.from(text)],
  )
  const forms = texts.flatMap((bytes) => [0, 1, 2].map((offset) => aligned(bytes, offset)))
  return [...new Set(forms.flatMap((each) => [each, each.replaceAll('+', '-').replaceAll('/', '_')]))].filter(
    (each) => each.length >= BASE64,
  )
}

function aligned(bytes: Buffer, offset: number): string {
  const whole = Math.floor(((offset + bytes.length) * 8) / 6)
  return Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .slice(Math.ceil((offset * 8) / 6), whole)
}

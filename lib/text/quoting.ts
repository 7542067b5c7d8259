/** One word for any POSIX shell: bare where nothing in it is special, else in single quotes. Source: POSIX.1-2017, Shell, 2.2.2. */
export function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('sh: a word cannot hold a NUL byte')
  if (!word.isWellFormed()) throw new TypeError('sh: a word must be well-formed Unicode')
  return /^[A-Za-z0-9_/.:@%+,-]+$/.test(word) ? word : singleQuoted(word)
}

/** The same, always in quotes. */
export const singleQuoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** Percent-encodes everything but RFC 3986's unreserved characters: what the password part of a URL needs. */
export function percentEncoded(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Percent-encodes everything but RFC 3986's unreserved characters: what the password part of a URL needs. */
export function percentEncoded(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

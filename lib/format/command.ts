import { oneLine } from './wrap.ts'

/** A verb and its words as one types them, quoted where they must be. The one place that knows how commands are spelled. */
export function asTyped(words: readonly string[]): string {
  const [verb = '', ...rest] = words
  return [`npx zx tasks/${verb}.mjs`, ...rest.map(quoted)].join(' ')
}

function quoted(text: string): string {
  const word = oneLine(text)
  return /^[\w./:@=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

import { quote } from '../text/quoting.ts'
import { oneLine } from './wrap.ts'

/** The package is JavaScript; in a clone of the repository this is TypeScript, and each verb a task. */
const isPackage = import.meta.url.endsWith('.js')

/** A verb and its words as one types them, quoted where they must be. The one place that knows how commands are spelled. */
export function asTyped(words: readonly string[]): string {
  const [verb = '', ...rest] = words
  return [
    isPackage ? `npx bitacora ${verb}` : `npx zx tasks/${verb}.mjs`,
    ...rest.map((word) => quote(oneLine(word).toWellFormed())),
  ].join(' ')
}

import { quote } from './quoting.ts'
import { Text, interleaved, joined } from './secret.ts'

/** Text for a POSIX shell. Made by `sh`, so that every value in it is quoted. */
export class Script extends Text {
  readonly language = 'sh'
}

export type Word = string | number | Text | readonly (string | number | Text)[]

/**
 * A shell script in which every interpolated value is one quoted word, an array is that many words, and a Script is spliced in as it is.
 * Throws a TypeError for a value that no shell word can hold, and for a placeholder that stands between quotes.
 */
export function sh(strings: TemplateStringsArray, ...words: Word[]): Script {
  const parts = words.map((word, index) => {
    if (word instanceof Script) return word
    if (/['"]$/.test(strings[index] ?? '') && /^['"]/.test(strings[index + 1] ?? ''))
      throw new TypeError(`sh: placeholder ${index + 1} stands between quotes; it is quoted already`)
    const items = Array.isArray(word) ? (word as readonly (string | number | Text)[]) : [word as string | number | Text]
    return joined(
      items.map((item) => Text.of(item).map(quote)),
      ' ',
    )
  })
  return interleaved(strings, parts).as(Script)
}

/**
 * The text as a command's stdin: the end's word, what else stands on the command's line, and the text. No line of it can be its end, or a value
 * could be run by the shell.
 */
export function hereDocument(text: Text, rest: Script = sh``): Script {
  const lines = text.reveal().split('\n')
  let end = 'end-of-script'
  while (lines.includes(end)) end += '-'
  return sh` <<'${new Script(end)}'${rest}\n${text.as(Script)}\n${new Script(end)}`
}

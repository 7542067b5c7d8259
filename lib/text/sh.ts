import { Secret } from './secret.ts'

/** Text for a POSIX shell, with the secrets that stand in it. Made by `sh` only, so that every value in it is quoted. */
export class Script {
  readonly text: string
  readonly secrets: readonly Secret[]

  constructor(text: string, secrets: readonly Secret[] = []) {
    this.text = text
    this.secrets = secrets
  }

  static join(parts: readonly Script[], separator = '\n'): Script {
    return new Script(
      parts.map((part) => part.text).join(separator),
      parts.flatMap((part) => part.secrets),
    )
  }
}

export type Word = string | number | Secret | Script | readonly (string | number | Secret)[]

/**
 * A shell script in which every interpolated value is one quoted word, an array is that many words, and a Script is spliced in as it is.
 * Throws a TypeError for a value that no shell word can hold, and for a placeholder that stands between quotes.
 */
export function sh(strings: TemplateStringsArray, ...words: Word[]): Script {
  const secrets: Secret[] = []
  let text = strings[0] ?? ''
  words.forEach((word, index) => {
    const after = strings[index + 1] ?? ''
    if (word instanceof Script) {
      secrets.push(...word.secrets)
      text += word.text + after
      return
    }
    if (/['"]$/.test(strings[index] ?? '') && /^['"]/.test(after))
      throw new TypeError(`sh: placeholder ${index + 1} stands between quotes; it is quoted already`)
    const items = Array.isArray(word) ? (word as readonly (string | number | Secret)[]) : [word as string | number | Secret]
    for (const item of items) if (item instanceof Secret) secrets.push(item)
    text += items.map((item) => quote(item instanceof Secret ? item.reveal() : String(item))).join(' ') + after
  })
  return new Script(text, secrets)
}

/**
 * The text as a command's stdin: the end's word, what else stands on the command's line, and the text. No line of it can be its end, or a value
 * could be run by the shell.
 */
export function hereDocument(text: Script, rest: Script = sh``): Script {
  const lines = text.text.split('\n')
  let end = 'end-of-script'
  while (lines.includes(end)) end += '-'
  return sh` <<'${new Script(end)}'${rest}\n${text}\n${new Script(end)}`
}

/** One word for any POSIX shell: bare where nothing in it is special, else in single quotes. Source: POSIX.1-2017, Shell, 2.2.2. */
export function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('sh: a word cannot hold a NUL byte')
  if (!word.isWellFormed()) throw new TypeError('sh: a word must be well-formed Unicode')
  return /^[A-Za-z0-9_/.:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

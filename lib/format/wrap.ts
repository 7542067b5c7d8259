import { stripVTControlCharacters } from 'node:util'

/** What a remote command prints may hold anything; on our terminal and in our files it must not move cursors or reorder text. */
export function clean(text: string): string {
  return stripVTControlCharacters(text.replace(/\r\n?/g, '\n'))
    .replaceAll('\t', '  ')
    .replace(/[\u2028\u2029]/g, '\n')
    .replace(/[^\P{Cc}\n]|\p{Bidi_Control}/gu, '')
}

export function oneLine(text: string): string {
  return clean(text)
    .trim()
    .replace(/\s*\n\s*/g, ' ')
}

/** The lines that say something. */
export function linesOf(text: string): string[] {
  return clean(text)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}

const segmenter = new Intl.Segmenter()

/** What a reader takes for characters: an emoji is one. */
export function characters(text: string): string[] {
  return /^[ -~]*$/.test(text) ? text.split('') : Array.from(segmenter.segment(text), ({ segment }) => segment)
}

export function widthOf(text: string): number {
  return characters(text).length
}

/** The width of the widest; 0 of none. */
export function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(widthOf))
}

/** What an error or a reason says; never nothing. */
export function saidLines(text: string | undefined): string[] {
  const lines = linesOf(text ?? '')
  return lines.length > 0 ? lines : ['no reason was given']
}

/** At most `most` characters, the last of them an ellipsis when something was left out. */
export function truncate(text: string, most: number): string {
  if (text.length <= most) return text
  // No need to take a very long text apart to its end.
  const all = characters(text.slice(0, 20 * most))
  return all.length <= most && text.length <= 20 * most ? text : `${all.slice(0, Math.max(0, most - 1)).join('')}…`
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** Lines of at most `width` characters, broken at a space where there is one; the indentation of a line is kept for its rest. */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(20, width)
  return linesOf(text).flatMap((line) => wrapLine(line, room))
}

function wrapLine(line: string, width: number): string[] {
  const all = characters(line)
  const indent = ' '.repeat(Math.min(line.length - line.trimStart().length, Math.floor(width / 2)))
  const lines: string[] = []
  let start = 0
  do {
    const lead = lines.length === 0 ? '' : indent
    const end = start + width - lead.length
    const space = all.lastIndexOf(' ', end)
    const at = all.length <= end ? all.length : space > (start + end) / 2 ? space : end
    lines.push((lead + all.slice(start, at).join('')).trimEnd())
    start = at
    while (all[start] === ' ') start++
  } while (start < all.length)
  return lines
}

/** `1 change`, `2 changes`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

/** A path as one would type it here: relative when it lies below the working directory. */
export function shortPath(path: string, directory: string = process.cwd()): string {
  return path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path
}

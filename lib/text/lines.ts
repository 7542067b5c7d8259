import { StringDecoder } from 'node:string_decoder'

/** The last lines that say something, as one text: what an error quotes of a command's stderr. */
export function lastLines(text: string, count = 5): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-count)
    .join('\n')
}

/** Characters. A longer line is no text for a person, and may hold a secret anywhere. */
const LONGEST = 64 * 1024

/** Calls `onLine` for each line that says something, as its chunks arrive. A character, and a secret in it, may be cut in two. */
export function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder()
  let pending = ''
  let isTooLong = false
  const emit = (line: string) => {
    if (isTooLong || line.length > LONGEST) onLine(`(a line of more than ${LONGEST / 1024} KiB)`)
    else if (line.trim() !== '') onLine(line)
    isTooLong = false
  }
  return (chunk) => {
    const lines = decoder.write(chunk).split('\n')
    const last = lines.pop() ?? ''
    for (const line of lines) {
      emit(pending + line)
      pending = ''
    }
    isTooLong ||= pending.length + last.length > LONGEST
    pending = isTooLong ? '' : pending + last
  }
}

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

/** Calls `onLine` for each line that says something, as its chunks arrive. A character, and a secret in it, may be cut in two. */
export function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder()
  let pending = ''
  return (chunk) => {
    const lines = (pending + decoder.write(chunk)).split('\n')
    pending = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') onLine(line)
  }
}

import { styleText } from 'node:util'
import type { Mark } from '../run/report/counts.ts'

type Stroke = (text: string) => string

/** Colours by meaning. */
export interface Paint {
  good: Stroke
  news: Stroke
  attention: Stroke
  bad: Stroke
  faint: Stroke
  strong: Stroke
}

/** With `on` false, text stays as it is. */
export function paint(on: boolean): Paint {
  const stroke =
    (...format: Parameters<typeof styleText>[0] & unknown[]): Stroke =>
    (text) =>
      on && text !== '' ? styleText(format, text, { validateStream: false }) : text
  return {
    good: stroke('green'),
    news: stroke('cyan'),
    attention: stroke('yellow'),
    bad: stroke('red'),
    faint: stroke('dim'),
    strong: stroke('bold'),
  }
}

/** Colours go to a terminal, and not where NO_COLOR is set. */
export function hasColours(stream: { isTTY?: boolean | undefined }, environment: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
}

const MARKS = {
  ok: ['✔', 'good'],
  changed: ['●', 'news'],
  drift: ['≠', 'attention'],
  person: ['!', 'attention'],
  unknown: ['?', 'faint'],
  failed: ['✖', 'bad'],
  skipped: ['↓', 'faint'],
  waiting: ['·', 'faint'],
  passed: ['○', 'news'],
} as const satisfies Record<Mark, readonly [string, keyof Paint]>

/** One character that says how something stands. */
export function mark(kind: Mark, paints: Paint): string {
  const [sign, colour] = MARKS[kind]
  return paints[colour](sign)
}

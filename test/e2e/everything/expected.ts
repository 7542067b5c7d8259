/**
 * What of the fixture does not come back as it was, and why. docs/backups.md names each of them; anything else is a failure of the test.
 */
export const EXPECTED: readonly [why: string, lines: RegExp][] = [
  ['an index that is not valid is in no dump', /app\.invalid\b|^[<>] count pg_class\|\d+$/],
  [
    'no dump says who owns an extension',
    /^[<>] (?:extension|shared\|extension) ?\|?(?:citext|hstore|intarray|ltree|pg_trgm)\|.*(?:ev_user|postgres)$/,
  ],
  [
    'the columns of a parent come first in a table that inherits',
    /^[<>] {5}(?:extra|people) integer,$|^[<>] COPY app\.later |^[<>] (?:9\t5\td|d\t5\t9)$/,
  ],
  [
    'a subscription comes back without its slot',
    /^[<>] CREATE SUBSCRIPTION ev_sub .*slot_name = (?:'a_slot'|NONE)|^[<>] subscription\|.*"ev_sub"/,
  ],
  [
    "a materialized view of others than the database's owner is not filled",
    /^< (?:--( Name: (?:kept|seen); Type: MATERIALIZED VIEW DATA.*)?)?$|^< REFRESH MATERIALIZED VIEW (?:ops\.kept|theirs\.seen);$|^[<>] rights\|(?:ops\.kept|theirs\.seen)\|/,
  ],
]

/** Those of the lines that nothing explains. */
export const unexplained = (lines: readonly string[]): string[] =>
  lines.filter((line) => EXPECTED.every(([, expected]) => !expected.test(line)))

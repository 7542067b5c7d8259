import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { execIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { id, literal } from '../../lib/text/sql.ts'
import { LAB } from './support/run.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab(LAB)
})

/** Hex of what PostgreSQL understood, one line a statement. */
async function asked(statements: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await execIn(
    lab,
    'vps',
    "cd /; su postgres -c 'PGCLIENTENCODING=UTF8 psql -X -At -v ON_ERROR_STOP=1'",
    { stdin: statements.map((statement) => `${statement};\n`).join('') },
  )
  expect(`${code} ${stderr}`).toBe('0 ')
  return stdout.trimEnd().split('\n')
}

const text = fc.string({ unit: 'binary', maxLength: 60 }).filter((value) => value.isWellFormed() && !value.includes('\0'))
const nasty = fc.oneof(
  text,
  fc.string({ unit: fc.constantFrom("'", '"', '\\', ';', '$', ':', '\n', '\r', '\t', 'a', 'é', '😀', '--', '/*') }),
)

test('whatever text a literal is made of, PostgreSQL understands that text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(nasty, { minLength: 50, maxLength: 50 }), async (values) => {
      const got = await asked(values.map((value) => `SELECT 'x' || encode(convert_to(${literal(value)}, 'UTF8'), 'hex')`))
      expect(got).toEqual(values.map((value) => `x${Buffer.from(value).toString('hex')}`))
    }),
    { numRuns: 4, endOnFailure: true },
  )
})

test('whatever name an identifier is made of, PostgreSQL understands that name', async () => {
  const name = nasty.filter((value) => value !== '' && Buffer.byteLength(value) <= 63)
  await fc.assert(
    fc.asyncProperty(fc.array(name, { minLength: 50, maxLength: 50 }), async (names) => {
      const got = await asked(
        names.map(
          (one) =>
            `SELECT 'x' || encode(convert_to(j.key, 'UTF8'), 'hex') FROM (SELECT 1 AS ${id(one).text}) the_row_itself, json_each(row_to_json(the_row_itself)) j`,
        ),
      )
      expect(got).toEqual(names.map((one) => `x${Buffer.from(one).toString('hex')}`))
    }),
    { numRuns: 4, endOnFailure: true },
  )
})

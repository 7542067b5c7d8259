import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseHistory } from '../../lib/steps/migrations/alembic.ts'
import { OWNERS } from '../../lib/engine/owners.ts'
import { codeRevisions } from '../../lib/steps/migrations/revisions.ts'
import type { Code } from '../../lib/steps/migrations/revisions.ts'
import { otherVersionTables } from '../../lib/steps/migrations/version-tables.ts'
import { sh } from '../../lib/text/sh.ts'
import { execIn, mustExecIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { context } from '../steps/common/support.ts'
import { LAB } from './support/run.ts'

let lab: Lab
const ROOT = '/opt/alembic-ini-test'
beforeAll(async () => {
  lab = await openLab(LAB)
})
afterAll(() => execIn(lab, 'vps', `rm -rf ${ROOT}`))

const ENV = 'from alembic import context\n'
const LOGGERS = '[loggers]\nkeys = root\nscript_location = wrong\n'
/** A version file of `folder` for each revision, each after the one before. */
const versions = (folder: string, ...revisions: string[]) =>
  Object.fromEntries(
    revisions.map((id, index) => [
      `${folder}/${id}.py`,
      `revision = '${id}'\ndown_revision = ${index === 0 ? 'None' : `'${revisions[index - 1]}'`}\n`,
    ]),
  )
const usual = { 'db/env.py': ENV, ...versions('db/versions', 'a1', 'a2') }
const wrong = { 'wrong/env.py': ENV, ...versions('wrong/versions', 'bad') }

/** Each: alembic.ini, the other files, whether Alembic must be asked. */
const cases: Record<string, [string, Record<string, string>, boolean]> = {
  'a section before it': [`${LOGGERS}[alembic]\nscript_location = db\n`, { ...usual, ...wrong }, false],
  'a section after it': [`[alembic]\nscript_location: db\n[alembic:x]\nscript_location = wrong\n`, { ...usual, ...wrong }, false],
  'relative to the file': ['[alembic]\nscript_location = %(here)s/db\n', usual, false],
  'an indented line': [
    '[alembic]\nfile_template = a\n  script_location = wrong\nscript_location = db\n',
    { ...usual, ...wrong },
    false,
  ],
  'a default of all sections': ['[DEFAULT]\nscript_location = db\n[alembic]\n', usual, true],
  'an interpolation': ['[alembic]\nbase = %(here)s\nscript_location = %(base)s/db\n', usual, true],
  'a package': ['[alembic]\nprepend_sys_path = .\nscript_location = db:\n', { ...usual, 'db/__init__.py': '' }, true],
  'two folders of versions': [
    '[alembic]\nscript_location = db\nversion_locations = %(here)s/one %(here)s/two\n',
    { 'db/env.py': ENV, ...versions('one', 'o1'), ...versions('two', 't1', 't2') },
    true,
  ],
}

test.each(Object.entries(cases))('%s is read as Alembic reads it', async (_what, [ini, files, asked]) => {
  const all = Object.entries({ 'alembic.ini': ini, ...files })
  const parts = all.map(([name, text]) => sh`mkdir -p "$(dirname ${name})"; printf '%s' ${text} > ${name}`.text)
  await execIn(lab, 'vps', `rm -rf ${ROOT}; mkdir -p ${ROOT}; cd ${ROOT}; ${parts.join('; ')}`)
  const command = ['python3', '-m', 'alembic']
  const fact = codeRevisions({ ...context().project.migrations!, directory: ROOT, command })
  const script = (fact as unknown as { script: { text: string } }).script.text
  const { stdout } = await execIn(lab, 'vps', `${OWNERS.text}\n${script}`)
  const byAlembic = await execIn(lab, 'vps', `cd ${ROOT}; python3 -m alembic history`)
  const sorted = (revisions: readonly { id: string }[]) => revisions.toSorted((a, b) => a.id.localeCompare(b.id))
  expect(sorted((fact.schema.parse(stdout) as Code).revisions)).toEqual(sorted(parseHistory(byAlembic.stdout)))
  expect(parseHistory(byAlembic.stdout).length).toBeGreaterThan(1)
  expect(/^history$/m.test(stdout)).toBe(asked)
})

test('a version table that env.py has put elsewhere is found by its form, and no other table is', async () => {
  const database = 'other_versions'
  const psql = `su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1`
  await mustExecIn(
    lab,
    'vps',
    `${psql} -c "DROP DATABASE IF EXISTS ${database}" -c "CREATE DATABASE ${database}"'
${psql} -d ${database}' <<'end'
CREATE SCHEMA audit; CREATE SCHEMA "Odd one";
CREATE TABLE audit.alembic_version (version_num varchar(32) PRIMARY KEY);
CREATE TABLE "Odd one".versions (version_num varchar(32) PRIMARY KEY);
CREATE TABLE public.alembic_version (version_num varchar(32) PRIMARY KEY);
CREATE TABLE public.invoices (version_num varchar(32), total int);
CREATE VIEW public.seen AS SELECT version_num FROM audit.alembic_version;
CREATE TEMP TABLE passing (version_num text);
end`,
  )
  const fact = otherVersionTables(database) as unknown as { query: { text: string } }
  const asked = `PGOPTIONS='-c search_path=pg_catalog' setpriv --reuid=postgres --regid=postgres --init-groups psql -qAtX -d ${database} <<'end'\n${fact.query.text}\nend`
  expect(JSON.parse(await mustExecIn(lab, 'vps', asked))).toEqual(['"Odd one".versions', 'audit.alembic_version'])
  await mustExecIn(lab, 'vps', `${psql} -c "DROP DATABASE ${database}"'`)
})

import { singleQuoted } from '../../lib/text/quoting.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
const NAME = 'rs_own'
const [DB, APP, OTHER] = [`${NAME}_db`, `${NAME}_user`, `${NAME}_report`]
const CANARY = `/var/lib/postgresql/canary_${NAME}`
const asked = (text: string, database = DB) => project.sql(text, database)
/** As somebody who logs in by password: the application, or another role. */
const as = (role: string, text: string, database = DB) => {
  const password = singleQuoted(project.secrets[0] ?? '')
  return project.host(`PGPASSWORD=${password} psql -h 127.0.0.1 -U ${role} -qAtX -v ON_ERROR_STOP=1 ${database}`, text)
}
const canaries = async () => (await project.host(`ls ${CANARY}_* 2>/dev/null; rm -f ${CANARY}_*`)).stdout
const dumped = async (database: string) =>
  must(await project.host(`cd /; su postgres -c 'pg_dump ${database}' | grep -v restrict`)).stdout
const backUp = async () => {
  const { code, stdout, stderr } = await project.run()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
}

/** What a superuser and a second role have in the application's database: it may use none of the former, and read none of the latter. */
const OTHERS = `
CREATE ROLE ${OTHER} LOGIN;
CREATE SCHEMA ops;
CREATE FUNCTION ops.run(command text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN EXECUTE command; END';
REVOKE ALL ON FUNCTION ops.run(text) FROM PUBLIC;
CREATE FUNCTION public.is_fine(body text) RETURNS boolean LANGUAGE sql IMMUTABLE SECURITY DEFINER AS 'SELECT body IS NOT NULL';
CREATE FUNCTION ops.log() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
REVOKE ALL ON FUNCTION ops.log() FROM PUBLIC;
SELECT lo_from_bytea(4242, 'a secret');
CREATE TABLE public.audit (id int PRIMARY KEY, what text CHECK (what <> ''));
INSERT INTO public.audit SELECT n, 'secret ' || n FROM generate_series(1, 30) n;
CREATE VIEW public.roles_shown AS SELECT rolname FROM pg_roles;
CREATE MATERIALIZED VIEW public.audited AS SELECT count(*) FROM public.audit;
CREATE SCHEMA report AUTHORIZATION ${OTHER};
GRANT USAGE ON SCHEMA public TO ${OTHER};
GRANT SELECT, REFERENCES ON public.alembic_version TO ${OTHER};
SET ROLE ${OTHER};
CREATE TABLE report.heads (head varchar(32) REFERENCES public.alembic_version, secret text DEFAULT 'theirs');
INSERT INTO report.heads VALUES ('022');
CREATE MATERIALIZED VIEW report.seen AS SELECT version_num, (SELECT count(*) FROM report.heads) FROM public.alembic_version;
`

/** Code of the application that a load runs. Each part fails in silence where it may not. */
const ATTACK = `
CREATE FUNCTION public.may(command text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE command; EXCEPTION WHEN OTHERS THEN NULL; END $$;
CREATE FUNCTION public.boom(place text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
  PERFORM public.may(format('COPY (SELECT 1) TO PROGRAM %L', 'touch ${CANARY}_' || place)); RETURN true; END $$;
CREATE FUNCTION public.attack() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  PERFORM public.may($c$SELECT ops.run('COPY (SELECT 1) TO PROGRAM ''touch ${CANARY}_definer''')$c$);
  PERFORM public.may('CREATE OR REPLACE VIEW public.roles_shown AS SELECT rolpassword::name AS rolname FROM pg_authid');
  PERFORM public.may($c$CREATE INDEX swapped ON public.audit (public.boom('index'))$c$);
  PERFORM public.may('INSERT INTO public.notes SELECT what FROM public.audit');
  IF current_database() !~ '^restoring_' THEN RETURN true; END IF;
  PERFORM public.may('DROP FUNCTION public.is_fine(text) CASCADE');
  PERFORM public.may($c$CREATE FUNCTION public.is_fine(body text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT public.boom(''swapped'')'$c$);
  PERFORM public.may('DROP SCHEMA report CASCADE');
  PERFORM public.may('SELECT lo_put(4242, 0, ''FORGED'')');
  PERFORM public.may('UPDATE report.heads SET secret = ''ours''');
  PERFORM public.may('UPDATE public.notes SET body = (SELECT secret FROM report.heads) WHERE body = ''stolen''');
  RETURN true;
END $$;
CREATE TABLE public.attacked (id int, CHECK (public.attack()));
INSERT INTO public.attacked VALUES (1);
CREATE TABLE public.fine (body text CHECK (public.is_fine(body)));
INSERT INTO public.fine VALUES ('x');
INSERT INTO public.notes VALUES ('stolen');
CREATE DOMAIN public.dom AS int CHECK (public.boom('attach'));
CREATE TABLE public.parted (id int, l public.dom[]) PARTITION BY LIST (l);
CREATE MATERIALIZED VIEW public.mine AS SELECT count(*) FROM public.notes;
`

beforeAll(async () => {
  project = await makeProject(NAME)
  await project.host(`rm -f ${CANARY}_*; cd /; su postgres -c 'psql -qc "DROP ROLE IF EXISTS ${OTHER}"'`)
  await asked(OTHERS)
  must(await as(APP, ATTACK))
  // A partition that a superuser has made, as jobs of the server do, and a trigger with a function that nobody may call.
  await asked(`CREATE TABLE public.part PARTITION OF public.parted FOR VALUES IN ('{1}');
CREATE TRIGGER logged BEFORE INSERT ON public.fine FOR EACH ROW EXECUTE FUNCTION ops.log()`)
  await project.host(`rm -f ${CANARY}_*`)
  await backUp()
  expect(await canaries()).toBe('')
})
afterAll(async () => {
  await project?.host(
    `rm -f ${CANARY}_*; cd /; for d in ${NAME}_copy ${NAME}_race ${DB}; do su postgres -c "dropdb --if-exists --force $d"; done; su postgres -c 'dropuser --if-exists ${OTHER}; psql -qc "DROP TABLESPACE IF EXISTS ${NAME}_ts"'`,
  )
  await project?.remove()
})

describe('things of several owners', () => {
  test('a drill finds all equal, and runs nothing of the application with the rights of others', async () => {
    const { code, stdout, stderr } = await project.restore()
    expect(await canaries()).toBe('')
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  })

  test('a restore gives each its own, as it was', async () => {
    const { code, stdout, stderr } = await project.restore(`--into ${NAME}_copy`)
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    await asked('ANALYZE; SELECT count(*) FROM public.roles_shown', `${NAME}_copy`)
    expect(await canaries()).toBe('')
    const mine = 'SELECT count FROM public.mine'
    expect(await asked(mine, `${NAME}_copy`)).toBe(await asked(mine))
    expect(await asked('SELECT lo_get(4242)', `${NAME}_copy`)).toBe(await asked('SELECT lo_get(4242)'))
    // Those of others may run code of one with the rights of another.
    for (const view of ['public.audited', 'report.seen'])
      expect(stdout).toContain(
        `warning: not filled, since it may run code of others; do that once you have looked: REFRESH MATERIALIZED VIEW ${view};`,
      )
    await asked('REFRESH MATERIALIZED VIEW public.audited; REFRESH MATERIALIZED VIEW report.seen', `${NAME}_copy`)
    expect(await dumped(`${NAME}_copy`)).toBe(await dumped(DB))
    expect(await asked(`SELECT rolname FROM pg_roles WHERE rolname ~ '^loading_${NAME}'`)).toBe('')
  })

  test("a superuser's table beside the live ones stays a superuser's, and runs nothing", async () => {
    const { code, stdout, stderr } = await project.restore('--table audit')
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    await asked('ANALYZE')
    expect(await canaries()).toBe('')
    const side = await asked(`SELECT nspname FROM pg_namespace WHERE nspname ~ '^restored_'`)
    expect(await asked(`SELECT count(*), min(what) FROM ${side}.audit`)).toBe('30|secret 1')
    expect(
      await asked(`SELECT relname, pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = '${side}'::regnamespace`),
    ).toBe('audit|postgres')
    expect((await as(APP, `SELECT * FROM ${side}.audit`)).stderr).toContain('permission denied')
    await asked(`DROP SCHEMA ${side} CASCADE`)
  })
})

test('nobody else gets into a database while it is loaded', async () => {
  must(
    await as(
      APP,
      `CREATE FUNCTION public.slow() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  IF current_database() ~ '^restoring_' THEN PERFORM pg_sleep(1); END IF; RETURN true; END $$;
CREATE TABLE public.slow (id int CHECK (public.slow())); INSERT INTO public.slow SELECT generate_series(1, 15)`,
    ),
  )
  await backUp()
  const loading = `SELECT datname FROM pg_stat_activity WHERE datname ~ '^restoring_${NAME}' AND query ~ '^COPY public.slow'`
  const script = `/opt/postgresql-backups/restore-${NAME}.sh >/dev/null 2>/tmp/${NAME}.err & p=$!; cd /
for i in $(seq 1200); do d=$(su postgres -c "psql -Atc \\"${loading}\\""); [ -n "$d" ] && break; sleep 0.1; done
su postgres -c "psql -qAtc 'SET SESSION AUTHORIZATION ${OTHER}' -c \\"SELECT has_database_privilege('$d', 'CONNECT')\\""
# A right that somebody gives the login elsewhere keeps it from going no more than any other.
su postgres -c "psql -qAt ${DB}" <<'SQL'
SELECT format('GRANT SELECT ON public.notes TO %I', rolname) FROM pg_roles WHERE rolname ~ '^loading_${NAME}' \\gexec
SQL
wait $p; echo $?; cat /tmp/${NAME}.err; rm -f /tmp/${NAME}.err`
  expect(must(await project.host(script)).stdout).toBe('f\n0\n')
  must(await as(APP, 'DROP TABLE public.slow'))
})

test('a database that somebody creates under the name meanwhile is kept', async () => {
  const script = `cd /; rm -f /tmp/${NAME}.out; mkfifo /tmp/${NAME}.out
/opt/postgresql-backups/restore-${NAME}.sh --into ${NAME}_race --wait-login 600 >/tmp/${NAME}.out 2>/tmp/${NAME}.err & p=$!
exec 3</tmp/${NAME}.out; grep -m 1 -o 'waiting for a login' <&3; cat <&3 >/dev/null &
su postgres -c "createdb ${NAME}_race; psql -qc 'CREATE TABLE written (id int)' ${NAME}_race"
echo ok > /run/postgres-backup/${NAME}.login
wait $p; echo $?; cat /tmp/${NAME}.err; rm /tmp/${NAME}.out /tmp/${NAME}.err`
  const { stdout } = must(await project.host(script))
  expect(stdout).toMatch(/^waiting for a login\n1\n/)
  expect(stdout).toMatch(/a database rs_own_race exists now; it is kept as it is, and nothing was restored over it/)
  expect(await asked('SELECT count(*) FROM written', `${NAME}_race`)).toBe('0')
  expect(await asked(`SELECT datname FROM pg_database WHERE datname ~ '_before_|^restoring_'`)).toBe('')
})

test('what a stopped restore had been lent, a tablespace too, is taken back by the next', async () => {
  must(await project.host(`install -d -o postgres -m 700 /var/lib/postgresql/${NAME}_ts`))
  await asked(`CREATE TABLESPACE ${NAME}_ts OWNER ${APP} LOCATION '/var/lib/postgresql/${NAME}_ts'`, 'postgres')
  must(
    await as(
      APP,
      `CREATE TABLE public.away (id int CHECK (public.slow())) TABLESPACE ${NAME}_ts; INSERT INTO public.away SELECT generate_series(1, 60)`,
    ),
  )
  await backUp()
  const loading = `SELECT query FROM pg_stat_activity WHERE datname ~ '^restoring_${NAME}'`
  const script = `/opt/postgresql-backups/restore-${NAME}.sh >/dev/null 2>&1 & p=$!; cd /
for i in $(seq 1200); do su postgres -c "psql -Atc \\"${loading}\\"" | grep -q '^COPY public.away' && break; sleep 0.1; done
kill -KILL $p; wait $p; echo $?`
  expect(must(await project.host(script)).stdout).toBe('137\n')
  must(await as(APP, 'DROP TABLE public.away'))
  await backUp()
  const { code, stdout, stderr } = await project.restore()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(await asked(`SELECT rolname FROM pg_roles WHERE rolname ~ '^loading_${NAME}'`)).toBe('')
})

describe('code that would answer for what is compared, or leave something for a superuser', () => {
  test('rows that it deletes are missed, whatever it makes of the count', async () => {
    must(
      await as(
        APP,
        `CREATE SCHEMA evil;
CREATE FUNCTION evil.joined(text, bigint) RETURNS text LANGUAGE sql AS $$ SELECT $1 || '1000' $$;
CREATE OPERATOR evil.|| (LEFTARG = text, RIGHTARG = bigint, FUNCTION = evil.joined);
CREATE FUNCTION evil.turn() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
  PERFORM pg_catalog.set_config('search_path', 'evil, pg_catalog', false); RETURN true; END $$;
CREATE TABLE evil.aa (id int); CREATE INDEX ON evil.aa ((evil.turn()));
CREATE TABLE public.victim AS SELECT generate_series(1, 1000) AS id;
CREATE FUNCTION evil.kill() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  IF current_database() ~ '^restoring_' THEN DELETE FROM public.victim; END IF; RETURN true; END $$;
CREATE TABLE public.zz (id int, CHECK (evil.kill())); INSERT INTO public.zz VALUES (1);`,
      ),
    )
    await backUp()
    const { code, stderr } = await project.restore()
    expect(code).toBe(1)
    expect(stderr).toContain('rows of public.victim: 0, the manifest says 1000')
    must(await as(APP, 'DROP TABLE public.victim, public.zz; DROP SCHEMA evil CASCADE'))
  })

  test("in a database of a superuser's, what it makes while it is loaded becomes nobody else's", async () => {
    await asked(
      `GRANT ALL ON SCHEMA public TO ${APP}; ALTER DATABASE ${DB} OWNER TO postgres; GRANT ALL ON DATABASE ${DB} TO ${APP}`,
    )
    must(
      await as(
        APP,
        `CREATE FUNCTION public.plant() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  IF current_database() ~ '^restoring_' THEN
    EXECUTE $c$CREATE OR REPLACE FUNCTION public.root() RETURNS boolean LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS 'BEGIN PERFORM public.boom(''planted''); RETURN true; END'$c$;
  END IF; RETURN true; END $$;
CREATE TABLE public.planting (id int, CHECK (public.plant())); INSERT INTO public.planting VALUES (1);
CREATE FUNCTION public.rooted() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.may('SELECT public.root()'); RETURN true; END $$;
CREATE TABLE public.aaa (id int); CREATE INDEX ON public.aaa ((public.rooted()));`,
      ),
    )
    await backUp()
    const { code, stderr } = await project.restore()
    expect(await canaries()).toBe('')
    expect(code).toBe(1)
    expect(stderr).toMatch(/number of functions|what its dump does not name/)
  })

  test('of a copy that nothing proves to be ours, nothing becomes a superuser’s', async () => {
    const planted = `backup_${DB}_20260101_030000.sql.gz`
    const made = (await project.status()).newest?.name ?? ''
    const where = (name: string) => `.${project.remote}/${name.replace(/^.*_(\d{4})(\d\d)(\d\d)_\d{6}\..*$/, '$1/$2/$3')}/${name}`
    const evil = `CREATE FUNCTION public.pw() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN PERFORM public.boom(''trusted''); RETURN true; END';
ALTER FUNCTION public.pw() OWNER TO postgres;
CREATE TABLE public.pwn (id int, CHECK (public.pw()));
COPY public.pwn (id) FROM stdin;
1
\\.
`
    const script = `set -e; at=${where(made)}; to=${where(planted)}; mkdir -p $(dirname $to)
{ gzip -dc $at | sed '/^-- PostgreSQL database dump complete/,$d'; echo ${Buffer.from(evil).toString('base64')} | base64 -d; printf '%s\\n' '--' '-- PostgreSQL database dump complete' '--'; } | gzip -c > $to
sum=$(sha256sum < $to | cut -c1-64); old=$(sha256sum < $at | cut -c1-64); cp $at.globals.sql $to.globals.sql
printf '%s  %s\\n' $sum ${planted} > $to.sha256
sed "s/${made.replaceAll('.', '\\.')}/${planted}/g; s/$old/$sum/g; s/\\"bytes\\": [0-9]*/\\"bytes\\": $(stat -c %s $to)/" $at.manifest.json > $to.manifest.json
chown -R --reference=./home/backups .${project.remote}`
    must(await project.box(script))
    const { code, stderr } = await project.restore(`--name ${planted} --trust-box`)
    expect(await canaries()).toBe('')
    expect(code, stderr).toBe(1)
  })
})

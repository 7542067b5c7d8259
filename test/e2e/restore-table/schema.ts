/** Tables of every kind that is tied to others, as their owner makes them. `clients` has most: ten keys to it and two from it. */
export const TABLES = `
CREATE TYPE mood AS ENUM ('ok', 'sad');
CREATE DOMAIN code AS char(4) CHECK (VALUE <> 'none');
CREATE SEQUENCE shared START 100;
CREATE TABLE regions (id int PRIMARY KEY, name text); INSERT INTO regions SELECT n, 'r' || n FROM generate_series(1, 5) n;
CREATE TABLE log (at text, what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (TG_NAME, TG_TABLE_NAME); RETURN NEW; END $$;
CREATE FUNCTION noted(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF current_database() !~ '^restoring' THEN INSERT INTO public.log VALUES ('check', n); END IF; RETURN true; END $$;
CREATE TABLE clients (id int GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 2), old_id serial, n int DEFAULT nextval('shared'), gone int,
  name text NOT NULL COLLATE "C", m mood DEFAULT 'ok', moods mood[] DEFAULT '{ok,sad}', c code DEFAULT 'abcd', j jsonb, "Odd ""col" varchar(7) DEFAULT 'x',
  of regclass DEFAULT 'log'::regclass, region int CONSTRAINT "to region" REFERENCES regions ON DELETE CASCADE, parent int,
  both_names text GENERATED ALWAYS AS (name || '!') STORED, CONSTRAINT positive CHECK (n > 0), CHECK (noted(n))) WITH (fillfactor = 90);
ALTER TABLE clients DROP COLUMN gone, ADD PRIMARY KEY (id), ADD CONSTRAINT name_once UNIQUE (name) DEFERRABLE, ADD FOREIGN KEY (parent) REFERENCES clients (id);
INSERT INTO clients (name, region) SELECT 'client ' || n, n % 5 + 1 FROM generate_series(1, 500) n;
ALTER TABLE clients ADD EXCLUDE USING btree (old_id WITH =), ALTER name SET STATISTICS 50, ALTER name SET STORAGE EXTERNAL, REPLICA IDENTITY USING INDEX clients_pkey;
CREATE INDEX "by lower" ON clients (lower(name)) WHERE n > 3; CREATE INDEX ON clients (region) INCLUDE (name); CLUSTER clients USING clients_pkey;
CREATE STATISTICS region_name (dependencies) ON region, name FROM clients;
CREATE TRIGGER noting BEFORE INSERT OR UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER always AFTER INSERT ON clients FOR EACH STATEMENT EXECUTE FUNCTION note(); ALTER TABLE clients ENABLE ALWAYS TRIGGER always;
CREATE TRIGGER off AFTER DELETE ON clients FOR EACH ROW EXECUTE FUNCTION note(); ALTER TABLE clients DISABLE TRIGGER off;
CREATE RULE also AS ON INSERT TO clients DO ALSO INSERT INTO log VALUES ('rule', NEW.name);
ALTER TABLE clients ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY all_of_them ON clients USING (true); CREATE POLICY few ON clients AS RESTRICTIVE FOR SELECT TO @reader USING (id < 100);
GRANT SELECT ON clients TO @reader WITH GRANT OPTION; GRANT UPDATE (name) ON clients TO @reader; GRANT USAGE ON SEQUENCE clients_old_id_seq TO @reader;
COMMENT ON TABLE clients IS 'who pays'; COMMENT ON COLUMN clients.name IS 'as they say'; COMMENT ON CONSTRAINT positive ON clients IS 'p';
COMMENT ON INDEX "by lower" IS 'i'; COMMENT ON TRIGGER noting ON clients IS 't'; COMMENT ON POLICY few ON clients IS 'y'; COMMENT ON RULE also ON clients IS 'r';
${Array.from({ length: 9 }, (_, n) => `CREATE TABLE in_${n} (client int CONSTRAINT "key ${n}" REFERENCES clients ON UPDATE CASCADE DEFERRABLE); INSERT INTO in_${n} SELECT id FROM clients LIMIT 3;`).join('\n')}
COMMENT ON CONSTRAINT "key 1" ON in_1 IS 'to clients';
CREATE TABLE in_parted (client int REFERENCES clients, n int) PARTITION BY LIST (n); CREATE TABLE in_parted_1 PARTITION OF in_parted FOR VALUES IN (1);
CREATE TABLE borrower (n int DEFAULT nextval('clients_old_id_seq'));
CREATE VIEW named AS SELECT id, name, region FROM clients; CREATE VIEW few_named AS SELECT * FROM named WHERE id < 50; GRANT SELECT ON few_named TO @reader;
CREATE VIEW grouped AS SELECT id, name FROM clients GROUP BY id; COMMENT ON VIEW named IS 'v';
CREATE MATERIALIZED VIEW counted AS SELECT region, count(*) FROM clients GROUP BY region; CREATE UNIQUE INDEX ON counted (region);
CREATE TABLE visits (client int); CREATE POLICY theirs ON visits USING (client IN (SELECT id FROM clients)); ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
CREATE RULE seen AS ON INSERT TO visits DO ALSO UPDATE clients SET region = 1 WHERE id = NEW.client;
CREATE TABLE animals (id int PRIMARY KEY, name text); CREATE TABLE dogs (race text, CHECK (race <> '')) INHERITS (animals);
INSERT INTO animals SELECT n, 'a' FROM generate_series(1, 10) n; INSERT INTO dogs SELECT n, 'd', 'r' FROM generate_series(11, 1010) n;
CREATE TABLE events (id int, day int, body text DEFAULT 'b', owner int REFERENCES regions, PRIMARY KEY (id, day)) PARTITION BY RANGE (day); CREATE INDEX ON events (body);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10); CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
CREATE TABLE events_2a (owner int, body text, day int NOT NULL, id int NOT NULL); ALTER TABLE events_2 ATTACH PARTITION events_2a DEFAULT;
CREATE TRIGGER noting AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE events DISABLE TRIGGER noting; INSERT INTO events SELECT n, n % 20, 'e' FROM generate_series(1, 200) n; ALTER TABLE events ENABLE TRIGGER noting;
CREATE TABLE "Odd.name ""x""" ("a b" int PRIMARY KEY); INSERT INTO "Odd.name ""x""" VALUES (1);
CREATE SCHEMA "odd.schema"; CREATE TABLE "odd.schema".x (id int); CREATE SCHEMA odd; CREATE TABLE odd."schema.x" (id int);
CREATE TABLE "Upper" (id int); CREATE TABLE lower (id int); CREATE TABLE "Lower" (id int);
TRUNCATE log;
`

/** What only a superuser makes, and what would touch a new table by itself. */
export const AROUND = `
CREATE PUBLICATION a_part FOR TABLE clients (id, name) WHERE (id > 5), animals; ALTER PUBLICATION a_part OWNER TO @user; CREATE PUBLICATION schemas FOR TABLES IN SCHEMA public;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE @user GRANT INSERT ON TABLES TO @reader; ALTER DEFAULT PRIVILEGES FOR ROLE @user GRANT ALL ON SEQUENCES TO PUBLIC;
SET ROLE @reader; GRANT SELECT ON clients TO PUBLIC; RESET ROLE;
CREATE FUNCTION fired() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES ('event', TG_TAG); END $$;
ALTER FUNCTION fired() OWNER TO @user;
CREATE EVENT TRIGGER fired ON ddl_command_end EXECUTE FUNCTION fired(); CREATE EVENT TRIGGER fired_always ON ddl_command_start EXECUTE FUNCTION fired();
ALTER EVENT TRIGGER fired_always ENABLE ALWAYS; TRUNCATE public.log;
`

# What a dump leaves out and a restore on a new server needs: the project's roles with attributes, passwords as hashes, settings, comments,
# memberships and rights on parameters and tablespaces; the database's owner, settings, comment and grants. Which roles are the project's: the
# owner, and whoever owns or may do something in the database, with the roles that they are members of, and their own members. What gives
# power over the server (superusers, PostgreSQL's own groups) is only named: a person decides.
# Parameters that give no power over the server, as a regular expression; globals.pl has the same.
readonly HARMLESS_PARAMETERS='^(?:log_(?:duration|lock_waits|min_duration_statement|min_error_statement|min_messages|statement|temp_files)|track_[a-z_]+|session_replication_role|temp_file_limit|deadlock_timeout|lc_messages|compute_query_id|commit_delay)$'

IFS= read -r -d '' GLOBALS_SQL <<'END' || :
SET search_path = pg_catalog;
WITH RECURSIVE db AS (SELECT oid, datdba FROM pg_database WHERE datname = current_database()),
direct AS (
  SELECT datdba AS oid FROM db
  UNION SELECT refobjid FROM pg_shdepend, db WHERE refclassid = 1260 AND (dbid = db.oid OR dbid = 0 AND classid = 1262 AND objid = db.oid
    OR dbid = 0 AND classid = 6100 AND objid IN (SELECT s.oid FROM pg_subscription s WHERE subdbid = db.oid))
  UNION SELECT setrole FROM pg_db_role_setting, db WHERE setdatabase = db.oid AND setrole <> 0
), above AS (SELECT oid FROM direct UNION SELECT roleid FROM pg_auth_members JOIN above ON member = above.oid),
below AS (
  SELECT oid FROM direct JOIN pg_authid USING (oid) WHERE NOT rolsuper AND rolname !~ '^pg_'
  UNION SELECT member FROM pg_auth_members JOIN below ON roleid = below.oid
)
SELECT coalesce(array_agg(oid), '{}') AS mine FROM (SELECT oid FROM above UNION SELECT oid FROM below) AS every JOIN pg_authid USING (oid)
-- Not the logins of a restore that is running.
WHERE oid <> 10 AND rolname !~ '^pg_|^loading_[A-Za-z0-9_.-]{1,36}_[0-9a-f]{12}$' \gset
-- The owner chooses whom it grants something: that must not bring the password of a superuser, or of another project's owner, to its box.
SELECT coalesce(array_agg(r.oid), '{}') AS foreign FROM pg_authid r, pg_database db
WHERE r.oid = ANY (:'mine') AND datname = current_database() AND datdba <> r.oid AND (rolsuper OR EXISTS (SELECT FROM pg_database WHERE datdba = r.oid))
  AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 1260 AND refobjid = r.oid AND deptype = 'o' AND dbid = db.oid) \gset
SELECT current_setting('server_version_num')::int >= 150000 AS has_parameters,
  CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'bool_or(inherit_option), bool_or(set_option)' ELSE 'NULL::bool, NULL::bool' END AS options \gset
SELECT '-- Roles, settings and grants of the database ' || translate(current_database(), E'\n\r', '  ') || '. Plain SQL: run it in the new database, as a superuser:';
SELECT '--   psql --username=postgres --set=ON_ERROR_STOP=1 --dbname=NAME --file=FILE';
SELECT '';
SELECT format('DO %L;', format(
  'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = %L) THEN CREATE ROLE %I %s; END IF; END', rolname, rolname, concat_ws(' ',
    'NOSUPERUSER', CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END, 'NOCREATEROLE', CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
    CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, 'NOREPLICATION', CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END,
    'CONNECTION LIMIT ' || rolconnlimit, CASE WHEN NOT oid = ANY (:'foreign') THEN 'PASSWORD ' || quote_literal(rolpassword) END, 'VALID UNTIL ' || quote_literal(rolvaliduntil))))
FROM pg_authid WHERE oid = ANY (:'mine') ORDER BY rolname;
WITH mine AS (SELECT * FROM pg_authid WHERE oid = ANY (:'mine')),
setting AS (
  SELECT setdatabase, setrole, place, (SELECT string_agg(CASE WHEN lower(part) IN (SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')) THEN format('"%s"', part) ELSE part END, '.' ORDER BY i)
      FROM regexp_split_to_table(split_part(one, '=', 1), '[.]') WITH ORDINALITY AS parts (part, i)) AS name,
    -- Lists of names are stored as they would be written; anything else is one value.
    CASE WHEN split_part(one, '=', 1) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'shared_preload_libraries',
      'local_preload_libraries', 'unix_socket_directories') AND substr(one, strpos(one, '=') + 1) <> ''
      -- An empty name is stored in a way that PostgreSQL doesn't read; one that FROM CURRENT stored may hold anything without quotes.
      THEN (SELECT string_agg(CASE WHEN m[1] = '""' THEN quote_literal('') WHEN m[1] ~ '^"' THEN m[1] ELSE quote_ident(m[1]) END, ', ')
        FROM regexp_matches(substr(one, strpos(one, '=') + 1), '"(?:[^"]|"")*"|[^", ]+', 'g') AS m)
      ELSE quote_literal(substr(one, strpos(one, '=') + 1)) END AS value
  FROM pg_db_role_setting, unnest(setconfig) WITH ORDINALITY AS every (one, place)
), member (roleid, member, admin, inherits, sets) AS (
  SELECT roleid, member, bool_or(admin_option), :options FROM pg_auth_members WHERE member = ANY (:'mine') GROUP BY 1, 2
), every (n, place, is_left, statement) AS (
  SELECT 1, 0, true, format('ALTER ROLE %I %s', rolname, what) FROM mine, unnest(ARRAY[CASE WHEN rolsuper THEN 'SUPERUSER' END,
    CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolreplication THEN 'REPLICATION' END]) AS what WHERE what IS NOT NULL
  UNION ALL SELECT 2, 0, g.rolsuper OR g.rolname ~ '^pg_', format('GRANT %I TO %I%s', g.rolname, mine.rolname,
    CASE WHEN inherits IS NOT NULL THEN format(' WITH ADMIN %s, INHERIT %s, SET %s', upper(admin::text), upper(inherits::text), upper(sets::text))
      WHEN admin THEN ' WITH ADMIN OPTION' ELSE '' END)
    FROM member JOIN mine ON mine.oid = member JOIN pg_authid g ON g.oid = roleid WHERE g.rolsuper OR g.rolname ~ '^pg_' OR g.oid IN (SELECT oid FROM mine)
  UNION ALL SELECT 3, place, false, format('ALTER ROLE %I SET %s TO %s', rolname, name, value) FROM setting JOIN mine ON mine.oid = setrole WHERE setdatabase = 0
  UNION ALL SELECT 4, 0, false, format('COMMENT ON ROLE %I IS %L', rolname, shobj_description(oid, 'pg_authid')) FROM mine WHERE shobj_description(oid, 'pg_authid') IS NOT NULL
  UNION ALL SELECT 5, 0, false, format('GRANT CREATE ON TABLESPACE %I TO %I%s', spcname, rolname, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_tablespace, aclexplode(spcacl) JOIN mine ON mine.oid = grantee
\if :has_parameters
  UNION ALL SELECT 6, 0, privilege_type <> 'SET' OR parname !~ '@harmless@', format('GRANT %s ON PARAMETER %s TO %I%s', privilege_type,
    (SELECT string_agg(format('"%s"', part), '.') FROM regexp_split_to_table(parname, '[.]') AS part), rolname, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_parameter_acl, aclexplode(paracl) JOIN mine ON mine.oid = grantee
\endif
), db AS (SELECT * FROM pg_database WHERE datname = current_database()),
database (n, place, before, after) AS (
  SELECT 11, 0, 'ALTER DATABASE ', format(' OWNER TO %I', pg_get_userbyid(datdba)) FROM db
  UNION ALL SELECT 12, 0, 'ALTER DATABASE ', format(' CONNECTION LIMIT %s', datconnlimit) FROM db WHERE datconnlimit >= 0
  UNION ALL SELECT 13, place, CASE setrole WHEN 0 THEN 'ALTER DATABASE ' ELSE format('ALTER ROLE %I IN DATABASE ', pg_get_userbyid(setrole)) END,
    format(' SET %s TO %s', name, value) FROM db JOIN setting ON setdatabase = oid
  UNION ALL SELECT 14, 0, 'REVOKE ALL ON DATABASE ', ' FROM PUBLIC' FROM db WHERE datacl IS NOT NULL
  UNION ALL SELECT 14, 1, 'REVOKE ALL ON DATABASE ', format(' FROM %I', pg_get_userbyid(datdba)) FROM db WHERE datacl IS NOT NULL AND datdba <> 10
  UNION ALL SELECT 15, 0, format('GRANT %s ON DATABASE ', privilege_type), format(' TO %s%s',
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM db, aclexplode(datacl) WHERE grantee <> 10
  UNION ALL SELECT 16, 0, 'COMMENT ON DATABASE ', format(' IS %L', shobj_description(oid, 'pg_database')) FROM db WHERE shobj_description(oid, 'pg_database') IS NOT NULL
  UNION ALL SELECT 17, 0, 'ALTER DATABASE ', ' IS_TEMPLATE true' FROM db WHERE datistemplate
)
SELECT format('DO %L;', body) FROM (
  SELECT n, place, statement AS text, '' AS rest, CASE WHEN is_left THEN format('BEGIN RAISE WARNING USING MESSAGE = %L; END', 'left to you: ' || statement)
    ELSE format('BEGIN %s; EXCEPTION WHEN OTHERS THEN RAISE WARNING ''%%'', SQLERRM; END', statement) END AS body FROM every
  UNION ALL SELECT n, place, before, after, format('BEGIN EXECUTE pg_catalog.concat(%L, pg_catalog.quote_ident(pg_catalog.current_database()), %L); END', before, after) FROM database
) AS all_of_it ORDER BY n, split_part(text, ' SET ', 1), place, text, rest;
SELECT '-- end of globals';
END
readonly GLOBALS_SQL=${GLOBALS_SQL//@harmless@/"$HARMLESS_PARAMETERS"}

# Needs a superuser, which the system user postgres is on its own machine. GLOBALS='no' in the config goes without.
read_globals() {
  GLOBALS_FILE=''
  if [[ $GLOBALS == no ]]; then say globals 'left out, as the config says'; return; fi
  stage globals "roles, settings and grants of $DB_NAME"
  ask_globals
  mv -- "$WORK/answered" "$WORK/globals"
  write_globals
}

ask_globals() {
  ask super "$DB_NAME" <<<"$GLOBALS_SQL" || die "cannot read the roles: $(reason first "$WORK/psql.err"); GLOBALS='no' in the config goes without them"
  [[ $(tail -n 1 "$WORK/answered") == '-- end of globals' ]] || die 'the roles could not be read to their end'
}

# globals_unchanged: no snapshot holds roles, so they are read again once the dump is done. Where they differ, the newer ones are
# kept, and the dump names what is in neither or both: it must be made again.
globals_unchanged() {
  [[ $GLOBALS != no ]] || return 0
  ask_globals
  ! cmp -s -- "$WORK/answered" "$WORK/globals" || return 0
  mv -- "$WORK/answered" "$WORK/globals"
  write_globals
  return 1
}

# What a restore would refuse is no backup.
write_globals() {
  mkdir -p -- "$WORK/read"
  await exec_tied perl -e "$READER$GLOBALS_READER" globals "$DB_NAME" "$WORK/read" <"$WORK/globals" 2>"$WORK/perl.err" ||
    die "no restore could read them: $(reason first "$WORK/perl.err")"
  GLOBALS_FILE=.globals.sql${ENCRYPT_TO:+.age}
  GLOBALS_ROLES=$(wc -l <"$WORK/read/roles")
  if [[ -n $ENCRYPT_TO ]]; then
    await seal <"$WORK/globals" >"$BACKUP_DIR/$NAME$GLOBALS_FILE.part" || die 'age cannot encrypt the roles'
  else
    cat "$WORK/globals" >"$BACKUP_DIR/$NAME$GLOBALS_FILE.part" || die "cannot write $BACKUP_DIR/$NAME$GLOBALS_FILE.part"
  fi
}

# Encrypts stdin to stdout for the public keys of the config. The private one is never on this machine.
seal() {
  local key
  local -a to=()
  for key in $ENCRYPT_TO; do to+=(--recipient "$key"); done
  exec_tied age "${to[@]}"
}

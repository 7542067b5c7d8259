# What a dump leaves out and a restore on a new server needs: the project's roles with their passwords as hashes, their
# memberships, the database's owner, settings and grants. Which roles are the project's: the owner, and whoever owns or may
# do something in the database, with the roles that they are members of. A role that is there already is left as it is.
IFS= read -r -d '' GLOBALS_SQL <<'END' || :
SET search_path = pg_catalog;
WITH RECURSIVE db AS (SELECT oid, datdba FROM pg_database WHERE datname = current_database()),
direct AS (
  SELECT datdba AS oid FROM db
  UNION SELECT refobjid FROM pg_shdepend, db WHERE refclassid = 1260 AND (dbid = db.oid OR dbid = 0 AND classid = 1262 AND objid = db.oid)
  UNION SELECT setrole FROM pg_db_role_setting, db WHERE setdatabase = db.oid AND setrole <> 0
), every AS (SELECT oid FROM direct UNION SELECT roleid FROM pg_auth_members m JOIN every e ON m.member = e.oid)
SELECT coalesce(array_agg(oid), '{}') AS mine FROM every WHERE oid <> 10 \gset
SELECT '-- Roles, settings and grants of the database ' || current_database() || '. Plain SQL: run it in the new database, as a superuser:';
SELECT '--   psql --username=postgres --set=ON_ERROR_STOP=1 --dbname=NAME --file=…';
SELECT '';
WITH RECURSIVE mine AS (SELECT * FROM pg_authid WHERE oid = ANY (:'mine') AND rolname !~ '^pg_'), level AS (
  -- A role comes after those that it is a member of.
  SELECT oid, 0 AS n FROM mine UNION SELECT mine.oid, n + 1 FROM level JOIN pg_auth_members ON roleid = level.oid JOIN mine ON mine.oid = member
)
SELECT CASE WHEN rolsuper THEN format(E'-- %s was a superuser\n', rolname) ELSE '' END || format('DO %L;', format(
  'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = %L) THEN CREATE ROLE %I %s; %sEND IF; END', rolname, rolname, concat_ws(' ',
    'NOSUPERUSER', CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
    CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
    CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
    CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END, 'CONNECTION LIMIT ' || rolconnlimit,
    'PASSWORD ' || quote_literal(rolpassword), 'VALID UNTIL ' || quote_literal(rolvaliduntil)),
  (SELECT string_agg(format('GRANT %I TO %I%s; ', pg_get_userbyid(roleid), rolname, CASE WHEN admin_option THEN ' WITH ADMIN OPTION' ELSE '' END), '' ORDER BY pg_get_userbyid(roleid))
    FROM (SELECT roleid, bool_or(admin_option) AS admin_option FROM pg_auth_members WHERE member = mine.oid GROUP BY 1) AS groups)))
FROM mine ORDER BY (SELECT max(n) FROM level WHERE level.oid = mine.oid), rolname;
WITH db AS (SELECT * FROM pg_database WHERE datname = current_database())
SELECT format('DO %L;', format('BEGIN EXECUTE pg_catalog.concat(%L, pg_catalog.quote_ident(pg_catalog.current_database()), %L); END', before, after)) FROM (
  SELECT 1 AS n, 0 AS place, 'ALTER DATABASE ' AS before, format(' OWNER TO %I', pg_get_userbyid(datdba)) AS after FROM db
  UNION ALL SELECT 2, 0, 'ALTER DATABASE ', format(' CONNECTION LIMIT %s', datconnlimit) FROM db WHERE datconnlimit >= 0
  UNION ALL SELECT 3, place, CASE setrole WHEN 0 THEN 'ALTER DATABASE ' ELSE format('ALTER ROLE %I IN DATABASE ', pg_get_userbyid(setrole)) END,
    format(' SET %s TO %s', split_part(one, '=', 1),
    -- Lists of names are stored as they would be written; anything else is one value.
    CASE WHEN split_part(one, '=', 1) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'shared_preload_libraries',
      'local_preload_libraries', 'unix_socket_directories') AND substr(one, strpos(one, '=') + 1) <> ''
      -- An empty name is stored in a way that PostgreSQL doesn't read.
      THEN (SELECT string_agg(CASE m[1] WHEN '""' THEN quote_literal('') ELSE m[1] END, ', ')
        FROM regexp_matches(substr(one, strpos(one, '=') + 1), '"(?:[^"]|"")*"|[^", ]+', 'g') AS m)
      ELSE quote_literal(substr(one, strpos(one, '=') + 1)) END)
    FROM db JOIN pg_db_role_setting ON setdatabase = db.oid, unnest(setconfig) WITH ORDINALITY AS every (one, place)
  UNION ALL SELECT 4, 0, 'REVOKE ALL ON DATABASE ', ' FROM PUBLIC' FROM db WHERE datacl IS NOT NULL
  UNION ALL SELECT 5, 0, format('GRANT %s ON DATABASE ', privilege_type), format(' TO %s%s',
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM db, aclexplode(datacl) WHERE grantee <> 10
) AS every ORDER BY n, before, place, after;
SELECT '-- end of globals';
END
readonly GLOBALS_SQL

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
  GLOBALS_ROLES=$(grep -cE "^DO E?'BEGIN IF NOT EXISTS " "$WORK/globals") || :
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

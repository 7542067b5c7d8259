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
SELECT '-- Roles, settings and grants of the database ' || current_database() || '. Run it with psql, as a superuser:';
SELECT '--   psql --set=database=NAME --file=…   where NAME is the new database';
SELECT '\set ON_ERROR_STOP on';
SELECT '';
SELECT format(E'SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = %L) AS made_%s \\gset\n\\if :made_%s\n', rolname, n, n)
  || format(E'CREATE ROLE %I %s;\n\\endif', rolname, concat_ws(' ',
    CASE WHEN rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END, CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
    CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
    CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
    CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END, 'CONNECTION LIMIT ' || rolconnlimit,
    'PASSWORD ' || quote_literal(rolpassword), 'VALID UNTIL ' || quote_literal(rolvaliduntil)))
FROM (SELECT *, row_number() OVER (ORDER BY rolname) AS n FROM pg_authid WHERE oid = ANY (:'mine') AND rolname !~ '^pg_') AS mine ORDER BY n;
SELECT format(E'\\if :made_%s\nGRANT %I TO %I%s;\n\\endif', m.n, g.rolname, m.rolname, CASE WHEN admin_option THEN ' WITH ADMIN OPTION' ELSE '' END)
FROM pg_auth_members JOIN pg_roles g ON g.oid = roleid 
  JOIN (SELECT oid, rolname, row_number() OVER (ORDER BY rolname) AS n FROM pg_authid WHERE oid = ANY (:'mine') AND rolname !~ '^pg_') AS m ON m.oid = member ORDER BY m.n, g.rolname;
SELECT '';
SELECT format('ALTER DATABASE :"database" OWNER TO %I;', pg_get_userbyid(datdba)) FROM pg_database WHERE datname = current_database();
SELECT format('ALTER DATABASE :"database" CONNECTION LIMIT %s;', datconnlimit) FROM pg_database WHERE datname = current_database() AND datconnlimit >= 0;
SELECT CASE setrole WHEN 0 THEN '' ELSE format('ALTER ROLE %I IN DATABASE :"database" SET ', pg_get_userbyid(setrole)) END
  || CASE setrole WHEN 0 THEN 'ALTER DATABASE :"database" SET ' ELSE '' END
  || format('%I TO %s;', split_part(one, '=', 1),
    -- Lists of names are stored as they would be written; anything else is one value.
    CASE WHEN split_part(one, '=', 1) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'shared_preload_libraries',
      'local_preload_libraries', 'unix_socket_directories') AND substr(one, strpos(one, '=') + 1) <> ''
      THEN substr(one, strpos(one, '=') + 1) ELSE quote_literal(substr(one, strpos(one, '=') + 1)) END)
FROM pg_db_role_setting, unnest(setconfig) AS one
WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY setrole, 1;
SELECT 'REVOKE ALL ON DATABASE :"database" FROM PUBLIC;' FROM pg_database WHERE datname = current_database() AND datacl IS NOT NULL;
SELECT format('GRANT %s ON DATABASE :"database" TO %s%s;', privilege_type,
  CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
FROM pg_database, aclexplode(datacl) WHERE datname = current_database() AND grantee <> 10 ORDER BY 1;
SELECT '-- end of globals';
END
readonly GLOBALS_SQL

# Needs a superuser, which the system user postgres is on its own machine. GLOBALS='no' in the config goes without.
read_globals() {
  local tail
  GLOBALS_FILE=''
  if [[ $GLOBALS == no ]]; then say globals 'left out, as the config says'; return; fi
  stage globals "roles, settings and grants of $DB_NAME"
  ask super "$DB_NAME" <<<"$GLOBALS_SQL" || die "cannot read the roles: $(reason first "$WORK/psql.err"); GLOBALS='no' in the config goes without them"
  tail=$(tail -n 1 "$WORK/answered")
  [[ $tail == '-- end of globals' ]] || die 'the roles could not be read to their end'
  GLOBALS_FILE=.globals.sql${ENCRYPT_TO:+.age}
  GLOBALS_ROLES=$(sed -n 's/^CREATE ROLE \("\([^"]\|""\)*"\|[^ ]*\) .*/\1/p' "$WORK/answered" | wc -l)
  if [[ -n $ENCRYPT_TO ]]; then
    await seal <"$WORK/answered" >"$BACKUP_DIR/$NAME$GLOBALS_FILE.part" || die 'age cannot encrypt the roles'
  else
    cat "$WORK/answered" >"$BACKUP_DIR/$NAME$GLOBALS_FILE.part" || die "cannot write $BACKUP_DIR/$NAME$GLOBALS_FILE.part"
  fi
}

# Encrypts stdin to stdout for the public keys of the config. The private one is never on this machine.
seal() {
  local key
  local -a to=()
  for key in $ENCRYPT_TO; do to+=(--recipient "$key"); done
  exec_tied age "${to[@]}"
}

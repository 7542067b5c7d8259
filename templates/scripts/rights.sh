# What the backup's roles have beyond their own attributes: memberships, settings outside of any database, comments, rights on parameters and
# tablespaces. A restore for real gives what is missing, also to roles that were there; a drill only gives something to roles that it made.
# What gives power over the server or reaches into other databases is left to a person, as the exact statement.
IFS= read -r -d '' RIGHTS_SQL <<'SQL' || :
SELECT set_config('restoring.kind', :'kind', false), set_config('restoring.tablespaces', :'tablespaces', false),
  set_config('restoring.own', :'own', false), set_config('restoring.kept', :'kept', false);
DO $rights$
DECLARE
  version int := current_setting('server_version_num');
  kind text := current_setting('restoring.kind');
  made text[];
  others oid[];
  far oid[];
  one record;
  it pg_roles;
  other pg_roles;
  missing bool;
  by_us bool;
  statement text;
  why text;
  place text;
  parameter text;
BEGIN
  SELECT coalesce(array_agg(convert_from(decode(hex, 'hex'), pg_client_encoding())), '{}') INTO made FROM regexp_split_to_table(current_setting('restoring.made'), ' ') AS hex;
  -- Who has something in another project's database; and who has power over the server besides.
  WITH RECURSIVE has AS (
    SELECT refobjid AS oid FROM pg_shdepend s JOIN pg_database d ON d.oid = CASE WHEN s.dbid = 0 AND classid = 1262 THEN objid ELSE s.dbid END
    WHERE refclassid = 1260 AND datname NOT IN (SELECT json_array_elements_text(current_setting('restoring.own')::json))
      AND left(datname, length(current_setting('restoring.kept'))) <> current_setting('restoring.kept')
    UNION SELECT member FROM pg_auth_members JOIN has ON roleid = has.oid
  ) SELECT coalesce(array_agg(oid), '{}') INTO others FROM has;
  WITH RECURSIVE has AS (
    SELECT oid FROM pg_roles WHERE rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR rolname ~ '^pg_'
    UNION SELECT member FROM pg_auth_members JOIN has ON roleid = has.oid
  ) SELECT others || coalesce(array_agg(oid), '{}') INTO far FROM has;
  FOR one IN SELECT * FROM json_to_recordset(current_setting('restoring.rights')::json) AS (kind text, role text, what text, options text, value text, "left" text) LOOP
    SELECT * INTO it FROM pg_roles WHERE rolname = one.role;
    CONTINUE WHEN NOT FOUND OR it.rolsuper;
    by_us := one.role = ANY (made);
    why := NULL;
    IF one.kind = 'member' THEN
      SELECT * INTO other FROM pg_roles WHERE rolname = one.what;
      missing := NOT EXISTS (SELECT FROM pg_auth_members WHERE roleid = other.oid AND member = it.oid AND (admin_option OR one.options !~ 'ADMIN (OPTION|TRUE)'));
      statement := format('GRANT %I TO %I%s', one.what, one.role, CASE WHEN version >= 160000 THEN one.options WHEN one.options ~ 'ADMIN (OPTION|TRUE)' THEN ' WITH ADMIN OPTION' ELSE '' END);
      why := CASE WHEN other.oid IS NULL THEN 'that role is not here' WHEN other.rolsuper OR one."left" = 'yes' THEN 'it gives power over the server'
        WHEN one.what <> ALL (made) AND other.oid = ANY (far) THEN 'that role has rights beyond this database' END;
      by_us := by_us AND one.what = ANY (made);
    ELSIF one.kind = 'setting' THEN
      missing := NOT EXISTS (SELECT FROM pg_db_role_setting, unnest(setconfig) AS c WHERE setdatabase = 0 AND setrole = it.oid AND lower(split_part(c, '=', 1)) = lower(replace(one.what, '"', '')));
      statement := format('ALTER ROLE %I SET %s TO %s', one.role, one.what, one.value);
      why := CASE WHEN NOT by_us AND it.oid = ANY (others) THEN 'the role has rights beyond this database' END;
    ELSIF one.kind = 'comment' THEN
      missing := shobj_description(it.oid, 'pg_authid') IS NULL;
      statement := format('COMMENT ON ROLE %I IS %L', one.role, one.what);
    ELSIF one.kind = 'tablespace' THEN
      place := coalesce(current_setting('restoring.tablespaces')::json ->> one.what, one.what);
      statement := format('GRANT CREATE ON TABLESPACE %I TO %I%s', place, one.role, one.options);
      IF EXISTS (SELECT FROM pg_tablespace WHERE spcname = place) THEN missing := NOT has_tablespace_privilege(it.oid, place, 'CREATE');
      ELSE missing := true; why := 'that tablespace is not here'; END IF;
      by_us := false;
    ELSIF one.kind = 'parameter' THEN
      parameter := replace(one.what, '"', '');
      statement := format('GRANT %s ON PARAMETER %s TO %I%s', one.value, one.what, one.role, one.options);
      why := CASE WHEN version < 150000 THEN 'this PostgreSQL has no such right' WHEN one."left" = 'yes' THEN 'it gives power over the server' END;
      IF version < 150000 THEN missing := true; ELSE missing := NOT has_parameter_privilege(it.oid, parameter, one.value); END IF;
      by_us := false;
    ELSE
      missing := NOT CASE one.what WHEN 'CREATEROLE' THEN it.rolcreaterole WHEN 'REPLICATION' THEN it.rolreplication ELSE false END;
      statement := format('ALTER ROLE %I %s', one.role, one.what);
      why := 'it gives power over the server';
    END IF;
    CONTINUE WHEN NOT missing;
    IF why IS NULL AND NOT by_us THEN
      CONTINUE WHEN kind = 'drill';
      IF kind = 'unproven' THEN why := 'nothing proves who wrote this backup'; END IF;
    END IF;
    IF why IS NULL THEN
      BEGIN
        EXECUTE statement;
      EXCEPTION WHEN OTHERS THEN why := regexp_replace(SQLERRM, '[[:cntrl:]]', ' ', 'g');
      END;
    END IF;
    CONTINUE WHEN why IS NULL;
    -- In one line, whatever its names hold.
    IF statement ~ '[[:cntrl:]]' THEN
      statement := replace(replace(statement, '\', '\\'), '''', '''''');
      FOR n IN 1..31 LOOP statement := replace(statement, chr(n), '\x' || lpad(to_hex(n), 2, '0')); END LOOP;
      statement := format('DO E''BEGIN %s; END''', replace(statement, chr(127), '\x7f'));
    END IF;
    RAISE WARNING USING MESSAGE = format('left to you, since %s: %s;', why, statement);
  END LOOP;
END $rights$;
SQL
readonly RIGHTS_SQL

# give_rights: once all is compared.
give_rights() {
  local kind=drill line
  local -a say=(say load)
  [[ -s $WORK/rights.sql ]] || return 0
  if [[ -n $TARGET ]]; then kind=real say=(warn); [[ $ACCEPTED_BY != trust ]] || kind=unproven; fi
  printf "SELECT set_config('restoring.made', '%s', false);\n" "${ROLES_MADE[*]}" >>"$WORK/rights.sql"
  ask superior postgres --set=kind="$kind" --set=kept="$(kept_base)_before_" --set=tablespaces="$TABLESPACES_JSON" \
    --set=own="$(array "$DB_NAME" "$TEMPORARY" "${TARGET:-$DB_NAME}")" < <(cat -- "$WORK/rights.sql"; printf '%s' "$RIGHTS_SQL") ||
    die "cannot give the roles their rights: $(reason first "$WORK/psql.err")"
  while IFS= read -r line; do "${say[@]}" "$line"; done < <(sed -n 's/^psql:[^ ]* WARNING:  *//p' "$WORK/psql.err")
}

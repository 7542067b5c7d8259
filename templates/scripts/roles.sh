# The backup's roles: those that are missing are made, in hex noted for the end, and go again unless the restore is for real.
declare -a ROLES_MADE=()

# read_globals_copy: the roles that are missing are created before the dump that names them; settings and grants wait for its end.
read_globals_copy() {
  local role file
  local -a login=()
  for file in database.sql rights.sql owner; do : >"$WORK/$file"; done
  if [[ -z $GLOBALS_COPY ]]; then
    say load 'this backup has no roles and settings beside it; the roles must exist already'
    lean_on 'roles, since none are beside it'
    return
  fi
  [[ -n $TARGET ]] || login=("$DB_USER")
  await unseal "$GLOBALS_COPY" >"$WORK/globals" 2>"$WORK/age.err" || die "cannot decrypt the roles: $(reason first "$WORK/age.err")"
  SPACES=$WORK/tablespaces await exec_tied perl -e "$READER$GLOBALS_READER" globals "$TEMPORARY" "$WORK" ${login[@]+"${login[@]}"} <"$WORK/globals" 2>"$WORK/perl.err" ||
    die "${GLOBALS_COPY##*/}: $(reason first "$WORK/perl.err")"
  while IFS= read -r role; do warn "$role"; done <"$WORK/warnings"
  ask superior postgres <"$WORK/missing.sql" || die "cannot read the roles: $(reason first "$WORK/psql.err")"
  mapfile -t ROLES_MADE <"$WORK/answered"
  while IFS= read -r role; do [[ " ${ROLES_MADE[*]} " == *" $role "* ]] || lean_on "the role $(role_name "$role")"; done <"$WORK/roles"
  ((${#ROLES_MADE[@]} > 0)) || return 0
  # In hex: a name may hold anything.
  for role in "${ROLES_MADE[@]}"; do note_made "made $role"; done
  ask superior postgres <"$WORK/roles.sql" || die "cannot make the roles: $(reason first "$WORK/psql.err")"
  say load "made roles that were missing: $(for role in "${ROLES_MADE[@]}"; do printf '%s, ' "$(role_name "$role")"; done | sed 's/, $//')"
}

# role_name HEX: for a message.
role_name() {
  local hex=$1 name=''
  while [[ -n $hex ]]; do name+=\\x${hex:0:2} hex=${hex:2}; done
  printf -v name '%b' "$name"
  printf '%s' "${name//[[:cntrl:]]/ }"
}

# The owner that the database had: it must exist before an hour of loading, and not only after it.
OWNER=''
know_owner() {
  IFS= read -r -d '' OWNER <"$WORK/owner" || :
  [[ -n $OWNER ]] || OWNER=$(manifest owner)
  [[ -n $OWNER ]] || die "the manifest of $NAME names no owner"
  ask superior postgres --set=name="$OWNER" <<<"SELECT count(*) FROM pg_roles WHERE rolname = :'name';" || die "cannot read the roles: $(reason first "$WORK/psql.err")"
  [[ $(<"$WORK/answered") == 1 ]] || die "the role $OWNER, which owns the database, is missing, and this backup has no roles beside it; create it first"
}

# drop_role HEX: a role that this restore made, with the rights on parameters and tablespaces that it got; never with anything that it owns by now.
drop_role() {
  [[ $1 =~ ^([0-9a-f]{2})+$ ]] || return 0
  ask superior postgres --set=hex="$1" <<'SQL'
SELECT count(*) > 0 AS is_there, max(rolname::text) AS role, coalesce(bool_or(EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 1260 AND refobjid = r.oid AND deptype = 'o')), false) AS owns
FROM pg_roles r WHERE rolname = convert_from(decode(:'hex', 'hex'), pg_client_encoding()) \gset
\if :is_there
\if :owns
\else
DROP OWNED BY :"role";
\endif
DROP ROLE :"role";
\endif
SQL
}

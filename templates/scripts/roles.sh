# The backup's roles: those that are missing are made, in hex noted for the end, and go again unless the restore is for real. All databases
# of a server share its roles, but each reads the bytes of their names in its own encoding: whatever names a role is run in the new database,
# which reads them as the one that was backed up. Names are in hex, as they are read there; what is noted is as the server stores it.
declare -a ROLES_MADE=()
LOGIN_ROLE='' GLOBALS_ENCODING=''

# read_globals_copy: the roles that are missing are created before the dump that names them; settings and grants wait for its end.
read_globals_copy() {
  local role raw file encoding
  local -a login=()
  GLOBALS_ENCODING=$CLIENT_ENCODING
  for file in database.sql rights.sql owner told made; do : >"$WORK/$file"; done
  if [[ -z $GLOBALS_COPY ]]; then
    say load 'this backup has no roles and settings beside it; the roles must exist already'
    lean_on 'roles, since none are beside it'
    know_login
    return
  fi
  await unseal "$GLOBALS_COPY" >"$WORK/globals" 2>"$WORK/age.err" || die "cannot decrypt the roles: $(reason first "$WORK/age.err")"
  # Names that can't be converted stand there as the server stores them.
  encoding=$(LC_ALL=C sed -n "3s/^SET client_encoding = '\(UTF8\|SQL_ASCII\)';$/\1/p" "$WORK/globals")
  [[ -z $encoding ]] || GLOBALS_ENCODING=$encoding
  know_login
  [[ -n $TARGET ]] || login=("$LOGIN_ROLE")
  SPACES=$WORK/tablespaces await exec_tied perl -e "$READER$GLOBALS_READER" globals "$TEMPORARY" "$WORK" ${login[@]+"${login[@]}"} <"$WORK/globals" 2>"$WORK/perl.err" ||
    die "${GLOBALS_COPY##*/}: $(reason first "$WORK/perl.err")"
  while IFS= read -r role; do warn "$role"; done <"$WORK/warnings"
  ask_globals_of "$TEMPORARY" <"$WORK/missing.sql" || die "cannot read the roles: $(reason first "$WORK/psql.err")"
  # Noted before they are made.
  while read -r role raw; do ROLES_MADE+=("$role"); note_made "made $raw"; done <"$WORK/answered"
  while IFS= read -r role; do [[ " ${ROLES_MADE[*]} " == *" $role "* ]] || lean_on "the role $(role_name "$role")"; done <"$WORK/roles"
  ((${#ROLES_MADE[@]} > 0)) || return 0
  printf '%s\n' "${ROLES_MADE[@]}" >"$WORK/made"
  ask_globals_of "$TEMPORARY" <"$WORK/roles.sql" || die "cannot make the roles: $(reason first "$WORK/psql.err")"
  say load "made roles that were missing: $(for role in "${ROLES_MADE[@]}"; do printf '%s, ' "$(role_name "$role")"; done | sed 's/, $//')"
}

# ask_globals_of DATABASE [OPTION…]: asks with names as the file of roles has them.
ask_globals_of() { CLIENT_ENCODING=$GLOBALS_ENCODING ask superior "$@"; }

# know_login: the name under which the application logs in, as the new database reads it.
know_login() {
  LOGIN_ROLE=$DB_USER
  [[ $GLOBALS_ENCODING != SQL_ASCII && $(manifest encoding) != UTF8 ]] || return 0
  ask superior "$TEMPORARY" --set=hex="$(printf '%s' "$DB_USER" | od -An -v -tx1 | tr -d ' \n')" \
    <<<"SELECT convert_from(decode(:'hex', 'hex'), getdatabaseencoding())" || return 0
  LOGIN_ROLE=$(<"$WORK/answered")
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
  ask_globals_of "$TEMPORARY" --set=name="$OWNER" <<<"SELECT count(*) FROM pg_roles WHERE rolname = :'name';" || die "cannot read the roles: $(reason first "$WORK/psql.err")"
  [[ $(<"$WORK/answered") == 1 ]] || die "the role $OWNER, which owns the database, is missing, and this backup has no roles beside it; create it first"
}

# drop_role HEX: a role that this restore made, with the rights on parameters and tablespaces that it got; never with anything that it owns by now.
drop_role() {
  [[ $1 =~ ^([0-9a-f]{2})+$ ]] || return 0
  ask superior postgres <<SQL
SET client_encoding = 'SQL_ASCII';
DO \$\$ DECLARE role name; it oid; BEGIN
  SELECT rolname, oid INTO role, it FROM pg_roles WHERE encode(textsend(rolname::text), 'hex') = '$1';
  IF NOT FOUND THEN RETURN; END IF;
  IF NOT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 1260 AND refobjid = it AND deptype = 'o') THEN EXECUTE format('DROP OWNED BY %I', role); END IF;
  EXECUTE format('DROP ROLE %I', role);
END \$\$;
SQL
}

# The roles, settings and grants beside a dump: read by globals-sql.sh's SQL, and once more after the dump.

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
  ask super "$DB_NAME" --set=LOGIN_ROLES="$LOGIN_ROLES" <<<"$GLOBALS_SQL" || die "cannot read the roles: $(reason first "$WORK/psql.err"); GLOBALS='no' in the config goes without them"
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

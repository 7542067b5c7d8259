# The roles, settings and grants that the backup has beside it against those that are there now, asked in the same way: all of them as they
# were, or left to a person by name. Of a drill, what it gives to roles that it made, and all of the database's own.
compare_globals() {
  local kind=kept line differing
  local -a differences=() login=()
  [[ -n $GLOBALS_COPY ]] || return 0
  stage compare 'roles, settings and grants with those beside the backup'
  [[ -n $TARGET ]] || kind=drill login=("$LOGIN_ROLE")
  mkdir -p -- "$WORK/now"
  ask_globals_of "$TEMPORARY" <<<"\\set ONLY '$(paste -sd' ' "$WORK/roles")'
$GLOBALS_SQL" || die "cannot read the roles again: $(reason first "$WORK/psql.err")"
  await exec_tied perl -e "$READER$GLOBALS_READER" globals "$TEMPORARY" "$WORK/now" ${login[@]+"${login[@]}"} <"$WORK/answered" 2>"$WORK/perl.err" ||
    die "cannot read the roles again: $(reason first "$WORK/perl.err")"
  await exec_tied perl -e "$GLOBALS_DIFFERENCES" "$kind" "$LOGIN_ROLE" "$WORK" "$WORK/now" >"$WORK/differences" 2>"$WORK/perl.err" ||
    die "cannot compare the roles: $(reason first "$WORK/perl.err")"
  [[ $(tail -n 1 "$WORK/differences") == compared ]] || die 'cannot compare the roles to the end'
  while IFS= read -r line; do warn "left to you, since $line"; done < <(sed -n 's/^left //p' "$WORK/differences")
  mapfile -t differences < <(sed -n 's/^differs //p' "$WORK/differences")
  ((${#differences[@]} > 0)) || return 0
  printf -v differing '; %s' "${differences[@]:0:5}"
  ((${#differences[@]} <= 5)) || differing+="; and $((${#differences[@]} - 5)) more"
  # Earlier versions wrote down less.
  if ((10#0$(manifest scriptVersion) < 5)); then warn "not as beside the backup: ${differing:2}"; return; fi
  CONTENTS=differ
  die "roles, settings or grants are not what was backed up: ${differing:2}"
}

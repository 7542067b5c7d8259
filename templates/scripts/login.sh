LOGIN=null WAIT_LOGIN=0

# Reads one row of every table.
IFS= read -r -d '' READ_SQL <<'END' || :
SELECT format('SELECT count(*) FROM (SELECT FROM %I.%I LIMIT 1) AS one', nspname, relname)
FROM pg_class JOIN pg_namespace s ON s.oid = relnamespace
WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema' \gexec
SELECT 'read';
END
readonly READ_SQL

application() {
  export PGOPTIONS='-c statement_timeout=0 -c lock_timeout=0 -c search_path=pg_catalog'
  as_role "$@"
}

# As the application does: its role, its password, over TCP.
log_in() {
  if [[ -z $DB_PASSWORD ]]; then say login 'the config has no password for the role; not tried'; return; fi
  stage login "as $DB_USER"
  LOGIN=false
  if ! ask application "$TEMPORARY" <<<"$READ_SQL"; then
    # PostgreSQL counts connections after it has accepted the password: the application may have taken all that the role has.
    if grep -q 'too many connections for role' "$WORK/psql.err"; then
      LOGIN=null
      warn "$DB_USER logs in, but all its connections are taken, so that it could not read"
      return
    fi
    die "$DB_USER cannot log in or read: $(reason first "$WORK/psql.err")"
  fi
  [[ $(tail -n 1 "$WORK/answered") == read ]] || die "$DB_USER could not read every table"
  say login "$DB_USER logs in and reads $(($(wc -l <"$WORK/answered") - 1)) tables"
  if ((WAIT_LOGIN > 0)); then wait_for_login; fi
  LOGIN=true
}

# Somebody else logs in from outside, and says how that went in a file.
wait_for_login() {
  local file=$RUN_DIR/$PROJECT.login tries=$((WAIT_LOGIN * 10)) answer
  rm -f -- "$file"
  say login "waiting for a login from outside to $TEMPORARY"
  while [[ ! -s $file ]]; do
    ((tries-- > 0)) || die "nobody logged in from outside within $WAIT_LOGIN s"
    await exec_tied sleep 0.1
  done
  IFS= read -r answer <"$file"
  rm -f -- "$file"
  [[ $answer == ok* ]] || die "the login from outside: ${answer#failed }"
  say login "${answer#ok }"
}

# A session that holds one snapshot open, in which pg_dump reads and the rows are counted at the same time. It locks every table
# before that, so that none is truncated, dropped or swapped for something else meanwhile: whoever tries waits for the dump's end.
#
# pg_dump asks for the same locks, and would wait behind whoever waits for ours, who waits for the dump's end. PostgreSQL puts a
# reader before such a waiter where both sides would else wait for each other for ever: so this session waits for a moment for
# something that pg_dump holds, and PostgreSQL's deadlock check lets pg_dump pass (nudge).
SNAPSHOT='' SESSION='' ANSWERS='' HEAD_HEX='' LEFT_OUT=()
readonly LOCK_SECONDS=600

# One try. The list comes first, since LOCK takes no snapshot; what the snapshot shows beyond it is locked after it, and then all
# must still be what the snapshot shows: the same name, table and file.
IFS= read -r -d '' LOCK_SQL <<'END' || :
\set same no
\set why 'a table has changed meanwhile'
SELECT coalesce(string_agg('ONLY ' || name, ', '), '') AS listed, count(*) > 0 AS any FROM (@tables@) AS every \gset
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL lock_timeout = '5s';
\if :any
LOCK TABLE :listed IN ACCESS SHARE MODE;
\endif
\if :ERROR
\set why :LAST_ERROR_MESSAGE
\else
SELECT pg_export_snapshot() AS snapshot \gset
SELECT coalesce(string_agg('ONLY ' || name, ', '), '') AS listed, count(*) > 0 AS any FROM (@tables@) AS every WHERE NOT (@mine@) \gset
\if :any
LOCK TABLE :listed IN ACCESS SHARE MODE;
\endif
\if :ERROR
\set why :LAST_ERROR_MESSAGE
\else
SELECT coalesce(bool_and(@mine@ AND to_regclass(name) = oid AND pg_relation_filenode(oid) IS NOT DISTINCT FROM nullif(relfilenode, 0)), true) AS same,
  coalesce(array_agg(oid) FILTER (WHERE counted), '{}') AS locked FROM (@tables@) AS every \gset
SET LOCAL lock_timeout = 0;
\endif
\endif
\if :same
SELECT E'snapshot\t' || :'snapshot';
\else
ROLLBACK;
SELECT E'again\t' || translate(:'why', E'\n\r\t', '   ');
\endif
END
# Of a table oid, whether this session has it locked.
readonly MINE_SQL="oid IN (SELECT relation FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
LOCK_SQL=${LOCK_SQL//@tables@/"$TABLES_SQL"}
readonly LOCK_SQL=${LOCK_SQL//@mine@/"$MINE_SQL"}

# Alembic's head, by COPY, which plans nothing (see contents.sh). Then the schemas that `restore --table` made.
IFS= read -r -d '' HEAD_SQL <<'END' || :
SELECT count(*) > 0 AS has_head FROM (@alembic@) AS alembic WHERE oid = ANY (:'locked'::oid[]) \gset
\if :has_head
COPY public.alembic_version (version_num) TO STDOUT;
\endif
SELECT E'schemas\t' || coalesce(string_agg(nspname, ' ' ORDER BY nspname), '') FROM pg_namespace s WHERE @side@;
END
HEAD_SQL=${HEAD_SQL//@alembic@/"$ALEMBIC_SQL"}
readonly HEAD_SQL=${HEAD_SQL//@side@/"$SIDE_SQL"}

# Where pg_dump is: "waiting" behind somebody who waits for us, "locked" when it has all, else "".
IFS= read -r -d '' NUDGE_SQL <<'END' || :
SELECT pg_stat_clear_snapshot() \g /dev/null
SELECT coalesce(bool_or(NOT granted AND EXISTS (SELECT FROM unnest(pg_blocking_pids(pid)) AS b WHERE pg_backend_pid() = ANY (pg_blocking_pids(b)))), false) AS waits,
  count(*) > 0 AND count(DISTINCT relation) FILTER (WHERE granted AND relation = ANY (:'locked'::oid[])) = cardinality(:'locked'::oid[]) AS has_all
FROM pg_locks WHERE locktype = 'relation' AND pid IN (SELECT pid FROM pg_stat_activity WHERE application_name = :'dumper' AND datname = current_database()) \gset
\if :has_all
SELECT 'locked';
\elif :waits
SAVEPOINT nudge;
SET LOCAL lock_timeout = '200ms';
LOCK TABLE pg_catalog.pg_extension IN ACCESS EXCLUSIVE MODE;
ROLLBACK TO nudge;
SELECT 'waiting';
\else
SELECT '';
\endif
END
readonly NUDGE_SQL

open_session() {
  rm -f -- "$WORK"/{ask,answer}
  mkfifo "$WORK/ask" "$WORK/answer"
  : >"$WORK/psql.err"
  pg "${PSQL[@]}" <"$WORK/ask" >"$WORK/answer" 2>>"$WORK/psql.err" 7>&- 8>&- &
  SESSION=$!
  exec 6>"$WORK/ask" 5<"$WORK/answer"
  say_to_session '\set dumper' "postgres-backup-$$"
  say_to_session "SELECT set_config(name, CASE name WHEN 'deadlock_timeout' THEN '20ms' ELSE 'view,foreign-table' END, false) FROM pg_settings
WHERE name = 'restrict_nonsystem_relation_kind' OR name = 'deadlock_timeout' AND (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \\g /dev/null"
}

# Where the session has ended, its answer is missed; Bash need not say so too.
say_to_session() { printf '%s\n' "$*" 2>/dev/null >&6 || :; }

# answer SECONDS: the session's next line.
answer() { IFS= read -r -t "$1" -u 5 REPLY; }

# Tries until every table is locked and the snapshot shows just those. Nobody waits for our locks longer than five seconds while
# some are still missing.
take_snapshot() {
  local until=$((SECONDS + LOCK_SECONDS)) tries=0
  say_to_session '\set ON_ERROR_STOP off'
  while :; do
    say_to_session "$LOCK_SQL"
    answer 120 || die "the database gives no snapshot: $(reason last "$WORK/psql.err")"
    [[ $REPLY != snapshot$'\t'* ]] || break
    ((SECONDS < until)) || die "the tables could not be locked: ${REPLY#*$'\t'}"
    tries=$((tries + 1))
    ((tries % 10)) || await exec_tied sleep 0.5
  done
  SNAPSHOT=${REPLY#*$'\t'}
  errors_count
  read_head
}

read_head() {
  local line head='' said=''
  LEFT_OUT=()
  say_to_session "$HEAD_SQL"
  while :; do
    answer 120 || die "the head of Alembic cannot be read: $(reason last "$WORK/psql.err")"
    line=$REPLY
    [[ $line != schemas$'\t'* ]] || break
    head+=$line$'\n'
  done
  HEAD_HEX=$(printf '%s' "$head" | head_hex)
  for line in ${line#*$'\t'}; do
    [[ $line =~ ^restored_[0-9]{8}_[0-9]{6}$ ]] || continue
    LEFT_OUT+=("--exclude-schema=$line")
    said+=" $line"
  done
  [[ -z $said ]] || say dump "left out, since restore --table made them:$said"
}

# Until pg_dump, process PID, has its locks or has ended. 1 where it ended before that, or may have.
let_dump_lock() {
  say_to_session '\set ON_ERROR_STOP off'
  while :; do
    say_to_session "$NUDGE_SQL"
    answer 120 || return 1
    [[ $REPLY != locked ]] || break
    kill -0 "$1" 2>/dev/null || { errors_count; return 1; }
    [[ $REPLY == waiting && $DUMPED_BY == superuser ]] || await exec_tied sleep 0.1
  done
  errors_count
}

# From here on an error of the session is a failure; what was tried until now was no more than that.
errors_count() {
  say_to_session '\set ON_ERROR_STOP on'
  : >"$WORK/psql.err"
}

# Counts while pg_dump reads.
count_rows() {
  cat <&5 >"$WORK/contents" 6>&- 7>&- 8>&- &
  ANSWERS=$!
  if [[ $DUMPED_BY == superuser ]]; then say_to_session '\set COPYING yes'; fi
  say_to_session "$(set_head "$HEAD_HEX")"
  say_to_session "$CONTENTS_SQL"
}

# pg_dump only says that there is no such snapshot when the session that held it has failed: why, that session said.
lost_snapshot() {
  local try
  # The words of PostgreSQL may be in any language; the statement that pg_dump names is not.
  grep -qs 'SET TRANSACTION SNAPSHOT' "$WORK/pg_dump.err" || return 0
  for try in {1..5}; do
    if [[ -s $WORK/psql.err ]]; then break; fi
    sleep 0.2
  done
  printf '; the session that counts the rows: %s' "$(reason first "$WORK/psql.err")"
}

close_session() {
  local code=0
  say_to_session 'COMMIT;
\q'
  exec 6>&- 5<&-
  wait "$SESSION" || code=$?
  wait "$ANSWERS" || :
  [[ $code == 0 && $(tail -n 1 "$WORK/contents") == end ]] || die "the rows could not be counted: $(reason last "$WORK/psql.err")"
  join_counts "$WORK/contents"
}

# What a try leaves that is made again.
drop_session() {
  kill -TERM "$SESSION" 2>/dev/null || :
  exec 6>&- 5<&-
  wait "$SESSION" 2>/dev/null || :
  [[ -z $ANSWERS ]] || wait "$ANSWERS" || :
  ANSWERS=''
}

# The page that lies in the project's folder on the box: how to bring a backup back with nothing but sftp, what unpacks it, and
# psql. A test follows it literally.
write_card() {
  local file=$NAME packages='postgresql openssh-client' decrypt='' globals='' unpack database="'${DB_NAME//"'"/"'\\''"}'"
  if is_plain "$DB_NAME"; then database=$DB_NAME; fi
  # Not by --dbname, which takes a name with = in it for a connection string.
  # shellcheck disable=SC2016  # the page's variable
  local psql='PGDATABASE="${database:?}" psql --username=postgres --no-psqlrc' set='--quiet --set=ON_ERROR_STOP=1 --output=/dev/null'
  local environment="PGOPTIONS='-c role=none -c lc_monetary=C -c array_nulls=on -c default_transaction_read_only=off'"
  local load="$environment $psql $set"
  if [[ -n $ENCRYPT_TO ]]; then
    packages+=' age' file=${NAME%.age}
    decrypt=$(card_decrypt "$file")
  fi
  # shellcheck disable=SC2016
  local forgiving='with `ON_ERROR_STOP=0` in place of `ON_ERROR_STOP=1`'
  case $COMPRESSION in
    gzip) unpack="gzip -dc '$file' | $load" ;;
    zstd) unpack="zstd -q -dc '$file' | $load" packages+=' zstd' ;;
    directory) unpack="mkdir dump && tar -xf '$file' -C dump && $environment PGDATABASE=\"\${database:?}\" pg_restore --username=postgres --exit-on-error --jobs=$JOBS --dbname='' dump" forgiving='without `--exit-on-error`' ;;
  esac
  [[ -z $GLOBALS_FILE ]] || globals="$psql $set --file='$NAME.globals.sql'"
  cat <<END
# How to restore $DB_NAME from this box

This page was written by the backup of $FINISHED_AT on the host $(</proc/sys/kernel/hostname), and is renewed by each backup. You need a
machine with PostgreSQL $((SERVER / 10000)) or newer, and the password or key of this box. Nothing else: none of this needs the program that
made the backups. On Debian and Ubuntu:

\`\`\`sh
apt-get install $packages
\`\`\`

## 1. Fetch

The newest backup when this page was written is \`$NAME\`. Older ones lie in \`YYYY/MM/DD\` beside it (times are UTC); to restore one of
those, write its name for the one below everywhere.

\`\`\`sh
sftp -P $STORAGEBOX_PORT $(box_sftp):$DAY_DIR/$NAME* .
\`\`\`

The box's host key must be this one; anything else is not your box:

\`\`\`
$(sed -n '/^#/d; s/^[^ ]* //; 1,9p' "$STORAGEBOX_KNOWN_HOSTS" | head -n 1)
\`\`\`

## 2. See that it is whole

Every line must end in OK. If not, fetch again; if it is still so, take an older backup.

\`\`\`sh
sha256sum -c '$NAME.sha256'
\`\`\`
$decrypt
## 3. Make the database

As the system user postgres (\`su postgres\`, in a folder that it can write). The name may be another, if one of that name is there.$(card_tablespaces)

\`\`\`sh
database=$database
createdb --username=postgres --template=template0$(card_tablespace) --encoding=$(manifest encoding) --lc-collate='$(manifest collation)' --lc-ctype='$(manifest characterType)'$(card_locale) -- "\${database:?}"
$globals
\`\`\`

The roles that were missing now have the passwords that they had. Roles that were there keep their passwords and attributes, and have
the memberships, settings and rights that the file names besides. A line \`WARNING\` is one of these that could not be given here.
$(card_left)
A subscription comes back disabled, with the name of its slot on the publisher. Before you drop it, or the database, take that name away, or the
slot goes with it: \`ALTER SUBSCRIPTION NAME SET (slot_name = NONE)\`.

## 4. Load it

It stops at the first error. Where that is a CREATE INDEX which PostgreSQL refuses, all else can come back: drop the database, make it again as
above, and load it $forgiving. Each ERROR that it prints then is something that is missing.

\`\`\`sh
$unpack
\`\`\`

## 5. Compare

\`$NAME.manifest.json\` says what must be there: under "tables" the exact number of rows of each table. All of them, to compare:

\`\`\`sh
$psql --tuples-only --no-align <<'SQL'
SELECT format('SELECT %L || count(*) FROM ONLY %I.%I', schemaname || '.' || tablename || ': ', schemaname, tablename)
FROM pg_tables WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema' ORDER BY 1 \gexec
SQL
\`\`\`
END
}

# card_decrypt FILE: the page's part for an encrypted backup.
card_decrypt() {
  # shellcheck disable=SC2016  # Markdown's quotes
  printf '\n%s\n\n%s\n' 'It is encrypted. Put the private key of age (AGE-SECRET-KEY-1…) into the file `key.txt`, then:' '```sh'
  printf "age --decrypt --identity key.txt --output '%s' '%s'\n" "$1" "$NAME"
  [[ -z $GLOBALS_FILE ]] || printf "age --decrypt --identity key.txt --output '%s.globals.sql' '%s'\n" "$NAME" "$NAME$GLOBALS_FILE"
  printf '%s\n' '```'
}

# card_tablespace: for createdb. card_tablespaces: those that must be there before.
card_tablespace() {
  local place
  place=$(jq -r '.tablespace | strings | select(. != "pg_default")' "$MANIFEST")
  [[ -z $place ]] || printf " --tablespace='%s'" "${place//"'"/"'\\''"}"
}

card_tablespaces() {
  local places
  places=$(jq -r '[.tablespaces | arrays[] | select(. != "pg_default") | "\"" + gsub("\""; "\"\"") + "\"" | gsub("[[:cntrl:]]"; " ")] | join(", ")' "$MANIFEST")
  [[ -z $places ]] || printf '\nIt has things in these tablespaces, which must be there first (CREATE TABLESPACE … LOCATION …): %s.' "$places"
}

# card_left: what gives power over the server is not in the file of roles; whoever restores decides.
card_left() {
  [[ -n $GLOBALS_FILE && -s $WORK/read/left ]] || return 0
  # shellcheck disable=SC2016  # Markdown's quotes
  printf '\n%s\n\n%s\n%s\n%s\n' 'This gives power over the whole server, so it is not done by the file. Run what you want to keep:' '```sql' "$(<"$WORK/read/left")" '```'
}

# card_locale: who gives the database its order of texts, since a new cluster may have another default.
card_locale() {
  ((SERVER >= 150000)) || return 0
  case $(manifest localeProvider) in
    i) printf " --locale-provider=icu --icu-locale='%s'" "$(manifest locale)" ;;
    b) printf " --locale-provider=builtin --builtin-locale='%s'" "$(manifest locale)" ;;
    *) printf ' --locale-provider=libc' ;;
  esac
}

# A box may refuse to rename over a file that is there; then the old page goes first. A page that cannot be written is a warning.
publish_card() {
  local page=$STORAGEBOX_REMOTE_DIR/RESTORE.md
  write_card >"$WORK/RESTORE.md"
  if box_batch "put -f $WORK/RESTORE.md $page.part-$RUN_ID" "rename $page.part-$RUN_ID $page"; then return; fi
  if box_batch "-rm $page" "rename $page.part-$RUN_ID $page"; then return; fi
  warn "the page RESTORE.md on the box could not be renewed: $BOX_ERROR"
  box_batch "-rm $page.part-$RUN_ID" || :
}

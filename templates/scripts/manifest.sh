GLOBALS_SHA256='' BEFORE=null

# place FILE: the finished file takes its name, on the disk and not only in memory.
place() {
  [[ ! -e $1 ]] || die "$1 is there already"
  await sync -- "$1.part" || die "cannot write $1.part to the disk"
  mv -T -- "$1.part" "$1" || die "cannot rename $1.part"
}

# A dump without its .sha256 is no backup, so that comes after; the manifest is last.
hash_backup() {
  local file=$BACKUP_DIR/$NAME globals=''
  stage hash "sha256 of $NAME"
  read -r SHA256 _ <"$WORK/sha256"
  [[ $SHA256 =~ ^[0-9a-f]{64}$ ]] || die "sha256sum gave no checksum"
  BYTES=$(stat -c %s -- "$PART")
  printf '%s  %s\n' "$SHA256" "$NAME" >"$file.sha256.part" || die "cannot write $file.sha256.part"
  if [[ -n $GLOBALS_FILE ]]; then
    globals=$(sha256sum <"$file$GLOBALS_FILE.part")
    GLOBALS_SHA256=${globals%% *}
    printf '%s  %s\n' "$GLOBALS_SHA256" "$NAME$GLOBALS_FILE" >>"$file.sha256.part" || die "cannot write $file.sha256.part"
  fi
  write_manifest || die "cannot write $file.manifest.json.part"
  if [[ -n $SIGNING_KEY ]]; then
    sign "$file.manifest.json.part" >"$file.manifest.json.sig.part" || die "cannot sign the manifest with $SIGNING_KEY: $(reason first "$WORK/sign.err")"
  fi
  place "$file"
  [[ -z $GLOBALS_FILE ]] || place "$file$GLOBALS_FILE"
  place "$file.sha256"
  [[ -z $SIGNING_KEY ]] || place "$file.manifest.json.sig"
  place "$file.manifest.json"
  PART=''
  await sync -- "$BACKUP_DIR" || die "cannot write $BACKUP_DIR to the disk"
  ledger_made "$NAME" false "$file" ${GLOBALS_FILE:+"$file$GLOBALS_FILE"} "$file.sha256" ${SIGNING_KEY:+"$file.manifest.json.sig"} "$file.manifest.json"
  BEFORE=$NEWEST
  graded hashed ''
  say hash "$SHA256, $BYTES bytes, $TABLES tables, $ROWS rows"
}

# docs/manifest.schema.json says what stands in it.
write_manifest() {
  local file=$BACKUP_DIR/$NAME bytes=0 acknowledged
  contents_json "$WORK/contents" >"$WORK/contents.json" || return
  open_manifest "$WORK/contents.json"
  CLUSTER=$(manifest cluster)
  find_origin
  origin
  acknowledged=$(last_vouched)
  [[ -z $GLOBALS_FILE ]] || bytes=$(stat -c %s -- "$file$GLOBALS_FILE.part")
  # shellcheck disable=SC2016  # jq's variables
  jq --arg name "$NAME" --argjson bytes "$BYTES" --arg sha "$SHA256" --arg compression "$COMPRESSION" --arg encrypted "$ENCRYPT_TO" \
    --arg ending "$GLOBALS_FILE" --argjson size "$bytes" --arg sum "$GLOBALS_SHA256" --argjson roles "$GLOBALS_ROLES" --argjson origin "$ORIGIN" \
    --arg by "$DUMPED_BY" --arg started "$STARTED_AT" --arg finished "$FINISHED_AT" --arg version "$VERSION" --arg acknowledged "$acknowledged" \
    '{manifestVersion: 3} + $origin + {name: $name, bytes: $bytes, sha256: $sha,
      files: ({"": {bytes: $bytes, sha256: $sha}} + if $ending == "" then {} else {($ending): {bytes: $size, sha256: $sum}} end), compression: $compression,
      encryption: (if $encrypted == "" then null else "age" end),
      globals: (if $ending == "" then null else {name: ($name + $ending), sha256: $sum, roles: $roles} end), dumpedBy: $by, startedAt: $started,
      finishedAt: $finished, scriptVersion: $version,
      acknowledged: (if $acknowledged == "" then null else $acknowledged end)} + (. | del(.cluster))' "$WORK/contents.json" >"$file.manifest.json.part"
}

# graded GRADE REMOTE-PATH: the newest backup, as far as it has come.
graded() {
  NEWEST=$(object name "$NAME" :bytes "$BYTES" sha256 "$SHA256" :tables "$TABLES" :rows "$ROWS" grade "$1" '?remotePath' "$2" finishedAt "$FINISHED_AT")
}

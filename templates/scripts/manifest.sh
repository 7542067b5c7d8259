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
  write_manifest "$GLOBALS_SHA256" >"$file.manifest.json.part" || die "cannot write $file.manifest.json.part"
  place "$file"
  [[ -z $GLOBALS_FILE ]] || place "$file$GLOBALS_FILE"
  place "$file.sha256"
  place "$file.manifest.json"
  PART=''
  await sync -- "$BACKUP_DIR" || die "cannot write $BACKUP_DIR to the disk"
  BEFORE=$NEWEST
  graded hashed ''
  say hash "$SHA256, $BYTES bytes, $TABLES tables, $ROWS rows"
}

# write_manifest GLOBALS-SHA256: docs/manifest.schema.json says what stands in it.
write_manifest() {
  local encryption=null globals=null
  [[ -z $ENCRYPT_TO ]] || encryption='"age"'
  [[ -z $1 ]] || globals="{\"name\":\"$NAME$GLOBALS_FILE\",\"sha256\":\"$1\",\"roles\":$GLOBALS_ROLES}"
  printf '{"manifestVersion":2,"project":"%s","database":"%s","name":"%s",\n' "$PROJECT" "$DB_NAME" "$NAME"
  printf '"bytes":%s,"sha256":"%s","compression":"%s","encryption":%s,"globals":%s,\n' "$BYTES" "$SHA256" "$COMPRESSION" "$encryption" "$globals"
  printf '"startedAt":"%s","finishedAt":"%s","scriptVersion":"%s",\n' "$STARTED_AT" "$FINISHED_AT" "$VERSION"
  contents_json "$WORK/contents" || return
  printf '}\n'
}

graded() {
  local path=null
  [[ -z $2 ]] || path="\"$2\""
  printf -v NEWEST '{"name":"%s","bytes":%s,"sha256":"%s","tables":%s,"rows":%s,"grade":"%s","remotePath":%s,"finishedAt":"%s"}' \
    "$NAME" "$BYTES" "$SHA256" "$TABLES" "$ROWS" "$1" "$path" "$FINISHED_AT"
}

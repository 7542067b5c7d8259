# How backups come into the ledger that this machine's own runs did not write there: those of earlier versions, those of a host whose
# place this one takes, and a dump that a person vouches for.

# seed_ledger: once, on a host that an earlier version set up: complete copies here whose copy on the box has the same checksum are ours.
seed_ledger() {
  local n file
  [[ $SEEDED == no ]] || return 0
  if has_unknown_copies; then
    STAGE=seed
    for n in "${BOXES[@]}"; do
      use_box "$n"
      if ! box_open || ! box_list "$ALL_DAYS"; then warn "the ledger is begun later: the box could not be looked at: $BOX_ERROR"; return; fi
      for file in "$BACKUP_DIR/backup_$DB_FILE"_*.manifest.json; do seed_copy "${file%.manifest.json}"; done
    done
  fi
  ledger_append "$(object entry seeded at "$(now_iso)")"
  SEEDED=yes
}

has_unknown_copies() {
  local file
  for file in "$BACKUP_DIR/backup_$DB_FILE"_*.manifest.json; do
    [[ ! -f $file ]] || is_mine "$(basename -- "$file" .manifest.json)" || return 0
  done
  return 1
}

# seed_copy FILE: into the ledger, where here and on the present box it is the same.
seed_copy() {
  local file=$1 name=${1##*/} path sum noted
  path=$STORAGEBOX_REMOTE_DIR/$(day_of "$name")/$name
  [[ $name =~ ^backup_"$DB_FILE"_[0-9]{8}_[0-9]{6}$EXTENSION$ && -f $file && ! -L $file && -f $file.sha256 && -n ${FILES[$path]:-} ]] || return 0
  has_all "$path" || return 0
  noted=$(head -c 64 -- "$file.sha256")
  sum=$(sha256sum <"$file")
  [[ ${sum%% *} == "$noted" ]] || return 0
  if ! box_sha256 "$path" "$BACKUP_DIR/$name.download.part" "$(stat -c %s -- "$file")"; then warn "$name could not be compared on the box: $BOX_ERROR"; return; fi
  [[ $BOX_SHA256 == "$noted" ]] || return 0
  if ! is_mine "$name"; then
    FINISHED_AT=$(manifest_time "$file.manifest.json")
    record_files "$file"
    say seed "$name is ours: the same here and on the box"
  fi
  ledger_note uploaded "$name" box "$(box_name)"
}

# record_files FILE: the backup, with what lies beside it here.
record_files() {
  local ending
  local -a files=("$1")
  for ending in "${BESIDE[@]}"; do [[ ! -f $1$ending ]] || files+=("$1$ending"); done
  ledger_made "${1##*/}" false "${files[@]}"
}

# record_from_manifest: the copy on the box that $MANIFEST is of, by the checksum that was compared, and this very manifest: what it says of
# the copy must stay so, and what it says of it elsewhere is not what was compared.
record_from_manifest() {
  local name sum
  name=$(manifest name)
  sum=$(sha256sum <"$MANIFEST")
  is_mine "$name" || ledger_append "$(jq -c --arg sum "${sum%% *}" --argjson size "$(stat -c %s -- "$MANIFEST")" '{entry: "made", name, finishedAt, adopted: false} + ('"$COUNTS_JQ"') + {
    files: ((.files // (if .globals == null then {} else {(.globals.name[(.name | length):]): {bytes: 0, sha256: .globals.sha256}} end)
      | map_values({bytes, sha256})) + {"": {bytes, sha256}, ".manifest.json": {bytes: $size, sha256: $sum}})}' "$MANIFEST")"
  ledger_note uploaded "$name" box "$(box_name)"
}

ADOPT=''
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
      for file in "$BACKUP_DIR/backup_$DB_NAME"_*.manifest.json; do seed_copy "${file%.manifest.json}"; done
    done
  fi
  ledger_append "$(json '{entry: "seeded", at: $at}' --arg at "$(now_iso)")"
  SEEDED=yes
}

has_unknown_copies() {
  local file
  for file in "$BACKUP_DIR/backup_$DB_NAME"_*.manifest.json; do
    [[ ! -f $file ]] || is_mine "$(basename -- "$file" .manifest.json)" || return 0
  done
  return 1
}

# seed_copy FILE: into the ledger, where here and on the present box it is the same.
seed_copy() {
  local file=$1 name=${1##*/} path sum noted
  path=$STORAGEBOX_REMOTE_DIR/$(day_of "$name")/$name
  [[ $name =~ ^backup_"$DB_NAME"_[0-9]{8}_[0-9]{6}$EXTENSION$ && -f $file && ! -L $file && -f $file.sha256 && -n ${FILES[$path]:-} ]] || return 0
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

# record_from_manifest: the copy on the box that $MANIFEST is of, by the checksums that stand in it.
record_from_manifest() {
  local name
  name=$(manifest name)
  is_mine "$name" || ledger_append "$(jq -c '{entry: "made", name, finishedAt, adopted: true,
    files: ((.files // ({"": {bytes, sha256}} + (if .globals == null then {} else {(.globals.name[(.name | length):]): {bytes: 0, sha256: .globals.sha256}} end)))
      | map_values({bytes, sha256}))}' "$MANIFEST")"
  ledger_note uploaded "$name" box "$(box_name)"
}

# take_over: after a restore onto a new host. Its copies on the box that are signed are this host's from now on, the folder as well; the
# host that had it uploads no more.
take_over() {
  local path
  local -a paths
  stage take-over "$STORAGEBOX_REMOTE_DIR"
  record_from_manifest
  load_ledger
  mapfile -t paths <"$WORK/candidates"
  for path in ${paths[@]+"${paths[@]}"}; do
    is_mine "${path##*/}" && continue
    accept "$path" && [[ $ACCEPTED_BY == signature ]] || continue
    record_from_manifest
  done
  load_ledger
  find_origin
  write_owner '' || warn "OWNER.json on the box could not be written, so the first backup from here is refused: $BOX_ERROR"
}

# adopt_box: a person vouches for what lies on the first box: each complete copy whose checksum there is the one in its manifest.
adopt_box() {
  local path count=0
  STAGE=adopt
  use_box "${BOXES[0]}"
  box_open || die "not reached: $BOX_ERROR"
  box_list "$ALL_DAYS" || die "could not look at the box: $BOX_ERROR"
  for path in "${!FILES[@]}"; do
    NAME=${path##*/}
    has_all "$path" && ! is_mine "$NAME" || continue
    fetch_manifest "$path" || die "not fetched: $BOX_ERROR"
    MANIFEST=$WORK/try.manifest
    if [[ $(manifest name) != "$NAME" || $(manifest database) != "$DB_NAME" || -z $(manifest sha256) || -z $(manifest bytes) ]]; then
      say adopt "$NAME is left alone: its manifest is not that backup's"
      continue
    fi
    box_sha256 "$path" "$BACKUP_DIR/$NAME.download.part" "$(manifest bytes)" || die "$NAME could not be compared: $BOX_ERROR"
    if [[ $BOX_SHA256 != "$(manifest sha256)" ]]; then say adopt "$NAME is left alone: its checksum on the box is not the one in its manifest"; continue; fi
    record_from_manifest
    count=$((count + 1))
    say adopt "$NAME is in the ledger"
  done
  say adopt "$count copies on the box are in the ledger now; they are restored from and pruned like this machine's own"
}

# adopt_file FILE: a dump that somebody made by hand, as "dumped only": it counts for retention, never as the newest, and no drill proves it.
adopt_file() {
  local file=$1 name stamp place
  STAGE=adopt
  [[ $file == /* && -f $file && ! -L $file ]] || die "$file is not a file, named by its absolute path"
  case $file in *.sql.gz) need gzip gzip ;; *.sql.zst) need zstd zstd ;; *) die "$file is no .sql.gz or .sql.zst" ;; esac
  stamp=$(date -u -r "$file" +%Y%m%d_%H%M%S)
  name=${file##*/}
  [[ $name =~ ^backup_"$DB_NAME"_[0-9]{8}_[0-9]{6}\.sql\.(gz|zst)$ ]] || name=backup_${DB_NAME}_$stamp.sql.${file##*.}
  place=$BACKUP_DIR/$name
  ! is_mine "$name" || die "$name is in the ledger already"
  case $file in
    *.gz) await gzip --decompress --stdout -- "$file" >/dev/null 2>"$WORK/adopt.err" ;;
    *) await zstd --quiet --decompress --stdout -- "$file" >/dev/null 2>"$WORK/adopt.err" ;;
  esac || die "$file cannot be unpacked: $(reason first "$WORK/adopt.err")"
  if [[ $file != "$place" ]]; then
    [[ ! -e $place ]] || die "$place exists already, and is another file"
    await cp --reflink=auto -- "$file" "$place.part" || die "cannot copy $file to $place.part"
    place "$place"
  fi
  printf '%s  %s\n' "$(sha256sum <"$place" | head -c 64)" "$name" >"$place.sha256.part" || die "cannot write $place.sha256.part"
  rm -f -- "$place.sha256"
  place "$place.sha256"
  FINISHED_AT=$(date -u -r "$place" +%Y-%m-%dT%H:%M:%SZ)
  ledger_made "$name" true "$place" "$place.sha256"
  say adopt "$name is in the ledger, as dumped only; retention removes it when it is old"
}

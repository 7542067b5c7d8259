ADOPT=''

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
    open_manifest "$WORK/try.manifest"
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
  [[ $name =~ ^backup_"$DB_FILE"_[0-9]{8}_[0-9]{6}\.sql\.(gz|zst)$ ]] || name=backup_${DB_FILE}_$stamp.sql.${file##*.}
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

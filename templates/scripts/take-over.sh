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

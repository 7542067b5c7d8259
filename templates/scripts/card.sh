# The page that lies in the project's folder on the box: how to bring a backup back with nothing but sftp, a decompressor and psql.
write_card() {
  cat <<END
# Restore $DB_NAME

(to be written)
END
}

# A box may refuse to rename over a file that is there; then the old page goes first. A page that cannot be written is a warning.
publish_card() {
  local page=$STORAGEBOX_REMOTE_DIR/RESTORE.md
  write_card >"$WORK/RESTORE.md"
  if box_batch "put -f $WORK/RESTORE.md $page.part-$RUN_ID" "rename $page.part-$RUN_ID $page"; then return; fi
  box_batch "-rm $page" "rename $page.part-$RUN_ID $page" || warn "the page RESTORE.md on the box could not be renewed: $BOX_ERROR"
}

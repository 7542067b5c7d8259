#!/bin/sh
# What lies in a project's folder on a box, for status and verify; after box-session.sh. Names and sizes, and who owns the folder.
# Variables that the library sets: directory pattern uploading.
# shellcheck disable=SC2154,SC2034

# uploads NAME: what a run may be giving its name on the box just now. Asked before the box is listed, and again after it.
uploads() { tell "$1" "$(cat -- "$uploading" 2>/dev/null)"; }

look() {
  open_box || return
  uploads before
  names "-df $directory" "-ls -ln $pattern" || return
  read_owner
  uploads after
}

# read_owner: a marker is small: what is larger comes cut, and is none of ours.
read_owner() {
  blocks=64
  run_batch "$patience" "-get $directory/OWNER.json $work/owner"
  blocks=131072
  [ ! -e "$work/owner" ] || tell owner "$(head -c 16384 -- "$work/owner" | tr -d '\0')"
}

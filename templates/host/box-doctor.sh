#!/bin/sh
# What the box task asks of a box; after box-session.sh and box-look.sh. Read-only, but for scratch files of its own.
# Variables that the library sets: alias ports known_hosts identity directory project uploading patience.
# shellcheck disable=SC2154,SC2086,SC2034

doctor() {
  let_in='' denied='' pinned=$(awk -v name="$alias" '$1 == name { print $2, $3; exit }' "$known_hosts" 2>/dev/null)
  tell pinned "$pinned"
  for each in $ports; do look_at_port "$each"; done
  [ -n "$let_in" ] && open_box || return
  run_batch "$patience" "-df $directory" "-df ."
  frame room "$code"
  run_batch "$patience" "ls -1 $directory"
  : >"$work/out"
  frame folder "$code"
  [ "$code" = 0 ] || return
  uploads before
  look_at_files || return
  uploads after
  try_scratch
}

# look_at_port PORT: whether it is reached, the key that it shows, and, only where that is the pinned one, who is let in.
look_at_port() {
  code=0
  # shellcheck disable=SC2016 # That Bash expands them.
  timeout --foreground 10 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$host" "$1" >"$work/out" 2>"$work/err" || code=$?
  frame "port$1" "$code"
  [ "$code" = 0 ] || return
  find_shown_key "$1"
  tell "key$1" "$shown"
  [ -n "$shown" ] && [ "$shown" = "$pinned" ] || return
  [ -z "$login" ] || try_login "$1" password -oPubkeyAuthentication=no
  [ -z "$identity" ] || try_login "$1" identity -oPasswordAuthentication=no -oKbdInteractiveAuthentication=no
}

# find_shown_key PORT: sets $shown to "TYPE BASE64", of the pinned key's type where the box has one. ssh-keyscan logs in nowhere.
find_shown_key() {
  case $pinned in ssh-rsa*) type=rsa ;; ecdsa-*) type=ecdsa ;; *) type=ed25519 ;; esac
  for type in "$type" ed25519,ecdsa,rsa; do
    shown=$(timeout --foreground 20 ssh-keyscan -T 8 -p "$1" -t "$type" "$host" 2>/dev/null | sed -n '/^#/d; s/^[^ ]* //p' | head -n 1)
    [ -z "$shown" ] || return
  done
}

# try_login PORT password|identity OPTION…: by this method alone, over a connection of its own. A method that one port denies isn't tried on
# the other: boxes lock out whoever fails too often.
try_login() {
  at=$1 way=$2 code=0
  shift 2
  case $denied in *"$way"*) return ;; esac
  printf 'pwd\n' >"$work/batch"
  within "$patience" sftp "$@" -oControlPath=none -oPort="$at" -oHostKeyAlias="$alias" $options -b "$work/batch" "$sftp" || code=$?
  : >"$work/out"
  frame "$way$at" "$code"
  if [ "$code" = 0 ]; then
    [ "$at" != "$port" ] || let_in=yes
  elif [ "$code" = 5 ] || grep -q 'Permission denied\|Too many authentication' "$work/err"; then
    denied="$denied $way"
  fi
}

# Every file in the project's folder, down to one level below the days' folders, and which processes are runs of this project.
look_at_files() {
  level=$directory
  set -- "-ls -lan $directory"
  for _ in 1 2 3 4 5; do level="$level/*" && set -- "$@" "-ls -ln $level"; done
  names "$@" || return
  tell running "$(grep -laF -- "-$project.sh" /proc/[0-9]*/cmdline 2>/dev/null)"
  read_owner
}

# What the credential may do, tried with files of its own. Where nothing can be deleted, what an earlier try left is used again, so that no
# more than two ever lie there.
try_scratch() {
  name_of=$directory/.bitacora-doctor-$(date +%s)-$$
  remove_old
  set -- $old
  first=${1:-$name_of.a} second=${2:-$name_of.b} put=0
  printf 'scratch of the box task\n' >"$work/scratch"
  at_end=remove_scratch
  if [ -z "${1:-}" ]; then put_scratch "$first"; fi
  if [ -z "${2:-}" ] && [ "$put" = 0 ]; then put_scratch "$second"; fi
  ask_shell
  if [ "$put" = 0 ]; then
    run_batch "$patience" "rename -l $first $name_of.c"
    frame rename "$code"
    [ "$code" != 0 ] || first=$name_of.c
    run_batch "$patience" "rename $first $second"
    frame replace "$code"
    run_batch "$patience" "rm $second"
    frame delete "$code"
  fi
  remove_scratch
  frame left "$code"
  at_end=:
}

# remove_old: sets $old to the scratch files of an earlier try that cannot be removed.
remove_old() {
  old=$(awk -v start="$directory/.bitacora-doctor-" \
    'index($NF, start) == 1 && substr($NF, length(start) + 1) ~ /^[0-9]+-[0-9]+\.[a-z]$/ { print $NF }' "$list" | sort -u)
  [ -n "$old" ] || return
  set --
  for each in $old; do set -- "$@" "rm $each"; done
  run_batch "$patience" "$@"
  frame old "$code"
  [ "$code" != 0 ] || old=''
}

put_scratch() {
  run_batch "$patience" "put $work/scratch $1"
  put=$code
  frame put "$code"
}

remove_scratch() { run_batch 20 "-rm $name_of.a" "-rm $name_of.b" "-rm $name_of.c" "-ls -1 $directory/.bitacora-doctor-*"; }

# ask_shell: whether commands run there, and sha256sum among them.
ask_shell() {
  if [ "$put" = 0 ]; then
    remote sum "$patience" "sha256sum $first"
    case $(head -c 100 -- "$work/out" | tr -d '\0') in "$(sha256sum <"$work/scratch" | cut -c 1-64) "*) tell sha256sum yes; return ;; esac
  fi
  remote shell "$patience" "ls -d $directory"
}

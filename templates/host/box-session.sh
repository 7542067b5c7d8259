#!/bin/sh
# A session with a storage box, for facts: one login that all commands share. Answers go to stdout in frames, each ended by a line
# "MARK NUMBER.NAME STATUS", and after it one with what stood on stderr, NUMBER.NAME.err. The mark is never sent to a box.
# Variables that the library sets: mark number user host port sftp login options patience list_patience most_lines config password_key.
# shellcheck disable=SC2154,SC2086

work=$(mktemp -d /run/postgres-backup-check.XXXXXXXX) || exit 1
scratch='' blocks=131072 list=$work/list
# What is left to do at the end, as long as the login stands.
at_end=:
trap 'trap "" TERM INT HUP; $at_end; close_box; rm -rf -- "$work" ${scratch:+"$scratch"}' EXIT
trap 'exit 143' TERM INT HUP
trap '' PIPE

close_box() { [ ! -S "$work/box" ] || ssh -F /dev/null -S "$work/box" -O exit box >/dev/null 2>&1; }

# setting KEY: sets $value to what the host's config has under it, as config.sh reads it.
setting() {
  value='' quoted=''
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in "$1='"*"'") quoted=${line#*\'} quoted=${quoted%\'}; break ;; esac
  done <"$config"
  while :; do
    case $quoted in
      *"'\\''"*) value=$value${quoted%%"'\\''"*}\' quoted=${quoted#*"'\\''"} ;;
      *) value=$value$quoted; return ;;
    esac
  done
}

# frame NAME STATUS: of what is in $work/out and $work/err.
frame() {
  cat -- "$work/out"
  printf '\n%s %s.%s %s\n' "$mark" "$number" "$1" "$2"
  tail -c 16384 -- "$work/err"
  printf '\n%s %s.%s.err 0\n' "$mark" "$number" "$1"
}

# tell NAME TEXT…: a frame of our own words.
tell() { name=$1; shift; printf '%s\n' "$@" >"$work/out"; : >"$work/err"; frame "$name" 0; }

# within SECONDS COMMAND…: the password goes through a pipe: neither argv, nor the environment, nor a file has it. So many blocks of 512 bytes
# may be written into one file: a server that sends without end must not fill the disk. Nothing outlives this shell.
within() {
  seconds=$1
  shift
  (
    ulimit -f "$blocks"
    printf '%s\n' "$password" 2>/dev/null | {
      exec 3<&0 </dev/null
      exec setpriv --pdeathsig KILL -- timeout --foreground --kill-after=10 "$seconds" setpriv --pdeathsig KILL -- $login "$@"
    }
  ) >"$work/out" 2>"$work/err"
}

# run_batch SECONDS COMMAND…: sftp commands in one session, and its exit code in $code. It stops at the first that fails, but for those that
# begin with a dash. -oBatchMode=no stands before -b, which would turn password prompts off.
run_batch() {
  time=$1 code=0
  shift
  printf '%s\n' "$@" >"$work/batch"
  within "$time" sftp $options -oPort="$port" -oControlPath="$work/box" -b "$work/batch" "$sftp" || code=$?
}

# batch NAME SECONDS COMMAND…: the same, told in a frame.
batch() {
  name=$1
  shift
  run_batch "$@"
  frame "$name" "$code"
  return "$code"
}

# names COMMAND…: listings, which ask for each name by itself; kept in $list. More lines than that are not read.
names() {
  run_batch "$((patience + list_patience))" "$@"
  lines=$(wc -l <"$work/out")
  if [ "$lines" -gt "$most_lines" ]; then
    printf '%s names, more than the %s' "$lines" "$most_lines" >"$work/out"
    code=many
  fi
  cp -- "$work/out" "$list"
  frame names "$code"
  [ "$code" = 0 ]
}

# remote NAME SECONDS COMMAND: what the box's shell makes of it, where there is one.
remote() {
  name=$1 time=$2 code=0
  shift 2
  within "$time" ssh $options -oPort="$port" -oControlPath="$work/box" "$user@$host" "$@" || code=$?
  frame "$name" "$code"
  return "$code"
}

# open_box: when sshpass ends, its terminal hangs up, maybe before the ssh that goes on in the background has left it.
open_box() {
  code=0
  within "$patience" nohup ssh $options -oPort="$port" -oControlPath="$work/box" -oControlMaster=yes -oControlPersist=60 -f -N "$user@$host" || code=$?
  frame open "$code"
  return "$code"
}

setting "$password_key"
password=$value

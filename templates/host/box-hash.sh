#!/bin/sh
# Hashes the newest backup on a box, and all that lies beside it; after box-look.sh. What is worth hashing is only guessed here, by names of
# root's own ledger: the library decides which backup counts. Names of the box go nowhere but into a comparison.
# Variables that the library sets: project file ledger status directory patience rate reserve.
# shellcheck disable=SC2154,SC2086

# choose: lines "PATH BYTES KNOWN": the newest complete one of the ledger, and the one that the last run called the newest. BYTES is the box's
# word, KNOWN the ledger's, or - for none.
# shellcheck disable=SC2016  # awk's fields
choose() {
  last=$(jq -r '.newest.name? // empty' <"$status" 2>/dev/null)
  awk -v directory="$directory" -v prefix="backup_${file}_" -v last="$last" -v limit="$(date -u -d '+1 day' +%Y%m%d_%H%M%S)" '
    function named(line) { sub(/^[^:]*:"[a-z]*","name":"/, "", line); sub(/".*/, "", line); return line }
    FNR == NR {
      if (/^[{]"entry":"aside",/) delete known[named($0)]
      if (/^[{]"entry":"made",/ && !/"adopted":true/) {
        known[named($0)] = "-"
        if (match($0, /"":[{]"bytes":[1-9][0-9]*/)) known[named($0)] = substr($0, RSTART + 12, RLENGTH - 12)
      }
      next
    }
    {
      name = $NF
      sub(/^.*\//, "", name)
      stamp = substr(name, length(prefix) + 1, 15)
      day = substr(stamp, 1, 4) "/" substr(stamp, 5, 2) "/" substr(stamp, 7, 2)
      if ($NF != directory "/" day "/" name || stamp > limit) next
      ending = ""
      if (name ~ /\.sha256$/) ending = ".sha256"
      if (name ~ /\.manifest\.json$/) ending = ".manifest.json"
      name = substr(name, 1, length(name) - length(ending))
      if (!(name in known) || name !~ /^backup_[A-Za-z0-9_.%-]+$/ || index(name, prefix) != 1) next
      if (!((name, ending) in seen)) files[name]++
      seen[name, ending] = 1
      if (ending == "") { path[name] = $NF; bytes[name] = $5 ~ /^[1-9][0-9]*$/ && length($5) < 16 ? $5 : 0 }
      if (files[name] == 3 && stamp > top) { top = stamp; newest = name }
    }
    END {
      if (newest != "") print path[newest], bytes[newest], known[newest]
      if (last != newest && files[last] == 3) print path[last], bytes[last], known[last]
    }' "$ledger" "$list"
}

# stated: what the files beside the dump are, and what they say of it.
stated() {
  for ending in .globals.sql .globals.sql.age .sha256 .manifest.json.sig .manifest.json; do
    if [ -f "$work/copy$ending" ]; then printf '%s %s\n' "$ending" "$(sha256sum <"$work/copy$ending" | cut -c 1-64)"; fi
  done
  printf 'sum %s\n' "$(head -c 64 -- "$work/copy.sha256" 2>/dev/null | tr -cd 0-9a-f)"
  printf 'manifest %s\n' "$(jq -r '.sha256 | strings' "$work/copy.manifest.json" 2>/dev/null | head -c 64 | tr -cd 0-9a-f)"
  setting SIGNING_PUBLIC
  if [ -n "$value" ] && [ -f "$work/copy.manifest.json.sig" ]; then printf 'signed %s\n' "$(is_signed && echo yes || echo no)"; fi
}

is_signed() {
  printf '%s namespaces="bitacora-backup" %s\n' "$project" "$value" >"$work/signers"
  ssh-keygen -q -Y verify -f "$work/signers" -I "$project" -n bitacora-backup -s "$work/copy.manifest.json.sig" <"$work/copy.manifest.json" >/dev/null 2>&1
}

# hash_dump N PATH BYTES: there where the box has a shell, else downloaded and hashed here.
hash_dump() {
  remote "hash$1" "$((patience + $3 / rate))" "sha256sum $2"
  read -r sum _ <"$work/out" || :
  case $code:${#sum}:$sum in 124:* | 137:* | 0:64:*[!0-9a-f]*) ;; 0:64:*) return ;; esac
  case $code in 124 | 137) return ;; esac
  if [ "$(df -Pk /var/tmp | awk 'NR == 2 { print $4 }')" -lt "$(($3 / 1024 + reserve))" ]; then
    tell "room$1" /var/tmp
    return
  fi
  scratch=$(mktemp /var/tmp/postgres-backup-check.XXXXXXXX) || return
  [ "$3" -le $((blocks * 512)) ] || blocks=$(($3 / 512 + 2048))
  if batch "get$1" "$((patience + $3 / rate))" "get $2 $scratch"; then tell "here$1" "$(sha256sum <"$scratch" | cut -c 1-64)"; fi
  rm -f -- "$scratch"
  scratch='' blocks=131072
}

hash_newest() {
  number_of=0
  [ -f "$ledger" ] && [ ! -L "$ledger" ] || return
  choose >"$work/chosen"
  while read -r path bytes known <&4; do
    number_of=$((number_of + 1))
    rm -f -- "$work"/copy.*
    set --
    for ending in .globals.sql .globals.sql.age .sha256 .manifest.json.sig .manifest.json; do set -- "$@" "-get $path$ending $work/copy$ending"; done
    tell "path$number_of" "$path"
    batch "beside$number_of" "$patience" "$@" || return
    stated >"$work/stated"
    tell "stated$number_of" "$(cat -- "$work/stated")"
    # A copy of another size has another checksum; its size is the box's word, and must not say how long it is waited for.
    if [ "$known" != - ] && [ "$bytes" != 0 ] && [ "$bytes" != "$known" ]; then continue; fi
    [ "$known" = - ] || bytes=$known
    hash_dump "$number_of" "$path" "$bytes"
  done 4<"$work/chosen"
}

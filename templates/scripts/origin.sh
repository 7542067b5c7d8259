# Whose backups a folder on the box holds. Two hosts with the same names and one folder would restore each other's data and hide each
# other's failing nights. OWNER.json in the folder names the owner's newest upload, and that stands in the owner's ledger: so a cloned
# server is told from its original, and a server stays itself after pg_upgrade or with a new machine-id.
HOST_ID='' CLUSTER='' OWNER_TEXT='' OWNER_IS=''

# This machine, and the PostgreSQL on it, where a superuser can be asked.
find_origin() {
  HOST_ID=$(head -c 32 /etc/machine-id 2>/dev/null) || HOST_ID=''
  [[ $HOST_ID =~ ^[0-9a-f]{32}$ ]] || HOST_ID=''
  [[ -z $CLUSTER ]] || return 0
  if ask super postgres <<<'SELECT system_identifier FROM pg_control_system()'; then CLUSTER=$(<"$WORK/answered"); fi
  [[ $CLUSTER =~ ^[0-9]{1,20}$ ]] || CLUSTER=''
}

# origin: as ORIGIN has it from then on.
ORIGIN=''
origin() {
  [[ -z $ORIGIN ]] || return 0
  ORIGIN=$(object project "$PROJECT" database "$DB_NAME" '?host' "$HOST_ID" hostname "$(</proc/sys/kernel/hostname)" '?cluster' "$CLUSTER")
}

owner_path() { printf '%s/OWNER.json' "$STORAGEBOX_REMOTE_DIR"; }

# read_owner: sets OWNER_IS to mine, none or other, and OWNER_TEXT to words for the other. 1: the box was not reached; 4: see fail_permanently.
read_owner() {
  local last host cluster
  OWNER_TEXT='' OWNER_IS=none
  rm -f -- "$WORK/owner"
  box_batch "-get $(owner_path) $WORK/owner" || return
  [[ -f $WORK/owner ]] || return 0
  OWNER_IS=other
  read_texts "$WORK/owner" last host cluster hostname project since
  if [[ -z ${TEXTS[*]//' '/} ]]; then OWNER_TEXT="nobody knows whom: its OWNER.json cannot be read"; return; fi
  last=${TEXTS[0]} host=${TEXTS[1]} cluster=${TEXTS[2]}
  if [[ -n $last ]]; then
    if is_mine "$last"; then OWNER_IS=mine; fi
  elif [[ $host == "$HOST_ID" && $cluster == "$CLUSTER" ]]; then
    OWNER_IS=mine
  fi
  OWNER_TEXT="the host $(shown "${TEXTS[3]}") (cluster $(shown "$cluster"), project $(shown "${TEXTS[4]}")), since $(shown "${TEXTS[5]}")"
  [[ $host != "$HOST_ID" || $cluster != "$CLUSTER" ]] || OWNER_TEXT+=', which is this machine or a copy of it, though the ledger here does not know its newest upload (where the ledger was lost: --adopt-box)'
}

# shown TEXT: somebody else's, fit for a message.
shown() {
  local text=${1:0:80}
  text=${text//[^A-Za-z0-9._:-]/?}
  printf '%s' "${text:-?}"
}

# claim_folder: before anything is uploaded. Nobody's becomes ours; another's is left alone.
claim_folder() {
  read_owner || return
  case $OWNER_IS in
    mine) ;;
    none) write_owner '' claim || return ;;
    other) fail_permanently "the folder $STORAGEBOX_REMOTE_DIR belongs to $OWNER_TEXT; give this project another remoteDirectory, or, where its data has moved here: provision --from-backup" || return ;;
  esac
}

# write_owner LAST [claim]: OWNER.json names this host and its newest upload. A claim never replaces another's.
write_owner() {
  local file rest
  file=$(owner_path)
  origin
  rest=$(object '?last' "$1" since "$(now_iso)")
  printf '%s,%s\n' "${ORIGIN%?}" "${rest:1}" >"$WORK/OWNER.json"
  if [[ ${2:-} == claim ]]; then
    box_batch "put -f $WORK/OWNER.json $file.part-$RUN_ID" "rename -l $file.part-$RUN_ID $file"
    return
  fi
  if box_batch "put -f $WORK/OWNER.json $file.part-$RUN_ID" "rename $file.part-$RUN_ID $file"; then return; fi
  # A box may refuse to rename over a file that is there.
  box_batch "put -f $WORK/OWNER.json $file.part-$RUN_ID" "-rm $file" "rename $file.part-$RUN_ID $file"
}

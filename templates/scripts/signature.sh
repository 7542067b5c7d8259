# A manifest is signed with the project's ed25519 key, so that a host which has no ledger knows a backup of ours from one that somebody put
# on the box. The signature covers the manifest, and with it project, name, time and the checksums of all files.
readonly SIGNED_AS=bitacora-backup

# sign FILE: its signature on stdout.
sign() { ssh-keygen -q -Y sign -f "$SIGNING_KEY" -n "$SIGNED_AS" <"$1" 2>"$WORK/sign.err"; }

# is_signed MANIFEST SIGNATURE: by this project's key. The key comes from the inventory, never from the box.
is_signed() {
  [[ -n $SIGNING_PUBLIC && -s $2 ]] || return 1
  printf '%s namespaces="%s" %s\n' "$PROJECT" "$SIGNED_AS" "$SIGNING_PUBLIC" >"$WORK/signers"
  ssh-keygen -q -Y verify -f "$WORK/signers" -I "$PROJECT" -n "$SIGNED_AS" -s "$2" <"$1" >/dev/null 2>"$WORK/verify.err"
}

check_signing_config() {
  [[ -z $SIGNING_KEY ]] || must_path SIGNING_KEY
  must SIGNING_PUBLIC '^(ssh-ed25519 [A-Za-z0-9+/]{60,80}={0,2})?$' "a public key, ssh-ed25519 AAAA…"
  must INTERVAL_SECONDS '^[1-9][0-9]{0,8}$' 'a number of seconds'
}

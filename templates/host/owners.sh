#!/bin/sh
# Functions for scripts that run as root on a host: who can change a path, and how to act as that user.

# loose USER PATH...: places that others than root and USER could change: each path, and every folder above it, through symbolic links. Prints
# MODE OWNER GROUP PATH of each, nothing where all is well; what doesn't exist is skipped. The mode covers ACLs: what they grant to others shows
# in the group's bits (acl(5), the mask). One process, namei of util-linux.
loose() {
  loose_user=$1 loose_at='' loose_sticky='' loose_group=''
  shift
  loose_lines=$(namei -l -- "$@" 2>&1)
  case $loose_lines in "f: "*) ;; *) printf '? ? ? %s\n' "${loose_lines:-namei printed nothing}"; return 0 ;; esac
  while read -r loose_mode loose_owner loose_of loose_name; do
    case $loose_mode in
    f:)
      [ -z "$loose_sticky" ] || printf '%s\n' "$loose_sticky"
      loose_at='' loose_sticky=''
      continue ;;
    l?????????)
      case $loose_name in *' -> /'*) loose_at='' ;; esac
      continue ;;
    [dbcps-]?????????) ;;
    *)
      [ "$loose_owner" = - ] || printf '? ? ? %s\n' "$loose_mode $loose_owner $loose_of $loose_name"
      continue ;;
    esac
    # A sticky folder guards the entries of others; it is loose only as the last one.
    loose_sticky=''
    case $loose_name in
    /) loose_at=/ ;;
    .) ;;
    ..) loose_at=${loose_at%/*} ;;
    *) loose_at=${loose_at%/}/$loose_name ;;
    esac
    loose_line="$loose_mode $loose_owner $loose_of $loose_at"
    if [ "$loose_owner" != root ] && [ "$loose_owner" != "$loose_user" ]; then
      printf '%s\n' "$loose_line"
      continue
    fi
    case $loose_mode in
    d????????[tT]) loose_sticky=$loose_line; continue ;;
    ????????w?) printf '%s\n' "$loose_line"; continue ;;
    ?????w????) ;;
    *) continue ;;
    esac
    # Ubuntu's own.
    [ "$loose_at:$loose_owner:$loose_of" != /var/log:root:syslog ] || continue
    # A group of that user's own, as Debian makes one.
    if [ "$loose_owner" != root ]; then
      [ -n "$loose_group" ] || loose_group=$(id -gn -- "$loose_user" 2>/dev/null) || loose_group=' '
      [ "$loose_of" != "$loose_group" ] || continue
    fi
    printf '%s\n' "$loose_line"
  done <<end
$loose_lines
end
  [ -z "$loose_sticky" ] || printf '%s\n' "$loose_sticky"
}

# loose_below FOLDER... [-maxdepth N]: the first code of Python or settings of Alembic below that others than root could change, or folder where
# such lies. Data of the application, such as uploads, a log or its .env, may be its own.
loose_below() {
  find -L "$@" \( ! -user root -o -perm /022 \) \( -type d -o -name '*.py' -o -name '*.pyc' -o -name '*.so' -o -name '*.pth' -o -name '*.ini' \
    -o -name '*.mako' -o -name '*.toml' -o -name '*.cfg' \) -printf '%M %u %g %p\n' 2>/dev/null |
    while IFS= read -r loose_line; do
      case $loose_line in d*)
        loose_at=${loose_line#* * * }
        set -- "$loose_at"/*.py
        [ -e "$1" ] || [ -L "$1" ] || continue ;;
      esac
      printf '%s\n' "$loose_line"
      break
    done
}

# owner_of PATH: sets `owner` to who owns it, and `stranger` to the first place where others than root and the owner could change it, empty
# where there is none. False where there is nothing.
owner_of() {
  if [ -O "$1" ]; then owner=root; else owner=$(stat -L -c %U -- "$1" 2>/dev/null) || return 1; fi
  stranger=$(loose "$owner" "$1")
  stranger=${stranger%%
*}
}

# as_user USER COMMAND...: runs it as that user, in an environment that holds nothing of ours. It gets no lock of ours either. What that user
# has running may stop it, so where `as_limit` is set, root ends it after so many seconds.
as_user() {
  as_home=/ as_name=$1
  shift
  case $as_name in *[!A-Za-z0-9_.-]*) ;; *) eval "as_home=~$as_name" ;; esac
  as_group=$(id -g -- "$as_name") || return 1
  ${as_limit:+timeout -k 5 "$as_limit"} setpriv --reuid="$as_name" --regid="$as_group" --init-groups env -i PATH="$PATH" HOME="$as_home" USER="$as_name" LOGNAME="$as_name" \
    LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC "$@" 9>&-
}

import { Script, hereDocument, sh } from '../text/sh.ts'
import { templateText } from '../text/template.ts'

/** A file of shell functions in templates/, without its comments. */
export const hostFunctions = (name: string): Script =>
  new Script(
    templateText(name)
      .split('\n')
      .filter((line) => !/^\s*(?:#|$)/.test(line))
      .map((line) => line.trimStart())
      .join('\n'),
  )

/** `loose`, `loose_below`, `owner_of`, `as_user`. */
export const OWNERS = hostFunctions('host/owners.sh')

/**
 * A script that runs as a user, `"$owner"` for one: it travels on stdin, so that no secret in it stands among arguments. After so many seconds
 * root ends it, whatever that user's other processes do to it: it would hold the host's lock for ever.
 */
export function asUser(user: string | Script, script: Script, seconds = 60): Script {
  const late = sh` || { s=$?; case $s in 124|137) echo ${`no end within ${seconds} s`} >&2 ;; esac; exit $s; }`
  return sh`as_limit=${seconds}; as_user ${user} sh -s${hereDocument(sh`set -e; umask 077\n${script}`, late)}`
}

/** Sets `owner` to a user whom the inventory names in this field, and fails where the host doesn't have that one. */
export function declaredOwner(user: string, field: string): Script {
  const message = `there is no user %s on the host: create it, or correct ${field}\\n`
  return sh`owner=${user}
id -u -- "$owner" >/dev/null 2>&1 || { printf ${message} "$owner" >&2; exit 1; }`
}

/**
 * Fails unless root alone can change these files and what leads to them: before root runs or believes one of them. What doesn't exist is
 * skipped.
 */
export function rootAlone(paths: readonly string[]): Script {
  return sh`l=$(loose root ${paths}) || exit 126
[ -z "$l" ] || { printf '%s\\n' "$l" | { read -r m o g p; printf '%s could be changed by others than root (%s %s:%s), so nothing there is run as root; this repairs it or says how: provision\\n' "$p" "$m" "$o" "$g" >&2; }; exit 126; }`
}

import type { Secret } from '../text/secret.ts'
import { Script, sh } from '../text/sh.ts'

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Nothing of the login's environment reaches what we run: PGHOST, PYTHONPATH, LD_PRELOAD and the like would lead it astray. `kept` is text
 * of more assignments.
 */
const clean = (kept: string, command: string) =>
  `/usr/bin/env -i PATH=${PATH} HOME=/root USER=root LOGNAME=root SHELL=/bin/sh${kept} ${command}`

/** Proxies stay, for apt and curl, unless they hold what could be a password, which env's arguments would show. */
const AS_ROOT = `set -f; k=; for v in http_proxy https_proxy no_proxy; do eval "x=\\\${$v-}"; case $x in *[!A-Za-z0-9_.:/,*-]*|"") ;; *) k="$k $v=$x";; esac; done; exec ${clean(' $k', '/bin/sh -s')}`

/**
 * The script goes around sudo, through a FIFO that only the login can open: where log_input is set, sudo writes down all that it reads. The
 * password is all that sudo can read, so a wrong one is tried once. Its folder goes as soon as both ends are open.
 */
const AROUND_SUDO = `exec 3<&0 </dev/null; d=$(mktemp -d "\${XDG_RUNTIME_DIR:-/tmp}/bitacora.XXXXXXXXXX") && mkfifo -m 0600 "$d/in" || exit 1; (exec >"$d/in"; rm -rf "$d"; exec cat <&3) & s -- ${clean('', `/bin/sh -c "exec <\\"\\$1\\" && exec /bin/sh -s" sh "$d/in"`)} 3<&-; r=$?; kill $! 2>/dev/null; rm -rf "$d"; exit $r`
const WITHOUT_PASSWORD = 's() { sudo -n "$@"; }'
const WITH_PASSWORD = 's() { printf "%s\\n" "$p" | sudo -S -p "" -k "$@"; }'

/**
 * The command that reads a script on its stdin and runs it as root, and what goes before the script on that stdin.
 *
 * With a password, that is the first line, which the host's own shell takes away; sudo gets it only where it asks for one. `read` takes one
 * line and no more.
 */
export function rootShell(user: string, password: Secret | undefined): { command: string; before: Script } {
  if (user === 'root') return { command: shell(AS_ROOT), before: sh`` }
  if (password === undefined) return { command: shell(`${WITHOUT_PASSWORD}; ${AROUND_SUDO}`), before: sh`` }
  return {
    command: shell(
      `IFS= read -r p; if sudo -n true 2>/dev/null </dev/null; then p=; ${WITHOUT_PASSWORD}; else ${WITH_PASSWORD}; fi; ${AROUND_SUDO}`,
    ),
    before: password.map((line) => `${line}\n`).as(Script),
  }
}

/** For any login shell: no text above holds a single quote. */
const shell = (script: string) => `exec /bin/sh -c '${script}'`

/** What to do about what sudo said; undefined when it wasn't sudo. */
export function sudoAdvice(hostName: string, user: string, said: string): string | undefined {
  if (/a password is required|a terminal is required/.test(said)) {
    return `sudo wants a password of ${user}: give hosts.${hostName}.sudoPassword, or let ${user} sudo without one`
  }
  if (/incorrect password|no password was provided|Sorry, try again/.test(said))
    return `sudo refuses the password: correct the value behind hosts.${hostName}.sudoPassword`
  if (/not in the sudoers|may not run sudo|not allowed to execute/.test(said))
    return `${user} may not use sudo: add it to the sudo group on the host (usermod -aG sudo ${user})`
  if (/sudo: (command )?not found|sudo: No such file/.test(said))
    return `sudo is not installed on the host: log in as root (hosts.${hostName}.user), or install it`
  return undefined
}

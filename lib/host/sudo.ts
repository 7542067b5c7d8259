import type { Secret } from '../secret.ts'
import { Script, sh } from '../shell.ts'

/**
 * The command that reads a script on its stdin and runs it as root, and what goes before the script on that stdin.
 *
 * With a password, sudo would read it from the first line; where sudo turns out to need none, that line would reach the script, so the
 * host's own shell looks first and takes it away. `read` takes one line and no more.
 */
export function rootShell(user: string, password: Secret | undefined): { command: string; before: Script } {
  if (user === 'root') return { command: 'exec sh -s', before: sh`` }
  if (password === undefined) return { command: 'exec sudo -n -- sh -s', before: sh`` }
  const command =
    'exec sh -c \'if sudo -n true 2>/dev/null; then IFS= read -r unused; exec sudo -n -- sh -s; else exec sudo -S -p "" -k -- sh -s; fi\''
  return { command, before: new Script(`${password.reveal()}\n`, [password]) }
}

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

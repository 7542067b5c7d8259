import type { Secret } from '../secret.ts'
import { Script, sh } from '../shell.ts'
import type { RestoreOptions } from './options.ts'

/** Seconds that the script waits for the login through the tunnel. */
const LOGIN_SECONDS = 60

/** The arguments of the restore script for what is asked. */
export function restoreArguments(options: RestoreOptions): string[] {
  const { into, replace, table, dropOld, at, name, local, box, trustBox, tablespaces = [] } = options
  const drill = into === undefined && table === undefined && dropOld !== true
  return [
    ...(into === undefined ? [] : ['--into', into]),
    ...(replace === true ? ['--replace'] : []),
    ...(table === undefined ? [] : ['--table', table]),
    ...(dropOld === true ? ['--drop-old'] : []),
    ...(at === undefined ? [] : ['--at', at]),
    ...(name === undefined ? [] : ['--name', name]),
    ...tablespaces.flatMap((one) => ['--tablespace', one]),
    ...(local === true ? ['--local'] : []),
    ...(box === undefined ? [] : ['--box', String(box)]),
    ...(trustBox === true ? ['--trust-box'] : []),
    ...(drill ? ['--wait-login', String(LOGIN_SECONDS)] : []),
  ]
}

/** `script`, with the private key on its stdin where there is one. */
export function withIdentity(command: Script, identity: Secret | undefined): Script {
  return identity === undefined ? command : sh`printf '%s\\n' ${identity} | ${command} --identity`
}

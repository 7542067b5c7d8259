import type { Secret } from '../../text/secret.ts'
import { Script, sh } from '../../text/sh.ts'

/** What the restore script is asked for; all left out: a drill of the newest backup. */
export interface RestoreRequest {
  /** For real, into this database. */
  into?: string | undefined
  /** The restored database takes the name of the one that is there, which is kept under another. */
  replace?: boolean | undefined
  /** Only this table, into a schema of its own beside the live ones. */
  table?: string | undefined
  /** Drop the databases that `replace` kept. */
  dropOld?: boolean | undefined
  /** A day or a time in UTC: the newest backup not later. */
  at?: string | undefined
  /** This backup and no other, by its file name. */
  name?: string | undefined
  /** `OLD=NEW`: the things of one of the backup's tablespaces go into another. */
  tablespace?: readonly string[] | undefined
  /** The copy on the host instead of the one on the box. */
  local?: boolean | undefined
  /** The project's box to fetch from, from 1. */
  box?: number | undefined
  /** One copy that neither ledger nor signature proves to be ours may be taken. */
  trustBox?: boolean | undefined
}

/** Seconds that the script waits for the login through the tunnel. */
const LOGIN_SECONDS = 60

/** The arguments of the restore script for what is asked */
export function restoreArguments(options: RestoreRequest): string[] {
  const { into, replace, table, dropOld, at, name, local, box, trustBox, tablespace = [] } = options
  const drill = into === undefined && table === undefined && dropOld !== true
  return [
    ...(into === undefined ? [] : ['--into', into]),
    ...(replace === true ? ['--replace'] : []),
    ...(table === undefined ? [] : ['--table', table]),
    ...(dropOld === true ? ['--drop-old'] : []),
    ...(at === undefined ? [] : ['--at', at]),
    ...(name === undefined ? [] : ['--name', name]),
    ...tablespace.flatMap((one) => ['--tablespace', one]),
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

import { newNonce } from '../../../engine/frames.ts'
import { hostFunctions } from '../../../engine/owners.ts'
import { Script, sh } from '../../../text/sh.ts'
import type { BoxAccess } from './access.ts'
import { listingPattern } from './listing.ts'

/** How long a box may take, in seconds: for what moves nothing, and so much more for a listing, which asks for each name by itself. */
export interface Patience {
  seconds: number
  listSeconds: number
  /** A listing of more lines is not read. */
  lines: number
}

export const PATIENCE: Patience = { seconds: 60, listSeconds: 240, lines: 200_000 }

/** Bytes a second of a slow line; MiB that stay free on the host's disk. */
const RATE = 102_400
export const RESERVE_MIB = 256

type Part = 'box-look' | 'box-hash' | 'box-doctor'

/**
 * One session with each box, one after the other: after templates/host/box-session.sh come those parts, then `command`, a function of theirs. Its
 * output is for `answersOf`. Each session is a subshell, with one login that goes with it; none takes a lock.
 */
export function boxSessions(accesses: readonly BoxAccess[], parts: readonly Part[], command: Script, patience: Patience): Script {
  const nonce = newNonce()
  const functions = ['box-session', ...parts].map((part) => hostFunctions(`host/${part}.sh`))
  const sessions = accesses.map((box) =>
    Script.join([sh`(`, variables(box, nonce, patience), ...functions, command, sh`:\n) || exit`]),
  )
  // A signal is for the session, which ends by itself.
  return Script.join([sh`trap : TERM INT HUP; printf '%s\\n' ${nonce}`, ...sessions])
}

function variables(box: BoxAccess, mark: string, patience: Patience): Script {
  const { number, port, address, project, directory } = box
  const values = {
    mark,
    number,
    user: box.user,
    host: address,
    port,
    // sftp would take an IPv6 address for a host and a path, without brackets; ssh wants none.
    sftp: `${box.user}@${address.includes(':') ? `[${address}]` : address}`,
    login: box.usesPassword ? 'sshpass -d3' : '',
    password_key: `STORAGEBOX${number === 1 ? '' : number}_PASSWORD`,
    options: options(box).join(' '),
    config: box.config,
    patience: patience.seconds,
    list_patience: patience.listSeconds,
    most_lines: patience.lines,
    rate: RATE,
    reserve: RESERVE_MIB * 1024,
    directory,
    pattern: listingPattern(box),
    uploading: box.uploading,
    project,
    file: box.file,
    ledger: box.ledger,
    status: box.status,
    // How known_hosts names it.
    alias: port === 22 ? address : `[${address}]:${port}`,
    ports: [...new Set([port, 23, 22])].join(' '),
    known_hosts: box.knownHosts,
    identity: box.identity ?? '',
  }
  return Script.join(Object.entries(values).map(([name, value]) => sh`${new Script(`${name}=`)}${value}`))
}

/** ssh's and sftp's, as an upload has them; none holds a space. */
function options({ knownHosts, identity, usesPassword }: BoxAccess): string[] {
  return [
    '-F /dev/null',
    '-oBatchMode=no',
    '-oStrictHostKeyChecking=yes',
    `-oUserKnownHostsFile=${knownHosts}`,
    '-oGlobalKnownHostsFile=/dev/null',
    '-oUpdateHostKeys=no',
    '-oLogLevel=ERROR',
    '-oConnectTimeout=20',
    '-oServerAliveInterval=15',
    '-oServerAliveCountMax=4',
    '-oNumberOfPasswordPrompts=1',
    '-oIdentitiesOnly=yes',
    '-oIdentityAgent=none',
    '-oForwardAgent=no',
    identity === undefined ? '-oPubkeyAuthentication=no' : `-oIdentityFile=${identity}`,
    ...(usesPassword ? [] : ['-oPasswordAuthentication=no', '-oKbdInteractiveAuthentication=no']),
  ]
}

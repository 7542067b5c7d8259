import { exchange } from '../engine/exchange.ts'
import { newNonce } from '../engine/frames.ts'
import type { FrameReader } from '../engine/frames.ts'
import type { ReportedChange } from '../engine/plan.ts'
import { lastLines } from '../text/lines.ts'
import type { Machine } from '../engine/machine.ts'
import type { Group } from './run.ts'
import type { Text } from '../text/secret.ts'
import { Script, sh } from '../text/sh.ts'

export interface HostScript {
  /** `PROJECT/STEP`, as views show it. */
  key: string
  /** What the run is to bring about. */
  change: ReportedChange
  command: Script
  /** What the script says to this program rather than to people, in a frame: a line of BITACORA_FRAME, a name, a value. */
  onSignal?: (name: string, value: string) => void
  /** Seconds. */
  deadline: number
  /** Set for the command alone. */
  env?: Readonly<Record<string, string | Text>>
  /** A file whose content is wanted when the command has ended. */
  catFile?: string
}

export interface HostScriptResult {
  /** The command's exit code; undefined when its end was not seen, so that its outcome is unknown. */
  status: string | undefined
  /** All that it said, as it came: a document must not be changed before it is read. What is shown of it is masked by forEachBackup. */
  out: string
  err: string
  seconds: number
  /** The file's content, as it is; left out when it can't be read. */
  file?: string
}

/** Frames that end the script, and what is read after it. */
const OURS = ['script', 'file', 'end']
/** Bytes of what a script prints that are kept: far more than any document of ours, and the end of a log that has run wild. */
const KEPT = 8 * 2 ** 20

/** Runs one script of the host in one exec and shows its lines as they come. Throws HostError when the connection is lost or the deadline is over. */
export async function runHostScript(
  machine: Machine,
  { key, change, command, deadline, env = {}, catFile, onSignal }: HostScript,
  { masker, emit }: Pick<Group, 'masker' | 'emit'>,
): Promise<HostScriptResult> {
  const nonce = newNonce()
  const started = performance.now()
  emit({ type: 'applying', key, change: masker.json(change) })
  // Not in its arguments, which all users of the host can see.
  const frame = onSignal === undefined ? {} : { BITACORA_FRAME: nonce }
  const exports = Object.entries({ ...env, ...frame }).map(
    ([name, value]) => sh`export ${new Script(`${checked(name)}=`)}${value}`,
  )
  const file = catFile === undefined ? [] : [sh`cat -- ${catFile} </dev/null; e file $?`]
  const { out, err } = await exchange(
    machine,
    Script.join([sh`(`, ...exports, command, sh`) </dev/null; e script $?`, ...file]),
    {
      nonce,
      deadline,
      most: KEPT,
      onFrame({ id, status }) {
        if (id !== 'start' && !OURS.includes(id)) onSignal?.(id, status)
      },
      onLine(line, after, stream) {
        if (after !== '' && !OURS.includes(after) && stream === 'stdout') emit({ type: 'line', key, line: masker.text(line) })
      },
    },
  )
  const said = (reader: FrameReader) => {
    const upTo = reader.frames.findIndex(({ id }) => id === 'script')
    const parts = (upTo < 0 ? reader.frames : reader.frames.slice(0, upTo + 1)).filter(({ id }) => id !== 'start')
    return [...parts.map(({ body }) => body), ...(upTo < 0 ? [reader.rest()] : [])].map(String).join('')
  }
  const content = out.find('file')
  return {
    status: out.find('script')?.status,
    out: said(out),
    err: said(err),
    seconds: Math.round(performance.now() - started) / 1000,
    ...(content?.status === '0' ? { file: content.body.toString() } : {}),
  }
}

/** Why a script failed, for an error: its last lines on stderr, else on stdout. */
export function whyFailed({ status, out, err }: Pick<HostScriptResult, 'status' | 'out' | 'err'>): string {
  if (status === undefined)
    return 'the connection ended, so the outcome is not known; the status task or the log on the host tells'
  return `exit ${status}: ${lastLines(err) || lastLines(out)}`
}

function checked(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`not a name of a variable: ${name}`)
  return name
}

import { randomBytes } from 'node:crypto'
import { OWNERS } from './owners.ts'
import { sh } from '../text/sh.ts'
import type { Script } from '../text/sh.ts'

/**
 * How answers come back over one exec: raw output, then a line `NONCE id status`, on stdout and on stderr alike. The nonce is new for
 * each run, so nothing that a login shell, a banner or a file's content prints can be taken for it, and nothing needs encoding.
 */
export interface Frame {
  id: string
  status: string
  body: Buffer
  /** The body is only the end of what came. */
  isCut?: true
}

export function newNonce(): string {
  return `bitacora-${randomBytes(16).toString('hex')}`
}

/** Sets `$psql`, also for a shell of its own. */
export const FIND_PSQL = sh`psql=psql; for p in /usr/lib/postgresql/*/bin/psql; do [ ! -x "$p" ] || psql=$p; done`

/**
 * Defines `e ID STATUS`, which ends an answer, and gives the rest of the script a known environment. The first frame is `start`.
 * Of what the login brought, only the named variables stay: the rest could lead what we run astray (PGHOST, PYTHONPATH, BASH_ENV).
 * `$psql` is the program itself: what Debian has on the PATH is a Perl wrapper that costs as much again.
 */
export function prologue(nonce: string): Script {
  return sh`PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C.UTF-8; TZ=UTC; export PATH LC_ALL TZ
x=$(export -p); while IFS= read -r l; do case $l in
'export '*) l=\${l#export } ;; 'declare -x '*) l=\${l#declare -x } ;; *) continue ;;
esac; case \${l%%=*} in
PATH|LC_ALL|TZ|HOME|USER|LOGNAME|http_proxy|https_proxy|no_proxy|''|[0-9]*|*[!A-Za-z0-9_]*) ;; *) unset "\${l%%=*}" ;;
esac; done <<end
$x
end
unset x l
unset IFS
umask 077; cd /
${FIND_PSQL}
owners=${OWNERS.reveal()}; eval "$owners"
e() { printf '\\n%s %s %s\\n' ${nonce} "$1" "$2"; printf '\\n%s %s %s\\n' ${nonce} "$1" "$2" >&2; }
e start 0`
}

/** Thrown when a host sends far more than any answer could be. */
export class OutputLimitError extends Error {
  override name = 'OutputLimitError'
}

export interface FrameOptions {
  onFrame?: ((frame: Frame) => void) | undefined
  /** Bytes of one answer that are kept, at least; of a longer one its end. */
  most: number
  /** Bytes of all answers together, kept or not, after which an OutputLimitError is thrown. */
  total: number
}

/** The marker's own line is far shorter. */
const LONGEST_MARKER = 1024

/** Splits a stream into frames as it arrives, in time and memory that are linear in what is kept. */
export class FrameReader {
  readonly frames: Frame[] = []
  readonly #marker: Buffer
  readonly #options: FrameOptions
  #body: Buffer[] = []
  #bytes = 0
  #isCut = false
  #all = 0
  /** Too short to tell whether a marker begins here. */
  #tail: Buffer = Buffer.alloc(0)

  constructor(nonce: string, options: Partial<FrameOptions> = {}) {
    this.#marker = Buffer.from(`\n${nonce} `)
    this.#options = { most: Number.MAX_SAFE_INTEGER, total: Number.MAX_SAFE_INTEGER, ...options }
  }

  /** Throws an OutputLimitError. */
  push(chunk: Buffer): void {
    this.#all += chunk.length
    if (this.#all > this.#options.total) {
      const after = this.frames.at(-1)?.id ?? 'the login'
      throw new OutputLimitError(
        `the host sent more than ${Math.floor(this.#options.total / 2 ** 20)} MiB, the last of it after ${after}`,
      )
    }
    let pending = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk])
    for (;;) {
      const at = pending.indexOf(this.#marker)
      const start = at + this.#marker.length
      const end = at < 0 ? -1 : pending.indexOf('\n', start)
      if (end < 0) {
        const isLine = at >= 0 && pending.length - at < LONGEST_MARKER
        const sure = isLine ? at : Math.max(0, pending.length - this.#marker.length + 1)
        this.#keep(pending.subarray(0, sure))
        this.#tail = pending.subarray(sure)
        return
      }
      this.#keep(pending.subarray(0, at))
      const [id = '', status = ''] = pending.toString('utf8', start, end).split(' ')
      this.#end(id, status)
      pending = pending.subarray(end + 1)
    }
  }

  find(id: string): Frame | undefined {
    return this.frames.find((frame) => frame.id === id)
  }

  has(id: string): boolean {
    return this.find(id) !== undefined
  }

  /** What came after the last frame. */
  rest(): Buffer {
    return Buffer.concat([...this.#body, this.#tail])
  }

  #end(id: string, status: string): void {
    const frame: Frame = { id, status, body: Buffer.concat(this.#body), ...(this.#isCut ? { isCut: true } : {}) }
    this.#body = []
    this.#bytes = 0
    this.#isCut = false
    this.frames.push(frame)
    this.#options.onFrame?.(frame)
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#body.push(bytes)
    this.#bytes += bytes.length
    while (this.#bytes - this.#body[0]!.length >= this.#options.most) {
      this.#bytes -= this.#body.shift()!.length
      this.#isCut = true
    }
  }
}

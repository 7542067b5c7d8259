import { randomBytes } from 'node:crypto'
import { OWNERS } from '../owners.ts'
import { sh } from '../shell.ts'
import type { Script } from '../shell.ts'

/**
 * How answers come back over one exec: raw output, then a line `NONCE id status`, on stdout and on stderr alike. The nonce is new for
 * each run, so nothing that a login shell, a banner or a file's content prints can be taken for it, and nothing needs encoding.
 */
export interface Frame {
  id: string
  status: string
  body: Buffer
}

export function newNonce(): string {
  return `bitacora-${randomBytes(16).toString('hex')}`
}

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
psql=psql; for p in /usr/lib/postgresql/*/bin/psql; do [ ! -x "$p" ] || psql=$p; done
${OWNERS}
e() { printf '\\n%s %s %s\\n' ${nonce} "$1" "$2"; printf '\\n%s %s %s\\n' ${nonce} "$1" "$2" >&2; }
e start 0`
}

/** Splits a stream into frames as it arrives. */
export class FrameReader {
  readonly frames: Frame[] = []
  readonly #marker: Buffer
  readonly #onFrame: ((frame: Frame) => void) | undefined
  #pending: Buffer = Buffer.alloc(0)
  /** Before this, no marker begins. */
  #from = 0

  constructor(nonce: string, onFrame?: (frame: Frame) => void) {
    this.#marker = Buffer.from(`\n${nonce} `)
    this.#onFrame = onFrame
  }

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    for (;;) {
      const at = this.#pending.indexOf(this.#marker, this.#from)
      this.#from = at < 0 ? Math.max(0, this.#pending.length - this.#marker.length) : at
      if (at < 0) return
      const start = at + this.#marker.length
      const end = this.#pending.indexOf('\n', start)
      // The marker's own line is still on its way: look at it again from its beginning.
      if (end < 0) return
      const [id = '', status = ''] = this.#pending.toString('utf8', start, end).split(' ')
      const frame = { id, status, body: Buffer.from(this.#pending.subarray(0, at)) }
      this.#pending = this.#pending.subarray(end + 1)
      this.#from = 0
      this.frames.push(frame)
      this.#onFrame?.(frame)
    }
  }

  /** What came after the last frame. */
  rest(): Buffer {
    return this.#pending
  }
}

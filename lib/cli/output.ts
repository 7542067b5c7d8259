/** Whoever read it is not there any more: `| head`, a closed terminal. */
const GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

let isWatched = false
let problem: Error | undefined

/**
 * Lets a reader of stdout or stderr go away without ending the run: its exit code and the logbook stay true. What could not be written for
 * another reason, such as a full disk, `outputProblem` gives.
 */
export function watchOutput(): void {
  if (isWatched) return
  isWatched = true
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!GONE.has(error.code ?? '')) problem ??= error
    })
}

export function outputProblem(): Error | undefined {
  return problem
}

import { z } from 'zod'
import { shellFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import type { Host } from '../../inventory/index.ts'
import { sh } from '../../text/sh.ts'

const PLACES = ['/var', '/var/lib/postgresql', '/var/backups/postgres']
const CLOCK_SECONDS = 60

const system = z.object({
  /** KiB free for each of the places that exist. */
  free: z.array(z.object({ path: z.string(), kib: z.number() })),
  /** Seconds that the host's clock is ahead of ours when the answer is read. */
  clock: z.number().transform((epoch) => Math.round(epoch - Date.now() / 1000)),
})

/** The host itself: that it answers and that we are root there is proven by the answer; then disk and clock. */
export function preflight(host: Host): Step {
  return step({
    project: null,
    name: 'preflight',
    needs: [],
    facts: {
      system: shellFact(
        system,
        sh`set --; for d in ${PLACES}; do [ -d "$d" ] && set -- "$@" "$d"; done
out=$(df -Pk -- "$@") || exit 1
printf '{"clock":%s,"free":[' "$(date +%s)"; comma=
{ read -r l; while read -r a b c kib rest; do printf '%s{"path":"%s","kib":%s}' "$comma" "$1" "$kib"; comma=,; shift; done; } <<end
$out
end
printf ']}'`,
      ),
    },
    plan({ system: { free, clock } }) {
      const changes: Change[] = []
      for (const { path, kib } of free) {
        const mib = Math.floor(kib / 1024)
        if (mib >= host.minimumFreeMiB) continue
        changes.push({
          what: `free disk below ${path}`,
          from: `${mib} MiB`,
          to: `at least ${host.minimumFreeMiB} MiB`,
          help: `make room below ${path}, or lower hosts.${host.name}.minimumFreeMiB; migrations and backups wait until then`,
          blocks: true,
        })
      }
      if (Math.abs(clock) > CLOCK_SECONDS) {
        changes.push({
          what: 'clock',
          from: `${Math.abs(clock)} s ${clock > 0 ? 'ahead' : 'behind'}`,
          to: `within ${CLOCK_SECONDS} s of ours`,
          help: 'set it, and let it be kept: timedatectl set-ntp true',
        })
      }
      return changes
    },
    note: ({ system: { free } }) => `${Math.floor(Math.min(...free.map(({ kib }) => kib)) / 1024)} MiB free`,
  })
}

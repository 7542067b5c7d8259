import { createHash } from 'node:crypto'
import { sh } from '../../text/sh.ts'
import type { Script } from '../../text/sh.ts'
import { templateText } from '../../text/template.ts'
import { KEPT, keptFolder } from '../common/kept.ts'
import type { Schedule } from './schedules.ts'

/** Ends these jobs of one file, and keeps what was there in KEPT. It fails when somebody has changed them since they were read. */
export function takeOver(jobs: readonly Schedule[], script: string): Script {
  const [{ kind, path, raw }] = jobs as [Schedule]
  if (kind === 'script') return moveAside(path, raw, script)
  if (kind === 'timer') return disable(jobs[0]!)
  if (kind === 'user timer') return disableOfUser(jobs[0]!)
  return sh`${keptFolder()}
perl -e ${templateText('facts/take-lines.pl')} ${path} ${KEPT} <<'end'
${jobs.map((job) => sh`${job.raw}`).reduce((all, one) => sh`${all}\n${one}`)}
end`
}

function moveAside(path: string, raw: string, script: string): Script {
  const isSame =
    raw === ''
      ? sh`[ "$(readlink -f -- ${path})" = ${script} ]`
      : sh`[ "$(sha256sum < ${path})" = ${`${createHash('sha256').update(Buffer.from(raw, 'hex')).digest('hex')}  -`} ]`
  return sh`${isSame} || { echo ${`${path} changed while this run was going on; run this again`} >&2; exit 1; }
${keptFolder()}
${keep(path)}
rm -- ${path}`
}

/** Its unit file stays; what enables it is kept. */
function disable({ path, links }: Schedule): Script {
  const all = links ?? []
  return sh`${keptFolder()}
for link in ${all}; do ${keep()}; done
if [ -d /run/systemd/system ]; then systemctl disable --now -- ${nameOf(path)}; fi
for link in ${all}; do rm -f -- "$link"; done`
}

/** As that user: in a folder of theirs, root could be led elsewhere. */
function disableOfUser({ path, user, links }: Schedule): Script {
  const as = sh`setpriv --reuid=${user} --regid="$(id -g -- ${user})" --init-groups env -i PATH="$PATH" XDG_RUNTIME_DIR="$run"`
  return sh`run=/run/user/$(id -u -- ${user})
if [ -d "$run/systemd" ]; then ${as} systemctl --user disable --now -- ${nameOf(path)}; fi
${as} rm -f -- ${links ?? []}`
}

function keep(path?: string): Script {
  const from = path === undefined ? sh`"$link"` : sh`${path}`
  return sh`from=${from}; cp -pP -- "$from" ${KEPT}/"$(printf '%s' "\${from#/}" | tr / _).$(date -u +%Y%m%d_%H%M%S)"`
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

import { z } from 'zod'
import { textFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import type { Host } from '../../inventory/index.ts'
import { sh } from '../../text/sh.ts'

/** What systemd knows under these names; what it doesn't know is not there, or started otherwise. */
const SERVICES = ['postgresql.service']
const OF_BACKUPS = ['cron.service', 'logrotate.timer']

interface Unit {
  id: string
  state: string
  active: string
}

const answer = z.string().transform((output) => {
  const lines = output.split('\n')
  const manual = lines.filter((line) => line.startsWith('start ')).map((line) => line.slice('start '.length))
  const units = output
    .split('\n\n')
    .map((block) => new Map([...block.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value])))
    .filter((unit) => unit.has('Id'))
    .map((unit): Unit => ({ id: unit.get('Id')!, state: unit.get('UnitFileState') ?? '', active: unit.get('ActiveState') ?? '' }))
  return { manual, units }
})

/**
 * What must run again after a reboot: PostgreSQL, cron, the timer of logrotate. One process, and none where systemd doesn't run. Of a cluster,
 * Debian's start.conf decides; it is read where postgresql.conf names our port.
 */
export function servicesStep({ postgresql: { port } }: Pick<Host, 'postgresql'>, backups: boolean): Step {
  return step({
    project: null,
    name: 'services',
    needs: [],
    facts: {
      services: textFact(
        answer.nullable(),
        sh`for f in /etc/postgresql/*/*/start.conf; do [ -f "$f" ] && while read -r k v n rest; do
[ "$k$v$n" = ${`port=${port}`} ] || [ "$k" = ${`port=${port}`} ] || continue
while read -r w rest; do case $w in manual|disabled) printf 'start %s %s\\n' "$w" "$f" ;; esac; done < "$f"
done < "\${f%start.conf}postgresql.conf"; done
[ ! -d /run/systemd/system ] || systemctl show -p Id,UnitFileState,ActiveState ${backups ? [...SERVICES, ...OF_BACKUPS] : SERVICES}`,
      ),
    },
    plan: ({ services }) => [...(services?.units ?? []).flatMap(unitChanges), ...(services?.manual ?? []).map(clusterChange)],
  })
}

function unitChanges({ id, state, active }: Unit): Change[] {
  const what = `service ${id}`
  const help = `it won't be there after the next reboot: systemctl ${state.startsWith('masked') ? `unmask ${id} && systemctl ` : ''}enable --now ${id}`
  if (/^(?:disabled|masked)/.test(state)) return [{ what, from: state, to: 'enabled', help }]
  // PostgreSQL that answers under another name, and cron by its own fact, are told of elsewhere.
  if (state === 'enabled' && id.endsWith('.timer') && active !== 'active')
    return [{ what, from: active, to: 'active', help: `start it: systemctl start ${id}` }]
  return []
}

function clusterChange(line: string): Change {
  const [state = '', path = ''] = line.split(' ')
  return {
    what: `start of PostgreSQL in ${path}`,
    from: state,
    to: 'auto',
    help: `the cluster won't be there after the next reboot: write auto into ${path}`,
  }
}

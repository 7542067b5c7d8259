import type { Answer } from '../../../lib/engine/answer.ts'
import type { Fact } from '../../../lib/engine/fact.ts'
import type { Machine } from '../../../lib/engine/machine.ts'
import { read } from '../../../lib/engine/read.ts'
import { fileName } from '../../../lib/inventory/backup-name.ts'
import type { BoxAccess } from '../../../lib/steps/backup/box/access.ts'
import { boxReports } from '../../../lib/steps/backup/box/box-copy.ts'
import type { BoxReport } from '../../../lib/steps/backup/box/box-copy.ts'
import { doctorFact } from '../../../lib/steps/backup/box/doctor.ts'
import type { DoctorBox } from '../../../lib/steps/backup/box/doctor.ts'
import { newestOf } from '../../../lib/steps/backup/box/listing.ts'
import { boxFact } from '../../../lib/steps/backup/box/look.ts'
import { PATIENCE } from '../../../lib/steps/backup/box/session.ts'
import type { Patience } from '../../../lib/steps/backup/box/session.ts'
import { ledgerFact } from '../../../lib/steps/backup/ledger-fact.ts'
import type { Ledger } from '../../../lib/steps/backup/ledger-fact.ts'
import { Masker } from '../../../lib/text/masker.ts'
import type { Project } from './project.ts'

/** What `verify` finds on a project's boxes. */
export interface Checked {
  /** Why none could be looked at. */
  error: string | undefined
  boxes: BoxReport[]
  /** The first box's. */
  newest: string | undefined
  fault: string | undefined
  gone: string | undefined
}

/** What `verify` asks of the boxes in the project's config. */
export async function checkBox(project: Project, patience: Partial<Patience> = {}): Promise<Checked> {
  const box = boxFact(await accesses(project), { hash: true, mustLook: true, patience: { ...PATIENCE, ...patience } })
  const { found, ledger } = await ask(project, box)
  const boxes = 'error' in found ? [] : boxReports(found.value, ledger, new Date())
  return {
    error: 'error' in found ? found.error : undefined,
    boxes,
    newest: boxes[0]?.newest?.name,
    fault: boxes[0]?.fault,
    gone: boxes[0]?.gone?.text,
  }
}

/** What `status` asks of them. */
export async function listBoxes(project: Project, patience: Partial<Patience> = {}) {
  const box = boxFact(await accesses(project), { patience: { ...PATIENCE, ...patience } })
  const { found, ledger } = await ask(project, box)
  if ('error' in found) throw new Error(found.error)
  return { looks: found.value, ledger }
}

/** The newest on the first box by that. */
export async function newestListed(project: Project): Promise<string | undefined> {
  const { looks, ledger } = await listBoxes(project)
  const [first] = looks
  return first?.error === null ? newestOf(first.listing, ledger, new Date())?.name : undefined
}

/** What the box task asks of them. */
export async function doctor(project: Project): Promise<DoctorBox[]> {
  const { found, ledger } = await ask(project, doctorFact(await accesses(project)))
  if ('error' in found) throw new Error(found.error)
  return found.value(ledger, new Date())
}

/** The script of facts that asks it, for a test that stops it half way. */
export const doctorScript = async (project: Project): Promise<string> =>
  (doctorFact(await accesses(project)) as unknown as { script: { text: string } }).script.text

async function ask<T>(project: Project, fact: Fact<T>): Promise<{ found: Answer<T>; ledger: Ledger | null }> {
  const machine: Machine = {
    async run(script, { onStdout, onStderr }) {
      const text = script.text.replaceAll('/var/backups/postgres/', `${project.backups}/`)
      const { code, stdout, stderr } = await project.host('exec sh -s', text)
      onStdout(Buffer.from(stdout))
      onStderr(Buffer.from(stderr))
      return { code }
    },
  }
  const ledger = ledgerFact(project.name)
  const { answers } = await read(machine, [fact, ledger], 5432, new Masker())
  const known = answers.get(ledger) as Answer<Ledger | null>
  if ('error' in known) throw new Error(known.error)
  return { found: answers.get(fact) as Answer<T>, ledger: known.value }
}

/** As the config on the host has them. */
async function accesses(project: Project): Promise<BoxAccess[]> {
  const { stdout } = await project.host(`cat ${project.config}`)
  const settings = new Map([...stdout.matchAll(/^([A-Z0-9_]+)='(.*)'$/gm)].map(([, key = '', value = '']) => [key, value]))
  const of = (key: string) => settings.get(key) ?? ''
  return [1, 2, 3, 4].flatMap((number) => {
    const prefix = `STORAGEBOX${number === 1 ? '' : number}_`
    if (of(`${prefix}HOST`) === '') return []
    const identity = of(`${prefix}IDENTITY`)
    return [
      {
        number,
        project: project.name,
        database: of('DB_NAME'),
        file: fileName(of('DB_NAME')),
        address: of(`${prefix}HOST`),
        port: Number(of(`${prefix}PORT`) || 23),
        user: of(`${prefix}USER`),
        directory: of(`${prefix}REMOTE_DIR`),
        keepDays: Number(of('REMOTE_RETENTION_DAYS') || 90),
        usesPassword: of(`${prefix}PASSWORD`) !== '',
        ...(identity === '' ? {} : { identity }),
        knownHosts: of(`${prefix}KNOWN_HOSTS`),
        config: project.config,
        ledger: `${project.backups}/ledger_${project.name}.jsonl`,
        status: `${project.backups}/status_${project.name}.json`,
        uploading: `${project.backups}/.uploading_${project.name}${number === 1 ? '' : `.${number}`}`,
      },
    ]
  })
}

import { z } from 'zod'
import { shellFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Step } from '../../engine/step.ts'
import { goneCopies, goneHelp } from './gone.ts'
import { ifInstalled } from './installed.ts'
import { sh } from '../../text/sh.ts'
import { places } from './places.ts'

const look = z.object({
  ok: z.boolean(),
  newest: z
    .object({ name: z.string(), bytes: z.number(), sha256: z.string(), sha256OnBox: z.string().nullable(), equal: z.boolean() })
    .nullable(),
  error: z.string().nullable().optional(),
  gone: goneCopies,
})

const answer = look.extend({ boxes: z.array(look.extend({ host: z.string(), user: z.string() })).optional() })

/** A copy of many gigabytes is hashed there. */
const HASH_SECONDS = 3600

/** What the script on the host finds on each box, asked once for all steps that take it. */
export type BoxFact = ReturnType<typeof boxFact>
export function boxFact(project: string) {
  // 2 is an answer too: it looked, and it isn't so.
  const { script } = places(project)
  return shellFact(answer, ifInstalled(script, project, sh`${script} --check-box || [ $? -eq 2 ]`), { deadline: HASH_SECONDS })
}
export type BoxAnswer = z.output<typeof answer>

/**
 * The newest complete backup on each box, hashed there, against its checksum and the copy on the host. The script on the host looks.
 * Where there are several boxes, each difference says which.
 */
export function boxCopyStep(project: string, fact: BoxFact = boxFact(project)): Step {
  return step({
    project,
    name: 'box-copy',
    needs: ['package', 'script', 'config', 'known-host'],
    facts: { box: fact },
    plan: ({ box }) =>
      looksOf(box)
        .filter(({ ok }) => !ok)
        .flatMap((one) => [...copyChanges(project, one), ...goneChanges(project, one)]),
    note: ({ box }) =>
      looksOf(box)
        .map(({ newest, ok, place }) =>
          newest === null ? `nothing on ${place}` : `${newest.name} ${ok || newest.equal ? 'equal' : 'not equal'} on ${place}`,
        )
        .join('; '),
  })
}

type Look = ReturnType<typeof looksOf>[number]

function copyChanges(project: string, { newest, error, place, gone }: Look) {
  if (gone != null && newest?.equal === true && error == null) return []
  return [
    {
      what: `copy of ${project} on ${place}`,
      from: error ?? (newest === null ? 'no complete backup there' : `${newest.name} has another checksum there`),
      to: 'there, and equal',
      help: 'make a new one; the damaged copy stays where it is for you to look at',
      next: ['backup', project],
    },
  ]
}

function goneChanges(project: string, { place, gone }: Look) {
  if (gone == null) return []
  return [{ what: `backups of ${project} on ${place}`, from: gone.text, to: 'all that were uploaded', help: goneHelp(project) }]
}

/** One for each box. */
export function looksOf(answered: BoxAnswer): (z.output<typeof look> & { place: string })[] {
  const { boxes = [] } = answered
  return boxes.length < 2
    ? [{ ...answered, place: 'the box' }]
    : boxes.map((one, index) => ({ ...one, place: `box ${index + 1}, ${one.user}@${one.host}` }))
}

import { z } from 'zod'
import { shellFact } from '../engine/fact.ts'
import { step } from '../engine/step.ts'
import type { Step } from '../engine/step.ts'
import { sh } from '../shell.ts'
import { places } from '../steps/places.ts'

const answer = z.object({
  ok: z.boolean(),
  newest: z
    .object({ name: z.string(), bytes: z.number(), sha256: z.string(), sha256OnBox: z.string().nullable(), equal: z.boolean() })
    .nullable(),
  error: z.string().nullable().optional(),
})

/** The newest complete backup on the box, hashed there, against its checksum and the copy on the host. The script on the host looks. */
export function boxCopyStep(project: string): Step {
  const { script } = places(project)
  return step({
    project,
    name: 'box-copy',
    needs: ['package', 'script', 'config', 'known-host'],
    // 2 is an answer too: it looked, and it isn't so.
    facts: { box: shellFact(answer, sh`${script} --check-box || [ $? -eq 2 ]`) },
    plan({ box }) {
      if (box.ok) return []
      const from =
        box.error ?? (box.newest === null ? 'no complete backup there' : `${box.newest.name} has another checksum there`)
      return [
        {
          what: `copy of ${project} on the box`,
          from,
          to: 'there, and equal',
          help: `make a new one: npx zx tasks/backup.mjs ${project}; the damaged copy stays where it is for you to look at`,
        },
      ]
    },
    note: ({ box }) =>
      box.newest === null ? 'nothing on the box' : `${box.newest.name} ${box.ok ? 'equal' : 'not equal'} on the box`,
  })
}

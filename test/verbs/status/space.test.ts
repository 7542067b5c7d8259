import { describe, expect, test } from 'vitest'
import type { LookDocument } from '../../../lib/verbs/status/look.ts'
import { judge } from '../../../lib/verbs/status/evaluate.ts'
import { judgeSpace } from '../../../lib/verbs/status/space.ts'
import { NOW, box, look, project, wellFound } from './support.ts'

describe('space, over all projects', () => {
  /** Ten nights of one size each: the copies double within ten more. */
  const nights = Array.from({ length: 10 }, (_, ago): [string, number] => [
    `backup_onquota_db_202611${24 - ago}_030000.sql.gz`,
    1000,
  ])
  const looked = (host: string, changes: Partial<LookDocument>) => {
    const document = look(changes)
    return {
      host,
      project: project.project,
      status: judge(project, { ...wellFound(), look: { value: document } }, NOW),
      document,
    }
  }
  const spaceOf = ({ status }: ReturnType<typeof looked>) =>
    status.problems.map(({ text, next }) => `${text} → ${next.join(' ')}`)

  test('a disk that is full within 30 days, and one that is full later', () => {
    const local = (free: number) => ({ local: { free, bytes: 10_000, copies: nights } })
    const [soon, later] = [looked('vps', local(15_500)), looked('web', local(20_500))]
    judgeSpace([soon, later], NOW)
    expect(spaceOf(soon)).toEqual(['the disk of vps is full in 16 days, as the backups grow → backup onquota --prune --check'])
    expect(soon.status.backup?.local.fullOn).toBe('2026-12-10T12:00:00.000Z')
    expect(spaceOf(later)).toHaveLength(1)
    const never = looked('vps', local(40_000))
    judgeSpace([never], NOW)
    expect(never.status).toMatchObject({ problems: [], backup: { local: { fullOn: null } } })
  })

  test('projects on one box fill it together, on whichever hosts they are', () => {
    const boxes = [box({ copies: nights, free: 25_500 })]
    const [one, other] = [looked('vps', { boxes }), looked('web', { boxes })]
    judgeSpace([one, other], NOW)
    for (const each of [one, other])
      expect(spaceOf(each)).toEqual(['the box box is full in 13 days, as the backups grow → backup onquota --prune --check'])
  })

  test('no room for the next one', () => {
    const one = looked('vps', { boxes: [box({ free: 999 })] })
    judgeSpace([one], NOW)
    expect(spaceOf(one)).toEqual(['the box box is full: the next backup has no room → backup onquota --prune --check'])
  })
})

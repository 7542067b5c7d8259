import { describe, expect, test } from 'vitest'
import type { LookDocument } from '../../../lib/verbs/status/look.ts'
import { judgeSpace } from '../../../lib/verbs/status/space.ts'
import type { Looked } from '../../../lib/verbs/status/space.ts'
import { NOW, box, look, looked } from './support.ts'

describe('space, over all projects', () => {
  /** Ten nights of one size each: the copies double within ten more. */
  const nights = Array.from({ length: 10 }, (_, ago): [string, number] => [
    `backup_onquota_db_202611${24 - ago}_030000.sql.gz`,
    1000,
  ])
  const lookedOn = (host: string, changes: Partial<LookDocument>) => ({ ...looked({ look: { value: look(changes) } }), host })
  const spaceOf = ({ figures }: Looked) => figures.map(({ text, next }) => `${text} → ${next.join(' ')}`)

  test('a disk that is full within 30 days, and one that is full later', () => {
    const local = (free: number) => ({ local: { free, bytes: 10_000, copies: nights } })
    const [soon, later] = [lookedOn('vps', local(15_500)), lookedOn('web', local(20_500))]
    judgeSpace([soon, later], NOW)
    expect(spaceOf(soon)).toEqual(['the disk of vps is full in 16 days, as the backups grow → backup onquota --prune --check'])
    expect(soon.status.backup?.local.fullOn).toBe('2026-12-10T12:00:00.000Z')
    expect(spaceOf(later)).toHaveLength(1)
    const never = lookedOn('vps', local(40_000))
    judgeSpace([never], NOW)
    expect(never.status).toMatchObject({ problems: [], backup: { local: { fullOn: null } } })
  })

  test('projects on one box fill it together, on whichever hosts they are', () => {
    const boxes = [box({ copies: nights, free: 25_500 })]
    const [one, other] = [lookedOn('vps', { boxes }), lookedOn('web', { boxes })]
    judgeSpace([one, other], NOW)
    for (const each of [one, other])
      expect(spaceOf(each)).toEqual(['the box box is full in 13 days, as the backups grow → backup onquota --prune --check'])
  })

  test('no room for the next one', () => {
    const one = lookedOn('vps', { boxes: [box({ free: 999 })] })
    judgeSpace([one], NOW)
    expect(spaceOf(one)).toEqual(['the box box is full: the next backup has no room → backup onquota --prune --check'])
  })
})

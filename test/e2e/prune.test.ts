import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project, Settings } from './backup-script/project.ts'

let project: Project
const DAY = 86_400_000
// The host reckons ages by its own clock: a day that ended meanwhile would be one more to each.
const untilMidnight = () => DAY - (Date.now() % DAY)
while (untilMidnight() < 5 * 60_000 || untilMidnight() > DAY - 2 * 60_000) await pause(1000)
const NOW = Date.now()
const AGES = Array.from({ length: 100 }, (_, index) => index)
/** Ages in days of those that were restored once. */
const PROVEN = [40, 55, 70, 85]
const date = (age: number) => new Date(NOW - age * DAY)
const stamp = (age: number) => date(age).toISOString().slice(0, 10).replaceAll('-', '')
const name = (age: number) => `backup_bs_prune_db_${stamp(age)}_000100.sql.gz`
const folder = (age: number) => date(age).toISOString().slice(0, 10).replaceAll('-', '/')

beforeAll(async () => {
  project = await makeProject('bs_prune')
  const endings = (age: number) => [
    '',
    '.sha256',
    '.manifest.json',
    ...(PROVEN.includes(age) ? ['.proof-20260101_000000.json'] : []),
  ]
  must(await project.host(project.ledger(AGES.map(name), PROVEN.map(name))))
  await project.host(
    `mkdir -p ${project.backups}; cd ${project.backups}; touch ${AGES.flatMap((age) => endings(age).map((end) => name(age) + end)).join(' ')}`,
  )
  const box = AGES.map(
    (age) =>
      `mkdir -p .${project.remote}/${folder(age)}; touch ${endings(age)
        .map((end) => `.${project.remote}/${folder(age)}/${name(age)}${end}`)
        .join(' ')}`,
  )
  must(await project.box(`{ ${box.join('\n')}\n}; chown -R --reference=./home/backups .${project.remote}`))
})
afterAll(() => project?.remove())

/** The Monday of its week, in days. */
const monday = (age: number) => Math.floor((Math.floor(date(age).getTime() / DAY) + 3) / 7)
const newestOf = (key: (age: number) => number | string, count: number) => {
  const first = new Map<number | string, number>()
  for (const age of AGES) if (!first.has(key(age))) first.set(key(age), age)
  return [...first.values()].slice(0, count)
}

function removed(days: number, kept: number[]): number[] {
  return AGES.filter((age) => age >= days && ![0, 1, 2, 40, 55, 70, ...kept].includes(age)).slice(-50)
}

test.each<[string, Settings, number[]]>([
  ['by age alone', {}, []],
  [
    'with days, weeks and months',
    { KEEP_DAILY: '25', KEEP_WEEKLY: '6', KEEP_MONTHLY: '3' },
    [...newestOf(stamp, 25), ...newestOf(monday, 6), ...newestOf((age) => stamp(age).slice(0, 6), 3)],
  ],
])('--prune --check lists what would go and why, here and on the box, and changes nothing: %s', async (_name, settings, kept) => {
  await project.configure({ RETENTION_DAYS: '20', REMOTE_RETENTION_DAYS: '60', ...settings })
  const all = () => project.host(`ls -A --full-time ${project.backups}`)
  const before = [await all(), await project.box(`find .${project.remote}`)]
  const { code, stdout, stderr } = await project.run('--prune --check')
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  const lines = stdout.split('\n').filter((line) => line.includes('would remove'))
  const reason = (days: number, age: number) => `older than ${days} days, ${PROVEN.includes(age) ? 'proven' : 'complete'}`
  expect(lines.map((line) => line.replace(/^.*would remove /, '')).toSorted()).toEqual(
    [
      ...removed(20, kept).map((age) => `${project.backups}/${name(age)}: ${reason(20, age)}`),
      ...removed(60, kept).map((age) => `from the box ${project.remote}/${folder(age)}/${name(age)}: ${reason(60, age)}`),
    ].toSorted(),
  )
  expect([await all(), await project.box(`find .${project.remote}`)]).toEqual(before)
})

test('while pruning is paused, only copies here that are equal on the box go; acknowledged, all of it', async () => {
  await project.configure({ RETENTION_DAYS: '20' })
  // One that differs on the box, and one that is missing there.
  must(
    await project.box(
      `echo other > .${project.remote}/${folder(99)}/${name(99)}; rm .${project.remote}/${folder(98)}/${name(98)}`,
    ),
  )
  const there = () => project.box(`find .${project.remote} | sort`)
  const before = await there()
  must(await project.host(`echo 'size ${name(0)}: it has 1 byte' > ${project.backups}/.held_bs_prune`))
  const held = await project.run('--prune')
  expect(held.stdout).toMatch(/\[prune\] warning: nothing is pruned: it has 1 byte/)
  expect(held.stdout).toMatch(new RegExp(`removed ${project.backups}/${name(97)}, whose copy on the box is equal`))
  expect(await there()).toEqual(before)
  const here = async () => must(await project.host(`ls ${project.backups}`)).stdout
  const kept = await here()
  for (const age of [0, 19, 40, 55, 70, 98, 99]) expect(kept).toContain(`${name(age)}\n`)
  for (const age of [95, 97]) expect(kept).not.toContain(name(age))
  expect((await project.run('--acknowledge')).stdout).toMatch(/is taken as right; pruning goes on/)
  expect((await project.run('--acknowledge')).stdout).toBe('pruning is not paused\n')
  const { code, stdout } = await project.run('--prune')
  expect(code, stdout).toBe(0)
  const left = await here()
  for (const age of [0, 19, 40, 55, 70]) expect(left).toContain(`${name(age)}\n`)
  for (const age of [85, 98, 99]) expect(left).not.toContain(name(age))
})

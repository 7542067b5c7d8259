import { expect } from 'vitest'
import { pattern } from '../../faults/fault.ts'
import type { Fault } from '../../faults/fault.ts'
import type { Project } from '../backup-script/project.ts'
import type { Met } from './support.ts'

/** The files that came, by what their name ends with after the backup's own, without sizes. */
const came = (was: string[], is: string[]) => {
  const before = new Set(was)
  return is
    .filter((line) => !before.has(line))
    .map((line) =>
      line
        .replace(/ \d+$/, '')
        .replace(/^backup_.*_\d{8}_\d{6}\.(sql\.gz|sql\.zst|dir\.tar)/, 'NAME')
        .replace(/\.part-.*/, '.part-'),
    )
}
const COMPLETE = ['NAME', 'NAME.manifest.json', 'NAME.sha256']
const complete = (files: string[]) => files.filter((file) => file !== 'NAME.globals.sql')

/** That a run did what the entry says, from its exit code to what is where. */
export function expectFault(entry: Fault, met: Met, project: Project): void {
  const { code, stdout, stderr, log, status, was, is, files } = met
  expect(code, stdout + stderr).toBe(entry.exit)
  for (const secret of project.secrets) expect(stdout + stderr + log).not.toContain(secret)
  if (entry.exit === 0) {
    expect(stdout).toMatch(pattern(entry.says))
    expect(status).toMatchObject({ ok: true, stage: entry.stage })
  } else {
    // Of one that is killed at its very end, all is done.
    if (entry.stage !== 'done') expect(stdout).not.toMatch(/\[done\]/)
    if (!['prune', 'done'].includes(entry.stage)) expect(stdout).not.toMatch(/\[prune\]/)
  }
  if (entry.exit !== 0 && entry.exit !== 137) {
    const said = stderr.split('\n').filter((line) => line.includes('[failed]'))
    expect(said).toEqual([expect.stringMatching(new RegExp(`^\\S+ \\S+Z ${project.name} \\[failed\\] ${entry.stage}: `))])
    expect(said[0]).toMatch(pattern(entry.says))
    expect(log.endsWith(`${said[0]}\n`)).toBe(true)
    expect(status).toMatchObject({
      ok: false,
      stage: entry.stage,
      exitCode: entry.exit,
      error: expect.stringMatching(pattern(entry.says)) as string,
    })
  }
  // Nothing that was there has gone, but for what a good run prunes and a kill in the middle of that.
  if (!['prune', 'done'].includes(entry.stage)) {
    expect(is.host).toEqual(expect.arrayContaining(was.host.filter((file) => !file.includes('.part'))))
    expect(is.box).toEqual(expect.arrayContaining(was.box.filter((file) => !file.includes('.part'))))
  }
  const [host, box] = [came(was.host, is.host), came(was.box, is.box)]
  switch (entry.host) {
    case 'same':
      expect(host).toEqual([])
      break
    case 'backup':
      expect(complete(host).filter((file) => file.startsWith('NAME'))).toEqual(COMPLETE)
      break
    case 'aside':
      expect(host).toEqual(['NAME.bad'])
      break
    case 'partial':
      expect(
        host.every((file) => file.endsWith('.part')),
        host.join(),
      ).toBe(true)
      break
    case 'dump':
      expect(host).toContain('NAME')
      expect(host).not.toContain('NAME.sha256')
      break
    case 'damaged':
      break
  }
  switch (entry.box) {
    case 'same':
      expect(box).toEqual([])
      break
    case 'backup':
      expect(complete(box)).toEqual(COMPLETE)
      break
    case 'partial':
      expect(box.length).toBeGreaterThan(0)
      expect(
        box.every((file) => file.endsWith('.part-')),
        box.join(),
      ).toBe(true)
      break
    case 'incomplete':
      expect(box).toContain('NAME')
      expect(box).not.toContain('NAME.manifest.json')
      break
    case 'damaged':
      break
  }
  expect(files.length).toBeGreaterThan(0)
}

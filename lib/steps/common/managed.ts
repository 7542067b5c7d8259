import { createHash } from 'node:crypto'
import type { FileState } from '../../engine/file.ts'
import { fileFact } from '../../engine/fact.ts'
import { step } from '../../engine/step.ts'
import type { Change, Json, Step } from '../../engine/step.ts'
import { Text } from '../../text/secret.ts'
import { sh } from '../../text/sh.ts'
import type { Script } from '../../text/sh.ts'
import { atomicWrite } from './atomic-write.ts'
import { leavesOut } from './unread.ts'
import { bareCopies, keepFile, keepSettings, keptPath, wholeCopiesFact } from './kept.ts'

/** Stands in the first two lines of every file that is ours. */
export const MARK = 'Managed by bitacora'

/** A file that should be just so; root owns it. */
export interface ManagedFile {
  path: string
  /** The format allows no mark, and the place is ours alone. */
  unmarked?: true
  content: string | Text
  /** Whether a text is as it should be, where more than this very content is. */
  isRight?: (found: string) => boolean
  /** What of the content could not be compared. */
  notChecked?: readonly string[]
  /** Octal, four digits. */
  mode: string
  /** Its settings that hold no secret, where others do: of a file made by hand only these are kept with their values. */
  plainSettings?: readonly string[]
  /** Tells a difference of content in words that may be shown; `found` is the present text. */
  difference?: (found: string) => { from: Json; to: Json }
}

/** Content, owner and mode against what is there. A file at our place that isn't ours is kept before it is replaced. */
export function planFile(wanted: ManagedFile, found: FileState | null): Change[] {
  const { path, mode } = wanted
  if (found === null) return [{ what: `file ${path}`, from: null, to: `root, ${mode}`, run: writeFile(wanted) }]
  if (found.type !== 'file') {
    return [
      {
        what: `file ${path}`,
        from: found.type,
        to: 'file',
        help: `something else lies there: look at it, move it away, and run this again`,
        blocks: true,
      },
    ]
  }
  if (!hasContent(wanted, found)) {
    const ours = wanted.unmarked === true || found.head?.includes(MARK) === true
    const kept = keptPath(path, found.sha256?.slice(0, 12) ?? '')
    const { from, to } = (ours && found.text !== undefined ? wanted.difference?.(found.text) : undefined) ?? {
      from: 'another content',
      to: 'as the inventory says',
    }
    const run = ours ? writeFile(wanted) : sh`${keep(wanted, kept)}\n${writeFile(wanted)}`
    return [
      {
        what: `file ${path}`,
        from: ours ? from : `a file made by hand`,
        to: ours
          ? to
          : `ours; ${wanted.plainSettings === undefined ? 'the old one' : 'its settings, without secrets,'} kept as ${kept}`,
        run,
      },
    ]
  }
  // Who could write to the file may still hold it open, or have another name for it: then the place gets a file of its own.
  const isShared = found.owner !== 'root' || (Number.parseInt(found.mode, 8) & 0o022) !== 0 || (found.links ?? 1) > 1
  const changes: Change[] = []
  if ((found.links ?? 1) > 1)
    changes.push({
      what: `file ${path} links`,
      from: `${found.links} names`,
      to: 'one',
      run: writeFile(wanted),
      help: 'the same file has another name somewhere, which cron and logrotate may refuse',
    })
  if (found.owner !== 'root' || found.group !== 'root') {
    changes.push({
      what: `file ${path} owner`,
      from: `${found.owner}:${found.group}`,
      to: 'root:root',
      run: isShared ? writeFile(wanted) : sh`chown -h root:root -- ${path}`,
    })
  }
  if (found.mode !== mode)
    changes.push({
      what: `file ${path} mode`,
      from: found.mode,
      to: mode,
      run: isShared ? writeFile(wanted) : sh`chmod ${mode} -- ${path}`,
    })
  return changes
}

function hasContent({ content, isRight }: ManagedFile, { text, sha256 }: FileState): boolean {
  if (isRight !== undefined) return text !== undefined && isRight(text)
  return sha256 === createHash('sha256').update(Text.of(content).reveal()).digest('hex')
}

function keep({ path, plainSettings }: ManagedFile, kept: string): Script {
  return plainSettings === undefined ? keepFile(path, kept) : keepSettings(path, kept, plainSettings)
}

function writeFile({ path, content, mode }: ManagedFile): Script {
  return atomicWrite(path, content, sh`chown root:root -- "$t"; chmod ${mode} -- "$t"`)
}

/**
 * A step whose resource is one file, of root's, written whole or not at all. One that is there and bears no mark of ours (`Managed by bitacora`
 * in its first two lines) is kept before it is replaced. `needs`: the steps that make its folder.
 */
export function managedFileStep(
  project: string,
  name: string,
  wanted: ManagedFile,
  needs: readonly string[] = ['directories'],
): Step {
  const common = { project, name, needs, ...leavesOut(wanted.notChecked ?? []) }
  const found = fileFact(wanted.path, { text: wanted.difference !== undefined || wanted.isRight !== undefined })
  const { plainSettings } = wanted
  if (plainSettings === undefined) return step({ ...common, facts: { found }, plan: (facts) => planFile(wanted, facts.found) })
  return step({
    ...common,
    facts: { found, copies: wholeCopiesFact(wanted.path) },
    plan: (facts) => [...planFile(wanted, facts.found), ...bareCopies(wanted.path, facts.copies, plainSettings)],
  })
}

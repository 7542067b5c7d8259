import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execIn, openLab } from '../../lab/index.ts'
import { ROOT } from './cli.ts'

const KEPT = 'test-results/logs'
const FOLDERS = '/var/log/postgres-backup /var/log/postgresql /var/log/apt'
/** What the host wrote lately, what it still runs, and how full it is. */
const LATEST = `find ${FOLDERS} -type f -mmin -60 2>/dev/null | while read -r file; do printf '\\n=== %s\\n' "$file"; tail -n 400 "$file"; done
printf '\\n=== processes\\n'; ps -eo user,pid,ppid,etimes,args 2>/dev/null || ps
printf '\\n=== space\\n'; df -h / /dev/shm 2>/dev/null`

/**
 * Keeps the logs of a failed test's hosts, and those of the labs that its file made for itself: a file a host, below test-results/logs.
 * Gives the folder. A host that can't be read is told in its file.
 */
export async function keepLogs(lab: string, test: string): Promise<string> {
  const folder = join(
    KEPT,
    test
      .match(/[\w.]+/g)
      ?.join('-')
      .slice(0, 120) ?? 'a test',
  )
  mkdirSync(join(ROOT, folder), { recursive: true })
  const names = readdirSync(ROOT).flatMap((name) => (name.startsWith('.lab-') ? [name.slice('.lab-'.length)] : []))
  for (const name of names.filter((each) => each === lab || each.startsWith(`${lab}-`))) {
    const opened = await openLab(name).catch(() => undefined)
    if (opened === undefined) continue
    for (const host of [...Object.keys(opened.hosts), 'box']) {
      const text = await execIn(opened, host, LATEST, { timeoutSeconds: 30 }).then(
        ({ stdout, stderr }) => stdout + stderr,
        String,
      )
      writeFileSync(join(ROOT, folder, `${name === lab ? '' : `${name}-`}${host}.log`), text)
    }
  }
  return folder
}

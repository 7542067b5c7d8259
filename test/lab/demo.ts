import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { MEDDLING } from './meddling.ts'
import { execIn, resetHost, seed, up } from './index.ts'
import type { Lab } from './index.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const started = performance.now()

/** The whole main job, visibly. Resolves to the exit code: 0 when every command ended as it should. */
export async function demo(): Promise<number> {
  say('Throwaway hosts: two servers with PostgreSQL and a storage box, on this machine alone')
  const lab = await up(process.env['BITACORA_LAB'] ?? 'lab', (line) => console.log(`  ${line}`))
  await asNew(lab)
  const run = runner(lab)

  say('What would be done? Nothing is touched by a check; exit 2 says that something differs')
  await run('provision --check', 2)
  say('Do it: roles, databases, 21 migrations and 36 tables each, the backup system, a first backup, uploaded and compared')
  await run('provision', 0)
  say('The application fills its tables: some thousand rows')
  await seed(lab, 'vps', 'onquota', 300)
  say('Again: nothing to do, so nothing is done; one handshake and one exec a host')
  await run('provision', 0)

  say('Somebody meddles on vps by hand')
  for (const { what, script } of MEDDLING) {
    console.log(`  ${dim('vps#')} ${what}`)
    await must(lab, script)
  }
  say('The check names each, and ends with 2')
  await run('provision --check onquota', 2)
  say('Mend it. A dropped table may have held rows, so that one is left to a person: all the rest is mended, and it ends with 1')
  await run('provision onquota', 1)
  say('The person brings the table back from the newest backup: beside the live ones first, then into its place')
  await run('restore onquota --table swot_items', 0)
  console.log(`  ${dim('vps#')} psql -h 127.0.0.1 -U onquota_user -d onquota_db -f /var/backups/postgres/restored_….sql`)
  await must(lab, TAKE_PLACE)

  say('Prove it: nothing differs, 36 tables, the application logs in, the newest backup is fresh and equal on the box')
  await run('verify', 0)
  say('A backup now, by the script that cron runs at night')
  await run('backup onquota', 0)
  say('A drill: the copies on the boxes come back into databases that are thrown away, and are compared in every table and row')
  await run('restore', 0)
  say('How all projects stand')
  await run('status', 0)
  say('The newest copy of onquota is damaged on the box, by one byte: a drill refuses it')
  await must(lab, DAMAGE, 'box')
  await run('restore onquota', 1)
  say('Total loss: vps is gone, with its disk. A new, empty server takes its place')
  await resetHost(lab, 'vps')
  say('One command brings all of it back: the damaged copy does not hold, so the one before it is taken')
  await run('provision --host vps --from-backup', 0)
  await run('verify', 0)
  say('The files on the box')
  console.log(await must(lab, 'cd /srv/box/home/backups/postgresql && find onquota -type f | sort | xargs ls -l', 'box'))
  say('The logbook: one entry for every run, also for a failing one')
  await shell(
    'ls -1 logbook | tail -n 6 && echo && sed -n 1,40p "logbook/$(ls logbook | grep "provision-[0-9a-f]*.md" | tail -n 1)"',
  )

  console.log(`\n${bold('That was all of it')} in ${((performance.now() - started) / 1000).toFixed(0)} s. The hosts are still up; try them:
  export BITACORA_INVENTORY=.lab/inventory.json
  npx zx tasks/provision.mjs --check
  npx zx tasks/verify.mjs onquota --json
  npx zx tasks/lab.mjs down        takes everything down again`)
  return wrong
}

/** The restored table into the place of the one that was dropped. */
const TAKE_PLACE = `f=$(ls -t /var/backups/postgres/restored_*.sql | head -n 1); s=$(basename "$f" .sql)
DB_PASSWORD=; . /opt/postgresql-backups/configs/backup-onquota.conf; export PGPASSWORD=$DB_PASSWORD
psql -qX -h 127.0.0.1 -U onquota_user -d onquota_db -v ON_ERROR_STOP=1 -f "$f" -c "DROP SCHEMA $s CASCADE"`

/** One byte of the newest copy on the box. */
const DAMAGE = `cd /srv/box/home/backups/postgresql/onquota
f=$(find . -name 'backup_*.sql.gz' | sort | tail -n 1); printf X | dd of="$f" bs=1 seek=2000 conv=notrunc 2>/dev/null`

let wrong = 0

/** A demo that was run before has left its hosts provisioned. */
async function asNew(lab: Lab): Promise<void> {
  const hosts = ['vps', 'vps2', 'box']
  const used = await Promise.all(
    hosts.map((host) =>
      execIn(
        lab,
        host,
        'ls /opt/postgresql-backups/backup-onquota.sh /opt/postgresql-backups/backup-tienda.sh /srv/box/home/backups/postgresql/onquota 2>/dev/null | grep .',
      ),
    ),
  )
  if (used.every(({ code }) => code !== 0)) return
  console.log(`  ${hosts.join(', ')} were used before: made anew`)
  await Promise.all(hosts.map((host) => resetHost(lab, host)))
}

function runner(lab: Lab) {
  return async (words: string, expected: number) => {
    const [verb, ...args] = words.split(' ')
    console.log(`${dim('$')} ${bold(`npx zx tasks/${verb}.mjs ${args.join(' ')}`.trim())}`)
    const code = await spawned('zx', [`tasks/${verb}.mjs`, ...args], { BITACORA_INVENTORY: lab.inventoryFile })
    const text = `exit ${code}`
    if (code === expected) return console.log(dim(text))
    wrong = 1
    console.log(`${bold(text)}, and not ${expected} as it should`)
  }
}

async function shell(script: string): Promise<void> {
  await spawned('sh', ['-c', script], {})
}

function spawned(command: string, args: string[], env: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

async function must(lab: Lab, script: string, host = 'vps'): Promise<string> {
  const { code, stdout, stderr } = await execIn(lab, host, script)
  if (code !== 0) throw new Error(`on ${host}: ${script}: exit ${code}: ${stderr}`)
  return stdout
}

const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
const bold = (text: string) => (colour ? `\u001B[1m${text}\u001B[22m` : text)
const dim = (text: string) => (colour ? `\u001B[2m${text}\u001B[22m` : text)

function say(text: string): void {
  console.log(`\n${bold(`── ${text}`)}`)
}

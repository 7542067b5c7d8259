import { afterAll, beforeAll, expect, test } from 'vitest'
import { execIn, installPackages, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { HOST, makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'
import { EXPECTED, unexplained } from './everything/expected.ts'
import { everything } from './everything/fixture.ts'
import { differences, picture } from './everything/picture.ts'
import { isFull } from './support/full.ts'

// The other host has nothing of it: no database, no roles.
const [DB, OTHER_HOST, KEY] = ['ev_db', 'vps2', '/root/ev-key']
const ROLES = /[" ]ev[_ ]/
const RESTORE = '/opt/postgresql-backups/restore-ev.sh'
let lab: Lab
let project: Project

const on = (host: string, script: string, stdin?: string) => execIn(lab, host, script, stdin === undefined ? {} : { stdin })
const asSuper = (database: string) => `cd /; su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1 ${database}'`
const ours = `SELECT datname FROM pg_database WHERE datname ~ '^(?:restoring_)?ev_db'`

/** Takes away databases and roles; subscriptions first, since they hold on to their database. */
async function clean(host: string) {
  const names = must(await on(host, asSuper('postgres'), ours))
    .stdout.split('\n')
    .filter((name) => name !== '')
  for (const name of names) {
    must(
      await on(
        host,
        asSuper(name),
        `SELECT format('ALTER SUBSCRIPTION %I DISABLE; ALTER SUBSCRIPTION %1$I SET (slot_name = NONE); DROP SUBSCRIPTION %1$I', subname)
FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) \\gexec`,
      ),
    )
    must(await on(host, asSuper('postgres'), `DROP DATABASE ${name} WITH (FORCE)`))
  }
  must(
    await on(
      host,
      asSuper('postgres'),
      `DROP ROLE IF EXISTS ev_user, ev_member, ev_reader, ev_other, ev_auditor, "ev odd ""role", ev_group`,
    ),
  )
}

/** The other host as an operator would set it up: the restore script, its config and the public half of the key. */
async function prepareOther() {
  const file = project.settings['STORAGEBOX_KNOWN_HOSTS'] ?? ''
  const known = must(await project.host(`cat ${file}`)).stdout
  const script = must(await project.host(`cat ${RESTORE}`)).stdout
  const config = must(await project.host(`grep -v ^SIGNING_KEY ${project.config}`)).stdout
  must(await on(OTHER_HOST, `mkdir -p /opt/postgresql-backups/configs; cat > ${file}`, known))
  must(await on(OTHER_HOST, `cat > ${RESTORE}; chmod 700 ${RESTORE}`, script))
  must(await on(OTHER_HOST, `umask 077; cat > ${project.config}`, config))
  must(await on(OTHER_HOST, installPackages('sshpass', 'jq')))
}

beforeAll(async () => {
  lab = await openLab(process.env['BITACORA_LAB'] ?? 'test')
  // What a test that was killed has left.
  await clean(HOST)
  await clean(OTHER_HOST)
  project = await makeProject('ev')
  must(await project.host(asSuper(DB), await everything()))
  must(await project.host(`rm -f ${KEY}; ssh-keygen -q -t ed25519 -N '' -f ${KEY}`))
  const key = must(await project.host(`ssh-keygen -y -f ${KEY}`))
    .stdout.trim()
    .split(' ')
    .slice(0, 2)
    .join(' ')
  await project.configure({ SIGNING_KEY: KEY, SIGNING_PUBLIC: key })
  await prepareOther()
  const { code, stdout, stderr } = await project.run()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
})

afterAll(async () => {
  await clean(HOST)
  await clean(OTHER_HOST)
  if (project === undefined) return
  const files = `${RESTORE} ${project.config} ${project.settings['STORAGEBOX_KNOWN_HOSTS']} ${project.backups} /var/log/ev /run/postgres-backup/ev.*`
  must(await on(OTHER_HOST, `rm -rf ${files}`))
  must(await project.host(`rm -f ${KEY} ${KEY}.pub`))
  await project.remove()
})

test('a database with every kind of object comes back on an empty other host', async () => {
  const { code, stdout, stderr } = await on(OTHER_HOST, `${RESTORE} --into ${DB} --fill`)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  for (const left of ['REFRESH MATERIALIZED VIEW ops.kept;', 'REFRESH MATERIALIZED VIEW theirs.seen;', `slot_name = 'a_slot'`])
    expect(stdout).toContain(left)
  const [before, after] = await Promise.all([HOST, OTHER_HOST].map((host) => picture(lab, host, DB, ROLES)))
  if (before === undefined || after === undefined) throw new Error('no picture')
  const found = {
    dump: await differences(before.dump, after.dump),
    catalogs: await differences(before.catalogs, after.catalogs),
    globals: await differences(before.globals, after.globals),
  }
  expect({ dump: unexplained(found.dump), catalogs: unexplained(found.catalogs), globals: found.globals }).toEqual({
    dump: [],
    catalogs: [],
    globals: [],
  })
  // What no longer differs is not to be claimed.
  const all = [...found.dump, ...found.catalogs]
  expect(EXPECTED.filter(([, lines]) => !all.some((line) => lines.test(line))).map(([why]) => why)).toEqual([])
})

// Where not all is tried, the drills are left to the other tests.
const DRILLS = isFull ? [{ host: HOST, option: '' }, { host: OTHER_HOST, option: '--on-other' }] : [] // prettier-ignore
const NAMES = 'SELECT rolname FROM pg_roles UNION ALL SELECT datname FROM pg_database ORDER BY 1'

test.each(DRILLS)('a drill on $host proves it, and leaves nothing', async ({ host, option }) => {
  await clean(OTHER_HOST)
  const names = async () => must(await on(host, asSuper('postgres'), NAMES)).stdout
  const before = await names()
  const { code, stdout, stderr } = await on(host, `${RESTORE} ${option}`)
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(await names()).toBe(before)
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkBox, newestListed } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

let project: Project
/** The backup that the host made itself. */
let own = ''
const NAME = 'bs_led'
const DB = `${NAME}_db`
const day = (name: string) => name.replace(/^.*_(\d{4})(\d\d)(\d\d)_\d{6}\..*$/, '$1/$2/$3')
const tomorrow = new Date(Date.now() + 20 * 3_600_000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')
const on = (name: string) => `.${project.remote}/${day(name)}/${name}`
const canaries = async () =>
  (await project.host('ls /tmp/canary* 2>/dev/null; rm -f /tmp/canary*')).stdout +
  (await project.box('ls /tmp/canary* 2>/dev/null')).stdout

/** Puts a copy of the host's own backup on the box under another name, its checksum and manifest fitting, after `change` (Bash, with $d, the dump's text). */
async function plant(name: string, change: string): Promise<void> {
  const script = `set -e; at=${on(own)}; to=${on(name)}; mkdir -p "$(dirname $to)"; d=$(mktemp); gzip -dc $at > $d; ${change}; gzip -c $d > $to
sum=$(sha256sum < $to | cut -c1-64); printf '%s  %s\\n' $sum ${name} > $to.sha256
[ ! -e $at.globals.sql ] || { cp $at.globals.sql $to.globals.sql; printf '%s  %s\\n' "$(sha256sum < $to.globals.sql | cut -c1-64)" ${name}.globals.sql >> $to.sha256; }
old=$(sha256sum < $at | cut -c1-64); sed "s/${own.replaceAll('.', '\\.')}/${name}/g; s/$old/$sum/g; s/\\"bytes\\": [0-9]*/\\"bytes\\": $(stat -c %s $to)/" $at.manifest.json > $to.manifest.json
rm -f $d; chown -R --reference=./home/backups .${project.remote}`
  must(await project.box(script))
}

beforeAll(async () => {
  project = await makeProject(NAME)
  const { code, stdout, stderr } = await project.run()
  expect(code, stdout + stderr).toBe(0)
  own = (await project.status()).newest?.name ?? ''
})
afterAll(() => project?.remove())

describe('a backup that somebody put on the box', () => {
  const planted = `backup_${DB}_${tomorrow}.sql.gz`

  test('is passed over by a drill, though it is the newest and all that lies beside it fits; nothing in it runs', async () => {
    await plant(
      planted,
      String.raw`sed -i '1i \\\\! touch /tmp/canary-meta' $d; echo "COPY (SELECT 1) TO PROGRAM 'touch /tmp/canary-program';" >> $d`,
    )
    const { code, stdout, stderr } = await project.restore()
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`[choose] ${own}, made by this machine`)
    expect(stdout).toMatch(
      /warning: passed over 1 newer on the box; the first is .*neither in the ledger of this machine nor signed/,
    )
    expect(await canaries()).toBe('')
  })

  test('is refused by name, with what --trust-box would mean', async () => {
    const { code, stderr } = await project.restore(`--name ${planted}`)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /\[failed\] choose: .*may be loaded: .*neither in the ledger .*--trust-box loads .*whoever can write to the box/,
    )
    expect(await canaries()).toBe('')
  })

  test('is never the newest of the box, protected, or pruned', async () => {
    expect(await checkBox(project)).toMatchObject({ fault: '', newest: own })
    expect(await newestListed(project)).toBe(own)
    const { stdout } = await project.run('--prune --check')
    expect(stdout).toMatch(new RegExp(`not created by bitacora, so it stays: on the box, \\S+${planted}, \\S+ days old, 1 MiB`))
  })

  test('even --trust-box runs none of its meta-commands', async () => {
    const { code, stderr } = await project.restore(`--name ${planted} --trust-box`)
    expect(code, stderr).toBe(1)
    expect(await canaries()).toBe('')
  })
})

describe("the host's own backup, changed on the box", () => {
  test.each([
    [
      'its dump, with a checksum that fits',
      `f=$at; printf x >> $f; sed -i "1s/^[0-9a-f]*/$(sha256sum < $f | cut -c1-64)/" $at.sha256`,
      /is damaged: its checksum is/,
    ],
    [
      'its roles, with a checksum that fits',
      `f=$at.globals.sql; echo "ALTER ROLE ${NAME}_user SUPERUSER;" >> $f; sed -i "2s/^[0-9a-f]*/$(sha256sum < $f | cut -c1-64)/" $at.sha256`,
      /\.globals\.sql is damaged: its checksum is/,
    ],
    [
      'its manifest',
      `sed -i 's/"sha256": "./"sha256": "0/' $at.manifest.json`,
      /\[failed\] fetch: the manifest of \S+ is not the one that this machine wrote/,
    ],
    [
      'a number in its manifest that Bash would run',
      `sed -i 's/"databaseBytes": "[0-9]*"/"databaseBytes": "BASH_VERSINFO[$(touch \\/tmp\\/canary-number)]"/; s/"bytes": [0-9]*/"bytes": "a[$(touch \\/tmp\\/canary-bytes)]"/' $at.manifest.json`,
      /the manifest of .* is not that backup's/,
    ],
  ])('%s', async (_what, change, message) => {
    const at = on(own)
    must(await project.box(`at=${at}; tar -cf /tmp/own.tar $at $at.*; ${change}`))
    const { code, stdout, stderr } = await project.restore()
    must(await project.box('tar -xf /tmp/own.tar; rm /tmp/own.tar'))
    expect(code, stdout).toBe(1)
    expect(stderr).toMatch(message)
    expect(await canaries()).toBe('')
  })

  test('as it was, it is restored', async () => {
    const { code, stdout, stderr } = await project.restore()
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  })
})

describe('dates', () => {
  test.each(['2026-13-45', '2026-02-30', '2026-01-01T25:00', '20260431'])('--at %s is refused', async (at) => {
    const { code, stderr } = await project.restore(`--at ${at}`)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/\[failed\] config: --at \S+: there is no such day or time/) as string,
    })
  })

  test('a backup of our own dated two days ahead is taken by its name alone', async () => {
    const ahead = `backup_${DB}_${new Date(Date.now() + 50 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')}_000000.sql.gz`
    await plant(ahead, 'true')
    const sum = must(await project.box(`sha256sum < ${on(ahead)}; sha256sum < ${on(ahead)}.globals.sql`))
      .stdout.split('\n')
      .map((line) => line.slice(0, 64))
    const line = JSON.stringify({
      entry: 'made',
      name: ahead,
      finishedAt: '2026-01-01T00:00:00Z',
      adopted: false,
      files: { '': { bytes: 1, sha256: sum[0] }, '.globals.sql': { bytes: 1, sha256: sum[1] } },
    })
    must(await project.host(`echo '${line}' >> ${project.backups}/ledger_${NAME}.jsonl`))
    expect((await project.restore()).stdout).toContain(`[choose] ${own}, `)
    expect(await checkBox(project)).toMatchObject({ newest: own })
    const named = await project.restore(`--name ${ahead}`)
    expect(named.code, named.stderr).toBe(0)
  })
})

describe('a dump that somebody made by hand', () => {
  const old = `backup_${DB}_20250101_030000.sql.gz`

  test('is never removed, and listed with age and size', async () => {
    must(await project.host(`echo 'SELECT 1;' | gzip > ${project.backups}/${old}; touch -d 2025-01-01 ${project.backups}/${old}`))
    const { code, stdout } = await project.run()
    expect(code, stdout).toBe(0)
    expect((await project.run('--prune --check')).stdout).toMatch(
      new RegExp(`stays: ${project.backups}/${old}, \\d{3} days old, 1 MiB`),
    )
    must(await project.host(`ls ${project.backups}/${old}`))
  })

  test('is taken in by --adopt, and then removed when it is old', async () => {
    expect((await project.run(`--adopt ${project.backups}/${old}`)).stdout).toContain(`${old} is in the ledger, as dumped only`)
    expect((await project.run('--prune')).stdout).toContain(`removed ${project.backups}/${old}`)
    const torn = `${project.backups}/torn.sql.gz`
    must(await project.host(`head -c 2000 ${project.backups}/${own} > ${torn}`))
    expect((await project.run(`--adopt ${torn}`)).stderr).toMatch(/\[failed\] adopt: .*torn\.sql\.gz cannot be unpacked/)
  })
})

describe('whose folder it is', () => {
  const owner = () => project.box(`cat .${project.remote}/OWNER.json`)

  test('it names this host and its newest upload', async () => {
    expect(JSON.parse(must(await owner()).stdout)).toMatchObject({
      project: NAME,
      database: DB,
      hostname: must(await project.host('cat /proc/sys/kernel/hostname')).stdout.trim(),
      cluster: expect.stringMatching(/^\d+$/) as string,
      last: (await project.status()).newest?.name,
    })
  })

  test("another's: nothing is uploaded, and the run says whose it is", async () => {
    const file = `.${project.remote}/OWNER.json`
    must(
      await project.box(
        `cp -p ${file} /tmp/owner.json; jq=1; sed -i 's/"last": *"[^"]*"/"last":"backup_${DB}_20260101_030000.sql.gz"/; s/"hostname": *"[^"]*"/"hostname":"staging"/' ${file}`,
      ),
    )
    const { code, stdout, stderr } = await project.run()
    must(await project.box(`cp -p /tmp/owner.json ${file}; rm /tmp/owner.json`))
    expect(code, stdout).toBe(1)
    expect(stderr).toMatch(
      /\[failed\] upload: the folder \S+ belongs to the host staging \(cluster \d+, project bs_led\), since .*; give this project another remoteDirectory/,
    )
    const again = await project.run()
    expect(again.code, again.stderr).toBe(0)
  })

  test('its own, once ledger and copies here are lost: --adopt-box takes it back', async () => {
    const aside = `${project.backups}.aside`
    must(await project.host(`mv ${project.backups} ${aside}`))
    try {
      const { code, stderr } = await project.run()
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /which is this machine or a copy of it, .* \(where the ledger was lost: --adopt-box\); give this project/,
      )
      expect(must(await project.run('--adopt-box')).stdout).toMatch(/copies on the box are in the ledger now/)
      const again = await project.run()
      expect(again.code, again.stderr).toBe(0)
    } finally {
      // What was made meanwhile counts from here on, in the ledger that was there before.
      must(
        await project.host(
          `cat ${project.backups}/ledger_${NAME}.jsonl >> ${aside}/ledger_${NAME}.jsonl; mv -n ${project.backups}/* ${aside}/; rm -rf ${project.backups}; mv ${aside} ${project.backups}`,
        ),
      )
    }
  })
})

test('a host that an earlier version set up begins its ledger with what is the same here and on the box', async () => {
  const { newest } = await project.status()
  must(await project.host(`rm ${project.backups}/ledger_${NAME}.jsonl`))
  const torn = newest?.name === own ? '' : own
  // One whose copy on the box is another is not ours.
  if (torn !== '') must(await project.box(`printf x >> ${on(torn)}`))
  const { code, stdout, stderr } = await project.run('--seed')
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  const lines = must(await project.host(`cat ${project.backups}/ledger_${NAME}.jsonl`))
    .stdout.trim()
    .split('\n')
  const entries = lines.map((line) => JSON.parse(line) as { entry: string; name?: string })
  expect(entries.at(-1)).toMatchObject({ entry: 'seeded' })
  const made = entries.flatMap(({ entry, name }) => (entry === 'made' ? [name] : []))
  expect(made).toContain(newest?.name)
  expect(made).not.toContain(torn)
  expect((await project.host(`stat -c '%a %U' ${project.backups}/ledger_${NAME}.jsonl`)).stdout).toBe('600 root\n')
})

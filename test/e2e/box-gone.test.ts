import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seen } from '../../lib/verbs/status/look.ts'
import { checkBox, doctor, listBoxes } from './backup-script/look.ts'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

// Copies and files that are gone from the box, or damaged there, although newer ones or the dump itself are as they were.
const NAME = 'bs_gone'
const DB = `${NAME}_db`
const AWAY = `/tmp/${NAME}_away`
let project: Project
/** The oldest first. */
let names: string[] = []
const folder = (name: string) => `.${project.remote}/${name.replace(/^.*_(\d{4})(\d\d)(\d\d)_\d{6}\..*$/, '$1/$2/$3')}`
const path = (name: string) => `${folder(name)}/${name}`
const ENDINGS = ['', '.globals.sql', '.sha256', '.manifest.json', '.manifest.json.sig']

const look = () => checkBox(project)
/** Puts the folder on the box aside, does `change` to the files there, and brings it all back after `meanwhile`. */
async function changed(change: string, meanwhile: () => Promise<void>): Promise<void> {
  must(await project.box(`rm -rf ${AWAY}; cp -a $BOX ${AWAY}; ${change}`))
  try {
    await meanwhile()
  } finally {
    must(await project.box(`rm -rf $BOX; mv ${AWAY} $BOX`))
  }
}
const ledger = async () => (await project.host(`cat ${project.backups}/ledger_${NAME}.jsonl`)).stdout

beforeAll(async () => {
  project = await makeProject(NAME)
  const key = `/opt/postgresql-backups/configs/${NAME}.key`
  const { stdout } = must(
    await project.host(`rm -f ${key}*; ssh-keygen -q -t ed25519 -N '' -C '' -f ${key}; cut -d' ' -f1,2 ${key}.pub`),
  )
  Object.assign(project.settings, { SIGNING_KEY: key, SIGNING_PUBLIC: stdout.trim() })
  await project.configure()
  for (let n = 0; n < 4; n++) must(await project.run()) // oxlint-disable-line no-await-in-loop -- one after the other
  names = (await project.box(`cd $BOX && find . -name '*.sql.gz' | sed 's,.*/,,' | sort`)).stdout.trim().split('\n')
  expect(names).toHaveLength(4)
})
afterAll(async () => {
  await project?.box(`rm -rf ${AWAY}`)
  await project?.host(`rm -f /opt/postgresql-backups/configs/${NAME}.key*`)
  await project?.remove()
})

test('all is there: nothing is told, and every file of the newest was compared', async () => {
  const { newest, fault, gone, boxes } = await look()
  expect({ newest, fault, gone }).toEqual({ newest: names[3], fault: '', gone: undefined })
  expect(boxes[0]?.checked).toBe(5)
})

describe('gone from the box', () => {
  test('an older one, with newer ones there: verify, status and box say the same', async () => {
    const text = `1 backup that this host uploaded, gone from the box or incomplete there: ${names[1]}`
    await changed(`rm ${path(names[1]!)}*`, async () => {
      const { newest, fault, boxes } = await look()
      expect({ newest, fault }).toEqual({ newest: names[3], fault: '' })
      const gone = { count: 1, newest: names[1], oldest: names[1], remains: 0, text, names: [names[1]] }
      expect(boxes[0]?.gone).toEqual(gone)
      const { looks, ledger: known } = await listBoxes(project)
      expect(seen(looks[0]!, known, new Date())).toMatchObject({ error: null, gone })
      expect(await doctor(project)).toMatchObject([{ gone }])
    })
  })

  test('one file each of older ones', async () => {
    const [first, second, third] = names.map(path)
    await changed(`rm ${first} ${second}.globals.sql ${third}.manifest.json ${third}.manifest.json.sig`, async () => {
      expect((await look()).gone).toMatch(
        `there: ${names[2]} (without its .manifest.json.sig, .manifest.json), ${names[1]} (without its .globals.sql), ${names[0]} (without its dump)`,
      )
    })
  })

  test('all of them: the newest three by name, and the oldest', async () => {
    await changed(`rm -rf $BOX/2*`, async () => {
      const report = await look()
      expect(report).toMatchObject({
        fault: expect.stringContaining('no complete backup of') as string,
        newest: undefined,
      })
      const [oldest, second, third, newest] = names
      expect(report.gone).toBe(
        `4 backups that this host uploaded, gone from the box or incomplete there: ${newest} (the newest), ${third}, ${second} and 1 more, the oldest ${oldest}`,
      )
    })
  })

  test('a checksum or manifest without its dump, whoever put it there; not what an upload has not renamed yet', async () => {
    const stray = names[1]!.replace(/_\d{6}\./, '_000000.')
    const other = names[1]!.replace(/_\d{6}\./, '_000001.')
    const change = `cd ${folder(stray)}; touch ${stray}.sha256 ${stray}.manifest.json ${other}.part-1-1 ${other}.sha256.part-1-1`
    await changed(`(${change})`, async () => {
      expect((await look()).boxes[0]).toMatchObject({
        gone: { count: 0, remains: 1, text: `incomplete remains on the box: ${stray} (only .sha256, .manifest.json)` },
      })
    })
  })

  test('what pruning removed, or is due to, is not missed; what it removes is written down', async () => {
    const at = '2026-01-01T00:00:00Z'
    const box = `${project.settings['STORAGEBOX_USER']}@${project.settings['STORAGEBOX_HOST']}:${project.settings['STORAGEBOX_PORT']}${project.remote}`
    const entries = (name: string, ...kinds: string[]) => [
      { entry: 'made', name, finishedAt: at, files: { '': { bytes: 1, sha256: '0'.repeat(64) } }, adopted: false },
      ...kinds.map((entry) => ({ entry, name, at, box })),
    ]
    const lines = [
      ...entries(`backup_${DB}_20200101_030000.sql.gz`, 'uploaded'),
      ...entries(names[3]!.replace(/_\d{6}\./, '_000000.'), 'uploaded', 'pruned'),
    ].map((one) => `${JSON.stringify(one)}\n`)
    const file = `${project.backups}/ledger_${NAME}.jsonl`
    must(await project.host(`cp -p ${file} /root/${NAME}.ledger; cat >> ${file}`, lines.join('')))
    expect(await look()).toMatchObject({ fault: '', gone: undefined })
    const old = `backup_${DB}_20200102_030000.sql.gz`
    must(await project.host(`cat >> ${file}`, `${JSON.stringify({ ...entries(old)[0] })}\n`))
    must(
      await project.box(
        `mkdir -p $BOX/2020/01/02; cd $BOX/2020/01/02; touch ${old} ${old}.sha256 ${old}.manifest.json; chown -R --reference=$BOX $BOX/2020`,
      ),
    )
    must(await project.run('--prune'))
    const after = await ledger()
    must(await project.host(`mv /root/${NAME}.ledger ${file}`))
    expect(after).toContain(`{"entry":"pruned","name":"${old}",`)
  })

  test('--acknowledge says what is accepted, and it is not missed again', async () => {
    const before = await ledger()
    await changed(`rm ${path(names[0]!)}* ${path(names[3]!)}.sha256`, async () => {
      const gone = (await look()).boxes[0]?.gone?.names ?? []
      expect(gone).toEqual([names[3], names[0]])
      const { stdout } = must(await project.run(`--acknowledge ${gone.map((name) => `--gone 1 ${name}`).join(' ')}`))
      for (const name of [names[0], names[3]])
        expect(stdout).toContain(`accepted: ${name} is gone from the box, or not complete there (`)
      expect((await ledger()).slice(before.length).trim().split('\n')).toEqual(
        [names[3], names[0]].map((name) => expect.stringContaining(`{"entry":"gone","name":"${name}",`) as string),
      )
      expect(await look()).toMatchObject({ fault: '', gone: undefined, newest: names[2] })
      expect(must(await project.run('--acknowledge')).stdout).toBe('pruning is not paused\n')
    })
    must(await project.host(`cat > ${project.backups}/ledger_${NAME}.jsonl`, before))
  })
})

test('one byte of each file of the newest is another: each is named', async () => {
  const files = ENDINGS.map((ending) => `${path(names[3]!)}${ending}`)
  const flip = `for f in ${files.join(' ')}; do printf '\\001' | dd of=$f bs=1 seek=20 conv=notrunc 2>/dev/null; done`
  await changed(flip, async () => {
    const report = await look()
    expect(report).toMatchObject({ gone: undefined, newest: names[3] })
    expect(report.fault?.split('; ').toSorted()).toEqual(
      ENDINGS.map((ending) => `${names[3]}${ending} has another checksum on the box than here`).toSorted(),
    )
  })
})

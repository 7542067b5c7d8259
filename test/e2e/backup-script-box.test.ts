import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project, Settings } from './backup-script/project.ts'
import { until } from '../faults/shell.ts'

let project: Project
const HOME = '/root/bs_box'
const KNOWN = `${HOME}/known`

beforeAll(async () => {
  project = await makeProject('bs_box')
  const { STORAGEBOX_HOST: host, STORAGEBOX_PORT: port } = project.settings
  must(
    await project.host(
      `mkdir -p ${HOME}; cat > ${HOME}/relay.py`,
      await readFile(new URL('backup-script/relay.py', import.meta.url), 'utf8'),
    ),
  )
  // The relay shows the box's own key under its own port.
  must(
    await project.host(
      `sed "s/^[^ ]*/[127.0.0.1]:2391/" ${project.settings['STORAGEBOX_KNOWN_HOSTS']} > ${KNOWN}; echo '${host} ${port}' > ${HOME}/target`,
    ),
  )
})
afterAll(async () => {
  await project?.host(`for f in ${HOME}/*.pid; do kill "$(cat $f)"; done; rm -rf ${HOME}`)
  await project?.remove()
})

describe('pruning', () => {
  const days = [1, 2, 3, 4, 5]
  const old = (day: number) => `backup_bs_box_db_2020010${day}_030000.sql.gz`
  const others = [
    'backup_bs_box_db_old_20200101_030000.sql.gz',
    'backup_bs_box_20200101_030000.sql.gz',
    'backup_bs_box_db_20200101_030000.sql.gz.orig',
    'backup_bs_box_db_2020_01.sql.gz',
    'notes.txt',
  ]
  let found: Awaited<ReturnType<Project['attempt']>>
  let there: string[]

  beforeAll(async () => {
    const here = days.flatMap((day) => [old(day), `${old(day)}.sha256`, `${old(day)}.manifest.json`])
    const make = days.map(
      (day) =>
        `mkdir -p .${project.remote}/2020/01/0${day}; touch .${project.remote}/2020/01/0${day}/${old(day)}{,.sha256,.manifest.json}`,
    )
    const incomplete = `mkdir -p .${project.remote}/2019/12/31; touch .${project.remote}/2019/12/31/backup_bs_box_db_20191231_030000.sql.gz`
    const stale = `touch .${project.remote}/2020/01/05/${old(5)}.part-1577847600-99`
    const neighbours = others.map((name) => `touch .${project.remote}/2020/01/01/${name}`)
    const script = [...make, incomplete, stale, ...neighbours, `chown -R --reference=./home/backups .${project.remote}`]
      .join('\n')
      .replaceAll("'", `'\\''`)
    must(await project.box(`bash -c '${script}'`))
    found = await project.attempt(
      { EXPECTED_TABLES: '0' },
      {
        prepare: `${project.ledger([...days.map(old), 'backup_bs_box_db_20191231_030000.sql.gz'])}; cd ${project.backups} && touch ${[...here, ...others].join(' ')} && truncate -s 700K ${days.map(old).join(' ')}; cd /root`,
      },
    )
    there = must(await project.box(`cd .${project.remote} && find . -mindepth 1 | sort`))
      .stdout.trimEnd()
      .split('\n')
  })

  test('on the host: by name, the newest three stay however old, nobody else is touched', () => {
    expect(found.code, found.stderr).toBe(0)
    const name = found.status?.newest?.name ?? ''
    const kept = [
      ...[old(4), old(5), name].flatMap((file) => [file, `${file}.sha256`, `${file}.manifest.json`]),
      `${name}.globals.sql`,
    ]
    expect(found.files.filter((file) => !/^(ledger_|\.rows_)/.test(file))).toEqual(
      [...kept, ...others, 'status_bs_box.json'].toSorted(),
    )
    for (const day of [1, 2, 3]) expect(found.stdout).toContain(`[prune] removed /var/backups/bs_box/${old(day)}\n`)
    expect(found.status?.warnings).toEqual([])
  })

  test('on the box: the same, with what was never complete, and empty folders', () => {
    const past = there.filter((file) => /^\.\/(2019|2020)/.test(file))
    const kept = [4, 5].flatMap((day) => [
      `./2020/01/0${day}`,
      ...['', '.manifest.json', '.sha256'].map((end) => `./2020/01/0${day}/${old(day)}${end}`),
    ])
    expect(past).toEqual(
      [
        './2019',
        './2019/12',
        './2020',
        './2020/01',
        './2020/01/01',
        ...others.map((name) => `./2020/01/01/${name}`),
        ...kept,
      ].toSorted(),
    )
    for (const day of [1, 2, 3])
      expect(found.stdout).toContain(`[prune] removing from the box ${project.remote}/2020/01/0${day}/${old(day)}\n`)
  })
})

describe('in the middle of an upload', () => {
  const relayed: Settings = { STORAGEBOX_HOST: '127.0.0.1', STORAGEBOX_PORT: '2391', STORAGEBOX_KNOWN_HOSTS: KNOWN }
  const relay = (mode: string) =>
    `rm -f ${HOME}/mark*; python3 ${HOME}/relay.py 2391 $(cat ${HOME}/target) ${mode} ${HOME}/mark & r=$!; ${until('(exec 3<>/dev/tcp/127.0.0.1/2391)')}`
  /** Runs Bash: the condition above is Bash's. */
  const bash = (script: string) =>
    `printf %s ${Buffer.from(script).toString('base64')} | base64 -d > ${HOME}/try.sh; bash ${HOME}/try.sh`
  test('no process shows a secret, in its arguments or its environment', async () => {
    const look = `while kill -0 $p 2>/dev/null; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -aFf ${HOME}/words >> ${HOME}/seen; n=$((n+1)); [ $n -lt 20 ] || touch ${HOME}/mark.go; done; echo "looked $n times"`
    const words = `${[...project.secrets, 'decoy-secret'].join('\n')}\n`
    must(await project.host(`umask 077; cat > ${HOME}/words; : > ${HOME}/seen`, words))
    // The upload waits until it has been looked at often. The decoy is a secret shown on purpose: it proves that the look sees.
    const { code, stdout } = await project.attempt(relayed, {
      command: bash(
        `env DECOY=decoy-secret sleep 1000 & d=$!; ${relay('hold')}\n${project.script} & p=$!; ${look}; wait $p; c=$?; kill $r $d; wait $r; exit $c`,
      ),
    })
    expect(code, stdout).toBe(0)
    expect(Number(/looked (\d+) times/.exec(stdout)?.[1])).toBeGreaterThan(10)
    expect(must(await project.host(`sort -u ${HOME}/seen`)).stdout).toBe('DECOY=decoy-secret\n')
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeProject, must } from './backup-script/project.ts'
import type { Project } from './backup-script/project.ts'

const HBA = '/etc/postgresql/15/main/pg_hba.conf'
let project: Project
const postgres = (text: string) => project.host(`cd /; su postgres -c 'psql -qAtX -v ON_ERROR_STOP=1'`, text)

/** Over TCP only such lines; back once another kind of login is seen to be refused, so that the server has read them. */
async function allow(kind: 'hostssl' | 'hostnossl', ssl: 'on' | 'off') {
  must(await project.host(`printf 'local all all peer\\n%s all all 127.0.0.1/32 scram-sha-256\\n' ${kind} > ${HBA}`))
  must(await postgres(`ALTER SYSTEM SET ssl = ${ssl};\nSELECT pg_reload_conf();`))
  const refused = `psql 'host=127.0.0.1 dbname=postgres user=nobody sslmode=${kind === 'hostssl' ? 'disable' : 'require'}' -c '' 2>&1 | grep -q 'no pg_hba.conf entry'`
  const is = `[ "$(cd /; su postgres -c "psql -qAtXc 'SHOW ssl'")" = ${ssl} ]`
  must(await project.host(`for try in $(seq 1200); do ${refused} && ${is} && exit; sleep 0.1; done; exit 1`))
}

beforeAll(async () => {
  project = await makeProject('bs_tls')
  must(await project.host(`cp -p ${HBA} /root/bs_tls.hba`))
})
afterAll(async () => {
  await project.host(`cp -p /root/bs_tls.hba ${HBA} && rm /root/bs_tls.hba`)
  await postgres('ALTER SYSTEM RESET ssl;\nSELECT pg_reload_conf();')
  await project?.remove()
})

test.each(['hostssl', 'hostnossl'] as const)('a server that over TCP has only %s lines: backed up, drilled, logged in to', async (kind) => {
  await allow(kind, 'on')
  const { code, stdout, stderr } = await project.run()
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  const drill = await project.restore()
  expect({ code: drill.code, stderr: drill.stderr }, drill.stdout).toEqual({ code: 0, stderr: '' })
  expect(drill.stdout).toMatch(/\[login\] bs_tls_user logs in and reads 3 tables/)
}) // prettier-ignore

test('hostssl lines alone on a server without TLS: refused before anything is fetched, with PostgreSQL’s reason', async () => {
  await allow('hostssl', 'off')
  const { code, stdout, stderr } = await project.restore()
  expect(stdout).not.toContain('[fetch]')
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /\[failed\] load: the login for loading is refused: .*no pg_hba\.conf entry for host "127\.0\.0\.1".*; a restore logs in over TCP by password, which this line in pg_hba\.conf allows: /,
    ) as string,
  })
})

test('an address on which PostgreSQL does not listen: refused before anything is fetched, with what to set', async () => {
  await project.configure({ DB_HOST: '127.0.0.9' })
  const { code, stdout, stderr } = await project.restore()
  await project.configure()
  expect(stdout).not.toContain('[fetch]')
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /\[failed\] load: the login for loading is refused: .*Connection refused.*; a restore logs in over TCP by password, which needs a PostgreSQL that listens on 127\.0\.0\.9: listen_addresses in postgresql\.conf, which is 'localhost'/,
    ) as string,
  })
  const logins = `SELECT count(*) FROM pg_roles WHERE rolname LIKE 'loading_bs_tls%'`
  expect((await postgres(logins)).stdout).toBe('0\n')
})

import { describe, expect, it } from 'vitest'
import { Engine } from './engine.ts'
import { mustExecIn, readSecret, ssh } from './index.ts'
import { ownLab } from './support.ts'

const theLab = ownLab('hosts', ['vps', 'vps2', 'vps3'])

describe.each(['vps', 'vps2', 'vps3'])('%s', (name) => {
  it('lets its user in with either key, and nobody by password', async () => {
    expect(await ssh(theLab(), name, 'id -un; hostname')).toMatchObject({
      code: 0,
      stdout: `${theLab().hosts[name]!.user}\n${name}\n`,
    })
    const environment = { passwordFile: name === 'vps3' ? 'secrets/vps3_sudo' : 'secrets/box' }
    const refused = await ssh(theLab(), name, 'true', environment)
    expect(refused.code).toBe(255)
    expect(refused.stderr).toContain('Permission denied (publickey).')
  })

  it('has PostgreSQL 15 with a peer-authenticated postgres, its locale, cron and Alembic, and no sshpass', async () => {
    const found = await mustExecIn(
      theLab(),
      name,
      `runuser -u postgres -- psql -XAtc "select current_setting('server_version_num')::int / 10000, current_setting('port'), datcollate from pg_database where datname = 'postgres'"
       locale -a | grep -x en_US.utf8
       kill -0 "$(cat /run/crond.pid)" && echo cron
       python3 -m alembic --version 2>/dev/null
       command -v sshpass || echo 'no sshpass'
       for each in logrotate sudo flock gzip sftp; do command -v $each; done`,
    )
    expect(found.split('\n')).toEqual([
      '15|5432|en_US.UTF-8',
      'en_US.utf8',
      'cron',
      expect.stringMatching(/^alembic 1\./),
      'no sshpass',
      '/usr/sbin/logrotate',
      '/usr/bin/sudo',
      '/usr/bin/flock',
      '/usr/bin/gzip',
      '/usr/bin/sftp',
      '',
    ])
  })

  it('asks for a password over 127.0.0.1, and for a scram one', async () => {
    const hba = await mustExecIn(theLab(), name, "grep -E '^host +all +all +127.0.0.1/32' /etc/postgresql/15/main/pg_hba.conf")
    expect(hba).toMatch(/ scram-sha-256\n$/)
  })

  it('leaves no zombies behind', async () => {
    // An orphan whose parent is gone before it ends: only PID 1 can reap it. A zombie still has its folder in /proc.
    const gone = await mustExecIn(
      theLab(),
      name,
      `p=$(sh -c 'sleep 1000 >/dev/null & echo $!'); kill "$p"
       for i in $(seq 600); do [ -e "/proc/$p" ] || { echo reaped; exit; }; sleep 0.1; done; grep State "/proc/$p/status"`,
    )
    expect(gone).toBe('reaped\n')
  })
})

describe('who is root', () => {
  it('root on vps; the others log in as deploy and never as root', async () => {
    for (const name of ['vps2', 'vps3']) expect((await ssh(theLab(), name, 'true', { user: 'root' })).code).toBe(255)
    expect((await ssh(theLab(), 'vps', 'id -u')).stdout).toBe('0\n')
  })

  it('deploy of vps2 by sudo without a password', async () => {
    expect(await ssh(theLab(), 'vps2', 'sudo -n id -u')).toMatchObject({ code: 0, stdout: '0\n', stderr: '' })
  })

  it('deploy of vps3 by sudo with its password alone', async () => {
    expect((await ssh(theLab(), 'vps3', 'sudo -n id -u')).code).toBe(1)
    const password = await readSecret(theLab().directory, 'vps3_sudo')
    expect(await ssh(theLab(), 'vps3', "sudo -S -k -p '' id -u", { stdin: `${password}\n` })).toMatchObject({
      code: 0,
      stdout: '0\n',
    })
    expect((await ssh(theLab(), 'vps3', "sudo -S -k -p '' id -u", { stdin: `${password}x\n` })).code).toBe(1)
  })
})

it('has the backend of each project where its inventory says', async () => {
  const heads = [
    ['vps', 'onquota'],
    ['vps', 'facturas'],
    ['vps2', 'tienda'],
    ['vps3', 'onquota'],
  ] as const
  for (const [name, project] of heads) {
    const found = await mustExecIn(
      theLab(),
      name,
      `cd /opt/${project}/backend; ls alembic.ini; ls alembic/versions | grep -c '^0'`,
    )
    expect(found).toBe('alembic.ini\n21\n')
  }
})

it('runs a script of a test as the engine itself would: environment, user, capabilities, namespaces, cgroups', async () => {
  const look =
    'id; hostname; pwd; umask; env | sort; grep ^Cap /proc/self/status; cat /proc/self/cgroup; readlink /proc/self/ns/*'
  const { engine, hosts } = theLab()
  const own = await new Engine(engine).run(['exec', '-i', hosts.vps2.container, 'sh', '-c', look], 'exec')
  expect(await mustExecIn(theLab(), 'vps2', look)).toBe(own.stdout)
})

it('ends a script though what it leaves running holds its output', async () => {
  // Longer than a script may take: waiting for it would be an error.
  expect(await mustExecIn(theLab(), 'vps2', 'sleep 10000 & echo done')).toBe('done\n')
})

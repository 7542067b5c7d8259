import { expect, test } from 'vitest'
import { backup } from '../../../lib/verbs/backup/index.ts'
import type { BackupOptions } from '../../../lib/verbs/backup/index.ts'

const FILE = '/root/backup_onquota_db_20250101_000000.sql.gz'
const options = (more: Partial<BackupOptions>): BackupOptions => ({
  inventory: '/nowhere/i.json',
  projects: ['onquota'],
  concurrency: 1,
  wait: 0,
  ...more,
})

test.each<[Partial<BackupOptions>, RegExp]>([
  [{ adoptBox: true, prune: true }, /^--adopt-box goes with none of/],
  [{ adoptBox: true, adopt: FILE }, /^--adopt-box goes with none of/],
  [{ adoptBox: true, projects: [] }, /^--adopt-box takes one project/],
  [{ adopt: FILE, projects: [] }, /^--adopt takes one project/],
  [{ adopt: FILE, projects: ['a', 'b'] }, /^--adopt takes one project/],
  [{ adopt: FILE, prune: true }, /^--adopt goes with neither --prune nor --acknowledge$/],
  [{ adopt: FILE, acknowledge: true }, /^--adopt goes with neither/],
  [{ adopt: FILE, check: true }, /^--check goes with --prune/],
  [{ adopt: 'dump.sql.gz' }, /^--adopt needs an absolute path on the host.*, not "dump\.sql\.gz"$/],
  [{ adopt: '/root/../etc/shadow' }, /^--adopt needs an absolute path/],
  [{ adopt: '/root/a\nb' }, /^--adopt needs an absolute path/],
  [{ adopt: '' }, /^--adopt needs an absolute path/],
])('%o: refused before the inventory is read', async (more, message) => {
  await expect(async () => backup(options(more))).rejects.toThrow(message)
})

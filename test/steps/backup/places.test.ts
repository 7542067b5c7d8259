import { expect, test } from 'vitest'
import { places } from '../../../lib/steps/backup/places.ts'

test('the places of the hand-made system', () => {
  expect(places('onquota')).toMatchObject({
    script: '/opt/postgresql-backups/backup-onquota.sh',
    config: '/opt/postgresql-backups/configs/backup-onquota.conf',
    cronLog: '/var/log/postgres-backup/backup-onquota-cron.log',
  })
})

test('no two projects share one, and cron reads no name with a dot', () => {
  const [one, two] = ['onquota', 'onquota_eu'].map((name) => Object.values(places(name)))
  expect(new Set([...(one ?? []), ...(two ?? [])]).size).toBe(2 * (one?.length ?? 0))
  expect(places('onquota').cron).not.toMatch(/\.[^/]*$/)
})

import { expect, test } from 'vitest'
import { newestManifestFact } from '../../../lib/steps/contents/manifest-fact.ts'

test('the newest backup is looked for under the name that its files have', () => {
  expect(newestManifestFact('shop', 'My Shop')).toMatchObject({
    script: { text: expect.stringContaining('/backup_My%20Shop_') as string },
  })
})

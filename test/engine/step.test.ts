import { expect, test } from 'vitest'
import { keyOf } from '../../lib/engine/step.ts'

test('a key is unique within a host', () => {
  expect(keyOf({ project: null, name: 'server' })).toBe('server')
  expect(keyOf({ project: 'onquota', name: 'role' })).toBe('onquota/role')
})

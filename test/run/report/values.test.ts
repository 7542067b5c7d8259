import { describe, expect, test } from 'vitest'
import { showChange, showValue, took } from '../../../lib/run/report/values.ts'

describe('showValue', () => {
  test.each([
    [null, 'missing'],
    [true, 'true'],
    [25432, '25432'],
    ['0644', '0644'],
    ['', 'empty'],
    ['  ', '"  "'],
    ['trailing ', '"trailing "'],
    [[], 'none'],
    [['a', 'b'], 'a, b'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], 'a, b, c, d, e, f and 2 more'],
    [{ owner: 'root', mode: null }, 'owner root, mode nothing'],
    [{}, 'none'],
    ['two\nlines', 'two⏎lines'],
    ['\u001b[2Jred\u001b[31m \u0007bell \u202Eright to left', 'red bell right to left'],
  ])('%j is %s', (value, shown) => {
    expect(showValue(value)).toBe(shown)
  })

  test('cuts what is long, by what a reader takes for characters', () => {
    expect(showValue('x'.repeat(100), 'missing', 10)).toBe(`${'x'.repeat(9)}…`)
    expect(showValue('👩‍👩‍👧'.repeat(20), 'missing', 4)).toBe('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧…')
  })
})

describe('showChange', () => {
  test('says what, from and to', () => {
    expect(showChange({ what: 'role onquota_user SUPERUSER', from: true, to: false })).toBe(
      'role onquota_user SUPERUSER true → false',
    )
    expect(showChange({ what: 'schema old', from: 'there', to: null })).toBe('schema old there → gone')
  })

  test('shows where two long values differ, not their common start', () => {
    const start = '0 3 * * * root /usr/local/sbin/backup-onquota >>/var/log/onquota.log'
    const shown = showChange({ what: 'cron', from: `${start} 2>&1`, to: `${start} 2>/dev/null` }, 40)
    expect(shown).toBe('cron …ota.log 2>&1 → …ota.log 2>/dev/null')
  })
})

test('only what has been made has taken time', () => {
  expect(took({ what: 'x', from: null, to: 'y', seconds: 0.1 })).toBe(' (0.1 s)')
  expect(took({ what: 'x', from: null, to: 'y' })).toBe('')
})

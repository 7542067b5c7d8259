import { expect, test } from 'vitest'
import { parseName, plainName } from '../../../lib/steps/contents/names.ts'

test.each([
  ['public.clients', 'public', 'clients', 'clients'],
  ['public."order"', 'public', 'order', 'order'],
  ['"a b"."x.""Y"', 'a b', 'x."Y', 'a b.x."Y'],
  ['billing.invoices', 'billing', 'invoices', 'billing.invoices'],
  ['users_pkey', null, 'users_pkey', 'users_pkey'],
  ['public.f(text)', 'public', 'f(text)', 'f(text)'],
])('%s', (written, schema, name, plain) => {
  expect(parseName(written)).toEqual({ schema, name })
  expect(plainName(written)).toBe(plain)
})

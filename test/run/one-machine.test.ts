import { expect, test } from 'vitest'
import { Machines } from '../../lib/run/one-machine.ts'

test('hosts with keys of their own do not wait', async () => {
  const machines = new Machines()
  const never = new Promise<void>(() => {})
  await machines.arrive('vps', 'a', never)
  await machines.arrive('web', 'b', never)
  expect(machines.warnings).toEqual([])
})

test('one machine under two names is named, and its second name waits for the first', async () => {
  const machines = new Machines()
  const [first, order] = [Promise.withResolvers<void>(), [] as string[]]
  await machines.arrive('vps', 'a', first.promise)
  const second = machines.arrive('web', 'a', Promise.resolve()).then(() => order.push('second'))
  order.push('first')
  first.resolve()
  await second
  expect(order).toEqual(['first', 'second'])
  expect(machines.warnings).toEqual([expect.stringMatching(/^vps and web show the same host key: one machine under two names/)])
})

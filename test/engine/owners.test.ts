import { expect, test } from 'vitest'
import { prologue } from '../../lib/engine/frames.ts'
import { asUser } from '../../lib/engine/owners.ts'
import { Script, sh } from '../../lib/text/sh.ts'
import { localMachine, printed } from './support.ts'

test.runIf(process.getuid?.() === 0)('what runs as another user is ended by root, also where that user stops it', async () => {
  const script = asUser('daemon', sh`echo begun; kill -STOP $$`, 1)
  const { code, stdout, stderr } = await printed(localMachine(), Script.join([prologue('n'), script]))
  expect(stdout).toContain('begun')
  expect(stderr).toContain('no end within 1 s')
  expect([124, 137]).toContain(code)
})

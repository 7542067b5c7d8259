import { afterEach, expect, test, vi } from 'vitest'
import { HostError } from '../../lib/host/error.ts'
import { openssh } from '../../lib/host/openssh.ts'

afterEach(() => vi.unstubAllEnvs())

test('what a tool says, and its exit code', async () => {
  expect(await openssh('ssh', ['-V'])).toEqual({ code: 0, stdout: '', stderr: expect.stringMatching(/^OpenSSH/) })
  expect(await openssh('ssh-keygen', ['-F', 'x', '-f', '/no/such'])).toMatchObject({ code: expect.toSatisfy((code) => code > 0) })
})

test('a tool that is missing is named, with how to get it', async () => {
  vi.stubEnv('PATH', '/no/such')
  const missing = openssh('ssh', ['-V'])
  await expect(missing).rejects.toThrow(HostError)
  await expect(missing).rejects.toThrow('ssh is not on this machine: apt-get install openssh-client')
})

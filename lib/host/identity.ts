import { existsSync } from 'node:fs'
import type { AgentAuthMethod, PublicKeyAuthMethod } from 'ssh2'
import { Agent } from './agent.ts'
import { HostError } from './error.ts'
import { openKey, publicKeyOf } from './key-file.ts'
import type { Target } from './target.ts'

export type Method = PublicKeyAuthMethod | (AgentAuthMethod & { agent: Agent })

/**
 * The ways to log in, in order: a key file that the inventory names, then the agent, then ssh's own key files. With IdentitiesOnly the
 * agent offers only the keys of those files. Never `none`, which costs a round trip. An encrypted key is opened with
 * BITACORA_KEY_PASSPHRASE, or asks, unless an agent may serve.
 *
 * Throws a HostError when there is no way at all.
 */
export async function loginMethods(target: Target): Promise<Method[]> {
  const { user, explicitIdentity } = target
  const agent = agentMethods(target)
  const keys: Method[] = []
  const problems: string[] = []
  for (const file of target.identityFiles) {
    if (!existsSync(file)) {
      if (explicitIdentity) problems.push(`hosts.${target.name}.identityFile ${file} does not exist`)
      continue
    }
    try {
      const key = await openKey(file, explicitIdentity && agent.length === 0)
      if (key !== undefined) keys.push({ type: 'publickey', username: user, key })
    } catch (error) {
      problems.push((error as Error).message)
    }
  }
  const methods = explicitIdentity ? [...keys, ...agent] : [...agent, ...keys]
  if (methods.length > 0) return methods
  throw new HostError(
    problems.join('; ') ||
      `there is no key to log in with: name one as hosts.${target.name}.identityFile, or start an agent (ssh-add)${notSupported(target)}`,
  )
}

function agentMethods(target: Target): Method[] {
  if (target.agent === undefined) return []
  const wanted = target.identitiesOnly ? target.identityFiles.flatMap((file) => publicKeyOf(file) ?? []) : undefined
  if (wanted?.length === 0) return []
  return [{ type: 'agent', username: target.user, agent: new Agent(target.agent, wanted) }]
}

/** What ssh would log in with besides, to be said where nothing else serves. Empty for nothing. */
export function notSupported({ certificateFiles }: Target): string {
  const there = certificateFiles.filter((file) => existsSync(file))
  return there.length === 0
    ? ''
    : `. The certificate ${there.join(', ')} (CertificateFile) is not used: certificates are not supported here`
}

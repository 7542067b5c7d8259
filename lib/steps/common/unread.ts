import { Secret } from '../../text/secret.ts'
import type { Context } from './context.ts'

/** No password, key or URL has a control character in it. */
const MARK = '\u0001'
const UNREAD = new Secret(MARK, 'a secret that was not read')

/** For a run without secrets: steps compare all else, and say what they left out. Nothing of them is ever applied. */
export const withoutSecrets = (context: Context): Context => ({ ...context, secret: () => UNREAD })

export const isUnread = (secret: Secret): boolean => secret === UNREAD

export const isWithoutSecrets = ({ project, secret }: Context): boolean => isUnread(secret(project.database.password))

/** What stands in a text for it. */
export const holdsUnread = (text: string): boolean => text.includes(MARK)

/** A step's `notChecked`, where it leaves something out. */
export function leavesOut(texts: readonly string[]): { notChecked?: () => string[] } {
  return texts.length === 0 ? {} : { notChecked: () => [...texts] }
}

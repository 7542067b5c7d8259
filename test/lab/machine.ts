import { existsSync, readFileSync } from 'node:fs'

/** The machine's distribution, from os-release; empty where there is none. */
export function release(): { id: string; codename: string } {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const value = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? ''
  return { id: value('ID'), codename: value('VERSION_CODENAME') }
}

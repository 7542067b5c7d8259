import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { boxSettings, type BoxSettings } from './box-setup.ts'
import { mustExecIn } from './exec.ts'
import type { Lab } from './lab.ts'
import { newKey, publicKey } from './state.ts'
import { untilSshAnswers } from './ssh-banner.ts'

export type { BoxSettings } from './box-setup.ts'

/** Sets how the box lets one in; what isn't given goes back to how `up` makes it, so `setBox(lab)` undoes all. Sessions go on. */
export async function setBox(lab: Lab, settings: BoxSettings = {}): Promise<void> {
  await mustExecIn(lab, 'box', await boxSettings(lab.directory, settings))
  await untilSshAnswers(lab.box.port)
}

/** A fresh key pair, for a new host key or a login: private in OpenSSH's format, public as "ssh-ed25519 AAAA…". */
export async function freshKey(): Promise<{ privateKey: string; publicKey: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'bitacora-lab-key-'))
  try {
    const file = join(folder, 'key')
    await newKey(file, 'lab')
    return { privateKey: await readFile(file, 'utf8'), publicKey: await publicKey(file) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

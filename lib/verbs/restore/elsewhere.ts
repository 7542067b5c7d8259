import type { Backup } from '../../inventory/index.ts'
import { restoreScript } from '../../steps/backup/scripts.ts'
import { UsageError } from '../../run/usage.ts'
import type { Text } from '../../text/secret.ts'
import { Script, sh } from '../../text/sh.ts'
import { configText } from '../../steps/backup/config.ts'
import type { Context } from '../../steps/common/context.ts'
import { knownHostsText } from '../../steps/backup/known-host.ts'

/**
 * The restore script with all that it needs, in a folder of its own that goes away with it: for a host that isn't set up for this project. Of
 * the boxes it gets the one to fetch from. Copies are kept below /var/tmp, since /run is memory. Throws a UsageError where there is no such box.
 */
export function elsewhere(context: Context, all: Backup, number: number, run: (script: Script) => Script): Script {
  const { project, secret } = context
  const box = all.boxes[number - 1]
  if (box === undefined) throw new UsageError(`--box ${number}: projects.${project.name}.backup names ${all.boxes.length}`)
  const backup = { ...all, boxes: [box] }
  const config = configText(context, backup, {
    BACKUP_DIR: '@DIRECTORY@/backups',
    LOG_DIR: '@DIRECTORY@/logs',
    STORAGEBOX_KNOWN_HOSTS: '@DIRECTORY@/known-hosts',
    // What only restores verifies signatures, and makes none.
    ...(backup.signingKey === undefined ? {} : { SIGNING_KEY: '' }),
    ...(box.key === undefined ? {} : { STORAGEBOX_IDENTITY: '@DIRECTORY@/box-key' }),
  })
  // The folder's name is known only there; mktemp makes it of letters and digits.
  const write = (content: string | Text, name: string) => sh`printf '%s' ${content} > "$d"/${name}`
  return Script.join([
    sh`umask 077; d=$(mktemp -d /var/tmp/bitacora-drill.XXXXXXXX) || exit 1; trap 'rm -rf -- "$d"' EXIT; trap 'exit 1' HUP INT TERM`,
    write(restoreScript(), `restore-${project.name}.sh`),
    write(config, 'config'),
    sh`sed -i "s|@DIRECTORY@|$d|" "$d/config"`,
    write(knownHostsText(box), 'known-hosts'),
    ...(box.key === undefined
      ? []
      : [
          write(
            secret(box.key).map((text) => `${text}\n`),
            'box-key',
          ),
        ]),
    run(sh`bash "$d"/${`restore-${project.name}.sh`} --config "$d/config" --on-other`),
  ])
}

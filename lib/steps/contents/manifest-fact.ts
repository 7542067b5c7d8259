import { z } from 'zod'
import { fileName } from '../../inventory/backup-name.ts'
import { textFact } from '../../engine/fact.ts'
import { sh } from '../../text/sh.ts'
import { BACKUP_DIR, places } from '../backup/places.ts'
import type { Objects } from './facts.ts'

/** Bytes of a manifest: a database of ten thousand tables has a tenth of it. */
const MOST = 16 * 1024 * 1024

/** What a manifest says of a database. Backups before version 5 of the scripts know tables and rows alone. */
export interface ManifestContents {
  head: string | null
  objects: Objects
  /** Table → rows. */
  rows: Readonly<Record<string, number>>
  /** Partition → its topmost table. */
  partitions: Readonly<Record<string, string>>
}

/** The manifest of the newest backup on the host, as it lies there. `contents` is null where it can't be read. */
export interface NewestManifest {
  name: string
  sha256: string
  contents: ManifestContents | null
}

const rows = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
const manifest = z
  .object({
    alembicHead: z.string().nullable(),
    tables: z.record(z.string(), rows),
    partitions: z.record(z.string(), z.string()).default({}),
    objects: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())]))).optional(),
  })
  .transform(({ alembicHead, tables, partitions, objects }): ManifestContents => ({
    head: alembicHead,
    objects: objects ?? { tables: Object.fromEntries(Object.keys(tables).map((name) => [name, null])) },
    rows: tables,
    partitions,
  }))

const answer = z.string().transform((text): NewestManifest | null => {
  const end = text.indexOf('\n')
  const [name = '', sha256 = ''] = text.slice(0, end).split(' ')
  return name === '' ? null : { name, sha256, contents: contentsOf(text.slice(end + 1)) }
})

function contentsOf(text: string): ManifestContents | null {
  try {
    return manifest.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/**
 * The manifest of the newest backup that the ledger knows and whose files are still on the host; null where there is none. One that is dated
 * more than a day ahead is never the newest. Whether its checksum is the ledger's is for whoever compares with it.
 */
export function newestManifestFact(project: string, database: string) {
  const { ledger } = places(project)
  const prefix = `backup_${fileName(database)}_`
  return textFact(
    answer.nullable(),
    sh`[ -e ${ledger} ] || exit 0
d=$(date -u -d '+1 day' +%Y%m%d%H%M%S); set --
for f in ${`${BACKUP_DIR}/${prefix}`}[0-9]*.manifest.json; do
[ -f "$f" ] && [ ! -L "$f" ] || continue
t=\${f##*/}; t=\${t#${prefix}}; t=\${t%%.*}
case $t in *[!0-9_]*) continue ;; ????????_??????) ;; *) continue ;; esac
[ "\${t%_*}\${t#*_}" -le "$d" ] && set -- "$f" "$@"
done
for f; do
b=\${f##*/}; b=\${b%.manifest.json}
grep -qF "\\"entry\\":\\"made\\",\\"name\\":\\"$b\\"" ${ledger} || continue
s=$(sha256sum <"$f") || exit 1
printf '%s %s\\n' "$b" "\${s%% *}"; head -c ${MOST} -- "$f"; exit 0
done; exit 0`,
  )
}

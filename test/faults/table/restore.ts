import type { Fault } from '../fault.ts'
import type { Place } from '../place.ts'
import { sql, until } from '../shell.ts'

const REFUSED = { step: 'restore', exit: 1, host: 'same', box: 'damaged', server: 'same', next: 'good' } as const
/** Other SQL in the copy, with checksum and manifest that fit. */
const other = (edit: string) =>
  `b=$(stat -c %s $f); gzip -dc $f | sed '${edit}' | gzip -1n > $f.new; cat $f.new > $f; rm $f.new; s=$(sha256sum < $f | cut -c1-64); o=$(head -c 64 $f.sha256); sed -i s/$o/$s/ $f.sha256 $f.manifest.json; sed -i "s/\\"bytes\\": $b\\b/\\"bytes\\": $(stat -c %s $f)/" $f.manifest.json`
const ALL = ['', '.sha256', '.manifest.json']
const manifest = (edit: string) => () => ({ onBox: `sed -i '${edit}' $f.manifest.json`, spoils: ['.manifest.json'] })
const ROWS = 's/"public.notes": "20004"/"public.notes": "20005"/'
/** A host without a record of what it made. */
const forgotten = ({ backups }: Place) => ({ settings: { BACKUP_DIR: `${backups}.new` }, after: `rm -rf ${backups}.new` })
/** Where that is told to take what the box has. */
const trusted = (place: Place, command: string) => ({ ...forgotten(place), command: `${command} --trust-box` })
const DAMAGE = 'printf X | dd of=$f bs=1 seek=20000 conv=notrunc 2>/dev/null'

export const RESTORES: readonly Fault[] = [
  {
    id: 'drill-damaged',
    fault: 'a drill of a copy that is damaged on the box',
    ...REFUSED,
    stage: 'hash',
    says: 'is damaged: its checksum is',
    cause: () => ({ onBox: DAMAGE, spoils: [''] }),
  },
  {
    id: 'drill-truncated',
    fault: 'a drill of a copy that is cut short on the box',
    ...REFUSED,
    stage: 'hash',
    says: 'is damaged: its checksum is',
    cause: () => ({ onBox: 'truncate -s -1 $f', spoils: [''] }),
  },
  {
    id: 'drill-roles',
    fault: 'a drill where the roles beside the copy were changed',
    ...REFUSED,
    stage: 'hash',
    says: 'globals.sql is damaged',
    cause: () => ({ onBox: `echo 'CREATE ROLE evil SUPERUSER;' >> $f.globals.sql`, spoils: ['.globals.sql'] }),
  },
  {
    id: 'drill-replaced',
    fault: 'a drill of a copy that was replaced together with checksum and manifest',
    ...REFUSED,
    stage: 'fetch',
    says: 'is not the one that this machine wrote',
    cause: () => ({ onBox: other('s/COPY public.notes/COPY  public.notes/'), spoils: ALL }),
  },
  {
    id: 'manifest-missing',
    fault: 'the manifest missing',
    ...REFUSED,
    stage: 'choose',
    says: 'no complete backup',
    cause: () => ({ onBox: 'rm $f.manifest.json', spoils: ['.manifest.json'] }),
  },
  {
    id: 'manifest-rows',
    fault: 'the manifest edited: a number of rows',
    ...REFUSED,
    stage: 'fetch',
    says: 'is not the one that this machine wrote',
    cause: manifest(ROWS),
  },
  {
    id: 'manifest-other',
    fault: "the manifest another backup's",
    ...REFUSED,
    stage: 'fetch',
    says: "is not that backup's",
    cause: manifest('s/"bytes": [0-9]*/"bytes": "x"/'),
  },
  {
    id: 'manifest-hash',
    fault: 'the manifest edited: the checksum',
    ...REFUSED,
    stage: 'fetch',
    says: 'is not the one that this machine wrote',
    cause: manifest(`s/"sha256": "[0-9a-f]*"/"sha256": "${'0'.repeat(64)}"/`),
  },
  {
    id: 'host-damaged',
    fault: 'a copy damaged on the host, restored with `--local`',
    ...REFUSED,
    stage: 'hash',
    says: 'is damaged: its checksum is',
    host: 'damaged',
    box: 'same',
    cause: ({ backups, database, restore }) => ({
      prepare: `cd ${backups}; for f in backup_${database}_*.sql.gz; do ${DAMAGE}; done; cd /root`,
      command: `${restore} --local`,
      spoils: [''],
    }),
  },
  {
    id: 'drill-unknown',
    fault: "a copy that neither the host's ledger nor a signature vouches for",
    ...REFUSED,
    stage: 'choose',
    says: 'may be loaded: … neither in the ledger of this machine nor signed; --trust-box loads',
    box: 'same',
    cause: forgotten,
  },
  {
    id: 'drill-bad-dump',
    fault: 'a copy with an error in its SQL, checksums all right, which `--trust-box` let in',
    ...REFUSED,
    stage: 'load',
    says: 'psql ended with',
    cause: (place) => ({ ...trusted(place, place.restore), onBox: other('s/^CREATE VIEW/CREATE VEIW/'), spoils: ALL }),
  },
  {
    id: 'drill-role-password',
    fault: "the role's password is another",
    ...REFUSED,
    stage: 'login',
    says: 'cannot log in or read: … password authentication failed',
    box: 'same',
    next: 'mended',
    cause: (place) => ({
      prepare: `${sql(place, `SELECT rolpassword FROM pg_authid WHERE rolname = '${place.owner}'`)} > ${place.mark}; ${sql(place, `ALTER ROLE ${place.owner} PASSWORD 'another'`)}`,
      after: `(cd /; su postgres -c psql) <<SQL >/dev/null\nALTER ROLE ${place.owner} PASSWORD '$(cat ${place.mark})'\nSQL\nrm ${place.mark}`,
      lasts: true,
    }),
  },
  {
    id: 'replace-damaged',
    fault: '`--replace` with a copy that does not hold, which `--trust-box` let in',
    ...REFUSED,
    stage: 'compare',
    says: 'rows of public.notes: 20004, the manifest says 20005',
    cause: (place) => ({ ...trusted(place, `${place.restore} --into ${place.database} --replace`), ...manifest(ROWS)() }),
  },
  {
    id: 'drill-killed',
    step: 'restore',
    fault: 'a drill killed by SIGKILL',
    exit: 137,
    stage: 'login',
    says: '',
    host: 'same',
    box: 'same',
    server: 'drill',
    next: 'sweeps',
    cause: ({ log, restore }) => ({
      prepare: `truncate -s 0 ${log}`,
      command: `( ${restore} --wait-login 60 & p=$!; ${until(`grep -q 'waiting for a login' ${log}`)}; kill -9 $p; wait $p )`,
    }),
  },
]

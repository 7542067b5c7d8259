import type { OwnBoxOptions } from '../../e2e/backup-script/box-server.ts'
import { FULL } from '../../e2e/backup-script/box-server.ts'
import type { Fault } from '../fault.ts'
import type { Place } from '../place.ts'

const FAILED = { step: 10, exit: 1, stage: 'upload', host: 'backup', box: 'same' } as const
const GOOD = { step: 10, exit: 0, stage: 'done', host: 'pruned', box: 'pruned', next: 'good' } as const
const fill = ({ small }: Place) => `head -c 200M /dev/zero > ${small}.filler 2>/dev/null`
const drain = ({ small }: Place) => `rm -f ${small}.filler`
/** Behind a line that is bad, in one of the relay's ways. */
const behind =
  (mode: string) =>
  ({ relayed, relay }: Place) => ({ settings: relayed, command: relay(mode) })
/** The box as another server, and then its own again. */
const served =
  (options: OwnBoxOptions & { program?: string }) =>
  ({ box }: Place) => ({ prepare: box.start(options), after: box.start() })
/** It stores what it is given and says another checksum. */
const LIAR = `#!/bin/sh\ncase $SSH_ORIGINAL_COMMAND in sha256sum*) echo ${'0'.repeat(64)}; ;; *) exec /usr/lib/openssh/sftp-server ;; esac\n`

/** The first session stands still, and leaves its process number; the others go on. */
const stalledBy = ({ name }: Place) => `/tmp/${name}.stalled`
const stalled = (place: Place) =>
  `#!/bin/bash\nif [ ! -e ${stalledBy(place)} ]; then echo $$ > ${stalledBy(place)}; kill -STOP $$; fi\ncase $SSH_ORIGINAL_COMMAND in sha256sum*) exec $SSH_ORIGINAL_COMMAND ;; esac\nexec /usr/lib/openssh/sftp-server\n`

export const BOXES: readonly Fault[] = [
  {
    id: 'box-away',
    fault: 'the box is away',
    ...FAILED,
    says: 'not reached in 3 tries: … Connection refused',
    next: 'good',
    cause: () => ({ settings: { STORAGEBOX_PORT: '2' } }),
  },
  {
    id: 'box-silent',
    fault: 'the box takes connections and answers nothing',
    ...FAILED,
    says: 'not reached in 3 tries: … timed out',
    next: 'good',
    cause: behind('silent'),
  },
  {
    id: 'box-slow',
    fault: 'the box is slow',
    ...GOOD,
    says: 'equal on the box',
    cause: behind('slow'),
  },
  {
    id: 'box-mute',
    fault: 'the box falls silent in the middle of a file',
    ...GOOD,
    says: 'try 1 of 3:',
    cause: behind('mute'),
  },
  {
    id: 'box-stalled',
    fault: "the box's SFTP server stands still, while the box itself still answers",
    ...GOOD,
    says: 'try 1 of 3: … no answer from the box within 30 s',
    cause: (place) => {
      const { after, ...server } = served({ program: stalled(place) })(place)
      return { ...server, after: `kill -KILL "$(cat ${stalledBy(place)})"; rm -f ${stalledBy(place)}; ${after}` }
    },
  },
  {
    id: 'box-cut',
    fault: 'the connection breaks in the middle of a file',
    ...GOOD,
    says: 'try 1 of 3:',
    cause: behind('once'),
  },
  {
    id: 'box-cut-always',
    fault: 'the same at each try, and then nobody answers',
    ...FAILED,
    says: 'not reached in 3 tries:',
    box: 'partial',
    next: 'sweeps',
    cause: behind('cut'),
  },
  {
    id: 'box-refuses',
    fault: 'the box refuses the folder',
    ...FAILED,
    says: 'refused by',
    next: 'mended',
    cause: () => ({ settings: { STORAGEBOX_REMOTE_DIR: '/nowhere/backups' }, lasts: true }),
  },
  {
    id: 'box-password',
    fault: "the box's password changed",
    ...FAILED,
    says: 'wrong password or refused key',
    next: 'mended',
    cause: () => ({ settings: { STORAGEBOX_PASSWORD: 'not-it' }, lasts: true }),
  },
  {
    id: 'box-key-unknown',
    fault: "the box's host key is not known",
    ...FAILED,
    says: 'unknown host key: … nothing was sent',
    next: 'mended',
    cause: ({ box }) => ({
      settings: { STORAGEBOX_KNOWN_HOSTS: `${box.place}/others` },
      prepare: `echo 'elsewhere ssh-ed25519 AAAA' > ${box.place}/others`,
      lasts: true,
    }),
  },
  {
    id: 'box-key',
    fault: "the box's host key changed",
    ...FAILED,
    says: 'changed host key: … nothing was sent',
    next: 'mended',
    cause: ({ box }) => ({
      prepare: `cp -p ${box.place}/key ${box.place}/kept; rm ${box.place}/key; ssh-keygen -q -t ed25519 -N '' -f ${box.place}/key; ${box.start()}`,
      after: `mv ${box.place}/kept ${box.place}/key; ${box.start()}`,
      lasts: true,
    }),
  },
  {
    id: 'box-quota',
    fault: "the box's quota is full, and it doesn't tell before",
    ...FAILED,
    says: 'refused by … write remote',
    next: 'mended',
    cause: (place) => ({ ...served({ program: FULL })(place), lasts: true }),
  },
  {
    id: 'box-full',
    fault: "the box's disk is full, and it tells",
    ...FAILED,
    says: 'the box is full: 0 MiB free, 1 MiB needed',
    next: 'mended',
    cause: (place) => ({ prepare: `${fill(place)} || true`, after: drain(place), lasts: true }),
  },
  {
    id: 'box-fills',
    fault: "the box's disk gets full in the middle of a file",
    ...FAILED,
    says: 'refused by … write remote',
    next: 'mended',
    cause: (place) => ({
      hooks: { sftp: `! grep -qs '^put' ${place.batch} || ${fill(place)}` },
      after: drain(place),
      lasts: true,
    }),
  },
  {
    id: 'changed-before-upload',
    step: 11,
    fault: 'the dump is damaged on the host between hashing and upload',
    exit: 1,
    stage: 'compare',
    says: 'changed on this machine after it was hashed',
    host: 'aside',
    box: 'same',
    next: 'good',
    cause: ({ batch }) => ({
      hooks: {
        sftp: `f=$(sed -n 's/^put -f \\([^ ]*\\) .*/\\1/p' ${batch} | head -n 1); [[ -z $f ]] || printf X | dd of="$f" bs=1 seek=20000 conv=notrunc 2>/dev/null`,
      },
    }),
  },
  {
    id: 'box-damages',
    step: 11,
    fault: 'the box stores something else',
    exit: 1,
    stage: 'compare',
    says: 'its checksum on the box is … also after another try',
    host: 'backup',
    box: 'same',
    next: 'mended',
    cause: (place) => ({ ...served({ program: LIAR })(place), lasts: true }),
  },
  {
    id: 'box-name-taken',
    step: 12,
    fault: 'a file of that name is on the box already',
    exit: 1,
    stage: 'publish',
    says: 'not renamed on the box: …; the name … is taken there',
    host: 'backup',
    box: 'same',
    next: 'good',
    // The other file is taken away where it is what it was; a run that had replaced it would have left a new file.
    cause: ({ batch, mark, script }) => ({
      hooks: {
        sftp: `if grep -q '^rename' ${batch}; then read -r _ _ _ to <${batch}; echo another >"$to"; echo "$to" >${mark}; fi`,
      },
      command: `${script}; c=$?; f=$(cat ${mark}); rm -f ${mark}; [ "$(cat "$f")" != another ] || rm -f "$f"; (exit $c)`,
    }),
  },
  {
    id: 'box-one-of-two',
    fault: 'one of two boxes fails',
    ...FAILED,
    says: 'box 2, … not reached in 3 tries',
    box: 'backup',
    next: 'good',
    cause: ({ box }) => ({
      settings: Object.fromEntries(
        Object.entries({ ...box.settings, STORAGEBOX_PORT: '2' }).map(([key, value]) => [key.replace('BOX_', 'BOX2_'), value]),
      ),
    }),
  },
]

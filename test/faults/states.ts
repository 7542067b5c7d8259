/** The files of one backup; NAME stands for the name of the dump. */
export const COMPLETE: readonly string[] = ['NAME', 'NAME.globals.sql', 'NAME.manifest.json', 'NAME.sha256']

/** What a run leaves, exactly: words for the docs, the new files, and what became of the old ones. */
export interface State {
  words: string
  /** The files that the run added; `.part-` stands for `.part-` and the number of the run. */
  added: readonly string[]
  /** stays: every file is as it was. pruned: what retention removes is removed, all else is as it was. half: only some of it is. */
  old: 'stays' | 'pruned' | 'half'
  /** The fault itself changed files of the newest copy, those that the row lists, and the run changed nothing. */
  spoiled?: true
}

const NOTHING = { added: [], old: 'stays' } as const

/** What a fault leaves in the project's folder on the host. */
export const ON_HOST = {
  same: { words: 'as before', ...NOTHING },
  backup: { words: 'the new backup, complete', added: COMPLETE, old: 'stays' },
  pruned: { words: 'the new backup, complete; old ones pruned', added: COMPLETE, old: 'pruned' },
  bare: { words: 'the new backup, complete but for the roles; old ones pruned', added: COMPLETE.toSpliced(1, 1), old: 'pruned' },
  aside: { words: 'the dump, set aside as `.bad`', added: ['NAME.bad'], old: 'stays' },
  partial: { words: 'partial files, which never count', added: ['NAME.globals.sql.part', 'NAME.part'], old: 'stays' },
  dump: {
    words: 'a dump without its checksum, which never counts',
    added: ['NAME', 'NAME.globals.sql', 'NAME.manifest.json.part', 'NAME.sha256.part'],
    old: 'stays',
  },
  damaged: { words: 'a damaged copy', ...NOTHING, spoiled: true },
} as const satisfies Record<string, State>

/** The same of the storage box. */
export const ON_BOX = {
  same: ON_HOST.same,
  backup: { words: 'the new backup, equal', added: COMPLETE, old: 'stays' },
  pruned: { words: 'the new backup, equal; old ones pruned', added: COMPLETE, old: 'pruned' },
  half: { words: 'the new backup, equal; old ones partly pruned', added: COMPLETE, old: 'half' },
  bare: { words: 'the new backup, equal; old ones pruned', added: COMPLETE.toSpliced(1, 1), old: 'pruned' },
  partial: { words: 'a partial file, which never counts', added: ['NAME.part-'], old: 'stays' },
  partials: { words: 'partial files, which never count', added: COMPLETE.map((file) => `${file}.part-`), old: 'stays' },
  incomplete: {
    words: 'a backup without its manifest, which never counts',
    added: ['NAME', ...COMPLETE.slice(1).map((file) => `${file}.part-`)],
    old: 'stays',
  },
  damaged: ON_HOST.damaged,
} as const satisfies Record<string, State>

/** What becomes of the run after it. For a drill or a restore that is a backup and a drill. */
export const NEXT = {
  good: 'good',
  sweeps: 'good; it sweeps first',
  mended: 'good, once that is mended',
  acknowledged: 'good; it prunes again after `--acknowledge`',
  skipped: 'good, once the other has ended',
} as const

/** What a drill or a restore leaves in PostgreSQL: databases, roles and their settings. */
export const IN_SERVER = {
  same: 'as before',
  drill: "the drill's database and its logins",
} as const

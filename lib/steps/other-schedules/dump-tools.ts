/** How a program that works on files is called, where it is known to work on nothing else. */
export interface Tool {
  /** What it works on: all its files; all but the last, which it makes; all but the first, which is a mode. */
  files: 'all' | 'to' | 'mode'
  /** It may read what is piped into it, where it is given no file. */
  pipe?: true
  /** The words that its command begins with. */
  verb?: string
  /** Options without a value, and those whose value is the next word. */
  flags: RegExp
  values?: RegExp
  /** Options whose value is a file that it makes. */
  out?: RegExp
  /** It works on a folder of the dump as well. */
  folders?: true
}

const NEVER = /^(?!)/
const SSH_OPTION =
  '(?:StrictHostKeyChecking|UserKnownHostsFile|BatchMode|ConnectTimeout|ServerAlive\\w+|Port|IdentityFile|LogLevel)='
const packer: Tool = {
  files: 'all',
  pipe: true,
  flags:
    /^-(?:[\dacdfknqtvT]|\$\{\w+(?::-\d+)?\}|\$\w+)+$|^--(?:best|fast|keep|force|stdout|rsyncable|quiet|test|rm|threads=\d+)$/,
  values: /^-[pT]$/,
  out: /^-o$/,
}
const checksum: Tool = { files: 'all', pipe: true, flags: /^-b$|^--(?:binary|tag)$/ }
const ssh: Pick<Tool, 'flags' | 'values'> = {
  flags: new RegExp(`^-[qCBpv46]+$|^-P\\d+$|^-o${SSH_OPTION}\\S*$`),
  values: /^-[Pilc]$/,
}

/** The programs that may work on the dump's own files. Each other one with an effect of its own is another job. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  ...Object.fromEntries(
    ['gzip', 'pigz', 'gunzip', 'zcat', 'bzip2', 'xz', 'zstd', 'lz4', 'pv'].map((name) => [name, packer] as const),
  ),
  ...Object.fromEntries(['sha256sum', 'sha512sum', 'sha1sum', 'md5sum'].map((name) => [name, checksum] as const)),
  gpg: {
    files: 'all',
    pipe: true,
    flags: /^-[ceaqv]+$|^--(?:encrypt|symmetric|armor|batch|yes|no-tty|quiet)$/,
    values: /^(?:-r|-z|--(?:recipient|passphrase|passphrase-file|cipher-algo|trust-model|pinentry-mode|homedir))$/,
    out: /^(?:-o|--output)$/,
  },
  openssl: {
    files: 'all',
    pipe: true,
    verb: 'enc',
    flags: /^-(?:aes-\w+-\w+|aes256|salt|pbkdf2|e|a|base64)$/,
    values: /^-(?:pass|k|kfile|iter|md)$/,
    out: /^-out$/,
  },
  age: { files: 'all', pipe: true, flags: /^(?:-[eap]|--encrypt|--armor)$/, values: /^-[rR]$/, out: /^-o$/ },
  split: { files: 'to', flags: /^-[db]\w*$/, values: /^-[bCna]$/ },
  cp: { files: 'to', flags: /^-[pfvun]+$/ },
  mv: { files: 'to', flags: /^-[fvun]+$/ },
  ln: { files: 'to', flags: /^-[sfnv]+$/ },
  scp: { files: 'to', ...ssh },
  rclone: { files: 'to', verb: 'copy', flags: /^(?:-[qv]+|--(?:quiet|progress))$/ },
  aws: {
    files: 'to',
    verb: 's3 cp',
    flags: /^--(?:only-show-errors|quiet|no-progress|sse)$/,
    values: /^--(?:profile|region|endpoint-url|storage-class|expected-size)$/,
  },
  s3cmd: { files: 'to', verb: 'put', flags: /^(?:-[qv]+|--quiet|--no-progress)$/ },
  rm: { files: 'all', flags: /^-[fv]+$/ },
  chmod: { files: 'mode', folders: true, flags: NEVER },
  chown: { files: 'mode', folders: true, flags: NEVER },
  mkdir: { files: 'all', folders: true, flags: /^-[pv]+$/, values: /^-m$/ },
  pg_restore: { files: 'all', pipe: true, flags: /^(?:-l|--list)$/ },
}

const SSH_VALUE = new RegExp(`^${SSH_OPTION}`)
const isSshOption = (name: string, value: string | undefined) => /^s(?:cp|ftp)$/.test(name) && SSH_VALUE.test(value ?? '')

/** What a tool is given: its files, and those that its options name to be made. Undefined: in a way that isn't known. */
export function toolWords(name: string, tool: Tool, args: readonly string[]): { files: string[]; made: string[] } | undefined {
  const files: string[] = []
  const made: string[] = []
  const left = [...args]
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (tool.out?.test(word)) made.push(left.shift() ?? '')
    else if (tool.values?.test(word)) left.shift()
    else if (word === '-o' && isSshOption(name, left[0])) left.shift()
    else if (word === '-' || !word.startsWith('-')) files.push(word)
    else if (!tool.flags.test(word)) return undefined
  }
  const verb = tool.verb?.split(' ') ?? []
  return verb.every((word, index) => files[index] === word) ? { files: files.slice(verb.length), made } : undefined
}

/** Programs that change nothing, but for what they print, and the options with which that is not true. */
const PRINTING: readonly (readonly [names: string, not?: RegExp])[] = [
  [': [ [[ test true false cd pushd popd umask ulimit export readonly local declare typeset unset return exit break continue'],
  [
    'case for select wait sleep shopt echo cat ls stat du df wc head tail grep egrep cut tr basename dirname realpath readlink id',
  ],
  ['whoami which type hash mktemp nproc pg_isready logger ts sync tput'],
  ['printf', /^-v/],
  ['set', /^(?![-+][a-zA-Z]|pipefail$)/],
  ['date', /^(?:-[a-zA-Z]*s|--s|\d{8})/],
  ['hostname', /^(?!-[fsdiIA]$)/],
  ['awk', /^(?!\{ ?print \$\d+;? ?\}$)/],
]
const FORBIDDEN = new Map(PRINTING.flatMap(([names, not = NEVER]) => names.split(' ').map((name) => [name, not] as const)))

/** Whether a command changes nothing, but for what it prints. */
export function onlyPrints(name: string, args: readonly string[]): boolean {
  const not = FORBIDDEN.get(name)
  return not !== undefined && !args.some((word) => not.test(word))
}

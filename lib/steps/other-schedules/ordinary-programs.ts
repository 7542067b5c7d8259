import type { Command } from './shell-commands.ts'

/** What makes no backup of a database by itself. */
const HELPERS = new Set(
  (
    '. source : [ [[ test true false cd pushd popd set shopt umask ulimit export readonly local declare typeset unset trap shift return exit break continue ' +
    'case for select wait sleep kill echo printf log date logger tee ts cat mail mailx sendmail mkdir chmod chown rm mv cp ln ls stat du df wc sort uniq ' +
    'head tail awk sed grep egrep cut tr basename dirname realpath readlink find xargs mktemp touch hostname id whoami which type command hash ' +
    'gzip pigz gunzip zcat xz bzip2 zstd lz4 split gpg openssl age sha256sum sha1sum md5sum sync curl wget sshpass sftp scp ssh lftp aws s3cmd rclone ' +
    'pg_isready pg_restore nproc renice ionice nice'
  ).split(' '),
)
/** Those that can copy a folder, which a dump is not. */
const COPIERS = /^(?:cp|scp|aws|s3cmd|rclone)$/
const FOLDERS = /^(?:-[a-zA-Z]*[rRa][a-zA-Z]*|--recursive|--archive|sync)$/

/** Whether a command surely is no backup of a database, so that a schedule of such commands is none of ours to judge. */
export function isHelper({ words: [program = '', ...args] }: Command): boolean {
  const name = program.replace(/^(?:\/usr)?\/s?bin\//, '')
  if (COPIERS.test(name) && args.some((word) => FOLDERS.test(word))) return false
  const inner =
    name === 'find' ? args[args.indexOf('-exec') + 1] : name === 'xargs' ? args.find((word) => /^[a-z]/.test(word)) : undefined
  return (
    HELPERS.has(name) && (inner === undefined || !(name === 'xargs' || args.includes('-exec')) || /^(?:\/bin\/)?rm$/.test(inner))
  )
}

/** The tests of `find` that may stand beside its name and age. */
const TESTS = /^-(?:type|maxdepth|mindepth|name|iname|mtime|mmin|ctime)$/

/**
 * Whether the arguments of `find` either only list, or delete old files of one folder by their names; `isOwn` says whether a folder and a
 * pattern are the backup's.
 */
export function isRetention(args: readonly string[], isOwn: (folder: string, pattern: string) => boolean): boolean {
  const [folder = '', ...rest] = args
  const tests = new Map<string, string>()
  while (TESTS.test(rest[0] ?? '')) {
    const [test, value = ''] = rest.splice(0, 2)
    if (tests.has(test!)) return false
    tests.set(test!, value)
  }
  if (rest[0] === '-print') rest.shift()
  if (rest.length === 0) return true
  const isDeletion = /^(?:-delete|-exec (?:\/bin\/)?rm(?: -f)?(?: --)? \{\} [;+])$/.test(rest.join(' '))
  const isOld = ['-mtime', '-mmin', '-ctime'].some((test) => tests.get(test)?.startsWith('+'))
  const pattern = tests.get('-name') ?? tests.get('-iname')
  const isOfFiles = (tests.get('-type') ?? 'f') === 'f'
  return isDeletion && isOld && isOfFiles && pattern !== undefined && isOwn(folder, pattern)
}

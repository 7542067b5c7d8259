import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { release } from './machine.ts'
import { must, run } from './process.ts'

const SUITES = new Set(['bookworm', 'bookworm-updates', 'bookworm-security', 'bookworm-backports'])
/** apt's settings that decide whether its sources can be reached. */
const REACH = /^Acquire::(https?|ftp|Check-\w+|Allow\w+|Retries|ForceIPv[46]|By-Hash|Queue-Mode)\b/i
const FOLDERS = ['/etc/apt/keyrings', '/etc/apt/trusted.gpg.d', '/etc/apt/auth.conf.d', '/usr/share/keyrings']
const FILES = ['/etc/apt/auth.conf', '/etc/ssl/certs/ca-certificates.crt']

/** True when an apt source file names nothing but Debian 12's own archives: another vendor's belong on no test host. */
function isDebians(text: string): boolean {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const oneLine = lines.filter((line) => /^deb(-src)?\s/.test(line)).map((line) => line.replace(/\[[^\]]*\]/, '').split(/\s+/))
  const suites = [
    ...oneLine.map(([, , suite]) => suite ?? ''),
    ...lines.flatMap((line) => /^Suites:(.*)/i.exec(line)?.[1]?.trim().split(/\s+/) ?? []),
  ]
  const components = [
    ...oneLine.flatMap((words) => words.slice(3)),
    ...lines.flatMap((line) => /^Components:(.*)/i.exec(line)?.[1]?.trim().split(/\s+/) ?? []),
  ]
  return suites.length > 0 && suites.every((suite) => SUITES.has(suite)) && components.includes('main')
}

/** The machine's apt source files for Debian 12; none where it is another system. */
export async function aptSources(): Promise<string[]> {
  if (release().codename !== 'bookworm') return []
  const folder = '/etc/apt/sources.list.d'
  const files = existsSync(folder) ? (await readdir(folder)).filter((name) => /\.(list|sources)$/.test(name)).toSorted() : []
  const all = ['/etc/apt/sources.list', ...files.map((name) => join(folder, name))].filter((file) => existsSync(file))
  const texts = await Promise.all(all.map(async (file) => ({ file, text: await readFile(file, 'utf8') })))
  return texts.filter(({ text }) => isDebians(text)).map(({ file }) => file)
}

/** The lines of apt.conf by which this machine reaches its sources: proxies, certificates, checks of dates. */
export async function aptConf(): Promise<string> {
  if (!existsSync('/usr/bin/apt-config')) return ''
  const { stdout } = must(await run(['apt-config', 'dump']), "reading apt's settings")
  const lines = stdout.split('\n').filter((line) => REACH.test(line) && !line.endsWith(' "";'))
  for (const scheme of ['http', 'https']) {
    const proxy = process.env[`${scheme}_proxy`]
    if (proxy && !/["\n]/.test(proxy)) lines.push(`Acquire::${scheme}::Proxy "${proxy}";`)
  }
  return ['Acquire::Languages "none";', ...lines, ''].join('\n')
}

/** Puts the machine's settings below `root` as they shall lie in an image, so that apt works there as it does here. */
export async function copyAptSettings(root: string): Promise<void> {
  const put = async (path: string, copy: (to: string) => Promise<void>) => {
    const to = join(root, path)
    await mkdir(dirname(to), { recursive: true })
    await copy(to)
  }
  await put('/etc/apt/apt.conf.d/99lab', async (to) => writeFile(to, await aptConf()))
  for (const file of await aptSources()) await put(`/etc/apt/sources.list.d/${basename(file)}`, (to) => cp(file, to))
  const folders = release().codename === 'bookworm' ? FOLDERS : []
  for (const path of [...folders, ...FILES]) {
    if (existsSync(path)) await put(path, (to) => cp(path, to, { recursive: true, dereference: true }))
  }
}

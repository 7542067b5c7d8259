/** A word for sh. Only for the lab's own scripts, so that a fault in the library's quoting can't hide itself here. */
export const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

export interface RemoteFile {
  path: string
  content: string | Buffer
  mode: string
  owner?: string
}

/** Lines of sh that write a file as it is given, byte for byte. */
export function putFile({ path, content, mode, owner = 'root:root' }: RemoteFile): string {
  const base64 = Buffer.from(content).toString('base64')
  const folder = quote(path.slice(0, path.lastIndexOf('/')) || '/')
  const target = quote(path)
  return `mkdir -p ${folder}; rm -f ${target}; (umask 077; printf %s ${base64} | base64 -d >${target}); chown ${owner} ${target}; chmod ${mode} ${target}`
}

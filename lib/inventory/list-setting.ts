/**
 * Settings whose value PostgreSQL keeps as a list of quoted names. Written as one literal, the whole list would become a single name.
 * Source: GUC_LIST_QUOTE in PostgreSQL's guc_tables.c (13 to 18), the same list as variable_is_guc_list_quote in pg_dump's dumputils.c.
 * Other lists, such as DateStyle, are kept as they are written.
 */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
])

/** Of those, the ones that hold names, which are lower case unless they are quoted; the others hold paths. */
const NAMES = new Set(['search_path', 'temp_tablespaces'])

/** Whether a setting (in any case) is such a list. */
export function isListSetting(key: string): boolean {
  return LISTS.has(key.toLowerCase())
}

/**
 * The elements of a list as postgresql.conf and pg_db_role_setting write it: separated by commas, an element in double quotes or bare. An
 * empty list is one empty element, as PostgreSQL stores it. Null when the text is no list.
 */
export function listElements(key: string, text: string): string[] | null {
  if (text.trim() === '') return ['']
  const elements: string[] = []
  const element = /\s*(?:"((?:[^"]|"")*)"|([^",\s](?:[^",]*[^",\s])?))\s*(,|$)/y
  for (;;) {
    const found = element.exec(text)
    if (found === null) return null
    const [, quoted, bare = ''] = found
    const isName = NAMES.has(key.toLowerCase())
    if (quoted === undefined && isName && /\s/.test(bare)) return null
    elements.push(quoted?.replaceAll('""', '"') ?? (isName ? bare.toLowerCase() : bare))
    if (found[3] === '') return elements
  }
}

/**
 * What is wrong with a value of a list setting, as "found …; it needs …" goes on; undefined where nothing is. PostgreSQL keeps an empty list
 * as one empty name, which search_path and temp_tablespaces step over; as the name of a library it refuses every login.
 */
export function listProblem(key: string, text: string): string | undefined {
  if (!isListSetting(key)) return undefined
  const elements = listElements(key, text)
  if (elements === null) return 'it needs a list: names separated by commas, each as it is or in double quotes'
  return !NAMES.has(key.toLowerCase()) && elements.includes('')
    ? 'PostgreSQL takes an empty name for a library; leave it out'
    : undefined
}

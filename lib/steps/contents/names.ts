/** A name as PostgreSQL's format('%I.%I') writes it, taken apart. Without a schema it is all `name`. */
export function parseName(written: string): { schema: string | null; name: string } {
  const parts = [...written.matchAll(/(?:^|\.)("(?:[^"]|"")*"|[^".]*)/g)].map(([, part = '']) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part,
  )
  return parts.length < 2 ? { schema: null, name: parts[0] ?? '' } : { schema: parts[0] ?? '', name: parts.slice(1).join('.') }
}

/** As people say it, and as `restore --table` takes it: what is in `public` without the schema. */
export function plainName(written: string): string {
  const { schema, name } = parseName(written)
  return schema === null || schema === 'public' ? name : `${schema}.${name}`
}

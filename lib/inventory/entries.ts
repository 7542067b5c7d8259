/** The entries of hosts, boxes or projects in unchecked data; none where that isn't an object. */
export function entries(data: unknown, part: string): [string, unknown][] {
  const group = (data as Record<string, unknown> | null | undefined)?.[part]
  return typeof group === 'object' && group !== null && !Array.isArray(group) ? Object.entries(group) : []
}

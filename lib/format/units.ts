/** `0 B`, `9.4 kB`, `12 MB`, `1.2 TB`: powers of 1000, as disks are sold. */
export function showBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let [value, index] = [bytes, 0]
  while (value >= 999.5 && index < units.length - 1) [value, index] = [value / 1000, index + 1]
  return `${index === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[index]}`
}

const LENGTHS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const

/** A length of time: `0.6 s`, `12 s`, `3 min 20 s`, `5 h`, `6 d 3 h`; in one part `40 s`, `3 min`, `11 h`, `3 d`, for ages. */
export function duration(seconds: number, parts: 1 | 2 = 2): string {
  const whole = Math.max(0, Math.round(seconds))
  if (parts === 2 && seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`
  const [minute, hour] = parts === 2 ? [60, 3600] : [90, 90 * 60]
  const at = whole >= 48 * 3600 ? 0 : whole >= hour ? 1 : whole >= minute ? 2 : 3
  const [length, unit] = LENGTHS[at]
  if (parts === 1) return `${Math.round(whole / length)} ${unit}`
  const [less, smaller] = LENGTHS[at + 1] ?? [1, '']
  const rest = Math.floor((whole % length) / less)
  return `${Math.floor(whole / length)} ${unit}${rest === 0 ? '' : ` ${rest} ${smaller}`}`
}

/** `+3 %`, `−40 %`, `same`: how a size compares with the usual one. */
export function showRatio(bytes: number, usual: number): string {
  const percent = usual === 0 ? 0 : Math.round((bytes / usual - 1) * 100)
  return percent === 0 ? '±0 %' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`
}

/** `03:00 CET`, and the day before it where that isn't within a day: `Sun 03:00 CET`. */
export function showTime(iso: string, zone: string, now: Date): string {
  const date = new Date(iso)
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone }).format(date)
  const time = part({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const [name = ''] = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'short' })
    .formatToParts(date)
    .flatMap(({ type, value }) => (type === 'timeZoneName' ? [value] : []))
  const far = date.getTime() - now.getTime()
  const day = far < 86_400_000 ? '' : far < 6 * 86_400_000 ? `${part({ weekday: 'short' })} ` : `${showDay(iso)} `
  return `${day}${time} ${name}`
}

/** `22 Nov`, in UTC. */
export function showDay(iso: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(iso))
}

/** `March 2027`. */
export function showMonth(iso: string): string {
  return new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(iso))
}

/** A length of time as people say it: `850 ms`, `12 s`, `3 min 20 s`, `5 h`, `6 d 3 h`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)]
  const two = (a: string, rest: number, unit: string) => (rest === 0 ? a : `${a} ${rest} ${unit}`)
  if (minutes < 60) return two(`${minutes} min`, Math.floor(seconds % 60), 's')
  if (hours < 48) return two(`${hours} h`, minutes % 60, 'min')
  return two(`${days} d`, hours % 24, 'h')
}

import type { Variables } from './dump-command.ts'

/** Variables whose value changes by itself, or with the user. */
const FICKLE = /^(?:\d+|HOME|PWD|OLDPWD|RANDOM|SECONDS|LINENO|EPOCH\w*|PPID|UID|USER)$/
const VARIABLE = /\$(?:(\w+)|\{(\w+)([^}]*)\})/g

/**
 * A word with its variables replaced, so that two words which are equal afterwards mean the same path; what is known only when it runs
 * stays as it is. Undefined where equal words may differ.
 */
export function expand(word: string, variables: Variables, depth = 0, budget = { left: 100 }): string | undefined {
  if (depth > 5 || budget.left < 0 || word.length > 1000) return undefined
  let isKnown = true
  const replaced = word.replace(VARIABLE, (whole, plain?: string, braced?: string, operation = '') => {
    const name = (plain ?? braced)!
    if (--budget.left < 0) return ''
    const values = variables.get(name)
    if (FICKLE.test(name) || (values?.size ?? 0) > 1) isKnown = false
    const [value] = values ?? []
    if (value === undefined) return operation === '' ? `\${${name}}` : whole
    // `F=${F:-/srv}`, and `${F%.gz}`, which is the same each time.
    if (operation !== '') return whole
    if (value.startsWith(`\${${name}:`)) return value
    const inner = expand(value.replaceAll('$(date', `$(${name}: date`), variables, depth + 1, budget)
    if (inner === undefined) isKnown = false
    return inner ?? ''
  })
  return isKnown && budget.left >= 0 ? replaced : undefined
}

/** A path that stands for the same file wherever the same text does: absolute, without a pattern. */
export function pathOf(word: string, variables: Variables): string | undefined {
  const path = expand(word, variables)
    ?.replaceAll(/\/{2,}/g, '/')
    .replace(/(?<=.)\/$/, '')
  if (path === undefined || !/^(?:\/|\$\{)/.test(path)) return undefined
  const rest = blank(path)
  return /[*?[\]{}$()`]|\/\.\.(?:\/|$)/.test(rest) ? undefined : path
}

/** What is known only when it runs becomes a plain letter. Of substitutions only `date` gives the same twice. */
function blank(text: string): string {
  return text.replaceAll(/\$\((?:\w+: )?date(?: [^()/$`]*)?\)|\$\{\w+[^}]*\}/g, 'x')
}

/** The folder of such a path. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

/** Whether a pattern, as `find -name` takes it, fits the last part of a path and is not just for any name. */
export function fitsName(pattern: string, path: string, variables: Variables): boolean {
  const glob = blank(expand(pattern, variables) ?? '')
  if (!/^(?:[^*]*\*){0,3}[^*]*$/.test(glob) || !/\w/.test(glob) || /[[\]\\$()`/]/.test(glob)) return false
  const name = blank(path.slice(path.lastIndexOf('/') + 1))
  const expression = RegExp.escape(glob)
    .replaceAll(String.raw`\*`, '.*')
    .replaceAll(String.raw`\?`, '.')
  return new RegExp(`^${expression}$`).test(name)
}

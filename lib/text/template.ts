import { readFileSync } from 'node:fs'
import { Eta } from 'eta'

// eta: small, no dependencies, kept; `<%= %>` goes through the escape function below, `<%~ %>` stands as it is.
const eta = new Eta({ useWith: true, autoTrim: false, escapeFunction: (value) => `'${String(value).replaceAll("'", `'\\''`)}'` })

/** A file of templates/ as it is. */
export function templateText(name: string): string {
  return readFileSync(new URL(`../../templates/${name}`, import.meta.url), 'utf8')
}

/** A template of templates/ filled in; each value is one single-quoted shell word. Throws on a name that the data doesn't have. */
export function fillTemplate(name: string, data: object): string {
  return eta.renderString(templateText(name), data)
}

import { readFileSync } from 'node:fs'
import { Eta } from 'eta'
import { singleQuoted } from './quoting.ts'
import { Text } from './secret.ts'

/** A file of templates/ as it is. */
export function templateText(name: string): string {
  return readFileSync(new URL(`../../templates/${name}`, import.meta.url), 'utf8')
}

/** A template of templates/ filled in; each value, a Text too, is one single-quoted shell word. Throws on a name that the data doesn't have. */
export function fillTemplate(name: string, data: object): Text {
  const values: Text[] = []
  const render = (write: (value: Text) => string) => {
    // eta: small, no dependencies, kept; `<%= %>` goes through the escape function, `<%~ %>` stands as it is.
    const escapeFunction = (value: unknown) => {
      const text = Text.of(value)
      values.push(text)
      return write(text.map(singleQuoted))
    }
    return new Eta({ useWith: true, autoTrim: false, escapeFunction }).renderString(templateText(name), data)
  }
  const value = render((text) => text.reveal())
  const secrets = values.flatMap((text) => text.secrets)
  return secrets.length === 0
    ? new Text(value)
    : new Text(
        value,
        secrets,
        render((text) => text.text),
      )
}

import { fileFact } from '../engine/fact.ts'
import { step } from '../engine/step.ts'
import type { Change, Step } from '../engine/step.ts'
import type { EnvFile } from '../inventory/index.ts'
import { sh } from '../shell.ts'
import { atomicWrite } from './atomic-write.ts'
import type { Context } from './context.ts'
import { databaseUrl } from './url.ts'
import { setVariables } from '../dotenv.ts'

/** The application's .env: only the declared variables are changed; the rest, its order, comments, owner and mode stay. */
export function envFileStep(context: Context, { path, variables }: EnvFile): Step {
  const wanted = Object.fromEntries(
    Object.entries(variables).map(([name, template]) => [name, databaseUrl(context, template).reveal()]),
  )
  return step({
    project: context.project.name,
    name: 'env-file',
    needs: ['role'],
    facts: { found: fileFact(path, { text: true }) },
    plan({ found }): Change[] {
      const what = `file ${path}`
      const names = Object.keys(wanted).join(', ')
      if (found === null) {
        const help = `deploy the application first: its folder is missing, if this fails`
        return [{ what, from: null, to: `with ${names}`, run: create(path, setVariables('', wanted).text), help }]
      }
      const text = found.text ?? ''
      if (found.type !== 'file' || Buffer.byteLength(text) !== found.bytes || text.includes('\uFFFD')) {
        return [
          {
            what,
            from: found.type === 'file' ? 'not UTF-8 text' : found.type,
            to: `a text file with ${names}`,
            help: 'look at it and set the variables by hand',
          },
        ]
      }
      const result = setVariables(text, wanted)
      if (result.changed.length === 0) return []
      return [
        {
          what,
          from: `another ${result.changed.join(', ')}`,
          to: 'as the inventory says',
          run: replace(path, result.text, found.sha256 ?? ''),
        },
      ]
    },
  })
}

/** Owned as its folder is. */
function create(path: string, text: string) {
  return atomicWrite(path, text, sh`chown --reference="$(dirname -- ${path})" -- "$t"; chmod 0600 -- "$t"`, '-nT')
}

/** Not if somebody has written to it since it was read. The first old state is kept, once. */
function replace(path: string, text: string, sha256: string) {
  return sh`[ "$(sha256sum < ${path})" = ${`${sha256}  -`} ] || { echo 'the file changed while this run was going on' >&2; exit 1; }
[ -e ${path}.before-bitacora ] || cp -p -- ${path} ${path}.before-bitacora
${atomicWrite(path, text, sh`chown --reference=${path} -- "$t"; chmod --reference=${path} -- "$t"`)}`
}

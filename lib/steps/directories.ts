import { fileFact } from '../engine/fact.ts'
import type { FileState } from '../engine/file.ts'
import { step } from '../engine/step.ts'
import type { Change, Step } from '../engine/step.ts'
import { sh } from '../shell.ts'
import { BACKUP_DIRECTORIES } from './places.ts'

/** The folders of the backup system. They may be shared with what was set up by hand, so one that is there is left as it is. */
export function directoriesStep(): Step {
  return step({
    project: null,
    name: 'directories',
    needs: [],
    facts: Object.fromEntries(BACKUP_DIRECTORIES.map(({ path }) => [path, fileFact(path)])),
    plan(found) {
      return BACKUP_DIRECTORIES.flatMap(({ path, mode }): Change[] => {
        const state = found[path] as FileState | null
        if (state === null) {
          return [
            {
              what: `directory ${path}`,
              from: null,
              to: `root, ${mode}`,
              run: sh`mkdir -p -- ${path}; chown root:root -- ${path}; chmod ${mode} -- ${path}`,
            },
          ]
        }
        if (state.type !== 'directory') {
          return [
            {
              what: `directory ${path}`,
              from: state.type,
              to: 'directory',
              help: 'something else lies there: look at it, move it away, and run this again',
              blocks: true,
            },
          ]
        }
        if ((Number.parseInt(state.mode, 8) & 0o002) === 0) return []
        return [
          {
            what: `directory ${path} mode`,
            from: state.mode,
            to: 'not writable by everybody',
            help: `anybody on the host can put files there: chmod o-w ${path}`,
          },
        ]
      })
    },
  })
}

import type { Migrations } from './inventory/index.ts'
import { Script, sh } from './shell.ts'

/**
 * Shell lines that read alembic.ini in the current folder as Python's configparser does, without a process: `d` is where the version files'
 * folder lies, and `v` isn't empty where only Alembic itself can tell what they are. They end the script with 0 where no code is there.
 *
 * Read are the section `[alembic]`, keys in any case with `=` or `:`, comments, values that go on over several lines, and `%(here)s`. Left
 * to Alembic are other interpolations, a folder of a Python package (`package:migrations`), several folders of versions, what stands in
 * `[DEFAULT]` or in pyproject.toml, and a command that names another file or section. Source: Python's configparser, and Alembic's
 * documentation, "Editing the .ini File".
 */
export function readAlembicIni({ command, env }: Migrations): Script {
  const config = Object.hasOwn(env, 'ALEMBIC_CONFIG') ? env['ALEMBIC_CONFIG'] : undefined
  if (typeof config === 'string') return sh`d= v=yes; ALEMBIC_CONFIG=${config}; export ALEMBIC_CONFIG`
  if (namesItsConfig(command)) return sh`d= v=yes`
  return sh`d= v= s= k= n=0
[ ! -f pyproject.toml ] || while IFS= read -r l || [ -n "$l" ]; do case $l in '[tool.alembic'*) v=yes;; esac; done < pyproject.toml
[ -f alembic.ini ] || [ -n "$v" ] || exit 0
[ ! -f alembic.ini ] || while IFS= read -r l || [ -n "$l" ]; do
  i=\${l%%[! 	\r]*}; l=\${l#"$i"}; l=\${l%"\${l##*[! 	\r]}"}
  case $l in ''|'#'*|';'*) continue;; esac
  if [ -n "$k" ] && [ \${#i} -gt $n ]; then case $k in script_location|*version_locations|sourceless) v=yes;; esac; continue; fi
  case $l in '['?*']'*) s=\${l#?}; s=\${s%]*}; k=; continue;; esac
  k=\${l%%[=:]*}; x=\${l#"$k"}; x=\${x#?}; x=\${x#"\${x%%[! 	]*}"}; k=\${k%"\${k##*[! 	]}"}; n=\${#i}
  case $s.$k in
    alembic.script_location) [ -z "$d" ] || v=yes; d=$x;;
    alembic.version_locations) [ -z "$x" ] || v=yes;;
    alembic.sourceless|alembic.recursive_version_locations) [ "$x" = false ] || v=yes;;
    DEFAULT.script_location|DEFAULT.*version_locations|DEFAULT.sourceless|alembic.*[A-Z]*|DEFAULT.*[A-Z]*) v=yes;;
  esac
done < alembic.ini
case $d in '%(here)s') d=.;; '%(here)s/'*) d=\${d#*/};; esac
case $d in ''|*%*|*:*) v=yes;; /*) ;; *) d=./$d;; esac`
}

/** `-c FILE`, `-n SECTION`, and their long forms, also cut short as argparse allows. */
function namesItsConfig(command: readonly string[]): boolean {
  const own = command.slice(command.findLastIndex((word) => /(^|\/)alembic$/.test(word)) + 1)
  return (
    own.length < command.length && own.some((word) => /^(-[cn]|--(c|co|con|conf|confi|config|n|na|nam|name)(=|$))/.test(word))
  )
}

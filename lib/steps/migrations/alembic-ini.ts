import type { Migrations } from '../../inventory/index.ts'

/** Whether the command or its environment names another file than alembic.ini, or another section: only Alembic tells what that holds. */
export function namesItsConfig({ command, env }: Pick<Migrations, 'command' | 'env'>): boolean {
  return Object.hasOwn(env, 'ALEMBIC_CONFIG') || hasConfigOption(command)
}

/** `-c FILE`, `-n SECTION`, and their long forms, also cut short as argparse allows. */
function hasConfigOption(command: readonly string[]): boolean {
  const own = command.slice(command.findLastIndex((word) => /(^|\/)alembic$/.test(word)) + 1)
  return (
    own.length < command.length && own.some((word) => /^(-[cn]|--(c|co|con|conf|confi|config|n|na|nam|name)(=|$))/.test(word))
  )
}

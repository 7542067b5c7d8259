/** The inventory cannot be used. Its message names the file and holds one problem a line; a secret's value never stands in it. */
export class InventoryError extends Error {
  override name = 'InventoryError'
  readonly file: string
  /** Each as `field path: what is wrong, and what would be right`. */
  readonly problems: readonly string[]

  constructor(file: string, problems: readonly string[]) {
    super(`${file}:${listed(problems)}`)
    this.file = file
    this.problems = problems
  }
}

/** Secrets that could not be had or can't be used, all of them at once, by field path; never a value. */
export class SecretError extends Error {
  override name = 'SecretError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`${problems.length === 1 ? 'a secret' : `${problems.length} secrets`} cannot be used:${listed(problems)}`)
    this.problems = problems
  }
}

function listed(problems: readonly string[]): string {
  return problems.length === 1 ? ` ${problems[0]}` : problems.map((problem) => `\n  ${problem}`).join('')
}

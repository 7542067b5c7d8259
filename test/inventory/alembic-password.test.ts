import { expect, test } from 'vitest'
import { alembicPasswordProblem } from '../../lib/inventory/index.ts'
import { Secret } from '../../lib/text/secret.ts'

test.each(['Abc123-._~', 'x'])('%s needs no percent sign in a URL', (password) => {
  expect(alembicPasswordProblem(new Secret(password, 'p'))).toBeUndefined()
})

test.each(['a%b', 'a@b', 'a:b', 'a/b', "a'b", 'a!b', 'a b', 'ñ', 'a+b'])(
  '%s does, and is told of without being shown',
  (password) => {
    const said = alembicPasswordProblem(new Secret(password, 'projects.onquota.database.password'))
    expect(said).toMatch(/^projects\.onquota\.database\.password holds a character .*set_main_option/)
    expect(said).not.toContain(password)
  },
)

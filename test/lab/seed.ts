import { mustExecIn } from './exec.ts'
import type { Lab } from './lab.ts'

/** Rows for every table of a project's backend: the same each time for the same number. */
export async function seed(lab: Lab, host: string, project: string, rows: number): Promise<void> {
  const url = `postgresql+psycopg2:///${project}_db?host=/var/run/postgresql`
  await mustExecIn(
    lab,
    host,
    `cp -r /opt/${project}/backend /tmp/seeding && chmod -R a+rX /tmp/seeding && cd /tmp/seeding && su postgres -c "DATABASE_URL='${url}' python3 seed.py --rows ${rows}"; rm -rf /tmp/seeding`,
  )
}

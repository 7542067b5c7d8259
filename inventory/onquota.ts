import { defineProject } from '../lib/inventory/index.ts'

const tables = `
  account_plans alembic_version analyses audit_logs calls client_contacts clients commitments expense_categories expenses
  lta_agreements milestones notifications ocr_jobs opportunities quota_lines quotas quotations quote_items quotes
  refresh_tokens sales_control_lines sales_controls sales_product_lines shipment_expenses shipments spa_agreements
  spa_upload_logs swot_items tenants users vehicles visit_opportunities visit_topic_details visit_topics visits`

export default defineProject({
  host: 'vps',
  database: {
    name: 'onquota_db',
    owner: 'onquota_user',
    password: { env: 'ONQUOTA_DB_PASSWORD' },
    encoding: 'UTF8',
    locale: 'en_US.UTF-8',
    // The first revisions call uuid_generate_v4().
    extensions: ['uuid-ossp'],
  },
  migrations: {
    directory: '/opt/onquota/backend',
    command: ['python3', '-m', 'alembic'],
    urlVariable: 'DATABASE_URL',
    urlDriver: 'postgresql+psycopg2',
    head: '022',
    tables: tables.trim().split(/\s+/),
  },
  backup: {
    // The host's own time; an hour after the neighbour's.
    schedule: '0 3 * * *',
    box: 'box',
    remoteDirectory: '/home/backups/postgresql/onquota',
    // ssh-keygen -q -t ed25519 -N '' -C onquota-backups -f FILE; a new server tells your backups from planted ones by it.
    signingKey: { file: '~/.config/bitacora/onquota-signing-key' },
    keepLocalDays: 30,
    keepRemoteDays: 90,
  },
  // Uncomment to let the application's .env follow:
  // envFile: {
  //   path: '/opt/onquota/backend/.env',
  //   variables: { DATABASE_URL: 'postgresql+asyncpg://{owner}:{password}@{host}:{port}/{database}' },
  // },
})

import { fileFact, managedFileStep, sh, step } from 'bitacora'
import type { OwnSteps } from 'bitacora'

const PAGE = '/usr/share/nginx/maintenance.html'
const SNIPPET = '/etc/nginx/snippets/maintenance.conf'

/** A page that nginx shows while /run/maintenance exists: include snippets/maintenance.conf in your `server` blocks. */
export const maintenancePage =
  (text: string): OwnSteps =>
  ({ name: project }) => [
    step({
      project,
      name: 'nginx',
      needs: ['preflight'],
      facts: { program: fileFact('/usr/sbin/nginx') },
      plan({ program }) {
        const run = sh`apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install nginx-light >/dev/null`
        return program === null ? [{ what: 'package nginx-light', from: null, to: 'installed', run, deadline: 600 }] : []
      },
    }),
    managedFileStep(project, 'maintenance-page', { path: PAGE, content: page(text), mode: '0644' }, ['nginx']),
    managedFileStep(project, 'maintenance-snippet', { path: SNIPPET, content: snippet(), mode: '0644' }, ['maintenance-page']),
  ]

const page = (text: string) => `<!doctype html>
<!-- Managed by bitacora -->
<title>Maintenance</title>
<p>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</p>
`

const snippet = () => `# Managed by bitacora
if (-e /run/maintenance) { return 503; }
error_page 503 /maintenance.html;
location = /maintenance.html { root /usr/share/nginx; internal; }
`

import { tmpdir } from 'node:os'

// Tests put paths of temporary folders into scripts of sh, where a path of the product stands without quotes, and sockets into them,
// whose paths may have 107 bytes.
if (!/^[\w./-]{1,60}$/.test(tmpdir())) process.env['TMPDIR'] = '/tmp'

import type { ReaderRight } from '../../../lib/steps/role/reader-rights.ts'

/** A role as a host shows one that is right, with our mark; its password is added by who tests it. */
export const RIGHT_ROLE = {
  login: true,
  superuser: false,
  createdb: false,
  createrole: false,
  replication: false,
  bypassrls: false,
  inherit: true,
  connectionLimit: -1,
  verifier: null as string | null,
  expired: false,
  validUntil: null as string | null,
  settings: ['bitacora.project=onquota'] as string[] | null,
  settingsHere: null,
  memberOf: [],
  members: [],
  ownsDatabase: true,
  elsewhere: { owns: [], uses: [], sessions: [] },
}

/** What a host says of a grant on many tables. */
export const INSERTS: ReaderRight['grants'][number] = {
  kind: 'table',
  revocable: true,
  grantor: null,
  owner: null,
  privileges: ['INSERT'],
  count: 10_000,
  names: ['public.a', 'public.b', 'public.c'],
  schemas: ['public'],
}

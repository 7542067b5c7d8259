/** A database as PostgreSQL 15 shows one that is right, with our mark. */
export const RIGHT_DATABASE = {
  owner: 'onquota_user',
  ownedByFirst: false,
  ownerSuperuser: false,
  encoding: 'UTF8',
  collate: 'en_US.UTF-8',
  ctype: 'en_US.UTF-8',
  provider: 'c',
  locale: null,
  collationVersion: '2.36',
  collationOffered: '2.36',
  connections: true,
  template: false,
  connectionLimit: -1,
  tablespace: 'pg_default',
  privileges: owned('onquota_user'),
  settings: ['bitacora.project=onquota'] as string[] | null,
  users: [{ role: 'onquota_user', objects: 36, privileges: 1, sessions: 3 }],
}

/** One privilege; the owner's own by default. */
export function privilege(grantee: string | null, name: string, more: { grantor?: string; grantable?: boolean } = {}) {
  return { grantee, grantor: 'onquota_user', privilege: name, grantable: false, superuser: false, ...more }
}

/** What an owner has of its database. */
export function owned(owner: string) {
  return ['CONNECT', 'CREATE', 'TEMPORARY'].map((name) => privilege(owner, name, { grantor: owner }))
}

/** The name of a dump, as the backup script makes it: database, time in UTC, format. */
export const BACKUP_NAME = /^backup_[A-Za-z0-9_][A-Za-z0-9_.-]*_\d{8}_\d{6}\.(?:sql\.gz|sql\.zst|dir\.tar)(?:\.age)?$/

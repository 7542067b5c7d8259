#!/bin/bash -p
# Managed by bitacora; changes made here are overwritten.
#
# Brings one PostgreSQL database back from the storage box and proves it: fetches the copy there, compares its checksum, loads it
# into a new database, compares everything that the manifest holds, logs in as the application. Without options it is a drill, and
# the new database is thrown away. The same file serves every project: as restore-PROJECT.sh it reads configs/backup-PROJECT.conf.
# A live database is touched only with --replace, and only after all comparisons held; it is kept under another name.
#
# Each stage is a function. External commands run in the background and are waited for: Bash runs no trap while one is in the
# foreground, and a kill must take effect at once.
# What jq and psql expand is quoted from the shell on purpose; `a && b || continue` is meant as it stands.
# shellcheck disable=SC2015,SC2016
set -Eeuo pipefail
# Until the real traps are set: a signal is never silent.
trap 'printf "%s [failed] stopped by SIGTERM\n" "${0##*/}" >&2; exit 143' TERM

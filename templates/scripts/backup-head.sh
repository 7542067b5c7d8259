#!/bin/bash -p
# Managed by bitacora; changes made here are overwritten.
#
# Backs up one PostgreSQL database: dumps it, looks inside, uploads it to a storage box over SFTP, compares the checksum
# there, and only then prunes. The same file serves every project: as backup-PROJECT.sh it reads configs/backup-PROJECT.conf.
# Any failure ends non-zero, names its stage and prunes nothing.
#
# Each stage is a function. External commands run in the background and are waited for: Bash runs no trap while one is in the
# foreground, and a kill must take effect at once.
# What jq and psql expand is quoted from the shell on purpose; `a && b || continue` is meant as it stands.
# shellcheck disable=SC2015,SC2016
set -Eeuo pipefail
# Until the real traps are set: a signal is never silent.
trap 'printf "%s [failed] stopped by SIGTERM\n" "${0##*/}" >&2; exit 143' TERM

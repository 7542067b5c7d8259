#!/bin/sh
# Takes over the building machine's apt settings and certificates, found in /build/machine, so that apt works here as it does there.
set -eu
machine=/build/machine
test -d "$machine/etc" || exit 0
if test -d "$machine/etc/apt/sources.list.d"; then
  rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
fi
cp -R "$machine/." /

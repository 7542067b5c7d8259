#!/bin/sh
# Runs once, while the image is built.
set -eu
export DEBIAN_FRONTEND=noninteractive
install_packages() { apt-get install -y -q --no-install-recommends "$@"; }

/build/machine-settings.sh

# Nothing is started while packages are unpacked.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 0755 /usr/sbin/policy-rc.d
# A throwaway host needs no fsync for each unpacked file, and no manuals.
printf '%s\n' force-unsafe-io 'path-exclude /usr/share/doc/*' 'path-exclude /usr/share/man/*' >/etc/dpkg/dpkg.cfg.d/lab

# The locale comes before PostgreSQL, whose cluster is made with it.
apt-get update -q
install_packages locales
sed -i 's/^# *\(en_US.UTF-8 UTF-8\)/\1/' /etc/locale.gen
locale-gen
update-locale LANG=en_US.UTF-8
LANG=en_US.UTF-8 install_packages openssh-server openssh-client postgresql-15 cron logrotate sudo procps iproute2 tzdata \
  gzip util-linux python3 python3-alembic python3-psycopg2
apt-get clean
# What the tests install on their hosts is at hand, with the lists read: no network, and a third of the time.
rm -f /etc/apt/apt.conf.d/docker-clean
install_packages --download-only sshpass jq curl zstd age libfaketime
apt-cache gencaches

# Host keys are made for each lab. A container may not set the login uid, which is no reason to refuse a session.
rm -f /etc/ssh/ssh_host_* /usr/sbin/policy-rc.d
sed -i 's/^session.*required.*pam_loginuid.so/session optional pam_loginuid.so/' /etc/pam.d/cron /etc/pam.d/sshd

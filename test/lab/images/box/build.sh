#!/bin/sh
# Runs once, while the image is built.
set -eu
export DEBIAN_FRONTEND=noninteractive

/build/machine-settings.sh
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 0755 /usr/sbin/policy-rc.d
printf '%s\n' force-unsafe-io 'path-exclude /usr/share/doc/*' 'path-exclude /usr/share/man/*' >/etc/dpkg/dpkg.cfg.d/lab
apt-get update -q
apt-get install -y -q --no-install-recommends openssh-server busybox-static
apt-get clean
rm -f /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d/*

# The chroot holds one program, the small shell that calls it, and /home.
jail=/srv/box
useradd --home-dir /home --no-create-home --shell /bin/box-shell u000000
mkdir -p "$jail/bin" "$jail/etc" "$jail/proc" "$jail/home"
cp "$(command -v busybox)" "$jail/bin/busybox"
grep '^u000000:' /etc/passwd >"$jail/etc/passwd"
grep '^u000000:' /etc/group >"$jail/etc/group"
# df looks its file system up here.
echo 'box /home overlay rw 0 0' >"$jail/proc/mounts"
chown u000000:u000000 "$jail/home"

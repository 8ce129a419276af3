#!/bin/sh
# What cloud-init does with the disk labelled cidata, in an image that has no cloud-init: takes the machine's name, a user and its
# public keys from it. boot-image.sh puts it into the image, where a service runs it before ssh.
set -eu
mkdir -p /run/seed
mount -o ro LABEL=cidata /run/seed
name=$(sed -n 's/^local-hostname: *//p' /run/seed/meta-data)
echo "$name" >/etc/hostname
hostname "$name"
user=$(sed -n 's/^- name: *//p' /run/seed/user-data)
id "$user" >/dev/null 2>&1 || useradd -m -s /bin/bash "$user"
home=$(getent passwd "$user" | cut -d: -f6)
mkdir -p -m 700 "$home/.ssh"
sed -n 's/^  - "\{0,1\}\(ssh-[^"]*\)"\{0,1\}$/\1/p' /run/seed/user-data >"$home/.ssh/authorized_keys"
chown -R "$user:" "$home/.ssh"
umount /run/seed
[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key

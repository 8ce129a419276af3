#!/bin/sh
# The first process of the first boot of a Debian image: configures the packages that unpack-debs.sh has unpacked on the
# host. Ends with the machine switched off; "HARTWOOD-IMAGE-OK" says that all went well. debian-image.sh puts it into
# the image as /second-stage, and this removes it. As another process, in a folder that is its root, it ends alone.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true

# off lets go of this script before it removes it: a file in use keeps the file system from being closed.
off() {
	[ $$ = 1 ] || exit "$1"
	exec sh -c 'rm /second-stage; sync; mount -o remount,ro /; poweroff -f'
}

fail() {
	echo "HARTWOOD-FAIL $1"
	off 1
}

# Whole or not at all: nobody uses an image whose making was cut short, so that nothing has to be synced meanwhile.
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/first-boot
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d # no service starts
chmod +x /usr/sbin/policy-rc.d

# What runs before a package is unpacked has not run yet. base-passwd's makes the users that the others speak of.
cd /var/lib/dpkg/info || fail "there is no database of packages"
for script in base-passwd.preinst $(ls | grep '\.preinst$' | grep -v '^base-passwd\.'); do
	name=${script%.preinst}
	DPKG_MAINTSCRIPT_PACKAGE=${name%:*} DPKG_MAINTSCRIPT_NAME=preinst DPKG_MAINTSCRIPT_ARCH=riscv64 DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1 \
		"./$script" install || fail "$script"
done
cd /
dpkg --configure -a || fail "configuring the packages"
echo debconf debconf/frontend select Teletype | debconf-set-selections # the console has no dialogs
rm /etc/dpkg/dpkg.cfg.d/first-boot /usr/sbin/policy-rc.d

passwd -d root || fail "root's password" # nothing of the machine is reached from outside
echo "HARTWOOD-IMAGE-OK"
off 0

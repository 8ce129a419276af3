#!/bin/sh
# The first process of the guest: loads the drivers, mounts the share and does the tasks that the kernel's command line names
# (devices=TASK:WORK,TASK:WORK), with the port of the host's server (devices.port=PORT), and how far ahead files of the share are read
# (devices.readahead=KIB; otherwise as the kernel likes).
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin HOME=/
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /mnt
for module in $(cat /lib/modules/order); do
	insmod "/lib/modules/$module" || echo "RESULT-FAIL insmod $module"
done

for word in $(cat /proc/cmdline); do
	case $word in
	devices=*) tasks=${word#devices=} ;;
	devices.readahead=*) ahead=${word#devices.readahead=} ;;
	devices.port=*) export HOST_PORT=${word#devices.port=} ;;
	esac
done

ip link set lo up
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2

# git_tree is git on the tree of the share, whoever owns that in the host; twice, of which the second counts.
git_tree() {
	task=$1
	shift
	GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
	export GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0
	git -C /mnt/tree "$@" >/dev/null && measure "$task" git -C /mnt/tree "$@"
}

mounted=
for task in $(echo "$tasks" | tr , ' '); do
	name=${task%%:*} work=${task#*:}
	case $name in
	share-*)
		[ "$mounted" ] || mount -t virtiofs share0 /mnt || echo "RESULT-FAIL mount"
		for bdi in /sys/class/bdi/*; do
			[ -z "$ahead" ] || echo "$ahead" >"$bdi/read_ahead_kb" || echo "RESULT-FAIL read-ahead"
		done
		mounted=yes
		;;
	esac
	echo 3 >/proc/sys/vm/drop_caches
	case $name in
	share-git-status) git_tree "$name" status --short ;;
	share-git-diff) git_tree "$name" diff ;;
	*) measure "$name" "$work" ;;
	esac
done
[ -z "$mounted" ] || umount /mnt
echo RESULTS-DONE
poweroff -f

#!/bin/sh
# The first process of the boot tests. The kernel's command line chooses what it does:
#
#   hartwood.mode=test    (default) check the harts and run a threaded program, then power off
#   hartwood.mode=jit     run a program that writes machine code and calls it, then power off
#   hartwood.mode=counters  count events with performance counters, then power off
#   hartwood.mode=python  run a script in Debian's Python, then power off
#   hartwood.mode=heap    run a script of programs of the managed heap, then power off
#   hartwood.mode=drive   write to the first drive and read back, then power off
#   hartwood.mode=net     get an address, ping the gateway, fetch http://10.0.2.2:PORT/file (hartwood.port=PORT), serve a
#                         file of its own on port 80 until it was fetched, then power off
#   hartwood.mode=share   mount the shared directory share0 at /mnt and run the script /mnt/run, then power off
#   hartwood.mode=shell   the same checks are left to whoever types at the shell; leaving it powers off
#   hartwood.mode=idle    print a line and sleep: what does an idle machine cost its host?
#
# Every line that a test looks for begins with HARTWOOD-.
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin HOME=/

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
echo "HARTWOOD-USER up $(cut -d' ' -f1 /proc/uptime) s after the kernel's start"

for module in $(cat /lib/modules/order); do
	insmod "/lib/modules/$module" || echo "HARTWOOD-FAIL insmod $module"
done

mode=test
for word in $(cat /proc/cmdline); do
	case $word in
	hartwood.mode=*) mode=${word#hartwood.mode=} ;;
	hartwood.port=*) port=${word#hartwood.port=} ;;
	esac
done

# check_drive writes a pattern to the drive's second MiB, drops the cache, and reads it back.
check_drive() {
	if [ ! -b /dev/vda ]; then
		echo "HARTWOOD-FAIL there is no drive"
		return
	fi
	dd if=/bin/busybox of=/tmp/pattern bs=4096 count=64 2>/dev/null
	if [ "$(cat /sys/block/vda/ro)" = 1 ]; then
		dd if=/tmp/pattern of=/dev/vda bs=4096 seek=256 conv=fsync 2>/dev/null && echo "HARTWOOD-FAIL a read-only drive took a write"
		dd if=/dev/vda of=/dev/null bs=4096 count=64 2>/dev/null && echo "HARTWOOD-DRIVE read-only"
		return
	fi
	dd if=/tmp/pattern of=/dev/vda bs=4096 seek=256 conv=fsync 2>/dev/null || echo "HARTWOOD-FAIL writing the drive"
	echo 3 >/proc/sys/vm/drop_caches
	dd if=/dev/vda of=/tmp/back bs=4096 skip=256 count=64 2>/dev/null
	if cmp /tmp/pattern /tmp/back; then
		echo "HARTWOOD-DRIVE $(cat /sys/block/vda/size) sectors, written and read back"
	else
		echo "HARTWOOD-FAIL the drive gave back other bytes"
	fi
}

# configure is udhcpc's script.
cat >/tmp/configure <<'END'
#!/bin/sh
if [ "$1" = bound ]; then
	ip addr add "$ip/$mask" dev "$interface"
	ip route add default via "$router"
	echo "nameserver $dns" >/tmp/resolv.conf
	echo "HARTWOOD-NET address $ip/$mask router $router dns $dns"
fi
END
chmod 755 /tmp/configure

# check_net uses the network as a person would.
check_net() {
	ip link set lo up
	ip link set eth0 up
	udhcpc -i eth0 -n -q -s /tmp/configure >/tmp/udhcpc 2>&1 || echo "HARTWOOD-FAIL udhcpc: $(cat /tmp/udhcpc)"
	grep HARTWOOD-NET /tmp/udhcpc
	for n in $(seq 50); do # the address is being tried out until then
		if ip -6 addr show dev eth0 | grep -q 'inet6 fec0::.* scope [a-z]* \(dynamic\|mngtmpaddr\)'; then break; fi
		sleep 0.1
	done
	ip -6 addr show dev eth0 | grep -q 'inet6 fec0::' && echo "HARTWOOD-NET has an IPv6 address"
	ping -c 3 -w 20 10.0.2.2 && echo "HARTWOOD-NET ping"
	ping -6 -c 3 -w 20 fec0::2 && echo "HARTWOOD-NET ping6"
	nslookup host.example 10.0.2.3 2>&1 | sed 's/^/HARTWOOD-NAME /'
	wget -q -O /tmp/file "http://10.0.2.2:$port/file" && echo "HARTWOOD-NET fetched $(sha256sum </tmp/file)"
	wget -q -O - --post-file /tmp/file "http://10.0.2.2:$port/back" && echo "HARTWOOD-NET sent"
	mkdir /tmp/www
	cp /tmp/file /tmp/www/file
	httpd -p 80 -h /tmp/www
	echo "HARTWOOD-NET serves"
	wget -q -O - "http://10.0.2.2:$port/wait" # answered when the host has fetched it
	echo "HARTWOOD-NET-END"
}

check_harts() {
	harts=$(grep -c '^processor' /proc/cpuinfo)
	grep -m1 '^isa' /proc/cpuinfo
	grep -m1 '^mmu' /proc/cpuinfo
	echo "HARTWOOD-CPUS nproc=$(nproc) cpuinfo=$harts"
	for n in $(seq 0 $((harts - 1))); do
		taskset $(printf %x $((1 << n))) true || echo "HARTWOOD-FAIL no program ran on hart $n"
	done
}

case $mode in
test)
	check_harts
	if threads "$harts"; then echo "HARTWOOD-LINUX-OK harts=$harts"; else echo "HARTWOOD-FAIL threads: $?"; fi
	;;
jit)
	jit || echo "HARTWOOD-FAIL jit: $?"
	;;
counters)
	counters || echo "HARTWOOD-FAIL counters: $?"
	;;
python)
	# Imports write nothing back, and nothing of the environment or of site-packages counts.
	python3.13 -I -S -B /bin/check.py && echo "HARTWOOD-PYTHON-END" || echo "HARTWOOD-FAIL python: $?"
	;;
heap)
	sh /bin/heap.sh && echo "HARTWOOD-HEAP-END" || echo "HARTWOOD-FAIL heap: $?"
	;;
drive)
	check_drive
	;;
net)
	check_net
	;;
share)
	mkdir -p /mnt
	mount -t virtiofs share0 /mnt && sh /mnt/run && echo "HARTWOOD-SHARE-END" || echo "HARTWOOD-FAIL share: $?"
	umount /mnt
	;;
shell)
	echo "HARTWOOD-SHELL"
	setsid cttyhack sh
	;;
idle)
	echo "HARTWOOD-IDLE"
	sleep 100000
	;;
esac
sync
poweroff -f

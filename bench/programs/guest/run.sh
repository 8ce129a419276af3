#!/bin/bash
# Runs the programs that the kernel's command line names (programs=gcc,go) and says how long each took, as package
# contest wants it. /mnt is the drive that this lies on.
export HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run

# now is the time since the start in hundredths of a second.
now() { read -r up _ </proc/uptime; echo "${up/./}"; }

# A function each; it leaves what it has made in the working directory, and says on its output what is to be compared.
gcc_() {
	for file in /mnt/kernels/*.c; do
		gcc -O2 -std=gnu11 -pthread -c "$file" || return
	done
	sha256sum -- *.o
}

make_() {
	cp /mnt/kernels/*.[ch] /mnt/Makefile . && make -s -j2 >&2 && sha256sum kernels
}

lua_() {
	tar -xf /mnt/source/lua5.4_*.orig.tar.* --strip-components=1 && make -s -j2 posix >&2 && sha256sum src/lua && src/lua -v
}

go_() {
	cp /mnt/small/* . && GOCACHE=$PWD/cache GOTOOLCHAIN=local GOFLAGS=-trimpath CGO_ENABLED=0 go build -o small . && ./small
}

python_() {
	python3 -m test test_float test_math test_struct test_json >log 2>&1 || { tail log >&2; return 1; }
	grep -E '^(All|Result:)' log
}

sqlite_() { sqlite3 data <<-'SQL'; }
	CREATE TABLE item(id INTEGER PRIMARY KEY, owner INTEGER, name TEXT, price REAL);
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
	INSERT INTO item SELECT i, i * 7919 % 1000, printf('item %06d', i * 31 % 100000), i % 977 / 8.0 FROM n;
	CREATE INDEX by_owner ON item(owner);
	CREATE INDEX by_name ON item(name);
	CREATE TABLE owner(id INTEGER PRIMARY KEY, name TEXT);
	INSERT INTO owner SELECT DISTINCT owner, 'owner ' || owner FROM item;
	SELECT o.name, count(*), sum(i.price) FROM item i JOIN owner o ON o.id = i.owner GROUP BY o.id ORDER BY 3 DESC, 1 LIMIT 20;
	UPDATE item SET price = price * 1.25 WHERE name LIKE '%7%';
	SELECT count(*), sum(price), max(name) FROM item WHERE owner BETWEEN 100 AND 400;
	PRAGMA integrity_check;
SQL

dpkg_() {
	for deb in /mnt/unpack/*.deb; do
		dpkg-deb -x "$deb" out || return
	done
	find out -type f -print0 | sort -z | xargs -0 sha256sum
}

apt_() {
	apt-get -q -y install /mnt/install/*.deb >log 2>&1 || { tail log >&2; return 1; }
	dpkg-query -W -f '${Package} ${Status}\n' | sort
}

bootstrap_() {
	mkdir root && /mnt/unpack-debs.sh "$PWD/root" /mnt/system/*.deb && cp /mnt/second-stage.sh root/second-stage || return
	mount --bind /dev root/dev && mount -t proc proc root/proc || return
	chroot root /second-stage >log 2>&1 || { tail log >&2; return 1; }
	umount root/dev root/proc
	dpkg-query --admindir root/var/lib/dpkg -W -f '${Package} ${Status}\n' | sort
}

read -r line </proc/cmdline
names=${line##*programs=}
for name in $(echo "${names%% *}" | tr , ' '); do
	mkdir "/tmp/$name" && cd "/tmp/$name" || exit
	began=$(now)
	if ! said=$("${name}_"); then
		echo "RESULT-FAIL $name"
		exit
	fi
	took=$(($(now) - began))
	printf 'RESULT %s %d.%02d %s\n' "$name" $((took / 100)) $((took % 100)) "$(echo "$said" | sha256sum | cut -c1-16)"
	cd / && rm -rf "/tmp/$name"
done
echo RESULTS-DONE

#!/bin/bash
# apt-download.sh ARCH RELEASE DIR PACKAGE...
#
# Downloads Debian packages of another architecture or release into DIR, without installing anything and without
# touching this machine's own apt: lists, cache and sources live in DIR/apt. The mirror is the one that the machine's
# apt already uses (apt itself is asked, so that both source formats work), or HARTWOOD_DEBIAN_MIRROR when it is set.
# Proxy and transport settings of the machine's apt.conf stay in force. Signatures are checked against Debian's own
# archive keyring, always: a guest kernel is code that the tests run.
set -euo pipefail

if [ $# -lt 4 ]; then
	echo "usage: apt-download.sh ARCH RELEASE DIR PACKAGE..." >&2
	exit 2
fi
arch=$1 release=$2
mkdir -p "$3"
dir=$(cd "$3" && pwd)
shift 3

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ ! -r "$keyring" ]; then
	echo "apt-download: $keyring is missing; install the package debian-archive-keyring" >&2
	exit 1
fi

# mirror prints the first repository of the machine's apt that carries a whole Debian release.
mirror() {
	if [ -n "${HARTWOOD_DEBIAN_MIRROR:-}" ]; then
		echo "$HARTWOOD_DEBIAN_MIRROR"
		return
	fi
	apt-get update --print-uris |
		sed -nE "s#^'([^']*)/dists/(bullseye|bookworm|trixie|forky|duke|sid|(old)*stable|testing|unstable)/InRelease'.*#\1#p" |
		grep -m1 -v '^cdrom:' || true
}

uri=$(mirror)
if [ -z "$uri" ]; then
	echo "apt-download: this machine's apt names no Debian mirror; set HARTWOOD_DEBIAN_MIRROR to one" >&2
	exit 1
fi

apt=$dir/apt/$release-$arch
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
touch "$apt/status"
echo "deb [arch=$arch signed-by=$keyring] $uri $release main" >"$apt/sources.list"
cat >"$apt/apt.conf" <<CONF
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
CONF
export APT_CONFIG=$apt/apt.conf

apt-get -q update >&2

# A metapackage stands for what it depends on: linux-image-riscv64 is empty and names the kernel of the day.
resolve() {
	case $1 in
	linux-image-"$arch")
		apt-cache depends --no-recommends --no-suggests "$1" |
			awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }'
		;;
	*) echo "$1" ;;
	esac
}

packages=()
for package in "$@"; do
	real=$(resolve "$package")
	if [ -z "$real" ]; then
		echo "apt-download: $package of $release/$arch names no package to download" >&2
		exit 1
	fi
	packages+=("$real")
done
cd "$dir"
apt-get -q download "${packages[@]}" >&2

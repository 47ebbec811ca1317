# root.sh - lay out a root file system that holds cairn and nothing else. Needs common.sh.

# make_root DIR CAIRN [FOREIGN] - fills the folder DIR, which must be new. CAIRN must run here; FOREIGN, a binary for
# another machine with the same applets, takes its place at the end.
make_root() {
    (
        umask 022
        cd "$1" || exit
        mkdir -p bin dev etc home mnt proc root run sbin srv sys tmp usr/bin usr/sbin var/cache var/log var/tmp
        ln -s ../run var/run
        chmod 1777 tmp var/tmp
        chmod 700 root
        cp "$2" bin/cairn
        chmod 755 bin/cairn
        bin/cairn --install -s "$PWD" || die "cairn --install failed in $PWD"
        [ -z "${3-}" ] || cp "$3" bin/cairn
        printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/:/bin/false >etc/passwd
        printf '%s\n' root:x:0: tty:x:5: users:x:100: nogroup:x:65533: nobody:x:65534: >etc/group
        printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n' >etc/hosts
        printf '/bin/sh\n/bin/ash\n' >etc/shells
        version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml" | head -n 1)
        printf '%s\n' 'NAME=cairn' 'ID=cairn' "VERSION_ID=$version" "PRETTY_NAME=\"cairn $version\"" >etc/os-release
        cat >etc/profile <<'PROFILE'
# Read by login shells.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
[ "$(id -u)" = 0 ] && PS1='cairn:\w# ' || PS1='cairn:\w$ '
for script in /etc/profile.d/*.sh; do
    [ -r "$script" ] && . "$script"
done
unset script
PROFILE
    )
}

# debian.sh - fetch packages and sources from Debian's archive without touching the machine's apt configuration.
# Needs common.sh. Everything apt writes goes to $CACHE/apt; signatures are checked with Debian's own keyring.

DEBIAN_KEYRING=${CAIRN_DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}

# Prints the archive that this machine's apt already uses (the first URI whose path ends in /debian), or nothing.
debian_mirror() {
    if [ -n "${CAIRN_DEBIAN_MIRROR:-}" ]; then
        printf '%s\n' "$CAIRN_DEBIAN_MIRROR"
        return
    fi
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        [ -r "$file" ] && cat "$file"
        echo
    done | awk '
        /^[ \t]*#/ { next }
        $1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /:\//) { print $i; break } }
        $1 == "URIs:" { for (i = 2; i <= NF; i++) print $i }' | sed -n 's:/*$::; \:/debian$:{p;q;}'
}

debian_usable() {
    command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 && [ -r "$DEBIAN_KEYRING" ] &&
        [ -n "$(debian_mirror)" ]
}

# debian_apt ARCH TOOL ARGS... - apt-get or apt-cache with the project's own sources, lists and cache.
debian_apt() {
    arch=$1 tool=$2
    shift 2
    "$tool" -q -oDir::Etc::SourceList="$CACHE/apt/sources.list" -oDir::Etc::SourceParts=/dev/null \
        -oDir::Etc::Preferences=/dev/null -oDir::Etc::PreferencesParts=/dev/null \
        -oDir::State="$CACHE/apt/state-$arch" -oDir::State::Lists="$CACHE/apt/lists-$arch" \
        -oDir::State::status=/dev/null -oDir::Cache="$CACHE/apt/cache-$arch" -oAPT::Sandbox::User= \
        -oAPT::Architecture="$arch" -oAPT::Architectures="$arch" -oAcquire::Languages=none \
        -oAcquire::IndexTargets::deb::DEP-11::DefaultEnabled=false "$@"
}

# debian_update ARCH - reads the archive's signed indexes, once a checkout: they are only needed to find packages.
debian_update() {
    [ -e "$CACHE/apt/lists-$1/.done" ] && return
    mkdir -p "$CACHE/apt/lists-$1/partial" "$CACHE/apt/state-$1" "$CACHE/apt/cache-$1/archives/partial"
    mirror=$(debian_mirror)
    for suite in trixie trixie-backports; do
        printf 'deb [signed-by=%s] %s %s main\n' "$DEBIAN_KEYRING" "$mirror" "$suite"
    done >"$CACHE/apt/sources.list"
    printf 'deb-src [signed-by=%s] %s trixie main\n' "$DEBIAN_KEYRING" "$mirror" >>"$CACHE/apt/sources.list"
    say "reading the package indexes of Debian trixie ($1)"
    debian_apt "$1" apt-get update -oAPT::Update::Error-Mode=any >"$CACHE/apt/update-$1.log" 2>&1 || {
        tail -n 5 "$CACHE/apt/update-$1.log" >&2
        return 1
    }
    : >"$CACHE/apt/lists-$1/.done"
}

# debian_package ARCH NAME VERSION-PREFIX - unpacks a package and prints the folder. Verified by apt.
debian_package() {
    dir=$CACHE/deb/$2-$3-$1
    if [ ! -d "$dir" ]; then
        debian_update "$1" || return 1
        version=$(debian_apt "$1" apt-cache madison "$2" | awk -F' *[|] *' -v want="$3" 'index($2, want) == 1 { print $2; exit }')
        [ -n "$version" ] || { say "Debian's archive has no $2 $3"; return 1; }
        say "fetching $2 $version"
        mkdir -p "$dir.tmp"
        (cd "$dir.tmp" && debian_apt "$1" apt-get download "$2:$1=$version") >"$CACHE/apt/download.log" 2>&1 || {
            tail -n 5 "$CACHE/apt/download.log" >&2
            return 1
        }
        mkdir "$dir.tmp/root" && dpkg -x "$dir.tmp"/*.deb "$dir.tmp/root" || return 1
        rm -f "$dir.tmp"/*.deb
        mv "$dir.tmp/root" "$dir" && rmdir "$dir.tmp"
    fi
    printf '%s\n' "$dir"
}

# debian_source NAME VERSION - (VERSION may be empty: trixie's) fetches the upstream tar file of a source package and prints its path. Verified by apt.
debian_source() {
    dir=$CACHE/src/$1-$(printf %s "$2" | tr -c "A-Za-z0-9.+~\n-" _)
    if [ ! -d "$dir" ]; then
        debian_update "$(dpkg --print-architecture)" || return 1
        say "fetching the sources of $1${2:+ $2}"
        mkdir -p "$dir.tmp"
        (cd "$dir.tmp" && debian_apt "$(dpkg --print-architecture)" apt-get source --download-only --tar-only "$1${2:+=$2}") \
            >"$CACHE/apt/source.log" 2>&1 || {
            tail -n 5 "$CACHE/apt/source.log" >&2
            return 1
        }
        mv "$dir.tmp" "$dir"
    fi
    ls "$dir"/*.orig.tar.*[!c]
}

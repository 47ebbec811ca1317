# common.sh - what every script needs: where the repository is, plain messages, and the cache folder.
# Sourced, never run. Sets ROOT and CACHE.

ROOT=$(cd "$(dirname "$0")" && pwd -P)
while [ ! -e "$ROOT/rust-toolchain.toml" ] && [ "$ROOT" != / ]; do ROOT=$(dirname "$ROOT"); done
# What is fetched and compiled once (std, musl, test suites) lies in target/toolchain of the main work tree, so that git's
# other work trees share it; CAIRN_CACHE names another folder.
if [ -n "${CAIRN_CACHE:-}" ]; then
    mkdir -p "$CAIRN_CACHE"
    CACHE=$(cd "$CAIRN_CACHE" && pwd -P)
else
    CACHE=$ROOT/target/toolchain
    if shared=$(git -C "$ROOT" rev-parse --path-format=absolute --git-common-dir 2>/dev/null); then
        case $shared in */.git) [ -w "${shared%/.git}" ] && CACHE=${shared%/.git}/target/toolchain ;; esac
    fi
    mkdir -p "$CACHE"
fi

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }
need() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null 2>&1 || die "'$tool' is needed and not installed${NEED_HINT:+ ($NEED_HINT)}"
    done
}

# run_logged LOG COMMAND... - runs COMMAND with its output in LOG; on failure shows the log's end.
run_logged() {
    log=$1
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        die "failed: $* (all of its output is in $log)"
    fi
}

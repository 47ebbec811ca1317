# toolchain.sh - the parts a static musl build needs beyond the person's own Rust: std compiled from source, without
# unwinding, and musl's start files and libc.a. They are put together under $CACHE; the person's toolchain is not touched.
# Needs common.sh and debian.sh.

RUST_VERSION=$(sed -n 's/^channel = "\(.*\)"/\1/p' "$ROOT/rust-toolchain.toml")
MUSL_VERSION=1.2.5

# rust_source - prints the folder of std's sources (`library`): Debian's package, or else rustup's component.
rust_source() {
    if debian_usable && dir=$(debian_package "$(dpkg --print-architecture)" rust-src "$RUST_VERSION"); then
        printf '%s\n' "$dir/usr/src/rustc-$RUST_VERSION/library"
        return
    fi
    dir=$RUSTUP_SYSROOT/lib/rustlib/src/rust/library
    if [ ! -d "$dir" ]; then
        say "Debian's rust-src cannot be had here: asking rustup for the component rust-src"
        rustup component add rust-src --toolchain "$RUST_VERSION" >&2 || die "neither Debian's archive nor rustup gives std's sources"
    fi
    printf '%s\n' "$dir"
}

# musl_files ARCH - prints the folder with musl's crt*.o and libc.a.
musl_files() {
    case $1 in
    x86_64) debarch=amd64 ;;
    aarch64) debarch=arm64 ;;
    *) die "no musl package known for $1" ;;
    esac
    if debian_usable && dir=$(debian_package "$debarch" musl-dev "$MUSL_VERSION"); then
        printf '%s\n' "$dir/usr/lib/$1-linux-musl"
        return
    fi
    dir=$RUSTUP_SYSROOT/lib/rustlib/$1-unknown-linux-musl/lib/self-contained
    if [ ! -d "$dir" ]; then
        say "Debian's musl-dev cannot be had here: asking rustup for the target $1-unknown-linux-musl"
        rustup target add "$1-unknown-linux-musl" --toolchain "$RUST_VERSION" >&2 || die "neither Debian's archive nor rustup gives musl"
    fi
    printf '%s\n' "$dir"
}

# toolchain ARCH release|dev - makes sure that the sysroot is there. Sets SYSROOT, TRIPLE, STAMP and WRAPPER, the program that cargo
# calls in place of rustc: it adds the flags below for our target only, so that build scripts and the names of crates
# (which cargo derives from RUSTFLAGS, paths included) do not depend on where the checkout is.
toolchain() {
    TRIPLE=$1-unknown-linux-musl
    command -v rustup >/dev/null 2>&1 || command -v rustc >/dev/null 2>&1 || die "Rust $RUST_VERSION is needed: install rustup first"
    HOST=$(cd "$ROOT" && rustc -vV | sed -n 's/^host: //p')
    RUSTUP_SYSROOT=$(cd "$ROOT" && rustc --print sysroot) || die "rustc $RUST_VERSION does not run"
    case $2 in
    # immediate-abort: a panic is a trap without message or unwinder, which is what keeps the binary small.
    release) PANIC='-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none' STDFLAGS='-Copt-level=z' ;;
    dev) PANIC='-Cpanic=abort' STDFLAGS='-Cdebug-assertions=on -Coverflow-checks=on' ;;
    esac
    key=$(cat "$ROOT/scripts/lib/toolchain.sh" | sha256sum | cut -c1-12)
    SYSROOT=$CACHE/sysroot-$1-$2-$RUST_VERSION-$key
    # A flag of no effect: cargo sees with it that crates compiled against an older sysroot are stale.
    # speed_marks switches on the attribute optimize(speed), which the compiler still calls a feature.
    STAMP="--cfg cairn_sysroot=\"$key\" --cfg speed_marks"
    WRAPPER=$SYSROOT/rustc-wrapper
    [ -e "$SYSROOT/.done" ] && return
    need cc flock
    exec 9>"$CACHE/.lock"
    flock 9
    [ -e "$SYSROOT/.done" ] && { exec 9>&-; return; }
    src=$(rust_source) && musl=$(musl_files "$1") || exit 1
    say "compiling std for $TRIPLE ($2), once; sources: $src, musl: $musl"
    work=$SYSROOT.work
    rm -rf "$SYSROOT" "$work"
    mkdir -p "$work" "$SYSROOT"
    cp -R "$src" "$work/library"
    (
        cd "$work/library" &&
            export RUSTC_BOOTSTRAP=1 __CARGO_DEFAULT_LIB_METADATA=cairn RUSTUP_TOOLCHAIN="$RUST_VERSION" CARGO_TARGET_DIR="$work/target" &&
            RUSTFLAGS="$PANIC $STDFLAGS -Cembed-bitcode=yes -Cforce-unwind-tables=no -Zforce-unstable-if-unmarked --remap-path-prefix=$work=/rust" \
                cargo build --manifest-path sysroot/Cargo.toml --release --no-default-features --target "$TRIPLE"
    ) >"$work.log" 2>&1 || { tail -n 30 "$work.log" >&2; die "std did not compile; all of the output is in $work.log"; }
    lib=$SYSROOT/lib/rustlib/$TRIPLE/lib
    mkdir -p "$lib/self-contained"
    cp "$work/target/$TRIPLE/release/deps"/*.rlib "$lib"
    cp "$musl"/*.o "$musl"/*.a "$lib/self-contained"
    # Nothing refers to an unwinder, and musl needs no constructors' brackets: these may be empty.
    printf '!<arch>\n' >"$lib/self-contained/libunwind.a"
    printf '#![feature(no_core)]\n#![no_core]\n#![no_std]\n' >"$work/empty.rs"
    for object in crtbegin crtbeginS crtbeginT crtend crtendS; do
        (cd "$ROOT" && RUSTC_BOOTSTRAP=1 rustc --crate-type lib --crate-name empty --emit obj --target "$TRIPLE" -Cpanic=abort \
            -o "$lib/self-contained/$object.o" "$work/empty.rs") || die "rustc could not make $object.o"
    done
    # Ordinary std can print a backtrace; there is no unwinder here, so the two calls it makes find no frames.
    extra=
    if [ "$2" = dev ]; then
        cat >"$work/unwind.rs" <<'RUST'
#![no_std]
#[unsafe(no_mangle)]
pub extern "C" fn _Unwind_Backtrace(_: usize, _: usize) -> i32 { 5 }
#[unsafe(no_mangle)]
pub extern "C" fn _Unwind_GetIP(_: usize) -> usize { 0 }
RUST
        (cd "$ROOT" && RUSTC_BOOTSTRAP=1 rustc --crate-type lib --crate-name unwind_none --emit obj --target "$TRIPLE" -Cpanic=abort \
            --sysroot "$SYSROOT" -o "$lib/self-contained/unwind_none.o" "$work/unwind.rs") || die "rustc could not make unwind_none.o"
        extra="-Clink-arg=$lib/self-contained/unwind_none.o"
    fi
    lld=$RUSTUP_SYSROOT/lib/rustlib/$HOST/bin/rust-lld
    # What LLVM is told, for size: functions that differ in constants alone are one; short tables of jumps are comparisons, equal
    # ends of blocks are merged however many there are, nothing is copied to save a jump or a load. (20 KB less at the same speed.)
    cat >"$WRAPPER" <<WRAPPER
#!/bin/sh
# Written by scripts/lib/toolchain.sh. Adds cairn's flags when rustc compiles for $TRIPLE.
case " \$* " in
*" --target $TRIPLE "*)
    export RUSTC_BOOTSTRAP=1
    exec "\$@" --sysroot "$SYSROOT" $PANIC -Cforce-unwind-tables=no -Clinker-flavor=ld.lld -Clinker="$lld" \\
        -Cllvm-args="-enable-global-merge-func -min-jump-table-entries=12 -tail-merge-size=2 -tail-merge-threshold=2000" \\
        -Cllvm-args="-disable-early-taildup -enable-pre=0 -split-spill-mode=size" -Clink-self-contained=yes -Clink-arg=--build-id=none \\
        -Clink-arg=-zpack-relative-relocs -Clink-arg=--icf=all $extra \\
        --remap-path-prefix="\$CAIRN_ROOT=/cairn" --remap-path-prefix="\${CARGO_HOME:-\$HOME/.cargo}=/cargo" \\
        --remap-path-prefix="$SYSROOT=/rust" ;;
esac
exec "\$@"
WRAPPER
    chmod +x "$WRAPPER"
    rm -rf "$work"
    : >"$SYSROOT/.done"
    exec 9>&-
}

//! getconf - print limits and properties of the system
//! Spec: POSIX.1-2024. Extras: -a, _NPROCESSORS_ONLN, _PHYS_PAGES and others of glibc. Deviations: -v is ignored, as there is one
//! environment; the values that follow from a C library are musl's or POSIX's least.

use base::number::push_i64;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Result, Status};
use rustix::process::Resource;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "getconf",
    exec: Exec::no_fork("asks the kernel and writes"),
    summary: "Print the value of a limit or property of the system",
    operands: "NAME [PATH]\n-a [PATH]",
    options: &[
        Opt::flag("a", "", "print all names and values"),
        Opt::value("v", "", "SPEC", Kind::Text, "the programming environment (ignored)"),
    ],
    usage_status: 2,
    failure: 2,
    run,
    ..Declaration::DEFAULT
});

enum Value {
    Number(i64),
    Text(&'static str),
    /// Asked each time; None for no limit.
    Asked(fn() -> Option<i64>),
    /// Of the file system that PATH is on.
    OfPath(fn(&[u8]) -> Result<i64, Errno>),
}

use Value::{Asked, Number, OfPath, Text};

static TABLE: &[(&str, Value)] = &[
    ("LINK_MAX", OfPath(|_| Ok(127))),
    ("MAX_CANON", Number(255)),
    ("MAX_INPUT", Number(255)),
    ("NAME_MAX", OfPath(name_max)),
    ("PATH_MAX", Number(4096)),
    ("PIPE_BUF", Number(4096)),
    ("SYMLINK_MAX", Number(255)),
    ("FILESIZEBITS", Number(64)),
    ("_POSIX_CHOWN_RESTRICTED", Number(1)),
    ("_POSIX_NO_TRUNC", Number(1)),
    ("_POSIX_VDISABLE", Number(0)),
    ("ARG_MAX", Asked(arg_max)),
    ("CHAR_BIT", Number(8)),
    ("CHAR_MAX", Number(127)),
    ("CHAR_MIN", Number(-128)),
    ("CHILD_MAX", Asked(|| limit(Resource::Nproc))),
    ("CLK_TCK", Asked(|| i64::try_from(base::sys::auxiliary::clock_ticks()).ok())),
    ("HOST_NAME_MAX", Number(64)),
    ("INT_MAX", Number(i32::MAX as i64)),
    ("INT_MIN", Number(i32::MIN as i64)),
    ("IOV_MAX", Number(1024)),
    ("LOGIN_NAME_MAX", Number(256)),
    ("LOGNAME_MAX", Number(256)),
    ("LONG_BIT", Number(usize::BITS as i64)),
    ("LONG_MAX", Number(isize::MAX as i64)),
    ("LONG_MIN", Number(isize::MIN as i64)),
    ("MB_LEN_MAX", Number(4)),
    ("NGROUPS_MAX", Number(65536)),
    ("NZERO", Number(20)),
    ("OPEN_MAX", Asked(|| limit(Resource::Nofile))),
    ("PAGESIZE", Asked(page_size)),
    ("PAGE_SIZE", Asked(page_size)),
    ("SCHAR_MAX", Number(127)),
    ("SCHAR_MIN", Number(-128)),
    ("SHRT_MAX", Number(32767)),
    ("SHRT_MIN", Number(-32768)),
    ("SSIZE_MAX", Number(isize::MAX as i64)),
    ("STREAM_MAX", Number(16)),
    ("SYMLOOP_MAX", Number(40)),
    ("TTY_NAME_MAX", Number(32)),
    ("TZNAME_MAX", Number(6)),
    ("UCHAR_MAX", Number(255)),
    ("UINT_MAX", Number(u32::MAX as i64)),
    ("ULONG_MAX", Text(if usize::BITS == 64 { "18446744073709551615" } else { "4294967295" })),
    ("USHRT_MAX", Number(65535)),
    ("WORD_BIT", Number(32)),
    ("_AVPHYS_PAGES", Asked(|| memory(|info| info.freeram))),
    ("_PHYS_PAGES", Asked(|| memory(|info| info.totalram))),
    ("_NPROCESSORS_CONF", Asked(|| Some(i64::try_from(crate::nproc::configured()).unwrap_or(1)))),
    ("_NPROCESSORS_ONLN", Asked(|| Some(i64::try_from(crate::nproc::online()).unwrap_or(1)))),
    ("BC_BASE_MAX", Number(99)),
    ("BC_DIM_MAX", Number(2048)),
    ("BC_SCALE_MAX", Number(99)),
    ("BC_STRING_MAX", Number(1000)),
    ("COLL_WEIGHTS_MAX", Number(2)),
    ("EXPR_NEST_MAX", Number(32)),
    ("LINE_MAX", Number(2048)),
    ("RE_DUP_MAX", Number(32767)),
    ("POSIX2_C_BIND", Number(200_809)),
    ("POSIX2_C_DEV", Text("undefined")),
    ("POSIX2_CHAR_TERM", Number(200_809)),
    ("POSIX2_LOCALEDEF", Text("undefined")),
    ("POSIX2_SW_DEV", Text("undefined")),
    ("POSIX2_UPE", Number(200_809)),
    ("POSIX2_VERSION", Number(200_809)),
    ("_POSIX2_VERSION", Number(200_809)),
    ("_POSIX_ASYNCHRONOUS_IO", Number(200_809)),
    ("_POSIX_JOB_CONTROL", Number(1)),
    ("_POSIX_MAPPED_FILES", Number(200_809)),
    ("_POSIX_SAVED_IDS", Number(1)),
    ("_POSIX_SEMAPHORES", Number(200_809)),
    ("_POSIX_SHARED_MEMORY_OBJECTS", Number(200_809)),
    ("_POSIX_THREADS", Number(200_809)),
    ("_POSIX_TIMERS", Number(200_809)),
    ("_POSIX_V7_LP64_OFF64", Number(if usize::BITS == 64 { 1 } else { -1 })),
    ("_POSIX_VERSION", Number(200_809)),
    ("_XOPEN_UNIX", Number(1)),
    ("_XOPEN_VERSION", Number(700)),
    ("PATH", Text("/bin:/usr/bin")),
    ("CS_PATH", Text("/bin:/usr/bin")),
    ("LFS_CFLAGS", Text("")),
    ("LFS_LDFLAGS", Text("")),
    ("LFS_LIBS", Text("")),
    ("LFS64_CFLAGS", Text("-D_LARGEFILE64_SOURCE")),
    ("POSIX_V7_LP64_OFF64_CFLAGS", Text("-m64")),
    ("POSIX_V7_LP64_OFF64_LDFLAGS", Text("-m64")),
];

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    if args.has("a") {
        let path = args.between(0, 1)?.first().copied().unwrap_or(b"/");
        for (name, value) in TABLE {
            let mut line = name.as_bytes().to_vec();
            line.resize(line.len().max(34), b' ');
            line.push(b' ');
            push(&mut line, value, path)?;
            line.push(b'\n');
            cx.stdout.put(&line)?;
        }
        return Ok(cx.status());
    }
    let operands = args.between(1, 2)?;
    let name = operands.first().copied().unwrap_or_default();
    // POSIX's least values are those of the names without the prefix.
    let bare = name.strip_prefix(b"_POSIX_").or(name.strip_prefix(b"POSIX2_")).or(name.strip_prefix(b"_POSIX2_"));
    let find = |name: &[u8]| TABLE.iter().find(|entry| entry.0.as_bytes() == name);
    let found = find(name).or_else(|| find(bare.filter(|bare| bare.ends_with(b"_MAX"))?));
    let Some((_, value)) = found else {
        return Err(Error::message_about("unrecognized variable", name));
    };
    let mut line = Vec::new();
    push(&mut line, value, operands.get(1).copied().unwrap_or(b"/"))?;
    line.push(b'\n');
    cx.stdout.put(&line)?;
    Ok(cx.status())
}

fn push(line: &mut Vec<u8>, value: &Value, path: &[u8]) -> Result<()> {
    let number = match value {
        Text(text) => {
            line.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        Number(number) => Some(*number).filter(|number| *number != -1),
        Asked(ask) => ask(),
        OfPath(ask) => Some(ask(path).map_err(|errno| Error::system(path, errno))?),
    };
    match number {
        Some(number) => push_i64(line, number),
        None => line.extend_from_slice(b"undefined"),
    }
    Ok(())
}

fn name_max(path: &[u8]) -> Result<i64, Errno> {
    Ok(i64::try_from(base::fs::statvfs(path)?.f_namemax).unwrap_or(255))
}

fn limit(resource: Resource) -> Option<i64> {
    i64::try_from(rustix::process::getrlimit(resource).current?).ok()
}

/// A quarter of the stack is what the kernel gives to arguments and environment, 128 KiB at least.
fn arg_max() -> Option<i64> {
    let stack = limit(Resource::Stack).unwrap_or(8 << 20);
    Some((stack / 4).clamp(128 << 10, 6 << 20))
}

fn page_size() -> Option<i64> {
    i64::try_from(base::sys::auxiliary::page_size()).ok()
}

/// A figure of sysinfo(2), in pages.
fn memory(field: fn(&rustix::system::Sysinfo) -> u64) -> Option<i64> {
    let info = rustix::system::sysinfo();
    let bytes = field(&info).saturating_mul(u64::from(info.mem_unit.max(1)));
    i64::try_from(bytes).ok()?.checked_div(page_size()?)
}

//! fallocate - give space to a file, or take it away
//! Spec: none; as util-linux and BusyBox. Deviations: none known.

use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Result, ResultExt, Status};
use rustix::fs::{FallocateFlags, Mode, OFlags, SeekFrom};

/// fallocate
pub const APPLET: Applet = base::applet!(Declaration {
    name: "fallocate",
    exec: Exec::no_fork("changes a file by descriptor"),
    summary: "Give FILE space on its file system",
    operands: "-l LENGTH [-o OFFSET] FILE\n-d FILE",
    options: &[
        Opt::value("l", "length", "LENGTH", Kind::Size, "the length of the range"),
        Opt::value("o", "offset", "OFFSET", Kind::Size, "its beginning (default 0)"),
        Opt::flag("n", "keep-size", "the file's length stays"),
        Opt::flag("p", "punch-hole", "make it a hole"),
        Opt::flag("z", "zero-range", "make it zeros"),
        Opt::flag("c", "collapse-range", "cut it out"),
        Opt::flag("i", "insert-range", "insert a hole of that length"),
        Opt::flag("d", "dig-holes", "make holes of all zeros"),
        Opt::flag("x", "posix", "write zeros where the file system cannot"),
        Opt::flag("v", "verbose", "say what was done"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let path = args.between(1, 1)?.first().copied().unwrap_or_default();
    let offset = args.count("o").unwrap_or(0);
    let mut flags = FallocateFlags::empty();
    flags.set(FallocateFlags::KEEP_SIZE, args.has("n"));
    flags.set(FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, args.has("p") || args.has("n") && args.has("p"));
    if args.has("n") {
        flags |= FallocateFlags::KEEP_SIZE;
    }
    flags.set(FallocateFlags::ZERO_RANGE, args.has("z"));
    flags.set(FallocateFlags::COLLAPSE_RANGE, args.has("c"));
    flags.set(FallocateFlags::INSERT_RANGE, args.has("i"));
    let create =
        if args.has("p") || args.has("c") || args.has("d") || args.has("i") { OFlags::empty() } else { OFlags::CREATE };
    let fd = base::fs::open(path, OFlags::RDWR | OFlags::CLOEXEC | create, Mode::from_raw_mode(0o666)).at(path)?;
    let mut done = args.count("l").unwrap_or(0);
    if args.has("d") {
        done = dig(&fd, offset, args.count("l")).at(path)?;
    } else {
        if args.count("l").is_none() {
            return Err(Error::usage("no length specified"));
        }
        if done == 0 {
            return Err(Error::message("invalid length value specified"));
        }
        rustix::fs::fallocate(&fd, flags, offset, done).at(path)?;
    }
    if args.has("v") {
        let mut line = [path, b": "].concat();
        base::size::push_human(&mut line, done, 1024);
        line.extend_from_slice(b" done\n");
        cx.stdout.put(&line)?;
    }
    Ok(Status::SUCCESS)
}

/// Makes holes of blocks of zeros. Gives how many bytes were dug out.
fn dig(fd: &rustix::fd::OwnedFd, from: u64, length: Option<u64>) -> Result<u64, base::Errno> {
    use rustix::fd::AsFd;
    let meta = base::meta::Meta::of_fd(fd)?;
    let end = length.map_or(meta.size, |length| meta.size.min(from.saturating_add(length)));
    let block = usize::try_from(meta.blksize).unwrap_or(4096).clamp(512, 1 << 20);
    let mut buffer = vec![0u8; block];
    let mut at = from.next_multiple_of(block as u64);
    let mut dug: u64 = 0;
    while at < end {
        // Holes that are there already are passed over.
        at = match rustix::fs::seek(fd, SeekFrom::Data(at)) {
            Ok(data) => data.max(at),
            Err(base::Errno::NXIO) => break,
            Err(_) => at,
        };
        at = at.checked_div(block as u64).unwrap_or(0).saturating_mul(block as u64);
        rustix::fs::seek(fd, SeekFrom::Start(at))?;
        let count = base::io::read_full(fd.as_fd(), &mut buffer)?;
        let data = buffer.get(..count).unwrap_or_default();
        if count == 0 {
            break;
        }
        if data.iter().all(|b| *b == 0) {
            rustix::fs::fallocate(fd, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, at, count as u64)?;
            dug = dug.saturating_add(count as u64);
        }
        at = at.saturating_add(block as u64);
    }
    Ok(dug)
}

//! shred - overwrite files so that what they held is hard to get back
//! Spec: none; as GNU and BusyBox. Deviations: every pass but that of -z writes random bytes.

use base::meta::Meta;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Result, Status};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, SeekFrom};

/// shred
pub const APPLET: Applet = base::applet!(Declaration {
    name: "shred",
    exec: Exec::no_fork("writes files by descriptor"),
    summary: "Overwrite each FILE, and remove it if asked to",
    operands: "FILE...",
    options: &[
        Opt::value("n", "iterations", "N", Kind::Count, "overwrite N times (default 3)"),
        Opt::flag("z", "zero", "and once more with zeros"),
        Opt::flag("u", "", "and remove it"),
        Opt::value(
            "",
            "remove",
            "HOW",
            Kind::OptionalChoice(&["unlink", "wipe", "wipesync"]),
            "the same: unlink, or wipe its name first",
        ),
        Opt::value("s", "size", "SIZE", Kind::Size, "overwrite SIZE bytes"),
        Opt::flag("x", "exact", "do not round the size up to whole blocks"),
        Opt::flag("f", "force", "make it writable where needed"),
        Opt::flag("v", "verbose", "say what is done"),
        Opt::value("", "random-source", "FILE", Kind::Text, "take random bytes from FILE"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// Where random bytes come from: a file, or a generator seeded by the kernel.
enum Random {
    File(OwnedFd),
    Own(u64, u64),
}

impl Random {
    #[inline(never)]
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Errno> {
        match self {
            Random::File(fd) => {
                if base::io::read_full(fd.as_fd(), buffer)? < buffer.len() {
                    Err(Errno::NODATA)
                } else {
                    Ok(())
                }
            }
            Random::Own(a, b) => {
                // xorshift128+: nobody needs to guess it, it only has to differ everywhere.
                for chunk in buffer.chunks_mut(8) {
                    let mut x = *a;
                    let y = *b;
                    *a = y;
                    x ^= x << 23;
                    *b = x ^ y ^ (x >> 17) ^ (y >> 26);
                    for (slot, byte) in chunk.iter_mut().zip(b.wrapping_add(y).to_le_bytes()) {
                        *slot = byte;
                    }
                }
                Ok(())
            }
        }
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut random = match args.text("random-source") {
        Some(path) => {
            let fd = base::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
            Random::File(fd.map_err(|e| Error::system(path, e))?)
        }
        None => {
            let mut seed = [0u8; 16];
            let _ = rustix::rand::getrandom(&mut seed, rustix::rand::GetRandomFlags::empty());
            let number = u128::from_le_bytes(seed);
            Random::Own(number as u64 | 1, (number >> 64) as u64 | 1)
        }
    };
    for path in args.between(1, usize::MAX)? {
        if let Err(e) = one(cx, args, &mut random, path) {
            cx.warn(e);
        }
    }
    Ok(Status::SUCCESS)
}

#[inline(never)]
fn one(cx: &mut Context, args: &Args, random: &mut Random, path: &[u8]) -> Result<()> {
    let at = |e| Error::system(path, e);
    let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
    let fd = match base::fs::open(path, flags, Mode::empty()) {
        Err(Errno::ACCESS) if args.has("f") => {
            base::fs::chmod(path, Mode::from_raw_mode(0o200)).map_err(at)?;
            base::fs::open(path, flags, Mode::empty()).map_err(at)?
        }
        other => other.map_err(at)?,
    };
    let meta = Meta::of_fd(&fd).map_err(at)?;
    let mut size = match args.count("s") {
        Some(size) => size,
        None if meta.is_file() => meta.size,
        // A device's size is where its end is.
        None => rustix::fs::seek(&fd, SeekFrom::End(0)).map_err(at)?,
    };
    if !meta.is_file() && size == 0 {
        return Err(Error::message(base::bytes::fill("%: invalid file type", &[path])));
    }
    if meta.is_file() && !args.has("x") && !args.has("s") {
        size = size.checked_next_multiple_of(meta.blksize.clamp(1, 1 << 20)).unwrap_or(size);
    }
    let passes = args.count("n").unwrap_or(3);
    let zero = args.has("z");
    let all = passes.saturating_add(u64::from(zero));
    let mut buffer = vec![0u8; 65536];
    for pass in 0..all {
        let zeros = pass >= passes;
        if args.has("v") {
            let mut line = base::bytes::fill("%: pass ", &[path]);
            base::number::push_u64(&mut line, pass.saturating_add(1));
            line.push(b'/');
            base::number::push_u64(&mut line, all);
            line.extend_from_slice(if zeros { b" (000000)..." } else { b" (random)..." });
            cx.note(&Error::message(line));
        }
        rustix::fs::seek(&fd, SeekFrom::Start(0)).map_err(at)?;
        if zeros {
            buffer.fill(0);
        }
        let mut left = size;
        while left > 0 {
            if base::sys::signal::should_break() {
                return Err(Error::quiet(130));
            }
            if !zeros {
                random.fill(&mut buffer).map_err(at)?;
            }
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            base::io::write_all(fd.as_fd(), buffer.get(..count).unwrap_or_default()).map_err(at)?;
            left = left.saturating_sub(count as u64);
        }
        // Each pass must reach the disk, or only the last one would.
        match rustix::fs::fdatasync(&fd) {
            Ok(()) | Err(Errno::INVAL) => {}
            Err(e) => return Err(at(e)),
        }
    }
    if args.has("u") || args.has("remove") {
        if meta.is_file() {
            rustix::fs::ftruncate(&fd, 0).map_err(at)?;
        }
        remove(cx, args, path)?;
    }
    Ok(())
}

/// Removes the file; but for --remove=unlink, its name is overwritten by shorter and shorter ones first.
#[inline(never)]
fn remove(cx: &mut Context, args: &Args, path: &[u8]) -> Result<()> {
    let mut now = path.to_vec();
    if args.choice("remove") != Some("unlink") {
        let dir = crate::common::dir_name(path).to_vec();
        let length = crate::common::base_name(path).len();
        for shorter in (1..=length).rev() {
            let next = crate::common::join(&dir, &vec![b'0'; shorter]);
            let flags = rustix::fs::RenameFlags::NOREPLACE;
            if base::fs::renameat_with(rustix::fs::CWD, &now, rustix::fs::CWD, &next, flags).is_ok() {
                now = next;
            }
        }
    }
    base::fs::unlink(now.as_slice()).map_err(|e| Error::system(path, e))?;
    if args.has("v") {
        cx.note(&Error::message(base::bytes::fill("%: removed", &[path])));
    }
    Ok(())
}

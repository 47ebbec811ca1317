//! dd - copy a file block by block, converting it
//! Spec: POSIX.1-2024. Extras: GNU's flags, conversions and status=. Deviations: none known.

mod convert;
mod report;
mod tables;

use base::number::digits;
use base::size::suffix_factor;
use base::sys::signal;
use base::{Applet, Args, Context, Errno, Error, Exec, Order, Place, Result, ResultExt, Status};
use convert::{Convert, Table};
use report::Counts;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, SeekFrom};

/// dd
pub static APPLET: Applet = Applet {
    name: "dd",
    place: Place::Bin,
    exec: Exec::no_exec("catches SIGUSR1, and may read for ever"),
    summary: base::prose!("Copy a file block by block"),
    operands: "[OPERAND=VALUE]...",
    notes: base::prose!("\
  if=FILE of=FILE       input and output (default the standard ones)
  bs=N ibs=N obs=N      block sizes (default 512); bs is both, and writes blocks as they were read
  cbs=N                 record size for conv=block and unblock
  count=N               copy N input blocks
  skip=N iseek=N        pass over N input blocks
  seek=N oseek=N        pass over N output blocks
  conv=WORD,...         ascii ebcdic ibm block unblock lcase ucase swab sync noerror notrunc nocreat excl sparse fdatasync fsync
  iflag= oflag=WORD,... append direct directory dsync sync nonblock noatime nocache noctty nofollow fullblock
                        count_bytes skip_bytes seek_bytes
  status=WORD           none, noxfer or progress
N may end with c (1) w (2) b (512) kB K MB M GB G and so on, or be a product such as 2x80; ending with B it counts bytes.
SIGUSR1 makes dd say how far it is."),
    order: Order::Raw,
    run,
    ..Applet::DEFAULT
};

/// SIGUSR1.
const USR1: i32 = 10;

struct Plan {
    input: Option<Vec<u8>>,
    output: Option<Vec<u8>>,
    ibs: usize,
    obs: usize,
    bs: bool,
    cbs: usize,
    /// How much, and whether in bytes.
    count: Option<(u64, bool)>,
    skip: (u64, bool),
    seek: (u64, bool),
    iflags: OFlags,
    oflags: OFlags,
    convert: Convert,
    fullblock: bool,
    sync: bool,
    noerror: bool,
    notrunc: bool,
    nocreat: bool,
    excl: bool,
    sparse: bool,
    fdatasync: bool,
    fsync: bool,
    status: u8,
    nocache: (bool, bool),
}

fn bad(what: &str, text: &[u8]) -> Error {
    Error::message([what.as_bytes(), b" '", text, b"'"].concat())
}

/// A number with suffixes and products; the second is whether it ends with B: bytes.
fn number(text: &[u8]) -> Result<(u64, bool)> {
    let invalid = || bad("invalid number:", text);
    // As strtoumax(3) does.
    let text = text.trim_ascii_start();
    let mut bytes = false;
    let mut product: u64 = 1;
    for part in text.split(|b| *b == b'x') {
        let part = match part.strip_suffix(b"B") {
            // kB and its like are units of their own.
            Some(body) if body.last().is_some_and(u8::is_ascii_digit) => {
                bytes = true;
                body
            }
            _ => part,
        };
        let (value, used) = digits(part, 10);
        if used == 0 {
            return Err(invalid());
        }
        let factor = suffix_factor(part.get(used..).unwrap_or_default()).ok_or_else(invalid)?;
        let value = value.and_then(|v| v.checked_mul(factor)).and_then(|v| product.checked_mul(v));
        product = value.filter(|v| *v <= i64::MAX as u64).ok_or_else(|| bad("number too large:", text))?;
    }
    Ok((product, bytes))
}

fn block_size(text: &[u8]) -> Result<usize> {
    let (size, _) = number(text)?;
    // A block must fit the memory; what does not is told at once.
    usize::try_from(size).ok().filter(|s| (1..=1 << 40).contains(s)).ok_or_else(|| bad("invalid number:", text))
}

fn parse(operands: &[&[u8]]) -> Result<Plan> {
    let mut plan = Plan {
        input: None,
        output: None,
        ibs: 512,
        obs: 512,
        bs: false,
        cbs: 0,
        count: None,
        skip: (0, false),
        seek: (0, false),
        iflags: OFlags::empty(),
        oflags: OFlags::empty(),
        convert: Convert::default(),
        fullblock: false,
        sync: false,
        noerror: false,
        notrunc: false,
        nocreat: false,
        excl: false,
        sparse: false,
        fdatasync: false,
        fsync: false,
        status: 0,
        nocache: (false, false),
    };
    let (mut count_bytes, mut skip_bytes, mut seek_bytes) = (false, false, false);
    for operand in operands.iter().filter(|o| **o != b"--") {
        let Some(at) = memchr::memchr(b'=', operand) else {
            return Err(Error::usage([b"unrecognized operand '", *operand, b"'"].concat()));
        };
        let (name, value) = operand.split_at(at);
        let value = value.get(1..).unwrap_or_default();
        match name {
            b"if" => plan.input = Some(value.to_vec()),
            b"of" => plan.output = Some(value.to_vec()),
            b"bs" => {
                plan.ibs = block_size(value)?;
                plan.obs = plan.ibs;
                plan.bs = true;
            }
            b"ibs" if plan.bs => _ = block_size(value)?,
            b"obs" if plan.bs => _ = block_size(value)?,
            b"ibs" => plan.ibs = block_size(value)?,
            b"obs" => plan.obs = block_size(value)?,
            b"cbs" => plan.cbs = block_size(value)?,
            b"count" => plan.count = Some(number(value)?),
            b"skip" | b"iseek" => plan.skip = number(value)?,
            b"seek" | b"oseek" => plan.seek = number(value)?,
            b"status" => {
                plan.status = match value {
                    b"none" => b'n',
                    b"noxfer" => b'x',
                    b"progress" => b'p',
                    _ => return Err(bad("invalid status level:", value)),
                }
            }
            b"conv" => {
                for word in value.split(|b| *b == b',') {
                    conversion(&mut plan, word)?;
                }
            }
            b"iflag" | b"oflag" => {
                let input = name == b"iflag";
                for word in value.split(|b| *b == b',') {
                    let flag = match word {
                        b"append" => OFlags::APPEND,
                        b"direct" => OFlags::DIRECT,
                        b"directory" => OFlags::DIRECTORY,
                        b"dsync" => OFlags::DSYNC,
                        b"sync" => OFlags::SYNC,
                        b"nonblock" => OFlags::NONBLOCK,
                        b"noatime" => OFlags::NOATIME,
                        b"noctty" => OFlags::NOCTTY,
                        b"nofollow" => OFlags::NOFOLLOW,
                        b"nocache" => {
                            if input {
                                plan.nocache.0 = true
                            } else {
                                plan.nocache.1 = true
                            }
                            continue;
                        }
                        b"fullblock" if input => {
                            plan.fullblock = true;
                            continue;
                        }
                        b"count_bytes" if input => {
                            count_bytes = true;
                            continue;
                        }
                        b"skip_bytes" if input => {
                            skip_bytes = true;
                            continue;
                        }
                        b"seek_bytes" if !input => {
                            seek_bytes = true;
                            continue;
                        }
                        _ => return Err(bad(if input { "invalid input flag:" } else { "invalid output flag:" }, word)),
                    };
                    if input { plan.iflags |= flag } else { plan.oflags |= flag }
                }
            }
            _ => return Err(Error::usage([b"unrecognized operand '", *operand, b"'"].concat())),
        }
    }
    if let Some(count) = &mut plan.count {
        count.1 |= count_bytes;
    }
    plan.skip.1 |= skip_bytes;
    plan.seek.1 |= seek_bytes;
    plan.convert.cbs = plan.cbs;
    if plan.cbs == 0 {
        // Without a record size there are no records.
        (plan.convert.block, plan.convert.unblock) = (false, false);
    }
    if plan.excl && plan.nocreat {
        return Err(Error::message("cannot combine excl and nocreat"));
    }
    Ok(plan)
}

fn conversion(plan: &mut Plan, word: &[u8]) -> Result<()> {
    let c = &mut plan.convert;
    match word {
        b"ascii" => (c.table, c.unblock) = (Some(Table::Ascii), true),
        b"ebcdic" => (c.table, c.block) = (Some(Table::Ebcdic), true),
        b"ibm" => (c.table, c.block) = (Some(Table::Ibm), true),
        b"block" => c.block = true,
        b"unblock" => c.unblock = true,
        b"lcase" => c.case = Some(false),
        b"ucase" => c.case = Some(true),
        b"swab" => c.swab = true,
        b"sync" => plan.sync = true,
        b"noerror" => plan.noerror = true,
        b"notrunc" => plan.notrunc = true,
        b"nocreat" => plan.nocreat = true,
        b"excl" => plan.excl = true,
        b"sparse" => plan.sparse = true,
        b"fdatasync" => plan.fdatasync = true,
        b"fsync" => plan.fsync = true,
        _ => return Err(bad("invalid conversion:", word)),
    }
    if c.block && c.unblock {
        return Err(Error::message("cannot combine any two of {ascii,ebcdic,ibm}, or block and unblock"));
    }
    Ok(())
}

/// A descriptor that is ours or somebody else's.
enum Fd<'a> {
    Own(OwnedFd),
    Lent(BorrowedFd<'a>),
}

impl Fd<'_> {
    fn get(&self) -> BorrowedFd<'_> {
        match self {
            Fd::Own(fd) => fd.as_fd(),
            Fd::Lent(fd) => *fd,
        }
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let plan = parse(&args.operands)?;
    cx.stdout.finish()?;
    let mut stdin = core::mem::replace(&mut cx.stdin, base::io::Input::null());
    stdin.give_back();
    let none = Error::message("the standard streams are no descriptors");
    let input_name = plan.input.clone().unwrap_or_else(|| b"standard input".to_vec());
    let input = match &plan.input {
        Some(path) => Fd::Own(
            rustix::fs::open(path.as_slice(), plan.iflags | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
                .at(path)?,
        ),
        None => Fd::Lent(stdin.fd().ok_or(none)?),
    };
    let output_name = plan.output.clone().unwrap_or_else(|| b"standard output".to_vec());
    let output = match &plan.output {
        Some(path) => Fd::Own(open_output(&plan, path)?),
        None => match cx.stdout.fd() {
            // Lent to us for as long as the context lives; a copy of it is simplest.
            Some(fd) => Fd::Own(rustix::io::fcntl_dupfd_cloexec(fd, 3).at(&output_name)?),
            None => return Err(Error::message("standard output is no descriptor")),
        },
    };
    for (fd, flags, given) in
        [(input.get(), plan.iflags, plan.input.is_some()), (output.get(), plan.oflags, plan.output.is_some())]
    {
        // Flags for a stream that was open before us.
        if !given && !flags.is_empty() {
            let now = rustix::fs::fcntl_getfl(fd).unwrap_or(OFlags::empty());
            rustix::fs::fcntl_setfl(fd, now | flags).at(b"flags")?;
        }
    }
    let mut buffer: Vec<u8> = Vec::new();
    let mut gathered = Vec::new();
    // Nothing to copy needs no room: `dd bs=1T seek=1 count=0` makes a file of that length.
    if plan.skip.0 > 0 || plan.count.is_none_or(|(count, _)| count > 0) {
        if buffer.try_reserve_exact(plan.ibs).is_err() || gathered.try_reserve(plan.obs).is_err() {
            return Err(Error::system("memory exhausted by the block size", Errno::NOMEM));
        }
        buffer.resize(plan.ibs, 0);
    }
    // Where it cannot be caught the copy goes on all the same.
    let _ = signal::set(USR1, signal::Action::Note);
    let mut job = Job {
        plan: &plan,
        input: input.get(),
        output: output.get(),
        input_name: &input_name,
        output_name: &output_name,
        counts: Counts::new(plan.status),
        gathered,
        hole_at_end: false,
    };
    if let Err(e) = job.all(cx, &mut buffer) {
        cx.warn(e);
    }
    job.counts.report(cx, true);
    Ok(Status::SUCCESS)
}

fn open_output(plan: &Plan, path: &[u8]) -> Result<OwnedFd> {
    let mut flags = plan.oflags | OFlags::CLOEXEC;
    flags.set(OFlags::CREATE, !plan.nocreat);
    flags.set(OFlags::EXCL, plan.excl);
    flags.set(OFlags::TRUNC, !plan.notrunc && plan.seek.0 == 0);
    let mode = Mode::from_raw_mode(0o666);
    // Readable too where that is allowed: seeking on tapes reads.
    let fd = rustix::fs::open(path, flags | OFlags::WRONLY, mode).at(path)?;
    if !plan.notrunc && plan.seek.0 > 0 {
        let size = offset(plan.seek, plan.obs)?;
        match rustix::fs::ftruncate(&fd, size) {
            Ok(()) => {}
            // Only regular files have a length to set.
            Err(_) if !base::meta::Meta::of_fd(&fd).is_ok_and(|m| m.is_file()) => {}
            Err(e) => return Err(Error::system([b"failed to truncate '", path, b"'"].concat(), e)),
        }
    }
    Ok(fd)
}

fn offset((count, bytes): (u64, bool), block: usize) -> Result<u64> {
    let all = if bytes { Some(count) } else { count.checked_mul(block as u64) };
    all.filter(|n| *n <= i64::MAX as u64).ok_or_else(|| Error::message("offset too large"))
}

struct Job<'a> {
    plan: &'a Plan,
    input: BorrowedFd<'a>,
    output: BorrowedFd<'a>,
    input_name: &'a [u8],
    output_name: &'a [u8],
    counts: Counts,
    /// What waits to fill an output block.
    gathered: Vec<u8>,
    hole_at_end: bool,
}

impl Job<'_> {
    /// One read, through interruptions, which may ask for a report.
    fn read(&mut self, cx: &mut Context, into: &mut [u8]) -> Result<usize, Errno> {
        loop {
            match rustix::io::read(self.input, &mut *into) {
                Err(Errno::INTR) => self.counts.tick(cx),
                Err(Errno::AGAIN) if !self.plan.iflags.contains(OFlags::NONBLOCK) => {
                    return base::io::read(self.input, into);
                }
                other => return other,
            }
        }
    }

    fn write(&mut self, cx: &mut Context, block: &[u8]) -> Result<()> {
        let name = self.output_name.to_vec();
        let failed = |e: Errno| {
            if e == Errno::PIPE {
                Error::quiet(1)
            } else {
                Error::system([b"error writing '", name.as_slice(), b"'"].concat(), e)
            }
        };
        let length = SeekFrom::Current(i64::try_from(block.len()).unwrap_or(0));
        // What cannot seek gets its zeros written.
        if self.plan.sparse
            && !block.is_empty()
            && block.iter().all(|b| *b == 0)
            && rustix::fs::seek(self.output, length).is_ok()
        {
            self.hole_at_end = true;
        } else {
            let mut rest = block;
            while !rest.is_empty() {
                match rustix::io::write(self.output, rest) {
                    Ok(0) => return Err(failed(Errno::NOSPC)),
                    Ok(count) => {
                        self.counts.bytes = self.counts.bytes.saturating_add(count as u64);
                        rest = rest.get(count..).unwrap_or_default();
                    }
                    Err(Errno::INTR) => self.counts.tick(cx),
                    Err(Errno::INVAL) if self.plan.oflags.contains(OFlags::DIRECT) => {
                        // The last block is short: it goes without O_DIRECT.
                        let flags = rustix::fs::fcntl_getfl(self.output).map_err(failed)?;
                        if !flags.contains(OFlags::DIRECT) {
                            return Err(failed(Errno::INVAL));
                        }
                        rustix::fs::fcntl_setfl(self.output, flags & !OFlags::DIRECT).map_err(failed)?;
                    }
                    Err(e) => {
                        if rest.len() < block.len() {
                            self.counts.out_part = self.counts.out_part.saturating_add(1);
                        }
                        return Err(failed(e));
                    }
                }
            }
            self.hole_at_end = false;
        }
        if self.plan.sparse && self.hole_at_end {
            self.counts.bytes = self.counts.bytes.saturating_add(block.len() as u64);
        }
        let full =
            &mut if block.len() == self.plan.obs { &mut self.counts.out_full } else { &mut self.counts.out_part };
        **full = full.saturating_add(1);
        self.counts.tick(cx);
        Ok(())
    }

    /// Takes converted bytes and writes what fills a block.
    fn gather(&mut self, cx: &mut Context, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.gathered.is_empty() && rest.len() >= self.plan.obs {
                let (block, after) = rest.split_at_checked(self.plan.obs).unwrap_or((rest, &[]));
                self.write(cx, block)?;
                rest = after;
                continue;
            }
            let want = self.plan.obs.saturating_sub(self.gathered.len()).min(rest.len());
            let (head, after) = rest.split_at(want);
            self.gathered.extend_from_slice(head);
            rest = after;
            if self.gathered.len() >= self.plan.obs {
                let mut block = core::mem::take(&mut self.gathered);
                self.write(cx, &block)?;
                block.clear();
                self.gathered = block;
            }
        }
        Ok(())
    }

    fn skip(&mut self, cx: &mut Context, buffer: &mut [u8]) -> Result<()> {
        let mut left = offset(self.plan.skip, self.plan.ibs)?;
        if left == 0 {
            return Ok(());
        }
        let meta = base::meta::Meta::of_fd(self.input).ok();
        // Seeking past the end of a file would read nothing, silently.
        let size = meta.filter(|m| m.is_file()).map(|m| m.size);
        if let Ok(now) = rustix::fs::tell(self.input)
            && meta.is_none_or(|m| m.mode & base::mode::TYPE != base::mode::CHAR)
            && let Some(to) = now.checked_add(left)
            && rustix::fs::seek(self.input, SeekFrom::Start(to)).is_ok()
        {
            if size.is_some_and(|size| to > size) {
                cx.note(&Error::message([b"'", self.input_name, b"': cannot skip to specified offset"].concat()));
            }
            return Ok(());
        }
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let room = buffer.get_mut(..want).unwrap_or_default();
            match self.read(cx, room) {
                Ok(0) => {
                    cx.note(&Error::message([b"'", self.input_name, b"': cannot skip to specified offset"].concat()));
                    return Ok(());
                }
                Ok(count) => left = left.saturating_sub(count as u64),
                Err(e) => return Err(Error::system([b"error reading '", self.input_name, b"'"].concat(), e)),
            }
        }
        Ok(())
    }

    fn all(&mut self, cx: &mut Context, buffer: &mut [u8]) -> Result<()> {
        let plan = self.plan;
        self.skip(cx, buffer)?;
        if plan.seek.0 > 0 {
            let to = i64::try_from(offset(plan.seek, plan.obs)?).unwrap_or(i64::MAX);
            if let Err(e) = rustix::fs::seek(self.output, SeekFrom::Current(to)) {
                return Err(Error::system([b"'", self.output_name, b"': cannot seek"].concat(), e));
            }
        }
        let mut convert = plan.convert.start();
        // Blocks that need no change go out as they came in.
        let direct = plan.bs && !plan.convert.changes();
        let mut converted = Vec::new();
        let mut left_bytes = match plan.count {
            Some((count, true)) => Some(count),
            _ => None,
        };
        let mut left_blocks = match plan.count {
            Some((count, false)) => Some(count),
            _ => None,
        };
        while left_bytes != Some(0) && left_blocks != Some(0) {
            let want = left_bytes.map_or(plan.ibs, |left| usize::try_from(left).unwrap_or(usize::MAX).min(plan.ibs));
            let mut got = 0;
            let mut error = None;
            loop {
                let room = buffer.get_mut(got..want).unwrap_or_default();
                match self.read(cx, room) {
                    Ok(0) => break,
                    Ok(count) => got = got.saturating_add(count),
                    Err(e) => {
                        error = Some(e);
                        break;
                    }
                }
                if !plan.fullblock || got >= want {
                    break;
                }
            }
            if let Some(e) = error {
                let error = Error::system([b"error reading '", self.input_name, b"'"].concat(), e);
                if !plan.noerror {
                    self.flush(cx, &mut convert)?;
                    return Err(error);
                }
                cx.warn(error);
                self.counts.report(cx, false);
                // On to the next block, where the input can be positioned.
                let skipped = i64::try_from(want).unwrap_or(0);
                if got == 0 && rustix::fs::seek(self.input, SeekFrom::Current(skipped)).is_err() {
                    break;
                }
                if !plan.sync {
                    left_blocks = left_blocks.map(|left| left.saturating_sub(1));
                    if got == 0 {
                        continue;
                    }
                }
            } else if got == 0 {
                break;
            }
            if got == plan.ibs {
                self.counts.in_full = self.counts.in_full.saturating_add(1);
            } else if got > 0 {
                self.counts.in_part = self.counts.in_part.saturating_add(1);
            }
            left_blocks = left_blocks.map(|left| left.saturating_sub(1));
            left_bytes = left_bytes.map(|left| left.saturating_sub(got as u64));
            let mut length = got;
            if plan.sync && got < plan.ibs {
                // Blanks where there are records, NULs elsewhere.
                let fill = if plan.convert.block || plan.convert.unblock { b' ' } else { 0 };
                buffer.get_mut(got..).unwrap_or_default().fill(fill);
                length = plan.ibs;
            }
            let block = buffer.get_mut(..length).unwrap_or_default();
            if direct {
                self.write(cx, block)?;
            } else if plan.convert.changes() {
                converted.clear();
                convert.block(block, &mut converted);
                self.gather(cx, &converted)?;
            } else {
                self.gather(cx, block)?;
            }
        }
        self.flush(cx, &mut convert)?;
        self.counts.truncated = convert.truncated;
        if self.hole_at_end
            && let Ok(end) = rustix::fs::tell(self.output)
        {
            rustix::fs::ftruncate(self.output, end).at(self.output_name)?;
        }
        for (on, advice_of) in [(plan.nocache.0, self.input), (plan.nocache.1, self.output)] {
            if on {
                // Only a hint.
                let _ = rustix::fs::fadvise(advice_of, 0, None, rustix::fs::Advice::DontNeed);
            }
        }
        if plan.fsync {
            rustix::fs::fsync(self.output).at(self.output_name)?;
        } else if plan.fdatasync {
            rustix::fs::fdatasync(self.output).at(self.output_name)?;
        }
        Ok(())
    }

    /// Writes what the conversion and the output block still hold.
    fn flush(&mut self, cx: &mut Context, convert: &mut convert::Running) -> Result<()> {
        let mut rest = Vec::new();
        convert.finish(&mut rest);
        self.gather(cx, &rest)?;
        if !self.gathered.is_empty() {
            let block = core::mem::take(&mut self.gathered);
            self.write(cx, &block)?;
        }
        Ok(())
    }
}

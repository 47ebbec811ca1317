//! dd - copy a file block by block, converting it
//! Spec: POSIX.1-2024. Extras: GNU's flags, conversions and status=. Deviations: none known.

mod convert;
mod report;
mod tables;

use base::number::digits;
use base::size::suffix_factor;
use base::sys::signal;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Order, Place, Result, ResultExt, Status};
use convert::{Convert, Table};
use report::Counts;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, SeekFrom};

/// dd
pub const APPLET: Applet = base::applet!(Declaration {
    name: "dd",
    place: Place::Bin,
    exec: Exec::no_exec("catches SIGUSR1, and may read for ever"),
    summary: "Copy a file block by block",
    operands: "[OPERAND=VALUE]...",
    notes: "\
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
SIGUSR1 makes dd say how far it is.",
    order: Order::Raw,
    run,
    ..Declaration::DEFAULT
});

/// SIGUSR1.
const USR1: i32 = 10;

/// The words of iflag= and oflag=, for which [`Side::flags`] has a bit each; those that are flags of open(2) come first.
const FLAGS: &str = "append direct directory dsync sync nonblock noatime noctty nofollow \
                     nocache fullblock count_bytes skip_bytes seek_bytes";
const OPEN: [OFlags; 9] = [
    OFlags::APPEND,
    OFlags::DIRECT,
    OFlags::DIRECTORY,
    OFlags::DSYNC,
    OFlags::SYNC,
    OFlags::NONBLOCK,
    OFlags::NOATIME,
    OFlags::NOCTTY,
    OFlags::NOFOLLOW,
];
const DIRECT: u32 = 1 << 1;
const NONBLOCK: u32 = 1 << 5;
const NOCACHE: u32 = 1 << 9;
const FULLBLOCK: u32 = 1 << 10;
const COUNT_BYTES: u32 = 1 << 11;
const SKIP_BYTES: u32 = 1 << 12;
const SEEK_BYTES: u32 = 1 << 13;
/// The words of conv=, for which [`Plan::conv`] has a bit each.
const CONVERSIONS: &str =
    "swab sync noerror notrunc nocreat excl sparse fdatasync fsync block unblock lcase ucase ascii ebcdic ibm";
const SYNC: u32 = 1 << 1;
const NOERROR: u32 = 1 << 2;
const NOTRUNC: u32 = 1 << 3;
const NOCREAT: u32 = 1 << 4;
const EXCL: u32 = 1 << 5;
const SPARSE: u32 = 1 << 6;
const FDATASYNC: u32 = 1 << 7;
const FSYNC: u32 = 1 << 8;

/// A stream: its file and its flags.
#[derive(Default)]
struct Side<'a> {
    path: Option<&'a [u8]>,
    flags: u32,
}

#[derive(Default)]
struct Plan<'a> {
    input: Side<'a>,
    output: Side<'a>,
    ibs: usize,
    obs: usize,
    bs: bool,
    /// How much, and whether in bytes.
    count: Option<(u64, bool)>,
    skip: (u64, bool),
    seek: (u64, bool),
    convert: Convert,
    /// Bits of [`CONVERSIONS`].
    conv: u32,
    status: u8,
}

impl Plan<'_> {
    fn is(&self, conversion: u32) -> bool {
        self.conv & conversion != 0
    }
}

impl Side<'_> {
    /// Adds the flag of this name, if it is one of `allowed`.
    fn add(&mut self, word: &[u8], allowed: u32) -> Option<()> {
        let flag = 1 << base::bytes::place(FLAGS, word)?;
        self.flags |= flag;
        (flag & allowed != 0).then_some(())
    }

    /// Its flags for open(2).
    fn open(&self) -> OFlags {
        let mut flags = OFlags::empty();
        for (index, flag) in OPEN.iter().enumerate() {
            if self.has(1 << index) {
                flags |= *flag;
            }
        }
        flags
    }

    fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}

/// A number with suffixes and products; the second is whether it ends with B: bytes.
fn number(text: &[u8]) -> Result<(u64, bool)> {
    let invalid = || Error::message_about("invalid number:", text);
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
        product =
            value.filter(|v| *v <= i64::MAX as u64).ok_or_else(|| Error::message_about("number too large:", text))?;
    }
    Ok((product, bytes))
}

fn block_size(text: &[u8]) -> Result<usize> {
    let (size, _) = number(text)?;
    // A block must fit the memory; what does not is told at once.
    usize::try_from(size)
        .ok()
        .filter(|s| (1..=1 << 40).contains(s))
        .ok_or_else(|| Error::message_about("invalid number:", text))
}

#[inline(never)]
fn parse<'a>(operands: &[&'a [u8]]) -> Result<Plan<'a>> {
    let mut plan = Plan { ibs: 512, obs: 512, ..Plan::default() };
    for operand in operands.iter().filter(|o| **o != b"--") {
        let at = memchr::memchr(b'=', operand).unwrap_or(operand.len());
        let (name, value) = operand.split_at(at);
        let value = value.get(1..);
        let name = if value.is_some() { base::bytes::word(name) } else { "" };
        let value = value.unwrap_or_default();
        match name {
            "if" => plan.input.path = Some(value),
            "of" => plan.output.path = Some(value),
            "bs" => {
                plan.ibs = block_size(value)?;
                plan.obs = plan.ibs;
                plan.bs = true;
            }
            "ibs" | "obs" => {
                let size = block_size(value)?;
                if !plan.bs {
                    *(if name == "ibs" { &mut plan.ibs } else { &mut plan.obs }) = size;
                }
            }
            "cbs" => plan.convert.cbs = block_size(value)?,
            "count" => plan.count = Some(number(value)?),
            "skip" | "iseek" => plan.skip = number(value)?,
            "seek" | "oseek" => plan.seek = number(value)?,
            "status" => match base::bytes::word(value) {
                // Their first letters would be the same.
                "noxfer" => plan.status = b'x',
                "none" | "progress" => plan.status = value.first().copied().unwrap_or(0),
                _ => return Err(Error::message_about("invalid status level:", value)),
            },
            "conv" => {
                for word in value.split(|b| *b == b',') {
                    conversion(&mut plan, word)?;
                }
            }
            "iflag" => {
                for word in value.split(|b| *b == b',') {
                    let known = plan.input.add(word, !SEEK_BYTES);
                    known.ok_or_else(|| Error::message_about("invalid input flag:", word))?;
                }
            }
            "oflag" => {
                for word in value.split(|b| *b == b',') {
                    let known = plan.output.add(word, !(FULLBLOCK | COUNT_BYTES | SKIP_BYTES));
                    known.ok_or_else(|| Error::message_about("invalid output flag:", word))?;
                }
            }
            _ => return Err(Error::usage_about("unrecognized operand", operand)),
        }
    }
    if let Some(count) = &mut plan.count {
        count.1 |= plan.input.has(COUNT_BYTES);
    }
    plan.skip.1 |= plan.input.has(SKIP_BYTES);
    plan.seek.1 |= plan.output.has(SEEK_BYTES);
    if plan.convert.cbs == 0 {
        // Without a record size there are no records.
        (plan.convert.block, plan.convert.unblock) = (false, false);
    }
    if plan.is(EXCL) && plan.is(NOCREAT) {
        return Err(Error::message("cannot combine excl and nocreat"));
    }
    Ok(plan)
}

#[inline(never)]
fn conversion(plan: &mut Plan, word: &[u8]) -> Result<()> {
    let Some(index) = base::bytes::place(CONVERSIONS, word) else {
        return Err(Error::message_about("invalid conversion:", word));
    };
    plan.conv |= 1 << index;
    let c = &mut plan.convert;
    match index {
        0 => c.swab = true,
        9 => c.block = true,
        10 => c.unblock = true,
        11 => c.case = Some(false),
        12 => c.case = Some(true),
        13 => (c.table, c.unblock) = (Some(Table::Ascii), true),
        14 => (c.table, c.block) = (Some(Table::Ebcdic), true),
        15 => (c.table, c.block) = (Some(Table::Ibm), true),
        _ => {}
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
    let none = || Error::message("the standard streams are no descriptors");
    let input_name = plan.input.path.unwrap_or(b"standard input");
    let input = match plan.input.path {
        Some(path) => {
            Fd::Own(base::fs::open(path, plan.input.open() | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).at(path)?)
        }
        None => Fd::Lent(stdin.fd().ok_or_else(none)?),
    };
    let output_name = plan.output.path.unwrap_or(b"standard output");
    let output = match plan.output.path {
        Some(path) => open_output(&plan, path)?,
        // Lent to us for as long as the context lives; a copy of it is simplest.
        None => rustix::io::fcntl_dupfd_cloexec(cx.stdout.fd().ok_or_else(none)?, 3).at(output_name)?,
    };
    for (fd, side) in [(input.get(), &plan.input), (output.as_fd(), &plan.output)] {
        // Flags for a stream that was open before us.
        if side.path.is_none() && side.flags & (NOCACHE - 1) != 0 {
            let now = rustix::fs::fcntl_getfl(fd).unwrap_or(OFlags::empty());
            rustix::fs::fcntl_setfl(fd, now | side.open()).at(b"flags")?;
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
        output: output.as_fd(),
        input_name,
        output_name,
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
    let mut flags = plan.output.open() | OFlags::CLOEXEC;
    flags.set(OFlags::CREATE, !plan.is(NOCREAT));
    flags.set(OFlags::EXCL, plan.is(EXCL));
    flags.set(OFlags::TRUNC, !plan.is(NOTRUNC) && plan.seek.0 == 0);
    let mode = Mode::from_raw_mode(0o666);
    // Readable too where that is allowed: seeking on tapes reads.
    let fd = base::fs::open(path, flags | OFlags::WRONLY, mode).at(path)?;
    if !plan.is(NOTRUNC) && plan.seek.0 > 0 {
        let size = offset(plan.seek, plan.obs)?;
        match rustix::fs::ftruncate(&fd, size) {
            Ok(()) => {}
            // Only regular files have a length to set.
            Err(_) if !base::meta::Meta::of_fd(&fd).is_ok_and(|m| m.is_file()) => {}
            Err(e) => return Err(Error::system(base::error::quoted("failed to truncate", path), e)),
        }
    }
    Ok(fd)
}

fn offset((count, bytes): (u64, bool), block: usize) -> Result<u64> {
    let all = if bytes { Some(count) } else { count.checked_mul(block as u64) };
    all.filter(|n| *n <= i64::MAX as u64).ok_or_else(|| Error::message("offset too large"))
}

/// Takes `done` from what is left to copy; the largest number stands for no limit.
fn count_down(left: &mut u64, done: u64) {
    if *left < u64::MAX {
        *left = left.saturating_sub(done);
    }
}

struct Job<'a> {
    plan: &'a Plan<'a>,
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
                Err(Errno::AGAIN) if !self.plan.input.has(NONBLOCK) => {
                    return base::io::read(self.input, into);
                }
                other => return other,
            }
        }
    }

    fn write(&mut self, cx: &mut Context, block: &[u8]) -> Result<()> {
        let name = self.output_name;
        let failed = |e: Errno| {
            if e == Errno::PIPE {
                Error::quiet(1)
            } else {
                Error::system(base::error::quoted("error writing", name), e)
            }
        };
        let length = SeekFrom::Current(i64::try_from(block.len()).unwrap_or(0));
        // What cannot seek gets its zeros written.
        if self.plan.is(SPARSE)
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
                    Err(Errno::INVAL) if self.plan.output.has(DIRECT) => {
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
        if self.plan.is(SPARSE) && self.hole_at_end {
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

    fn cannot_read(&self, errno: Errno) -> Error {
        Error::system(base::error::quoted("error reading", self.input_name), errno)
    }

    fn cannot_skip(&self, cx: &mut Context) {
        cx.note(&Error::message(base::bytes::fill("'%': cannot skip to specified offset", &[self.input_name])));
    }

    #[inline(never)]
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
                self.cannot_skip(cx);
            }
            return Ok(());
        }
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let room = buffer.get_mut(..want).unwrap_or_default();
            match self.read(cx, room) {
                Ok(0) => {
                    self.cannot_skip(cx);
                    return Ok(());
                }
                Ok(count) => left = left.saturating_sub(count as u64),
                Err(e) => return Err(self.cannot_read(e)),
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn all(&mut self, cx: &mut Context, buffer: &mut [u8]) -> Result<()> {
        let plan = self.plan;
        self.skip(cx, buffer)?;
        if plan.seek.0 > 0 {
            let to = i64::try_from(offset(plan.seek, plan.obs)?).unwrap_or(i64::MAX);
            if let Err(e) = rustix::fs::seek(self.output, SeekFrom::Current(to)) {
                return Err(Error::system(base::bytes::fill("'%': cannot seek", &[self.output_name]), e));
            }
        }
        let mut convert = plan.convert.start();
        // Blocks that need no change go out as they came in.
        let direct = plan.bs && !plan.convert.changes();
        let mut converted = Vec::new();
        let (mut left_bytes, mut left_blocks) = match plan.count {
            Some((count, true)) => (count, u64::MAX),
            Some((count, false)) => (u64::MAX, count),
            None => (u64::MAX, u64::MAX),
        };
        while left_bytes > 0 && left_blocks > 0 {
            let want = usize::try_from(left_bytes).unwrap_or(usize::MAX).min(plan.ibs);
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
                if !plan.input.has(FULLBLOCK) || got >= want {
                    break;
                }
            }
            if let Some(e) = error {
                let error = self.cannot_read(e);
                if !plan.is(NOERROR) {
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
                if !plan.is(SYNC) {
                    count_down(&mut left_blocks, 1);
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
            count_down(&mut left_blocks, 1);
            count_down(&mut left_bytes, got as u64);
            let mut length = got;
            if plan.is(SYNC) && got < plan.ibs {
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
        for (on, advice_of) in [(plan.input.has(NOCACHE), self.input), (plan.output.has(NOCACHE), self.output)] {
            if on {
                // Only a hint.
                let _ = rustix::fs::fadvise(advice_of, 0, None, rustix::fs::Advice::DontNeed);
            }
        }
        if plan.is(FSYNC) {
            rustix::fs::fsync(self.output).at(self.output_name)?;
        } else if plan.is(FDATASYNC) {
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

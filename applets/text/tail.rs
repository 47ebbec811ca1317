//! tail - copy the last part of each input, and follow as it grows
//! Spec: POSIX.1-2024. Extras: -c -n with suffixes, -F, -q, -v, -s, -z, --pid, --retry, -NUM, +NUM, -NUM[bcl][f]. Deviations: none known.
//! Following waits for inotify to tell of changes; a look each interval is for what it cannot tell of.

use crate::count::{self, Count};
use crate::held::Held;
use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::bytes::fill;
use base::context::{Context, Status};
use base::error::{Error, Result, ResultExt};
use base::io::Input;
use core::time::Duration;
use memchr::{memchr_iter, memrchr_iter};
use rustix::event::{PollFd, PollFlags};
use rustix::fs::inotify::{self, WatchFlags};
use rustix::fs::{FileType, SeekFrom, Stat};
use rustix::process::{PidfdFlags, pidfd_open};
use std::os::fd::OwnedFd;

const TABLE: Applet = base::applet!(Declaration {
    name: "tail",
    exec: Exec::no_exec("may follow a file for ever, which a shell must be able to interrupt"),
    summary: "Copy the last lines of each FILE to standard output",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read. With several, each is headed by its name.\n\
            NUM may have a suffix (b, k, M, kB, ...); with a leading + it counts from the beginning.",
    options: &[
        Opt::value("n", "lines", "NUM", Kind::Text, "copy the last NUM lines (default 10)"),
        Opt::value("c", "bytes", "NUM", Kind::Text, "copy the last NUM bytes"),
        Opt::flag("f", "", "follow as the file grows"),
        Opt::value(
            "",
            "follow",
            "HOW",
            Kind::OptionalChoice(&["name", "descriptor"]),
            "the same, by name or as it is open"
        ),
        Opt::flag("F", "", "follow by name, and try again where it is gone"),
        Opt::flag("q", "quiet", "never print headers"),
        Opt::hidden("", "silent"),
        Opt::flag("v", "verbose", "always print headers"),
        Opt::value("s", "sleep-interval", "SECONDS", Kind::Duration, "wait SECONDS between looks (default 1)"),
        Opt::value("", "pid", "PID", Kind::Count, "with -f: end after process PID has ended"),
        Opt::flag("", "retry", "keep trying to open a file that is not there"),
        Opt::flag("z", "zero-terminated", "lines end with NUL, not newline"),
    ],
    digits: "n",
    run,
    ..Declaration::DEFAULT
});

pub const APPLET: Applet = TABLE.raw();
static PARSED: Applet = TABLE;

/// The block that a file is searched backwards in.
const BLOCK: u64 = 64 * 1024;

struct Wanted {
    bytes: bool,
    count: Count,
    end: u8,
}

/// A file that is followed.
struct Followed<'a> {
    path: &'a [u8],
    /// None while it is not there.
    input: Option<Input>,
    identity: Option<(u64, u64)>,
}

/// The obsolete forms `+5`, `-5c`, `+5lf`: the count, whether it is one of bytes, and whether -f is meant. What an option and its
/// cluster say as well (`-5`, `-5f`) is none.
fn old_form(argument: &[u8]) -> Option<(&[u8], bool, bool)> {
    let (sign, rest) = argument.split_first().filter(|(sign, _)| matches!(sign, b'+' | b'-'))?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (unit, follow) = match rest.get(digits..)? {
        unit if unit.len() < 2 && unit != b"f" => (unit, false),
        [unit @ .., b'f'] if unit.len() < 2 => (unit, true),
        _ => return None,
    };
    let known = matches!(unit, b"b" | b"c" | b"l") || unit.is_empty() && *sign == b'+';
    // `b` is the suffix for 512 bytes.
    let length = digits.saturating_add(if unit == b"b" { 2 } else { 1 });
    (digits > 0 && known).then_some((argument.get(..length)?, matches!(unit, b"b" | b"c"), follow))
}

fn run(cx: &mut Context, raw: &mut Args) -> Result<Status> {
    let mut arguments = core::mem::take(&mut raw.operands);
    let old = arguments.first().and_then(|first| old_form(first));
    let first = if old.is_some() { Some(arguments.remove(0)) } else { None };
    let args = &base::args::parse(&PARSED, &arguments, &|| cx.env.get(b"POSIXLY_CORRECT").is_some())?;
    if args.wants_help {
        base::help::print(cx)?;
        return Ok(Status::SUCCESS);
    }
    let mut operands = args.operands.clone();
    let mut bytes = args.last_of(&["n", "c"]) == Some("c");
    let mut text = args.text(if bytes { "c" } else { "n" });
    let mut old_follow = false;
    match old {
        Some((count, of_bytes, follow)) if text.is_none() => {
            (text, bytes, old_follow) = (Some(count), of_bytes, follow);
        }
        // With -n or -c it is the name of a file.
        _ => {
            if let Some(first) = first {
                operands.insert(0, first);
            }
        }
    }
    let count = match text {
        Some(text) => count::parse(text, if bytes { "bytes" } else { "lines" })?,
        None => Count { number: 10, minus: true, plus: false },
    };
    let wanted = Wanted { bytes, count, end: args.line_end() };
    let headers = match args.last_of(&["q", "silent", "v"]) {
        Some("v") => true,
        Some(_) => false,
        None => operands.len() > 1,
    };
    let follow = old_follow || ["f", "F", "follow"].iter().any(|id| args.has(id));
    let by_name = args.has("F") || args.choice("follow") == Some("name");
    let retry = args.has("F") || args.has("retry");
    let mut first = true;
    if !follow {
        cx.each_input(&operands, &mut |cx, input| {
            if headers {
                count::header(cx, input.name(), &mut first)?;
            }
            copy_end(cx, input, &wanted)
        })?;
        return Ok(cx.status());
    }
    if operands.is_empty() {
        operands.push(b"-");
    }
    let mut followed = Vec::new();
    for path in &operands {
        let mut file = Followed { path, input: None, identity: None };
        match cx.open(path) {
            Ok(mut input) => {
                let stat = input.fd().and_then(|fd| rustix::fs::fstat(fd).ok());
                // What a pipe held is all that comes from it.
                let piped =
                    *path == b"-" && stat.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
                if headers {
                    count::header(cx, input.name(), &mut first)?;
                }
                match copy_end(cx, &mut input, &wanted) {
                    Ok(()) if piped => continue,
                    Ok(()) => {
                        file.identity = stat.as_ref().map(identity);
                        file.input = Some(input);
                    }
                    Err(error) if error.errno().is_some() => {
                        cx.warn(error);
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
            Err(error) => {
                cx.warn(error);
                if !retry {
                    continue;
                }
            }
        }
        followed.push(file);
    }
    cx.stdout.finish()?;
    let interval = args.duration("s").unwrap_or(Duration::from_secs(1));
    let pid = args.count("pid").and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw);
    let last = followed.iter().rposition(|file| file.input.is_some()).unwrap_or(usize::MAX);
    let mut follower = Follower { by_name, fresh: false, retry, headers, shown: last };
    let events = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC).ok();
    let process = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
    while !followed.is_empty() {
        let ended = pid.is_some_and(|pid| rustix::process::test_kill_process(pid) == Err(base::Errno::SRCH));
        // What changes behind the look is told by what was watched before it.
        let told = events.as_ref().is_some_and(|events| watch(events, &followed, by_name));
        follower.look(cx, &mut followed)?;
        if ended {
            break;
        }
        if core::mem::take(&mut follower.fresh) {
            continue;
        }
        let patient = told && (pid.is_none() || process.is_some());
        if !wait(cx, events.as_ref(), process.as_ref(), Some(interval).filter(|_| !patient)) {
            break;
        }
    }
    Ok(cx.status())
}

/// Watches each file, and where names count the directory it is in; whether every change will be told.
fn watch(events: &OwnedFd, followed: &[Followed], by_name: bool) -> bool {
    let mut all = true;
    for file in followed {
        // Descriptors have no name to watch, and what other machines do to a file is not told here.
        let local = file.input.as_ref().and_then(Input::fd).is_none_or(|fd| {
            rustix::fs::fstatfs(fd).is_ok_and(|fs| !REMOTE.contains(&(fs.f_type as u64 & 0xFFFF_FFFF)))
        });
        all &= file.path != b"-" && local;
        if file.input.is_some() {
            let flags = WatchFlags::MODIFY | WatchFlags::ATTRIB | WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF;
            all &= inotify::add_watch(events, file.path, flags).is_ok();
        }
        if by_name || file.input.is_none() {
            let slash = memchr::memrchr(b'/', file.path);
            let parent = match slash {
                Some(0) => &b"/"[..],
                Some(at) => file.path.get(..at).unwrap_or(b"."),
                None => b".",
            };
            let flags = WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::MOVED_FROM | WatchFlags::DELETE;
            all &= inotify::add_watch(events, parent, flags).is_ok();
        }
    }
    all
}

/// File systems that other machines or processes write to: NFS, SMB, 9P, FUSE, and those of the kernel's own.
const REMOTE: [u64; 8] = [0x6969, 0xFF53_4D42, 0xFE53_4D42, 0x0102_1997, 0x6573_5546, 0x5346_4846, 0x9FA0, 0x6265_6572];

/// Waits for an event, for the end of the process, or as long as `time` says; false where nobody reads the output any more.
fn wait(cx: &Context, events: Option<&OwnedFd>, process: Option<&OwnedFd>, time: Option<Duration>) -> bool {
    let mut polled = Vec::new();
    let output = cx.stdout.fd();
    if let Some(fd) = &output {
        polled.push(PollFd::new(fd, PollFlags::empty()));
    }
    for fd in events.into_iter().chain(process) {
        polled.push(PollFd::new(fd, PollFlags::IN));
    }
    let time = time.and_then(|time| rustix::event::Timespec::try_from(time).ok());
    let _ = rustix::event::poll(&mut polled, time.as_ref());
    let open = output.is_none() || polled.first().is_none_or(|first| !first.revents().contains(PollFlags::ERR));
    if let Some(events) = events {
        let mut buffer = [0u8; 4096];
        while rustix::io::read(events, &mut buffer).is_ok_and(|count| count > 0) {}
    }
    open
}

struct Follower {
    by_name: bool,
    /// A file was opened that is not watched yet.
    fresh: bool,
    retry: bool,
    headers: bool,
    /// Whose text was printed last.
    shown: usize,
}

impl Follower {
    fn look(&mut self, cx: &mut Context, followed: &mut [Followed]) -> Result<()> {
        for (index, file) in followed.iter_mut().enumerate() {
            if self.by_name && file.path != b"-" {
                self.reopen(cx, file);
            }
            let Some(input) = &mut file.input else { continue };
            if let Some(fd) = input.fd()
                && let (Ok(stat), Ok(at)) = (rustix::fs::fstat(fd), rustix::fs::tell(fd))
                && FileType::from_raw_mode(stat.st_mode).is_file()
                && u64::try_from(stat.st_size).unwrap_or(0) < at
            {
                cx.note(&Error::message_of("%: file truncated", &[file.path]));
                rustix::fs::seek(fd, SeekFrom::Start(0)).at(file.path)?;
            }
            input.resume();
            loop {
                let chunk = match input.chunk() {
                    Ok(chunk) => chunk,
                    Err(error) => {
                        cx.warn(error);
                        file.input = None;
                        break;
                    }
                };
                if chunk.is_empty() {
                    break;
                }
                if self.headers && self.shown != index {
                    self.shown = index;
                    cx.stdout.put(&fill("\n==> % <==\n", &[file.path]))?;
                }
                cx.stdout.put(chunk)?;
                let length = chunk.len();
                input.consume(length);
            }
        }
        cx.stdout.finish()
    }

    /// Opens the file anew where the name has come to mean another one.
    fn reopen(&mut self, cx: &mut Context, file: &mut Followed) {
        match base::fs::stat(file.path) {
            Ok(stat) if file.identity == Some(identity(&stat)) && file.input.is_some() => {}
            Ok(stat) => {
                if let Ok(input) = Input::open(file.path) {
                    let text = if file.input.is_some() {
                        "%: has been replaced; following the new file"
                    } else {
                        "%: has appeared; following it"
                    };
                    cx.note(&Error::message_of(text, &[file.path]));
                    file.identity = Some(identity(&stat));
                    file.input = Some(input);
                    self.fresh = true;
                }
            }
            Err(errno) => {
                if file.input.is_some() && self.retry {
                    cx.note(&Error::system(fill("%: has become inaccessible", &[file.path]), errno));
                    file.input = None;
                    file.identity = None;
                }
            }
        }
    }
}

fn identity(stat: &Stat) -> (u64, u64) {
    (stat.st_dev, stat.st_ino)
}

fn copy_end(cx: &mut Context, input: &mut Input, wanted: &Wanted) -> Result<()> {
    if wanted.count.plus {
        skip(input, wanted)?;
        base::io::copy(input, &mut cx.stdout)?;
        return Ok(());
    }
    if let Some(from) = start_by_seeking(input, wanted)? {
        if let Some(fd) = input.fd() {
            rustix::fs::seek(fd, SeekFrom::Start(from)).at(input.name())?;
        }
        base::io::copy(input, &mut cx.stdout)?;
        return Ok(());
    }
    if wanted.bytes { last_bytes(cx, input, wanted.count.number) } else { last_lines(cx, input, wanted) }
}

/// Passes over what comes before line or byte `number`, counted from 1.
fn skip(input: &mut Input, wanted: &Wanted) -> Result<()> {
    let mut left = wanted.count.number.saturating_sub(1);
    while left > 0 {
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            break;
        }
        let mut count = chunk.len();
        if wanted.bytes {
            count = count.min(usize::try_from(left).unwrap_or(usize::MAX));
            left = left.saturating_sub(count as u64);
        } else {
            for at in memchr_iter(wanted.end, chunk) {
                left = left.saturating_sub(1);
                if left == 0 {
                    count = at + 1;
                    break;
                }
            }
        }
        input.consume(count);
    }
    Ok(())
}

/// For a regular file: the offset where the wanted part begins, found from the end backwards. None for what cannot seek.
fn start_by_seeking(input: &Input, wanted: &Wanted) -> Result<Option<u64>> {
    let Some(fd) = input.fd() else { return Ok(None) };
    let stat = rustix::fs::fstat(fd).at(input.name())?;
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    // A size of 0 (/proc) or of a page (/sys) may be a lie.
    if !FileType::from_raw_mode(stat.st_mode).is_file() || size <= 4096 || !input.buffered().is_empty() {
        return Ok(None);
    }
    let at = rustix::fs::tell(fd).at(input.name())?;
    if at >= size {
        return Ok(Some(at));
    }
    if wanted.bytes {
        return Ok(Some(size.saturating_sub(wanted.count.number).max(at)));
    }
    let mut left = wanted.count.number;
    if left == 0 {
        return Ok(Some(size));
    }
    let mut block = vec![0; usize::try_from(BLOCK).unwrap_or(4096)];
    let mut stop = size;
    while stop > at {
        let start = stop.saturating_sub(BLOCK).max(at);
        let length = usize::try_from(stop.saturating_sub(start)).unwrap_or(0);
        let Some(room) = block.get_mut(..length) else { break };
        let mut done = 0;
        while let Some(rest) = room.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let count = rustix::io::pread(fd, rest, start + done as u64).at(input.name())?;
            if count == 0 {
                break;
            }
            done += count;
        }
        for offset in memrchr_iter(wanted.end, room) {
            let after = start + offset as u64 + 1;
            // The terminator at the very end closes the last line, it does not begin one.
            if after == size {
                continue;
            }
            left = left.saturating_sub(1);
            if left == 0 {
                return Ok(Some(after));
            }
        }
        stop = start;
    }
    Ok(Some(at))
}

fn last_bytes(cx: &mut Context, input: &mut Input, number: u64) -> Result<()> {
    let keep = usize::try_from(number).unwrap_or(usize::MAX);
    let mut held = Held::default();
    loop {
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            break;
        }
        held.push(chunk);
        let length = chunk.len();
        input.consume(length);
        held.release(held.bytes().len().saturating_sub(keep));
    }
    cx.stdout.put(held.bytes())
}

/// Holds whole chunks, and lets the oldest go once the lines behind it are enough.
fn last_lines(cx: &mut Context, input: &mut Input, wanted: &Wanted) -> Result<()> {
    let number = wanted.count.number;
    // Each with the lines that end in it; those before `oldest` are let go.
    let mut chunks: Vec<(Vec<u8>, u64)> = Vec::new();
    let mut oldest = 0;
    let mut lines: u64 = 0;
    loop {
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            break;
        }
        let ends = base::bytes::count(wanted.end, chunk) as u64;
        lines = lines.saturating_add(ends);
        chunks.push((chunk.to_vec(), ends));
        let length = chunk.len();
        input.consume(length);
        while let Some((chunk, ends)) = chunks.get_mut(oldest)
            && lines.saturating_sub(*ends) > number
        {
            lines = lines.saturating_sub(*ends);
            *chunk = Vec::new();
            oldest += 1;
        }
    }
    if number == 0 {
        return Ok(());
    }
    let open = chunks.last().is_some_and(|(chunk, _)| chunk.last() != Some(&wanted.end));
    let mut skip = lines.saturating_add(u64::from(open)).saturating_sub(number);
    for (chunk, _) in chunks.get(oldest..).unwrap_or_default() {
        let mut from = 0;
        if skip > 0 {
            from = chunk.len();
            for at in memchr_iter(wanted.end, chunk) {
                skip = skip.saturating_sub(1);
                if skip == 0 {
                    from = at + 1;
                    break;
                }
            }
        }
        cx.stdout.put(chunk.get(from..).unwrap_or_default())?;
    }
    Ok(())
}

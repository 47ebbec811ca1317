//! du - show the space that files and trees take
//! Spec: POSIX.1-2024. Extras: GNU's and BusyBox's options. Deviations: none known.

use crate::glob::Glob;
use base::inodes::Inodes;
use base::meta::Meta;
use base::time::{Stamp, Zone, push_time};
use base::walk::{Event, Follow, Walk};
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Result, Status};

/// du
pub const APPLET: Applet = base::applet!(Declaration {
    name: "du",
    exec: Exec::no_fork("looks at files and writes its output"),
    summary: "Show the space that each FILE and the directories in it take",
    operands: "[FILE]...",
    options: &[
        Opt::flag("a", "all", "show all files, not only directories"),
        Opt::flag("s", "summarize", "show only each FILE"),
        Opt::flag("c", "total", "show the sum too"),
        Opt::value("d", "max-depth", "N", Kind::Count, "show only N levels below each FILE"),
        Opt::flag("h", "human-readable", "sizes as 1.5K, 12M"),
        Opt::flag("", "si", "the same in powers of 1000"),
        Opt::flag("k", "", "in units of 1024 bytes (default)"),
        Opt::flag("m", "", "in units of 1048576 bytes"),
        Opt::flag("b", "bytes", "the length in bytes"),
        Opt::value("B", "block-size", "SIZE", Kind::Text, "in units of SIZE"),
        Opt::flag("", "apparent-size", "the length instead of the space taken"),
        Opt::flag("", "inodes", "the number of files instead"),
        Opt::flag("l", "count-links", "count a file with several names each time"),
        Opt::flag("S", "separate-dirs", "a directory's sum leaves out the directories in it"),
        Opt::flag("x", "one-file-system", "stay on each FILE's file system"),
        Opt::flag("L", "dereference", "follow all symbolic links"),
        Opt::flag("H", "", "follow a FILE that is a symbolic link"),
        Opt::flag("D", "dereference-args", "the same"),
        Opt::flag("P", "no-dereference", "follow no symbolic link (default)"),
        Opt::value("t", "threshold", "SIZE", Kind::Text, "leave out what is smaller than SIZE, or larger than -SIZE"),
        Opt::value("", "exclude", "PATTERN", Kind::Text, "leave out what matches PATTERN"),
        Opt::value("X", "exclude-from", "FILE", Kind::Text, "leave out what matches a line of FILE"),
        Opt::value("", "files0-from", "FILE", Kind::Text, "take the names from FILE, each ended with NUL"),
        Opt::value(
            "",
            "time",
            "WORD",
            Kind::OptionalChoice(&["atime", "access", "use", "ctime", "status"]),
            "show the last change in each, or WORD: access, status",
        ),
        Opt::value("", "time-style", "STYLE", Kind::Text, "full-iso, long-iso, iso or +FORMAT"),
        Opt::flag("0", "null", "end each line with NUL"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// What is counted: the space, and the latest of the times that are shown.
#[derive(Clone, Copy, Default)]
struct Sum {
    size: u64,
    time: Option<Stamp>,
}

impl Sum {
    fn add(&mut self, other: Sum) {
        self.size = self.size.saturating_add(other.size);
        self.time = self.time.max(other.time);
    }
}

struct Job {
    all: bool,
    max_depth: usize,
    /// The unit in bytes, or the base of units for people.
    unit: u64,
    human: Option<u64>,
    apparent: bool,
    inodes: bool,
    count_links: bool,
    separate: bool,
    one_device: bool,
    end: u8,
    /// At least (or, negative, at most) so much.
    threshold: Option<(bool, u64)>,
    exclude: Vec<Glob>,
    /// Which time is shown, and its format.
    clock: Option<fn(&Meta) -> Stamp>,
    time_format: Vec<u8>,
    zone: Zone,
    seen: Inodes,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let has = |id: &str| args.has(id);
    if has("a") && has("s") {
        return Err(Error::usage("-a and -s exclude each other"));
    }
    let max_depth = match args.count("d") {
        Some(depth) => usize::try_from(depth).unwrap_or(usize::MAX),
        None if has("s") => 0,
        None => usize::MAX,
    };
    if has("s") && max_depth != 0 {
        return Err(Error::usage("-s and a depth exclude each other"));
    }
    let mut job = Job {
        all: has("a"),
        max_depth,
        unit: if cx.env.get(b"POSIXLY_CORRECT").is_some() { 512 } else { 1024 },
        human: None,
        apparent: has("apparent-size") || has("b"),
        inodes: has("inodes"),
        count_links: has("l"),
        separate: has("S"),
        one_device: has("x"),
        end: if has("0") { 0 } else { b'\n' },
        threshold: None,
        exclude: Vec::new(),
        clock: args.has("time").then(|| match args.choice("time") {
            None => (|meta: &Meta| meta.mtime) as fn(&Meta) -> Stamp,
            Some("ctime" | "status") => |meta: &Meta| meta.ctime,
            Some(_) => |meta: &Meta| meta.atime,
        }),
        time_format: time_format(cx, args)?,
        zone: Zone::load(cx.env.get(b"TZ")),
        seen: Inodes::new(),
    };
    Glob::add(&mut job.exclude, args, "exclude");
    for given in &args.given {
        (job.unit, job.human) = match given.id {
            "k" => (1024, None),
            "m" => (1 << 20, None),
            "b" => (1, None),
            "h" => (1, Some(1024)),
            "si" => (1, Some(1000)),
            "B" => {
                let base::args::Value::Text(text) = given.value else { continue };
                let bad = |_| Error::usage_about("invalid block size", text);
                (base::size::parse_block(text).map_err(bad)?, None)
            }
            _ => continue,
        };
    }
    if let Some(text) = args.text("t") {
        let (negative, digits) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let size = base::size::parse(digits).map_err(|_| Error::usage_about("invalid threshold", text))?;
        job.threshold = Some((negative, size));
    }
    for file in args.texts("X") {
        let text = cx.open(file)?.rest()?;
        for line in base::bytes::split(&text, b'\n') {
            if !line.is_empty() {
                job.exclude.push(Glob::new(line, false));
            }
        }
    }
    let follow = match args.last_of(&["L", "H", "D", "P"]) {
        Some("L") => Follow::Always,
        Some("H" | "D") => Follow::Operands,
        _ => Follow::Never,
    };
    let none: [&[u8]; 1] = [b"."];
    let names;
    let mut listed;
    let operands = if let Some(file) = args.text("files0-from") {
        if let Some(extra) = args.operands.first() {
            return Err(Error::usage_about("extra operand", extra));
        }
        names = cx.open(file)?.rest()?;
        listed = base::bytes::split(&names, 0);
        listed.retain(|name| !name.is_empty());
        &listed
    } else if args.operands.is_empty() {
        &none[..]
    } else {
        &args.operands
    };
    let mut total = Sum::default();
    let mut walk = Walk::new(follow, false);
    for operand in operands {
        walk.start(operand);
        total.add(job.tree(cx, &mut walk)?);
    }
    if has("c") {
        job.show(cx, total, b"total")?;
    }
    Ok(Status::SUCCESS)
}

/// The format of --time-style, or of the variable TIME_STYLE, whose words for ls alone mean nothing here.
fn time_format(cx: &Context, args: &Args) -> Result<Vec<u8>> {
    let given = args.text("time-style");
    let style = given.or_else(|| cx.env.get(b"TIME_STYLE")).unwrap_or_default();
    let style = style.strip_prefix(b"posix-").unwrap_or(style);
    let format: &[u8] = match base::bytes::word(style) {
        "full-iso" => b"%Y-%m-%d %H:%M:%S.%N %z",
        "iso" => b"%Y-%m-%d",
        "long-iso" => b"%Y-%m-%d %H:%M",
        _ => match style.strip_prefix(b"+") {
            Some(format) => format.split(|b| *b == b'\n').next().unwrap_or_default(),
            None if given.is_some() => return Err(Error::usage_about("invalid time style", style)),
            None => b"%Y-%m-%d %H:%M",
        },
    };
    Ok(format.to_vec())
}

impl Job {
    fn size(&self, meta: &Meta) -> u64 {
        if self.inodes {
            1
        } else if self.apparent {
            meta.size
        } else {
            meta.blocks.saturating_mul(512)
        }
    }

    /// Counts a tree and shows its parts. Gives the sum.
    #[inline(never)]
    fn tree(&mut self, cx: &mut Context, walk: &mut Walk) -> Result<Sum> {
        // The sums of the directories we are in: all, and without subdirectories.
        let mut sums: Vec<(Sum, Sum)> = Vec::new();
        let mut device = None;
        let mut all = Sum::default();
        while let Some(event) = walk.next() {
            let depth = walk.depth();
            match event {
                Event::Dir | Event::File => {
                    if self.is_excluded(walk) {
                        walk.skip();
                        continue;
                    }
                    let meta = match walk.meta() {
                        // It is to be followed, and leads nowhere.
                        Ok(meta) if meta.is_link() && walk.follows() => {
                            cx.warn(Error::system(walk.path(), base::Errno::NOENT));
                            continue;
                        }
                        Ok(meta) => meta,
                        Err(e) => {
                            walk.skip();
                            cx.warn(Error::system(walk.path(), e));
                            continue;
                        }
                    };
                    let elsewhere = self.one_device && *device.get_or_insert(meta.dev) != meta.dev;
                    let again = !self.count_links
                        && (meta.nlink > 1 || depth == 0)
                        && self.seen.insert(meta.dev, meta.ino, 0).is_some();
                    if elsewhere || again {
                        walk.skip();
                        continue;
                    }
                    let size = Sum { size: self.size(&meta), time: self.clock.map(|clock| clock(&meta)) };
                    if event == Event::Dir {
                        sums.push((size, size));
                        continue;
                    }
                    match sums.last_mut() {
                        Some(sum) => {
                            sum.0.add(size);
                            sum.1.add(size);
                        }
                        None => all = size,
                    }
                    if depth == 0 || self.all && depth <= self.max_depth {
                        self.show(cx, size, walk.path())?;
                    }
                }
                Event::After => {
                    let (sum, own) = sums.pop().unwrap_or_default();
                    match sums.last_mut() {
                        Some(above) => above.0.add(sum),
                        None => all = sum,
                    }
                    if depth <= self.max_depth {
                        self.show(cx, if self.separate { own } else { sum }, walk.path())?;
                    }
                }
                Event::Error(e) => cx.warn(Error::system(walk.path(), e)),
                Event::Loop => {}
            }
        }
        Ok(all)
    }

    fn is_excluded(&self, walk: &Walk) -> bool {
        !self.exclude.is_empty() && self.exclude.iter().any(|p| p.matches(walk.name()) || p.matches(walk.path()))
    }

    fn show(&self, cx: &mut Context, Sum { size, time }: Sum, path: &[u8]) -> Result<()> {
        if let Some((at_most, limit)) = self.threshold
            && (if at_most { size > limit } else { size < limit })
        {
            return Ok(());
        }
        let mut line = Vec::with_capacity(path.len().saturating_add(24));
        match self.human {
            Some(base) => base::size::push_human(&mut line, size, base),
            None if self.inodes => base::number::push_u64(&mut line, size),
            None => base::number::push_u64(&mut line, size.div_ceil(self.unit.max(1))),
        }
        line.push(b'\t');
        if let Some(time) = time {
            push_time(&mut line, &self.time_format, time, &self.zone);
            line.push(b'\t');
        }
        line.extend_from_slice(path);
        line.push(self.end);
        cx.stdout.put(&line)
    }
}

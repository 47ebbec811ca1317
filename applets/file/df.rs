//! df - show the space on file systems
//! Spec: POSIX.1-2024. Extras: GNU's and BusyBox's options. Deviations: none known.

use base::meta::Meta;
use base::term::width::display_width;
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Place, Result, Status};
use rustix::fs::{Mode, OFlags};

/// df
pub const APPLET: Applet = base::applet!(Declaration {
    name: "df",
    place: Place::Bin,
    exec: Exec::no_fork("asks about file systems and writes its output"),
    summary: "Show the space on all file systems, or on that of each FILE",
    operands: "[FILE]...",
    options: &[
        Opt::flag("a", "all", "those without space of their own, and those hidden by others, too"),
        Opt::flag("h", "human-readable", "sizes as 1.5K, 12M"),
        Opt::flag("H", "si", "the same in powers of 1000"),
        Opt::flag("k", "", "in units of 1024 bytes (default)"),
        Opt::flag("m", "", "in units of 1048576 bytes"),
        Opt::value("B", "block-size", "SIZE", Kind::Text, "in units of SIZE"),
        Opt::flag("P", "portability", "POSIX's format"),
        Opt::flag("T", "print-type", "the types too"),
        Opt::flag("i", "inodes", "inodes instead of blocks"),
        Opt::value("t", "type", "TYPE", Kind::Text, "only those of this type"),
        Opt::value("x", "exclude-type", "TYPE", Kind::Text, "not those of this type"),
        Opt::flag("l", "local", "not those of the network"),
        Opt::value(
            "",
            "output",
            "FIELDS",
            Kind::Optional,
            "only these: source fstype itotal iused iavail ipcent size used avail pcent file target",
        ),
        Opt::flag("", "total", "the sum too"),
        Opt::flag("", "sync", "write what is cached first"),
        Opt::hidden("", "no-sync"),
        Opt::hidden("v", ""),
    ],
    run,
    ..Declaration::DEFAULT
});

/// A mounted file system.
struct Mount {
    device: Vec<u8>,
    point: Vec<u8>,
    kind: Vec<u8>,
}

/// The fields of --output, with their headers; the place decides what they hold.
const FIELDS: [(&str, &str); 12] = [
    ("source", "Filesystem"),
    ("fstype", "Type"),
    ("itotal", "Inodes"),
    ("iused", "IUsed"),
    ("iavail", "IFree"),
    ("ipcent", "IUse%"),
    ("size", ""),
    ("used", "Used"),
    ("avail", "Avail"),
    ("pcent", "Use%"),
    ("file", "File"),
    ("target", "Mounted on"),
];

fn fields(text: &[u8]) -> Result<Vec<usize>> {
    let mut fields = Vec::new();
    for word in base::bytes::split(text, b',') {
        match FIELDS.iter().position(|(name, _)| name.as_bytes() == word) {
            Some(field) => fields.push(field),
            None => return Err(Error::usage_about("unknown field", word)),
        }
    }
    Ok(fields)
}

/// Reads the table of mounts; `\040` and its like are blanks in names.
fn mounts() -> Vec<Mount> {
    let text = ["/proc/self/mounts", "/proc/mounts", "/etc/mtab"]
        .iter()
        .find_map(|path| base::slurp::read(path.as_bytes(), 16 << 20).ok())
        .unwrap_or_default();
    let mut list = Vec::new();
    for line in text.split(|b| *b == b'\n') {
        let mut fields = line.split(|b| *b == b' ').map(unescape);
        if let (Some(device), Some(point), Some(kind)) = (fields.next(), fields.next(), fields.next())
            && !point.is_empty()
        {
            list.push(Mount { device, point, kind });
        }
    }
    list
}

fn unescape(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((b, after)) = rest.split_first() {
        rest = after;
        let digits = after.get(..3).filter(|d| *b == b'\\' && d.iter().all(|d| (b'0'..=b'7').contains(d)));
        match digits {
            Some(digits) => {
                out.push(base::number::digits(digits, 8).0.unwrap_or(0) as u8);
                rest = after.get(3..).unwrap_or_default();
            }
            None => out.push(*b),
        }
    }
    out
}

struct Job {
    unit: u64,
    human: Option<u64>,
    posix: bool,
    types: bool,
    inodes: bool,
    all: bool,
    /// FILEs were named.
    of_files: bool,
    /// The columns of --output, by their places in FIELDS.
    fields: Option<Vec<usize>>,
    rows: Vec<Vec<Vec<u8>>>,
    /// Size, used, available: in bytes, or inodes.
    total: (u64, u64, u64),
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut job = Job {
        unit: if cx.env.get(b"POSIXLY_CORRECT").is_some() { 512 } else { 1024 },
        human: None,
        posix: args.has("P"),
        types: args.has("T"),
        inodes: args.has("i"),
        all: args.has("a"),
        of_files: !args.operands.is_empty(),
        fields: match args.value("output") {
            None => None,
            Some(base::args::Value::Text(text)) => Some(fields(text)?),
            Some(_) => Some((0..FIELDS.len()).collect()),
        },
        rows: Vec::new(),
        total: (0, 0, 0),
    };
    for given in &args.given {
        (job.unit, job.human) = match given.id {
            "k" => (1024, None),
            "m" => (1 << 20, None),
            "h" => (1, Some(1024)),
            "H" => (1, Some(1000)),
            "B" => {
                let base::args::Value::Text(text) = given.value else { continue };
                let bad = |_| Error::usage_about("invalid block size", text);
                (base::size::parse_block(text).map_err(bad)?, None)
            }
            _ => continue,
        };
    }
    if args.has("sync") {
        rustix::fs::sync();
    }
    job.rows.push(job.header());
    let list = mounts();
    let wanted = |mount: &Mount| {
        let named = |id: &str| args.texts(id).iter().any(|kind| *kind == mount.kind);
        let remote = base::bytes::place("nfs nfs4 cifs smb3 smbfs fuse.sshfs", &mount.kind).is_some()
            || mount.device.contains(&b':') && !mount.device.starts_with(b"/");
        let unwanted = named("x") || args.has("l") && remote;
        !unwanted && (named("t") || !args.has("t"))
    };
    if args.operands.is_empty() {
        if list.is_empty() {
            return Err(Error::system("cannot read the table of mounted file systems", base::Errno::NOENT));
        }
        for mount in visible(&list, job.all) {
            if wanted(mount) {
                // Those of other users' namespaces and the like cannot be asked, and need not be told.
                let result = job.add(mount, &mount.point);
                if let (Err(e), true) = (result, job.all) {
                    cx.warn(Error::system(mount.point.as_slice(), e));
                }
            }
        }
    } else {
        for path in &args.operands {
            if let Err(e) = job.add_path(path, &list, &wanted) {
                cx.warn(Error::system(*path, e));
            }
        }
    }
    if job.rows.len() < 2 {
        if cx.status() == Status::SUCCESS {
            return Err(Error::message("no file systems processed"));
        }
        return Ok(cx.status());
    }
    if args.has("total") && job.fields.is_none() {
        let (size, used, available) = job.total;
        let mut row = vec![b"total".to_vec()];
        if job.types {
            row.push(b"-".to_vec());
        }
        // With --output there is no such row: its columns may not hold sums.
        job.push_numbers(&mut row, size, used, available);
        row.push(b"-".to_vec());
        job.rows.push(row);
    }
    job.print(cx)?;
    Ok(Status::SUCCESS)
}

/// The mounts that are shown: of one device the shortest path, and of one path the last mount.
fn visible(list: &[Mount], all: bool) -> Vec<&Mount> {
    if all {
        return list.iter().collect();
    }
    let mut shown: Vec<(u64, &Mount)> = Vec::new();
    for mount in list {
        let Ok(meta) = Meta::of(mount.point.as_slice(), true) else { continue };
        match shown.iter_mut().find(|(dev, other)| *dev == meta.dev || other.point == mount.point) {
            // The later mount on one point hides the earlier.
            Some(row) if mount.point == row.1.point => *row = (meta.dev, mount),
            Some(row) if mount.point.len() < row.1.point.len() => row.1 = mount,
            Some(_) => {}
            None => shown.push((meta.dev, mount)),
        }
    }
    shown.into_iter().map(|(_, mount)| mount).collect()
}

impl Job {
    #[inline(never)]
    fn header(&self) -> Vec<Vec<u8>> {
        if let Some(fields) = &self.fields {
            let mut row = Vec::new();
            for at in fields {
                row.push(match FIELDS.get(*at) {
                    Some(("size", _)) if self.human.is_some() => b"Size".to_vec(),
                    Some(("size", _)) => self.size_header(),
                    Some((_, header)) => header.as_bytes().to_vec(),
                    None => Vec::new(),
                });
            }
            return row;
        }
        let mut row = vec![b"Filesystem".to_vec()];
        if self.types {
            row.push(b"Type".to_vec());
        }
        let words: [&[u8]; 4] = if self.inodes {
            [b"Inodes", b"IUsed", b"IFree", b"IUse%"]
        } else if self.human.is_some() {
            [
                b"Size",
                b"Used",
                if self.posix { b"Available" } else { b"Avail" },
                if self.posix { b"Capacity" } else { b"Use%" },
            ]
        } else {
            [b"", b"Used", b"Available", if self.posix { b"Capacity" } else { b"Use%" }]
        };
        row.extend(words.iter().map(|w| w.to_vec()));
        let at = if self.types { 2 } else { 1 };
        if let Some(size) = row.get_mut(at).filter(|size| size.is_empty()) {
            *size = self.size_header();
        }
        row.push(b"Mounted on".to_vec());
        row
    }

    /// `1K-blocks` and the like.
    fn size_header(&self) -> Vec<u8> {
        let mut size = Vec::new();
        if self.posix || self.unit < 1024 || !self.unit.is_multiple_of(1024) {
            base::number::push_u64(&mut size, self.unit);
            size.extend_from_slice(if self.posix { b"-blocks" } else { b"B-blocks" });
            return size;
        }
        let units = [(60, b'E'), (50, b'P'), (40, b'T'), (30, b'G'), (20, b'M'), (10, b'K')];
        if let Some((power, letter)) = units.into_iter().find(|(power, _)| self.unit.trailing_zeros() >= *power) {
            base::number::push_u64(&mut size, self.unit >> power);
            size.push(letter);
        }
        size.extend_from_slice(b"-blocks");
        size
    }

    fn push_size(&self, row: &mut Vec<Vec<u8>>, n: u64, inodes: bool) {
        let mut text = Vec::new();
        match self.human {
            Some(base) => base::size::push_human(&mut text, n, base),
            None if inodes => base::number::push_u64(&mut text, n),
            None => base::number::push_u64(&mut text, n.div_ceil(self.unit.max(1))),
        }
        row.push(text);
    }

    fn push_numbers(&self, row: &mut Vec<Vec<u8>>, size: u64, used: u64, available: u64) {
        self.push_numbers_of(row, size, used, available, self.inodes);
    }

    fn push_numbers_of(&self, row: &mut Vec<Vec<u8>>, size: u64, used: u64, available: u64, inodes: bool) {
        self.push_size(row, size, inodes);
        self.push_size(row, used, inodes);
        self.push_size(row, available, inodes);
        let all = u128::from(used).saturating_add(u128::from(available));
        row.push(
            match u128::from(used)
                .saturating_mul(100)
                .checked_add(all.saturating_sub(1))
                .and_then(|n| n.checked_div(all))
            {
                Some(percent) => {
                    let mut text = Vec::new();
                    base::number::push_u64(&mut text, percent as u64);
                    text.push(b'%');
                    text
                }
                None => b"-".to_vec(),
            },
        );
    }

    /// Adds a file system's row, asked about at `path`.
    fn add(&mut self, mount: &Mount, path: &[u8]) -> Result<(), base::Errno> {
        let fs = base::fs::statvfs(path)?;
        let unit = if fs.f_frsize == 0 { fs.f_bsize } else { fs.f_frsize };
        if fs.f_blocks == 0 && !self.all && path == mount.point {
            return Ok(());
        }
        let bytes = |blocks: u64| blocks.saturating_mul(unit);
        let (size, used, available) = if self.inodes {
            (fs.f_files, fs.f_files.saturating_sub(fs.f_ffree), fs.f_ffree)
        } else {
            (bytes(fs.f_blocks), bytes(fs.f_blocks.saturating_sub(fs.f_bfree)), bytes(fs.f_bavail))
        };
        let mut row = vec![mount.device.clone()];
        if let Some(fields) = &self.fields {
            let inodes = (fs.f_files, fs.f_files.saturating_sub(fs.f_ffree), fs.f_ffree);
            row.push(mount.kind.clone());
            self.push_numbers_of(&mut row, inodes.0, inodes.1, inodes.2, true);
            self.push_numbers_of(&mut row, size, used, available, false);
            row.push(if self.of_files { path.to_vec() } else { b"-".to_vec() });
            row.push(mount.point.clone());
            let all = core::mem::take(&mut row);
            for at in fields {
                row.push(all.get(*at).cloned().unwrap_or_default());
            }
        } else {
            if self.types {
                row.push(mount.kind.clone());
            }
            self.push_numbers(&mut row, size, used, available);
            row.push(mount.point.clone());
        }
        self.rows.push(row);
        self.total.0 = self.total.0.saturating_add(size);
        self.total.1 = self.total.1.saturating_add(used);
        self.total.2 = self.total.2.saturating_add(available);
        Ok(())
    }

    /// Adds the file system that holds `path`, or that a mounted device `path` holds.
    #[inline(never)]
    fn add_path(&mut self, path: &[u8], list: &[Mount], wanted: &dyn Fn(&Mount) -> bool) -> Result<(), base::Errno> {
        // Opened, so that an automounter mounts what is there.
        let _ = base::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
        let meta = Meta::of(path, true)?;
        let full = crate::realpath::resolve(path, crate::realpath::Missing::Nothing)?;
        if meta.mode & base::mode::TYPE == base::mode::BLOCK
            && let Some(mount) = list.iter().rev().find(|m| m.device == full || m.device == path)
        {
            if wanted(mount) {
                return self.add(mount, &mount.point);
            }
            return Ok(());
        }
        let holds = |point: &[u8]| {
            point == b"/" || full.strip_prefix(point).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        };
        let same = |m: &&Mount| holds(&m.point) && Meta::of(m.point.as_slice(), true).is_ok_and(|p| p.dev == meta.dev);
        // The longest path, and of equal ones the last mounted.
        let found = list.iter().filter(same).max_by_key(|m| m.point.len());
        match found {
            Some(mount) if wanted(mount) => self.add(mount, path),
            Some(_) => Ok(()),
            None => {
                let mount = Mount { device: b"-".to_vec(), point: full, kind: b"-".to_vec() };
                self.add(&mount, path)
            }
        }
    }

    #[inline(never)]
    fn print(&self, cx: &mut Context) -> Result<()> {
        let utf8 = cx.is_utf8();
        let columns = self.rows.first().map_or(0, Vec::len);
        let mut widths = vec![0usize; columns];
        // The narrowest the columns get, so that two calls look alike.
        let least: &[usize] = if self.types { &[14, 4, 5, 5, 5, 4] } else { &[14, 5, 5, 5, 4] };
        if let Some(fields) = &self.fields {
            for (width, at) in widths.iter_mut().zip(fields) {
                *width = match at {
                    0 => 14,
                    1 | 5 | 9 => 4,
                    10 | 11 => 0,
                    _ => 5,
                };
            }
        } else {
            for (width, least) in widths.iter_mut().zip(least) {
                *width = *least;
            }
        }
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(display_width(cell, utf8));
            }
        }
        let left = if self.types { 2 } else { 1 };
        let mut line = Vec::new();
        for row in &self.rows {
            line.clear();
            for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let left_aligned = match &self.fields {
                    Some(fields) => fields.get(index).is_some_and(|at| matches!(at, 0 | 1 | 10 | 11)),
                    None => index < left,
                };
                let last = index.saturating_add(1) == columns;
                let pad = width.saturating_sub(display_width(cell, utf8));
                if index > 0 {
                    line.push(b' ');
                }
                if !left_aligned && (!last || self.fields.is_some()) {
                    line.resize(line.len().saturating_add(pad), b' ');
                }
                line.extend(cell.iter().map(|b| if *b < 32 || *b == 127 { b'?' } else { *b }));
                if left_aligned && !last {
                    line.resize(line.len().saturating_add(pad), b' ');
                }
            }
            line.push(b'\n');
            cx.stdout.put(&line)?;
        }
        Ok(())
    }
}

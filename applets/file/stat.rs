//! stat - show what the system knows about files and file systems
//! Spec: none; as GNU and BusyBox. Deviations: security contexts are always `?`.

use base::meta::{Meta, Stamp};
use base::mode;
use base::number::{push_i64, push_radix, push_u64};
use base::quote::{Style, push_name};
use base::time::{Zone, push_time};
use base::users::Database;
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Place, Result, Status};

/// stat
pub const APPLET: Applet = base::applet!(Declaration {
    name: "stat",
    place: Place::Bin,
    exec: Exec::no_fork("looks at files and writes its output"),
    summary: "Show what is known about each FILE, or its file system",
    operands: "FILE...",
    notes: "\
FORMAT for files: %n name, %N name quoted with link target, %F type, %f mode in hex, %a mode in octal, %A mode as rwx,
%s size, %b blocks, %B their size, %o best size for reading, %h links, %i inode, %d %D device, %Hd %Ld its numbers,
%r %R %t %T device type, %u %U user, %g %G group, %m mount point, %x %y %z %w times of access, modification, change, birth,
%X %Y %Z %W the same in seconds, %C context.
FORMAT for file systems: %n name, %i id, %l longest name, %t %T type, %s %S block sizes, %b %f %a blocks, free, available,
%c %d inodes, free.",
    options: &[
        Opt::value("c", "format", "FORMAT", Kind::Text, "print FORMAT and a newline for each"),
        Opt::value("", "printf", "FORMAT", Kind::Text, "print FORMAT, with escapes, and no newline"),
        Opt::flag("f", "file-system", "show the file systems"),
        Opt::flag("L", "dereference", "look through symbolic links"),
        Opt::flag("t", "terse", "all on one line"),
        Opt::value("", "cached", "MODE", Kind::Text, "accepted"),
        Opt::hidden("Z", ""),
    ],
    run,
    ..Declaration::DEFAULT
});

const LONG: &[u8] =
    b"  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: %-11i Links: %h\n\
Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w\n";
const LONG_DEVICE: &[u8] = b"  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: %-11i Links: %-5h Device type: %Hr,%Lr\n\
Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w\n";
const TERSE: &[u8] = b"%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n";
const LONG_SYSTEM: &[u8] =
    b"  File: \"%n\"\n    ID: %-8i Namelen: %-7l Type: %T\nBlock size: %-10s Fundamental block size: %S\n\
Blocks: Total: %-10b Free: %-10f Available: %a\nInodes: Total: %-10c Free: %d\n";
const TERSE_SYSTEM: &[u8] = b"%n %i %l %t %s %S %b %f %a %c %d\n";

struct Shower {
    users: Database,
    zone: Zone,
    utf8: bool,
}

/// The file being shown.
struct File<'a> {
    path: &'a [u8],
    meta: Meta,
    follow: bool,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let files = args.between(1, usize::MAX)?;
    let mut shower = Shower { users: Database::new(), zone: Zone::load(cx.env.get(b"TZ")), utf8: cx.is_utf8() };
    let system = args.has("f");
    let named = match args.last_of(&["c", "printf"]) {
        Some("printf") => Some(escapes(args.text("printf").unwrap_or_default())),
        Some(id) => args.text(id).map(|format| [format, b"\n"].concat()),
        None => None,
    };
    for path in files {
        let mut out = Vec::new();
        let result = if system {
            let format = named.as_deref().unwrap_or(if args.has("t") { TERSE_SYSTEM } else { LONG_SYSTEM });
            show_system(&mut out, format, path)
        } else {
            let meta = match cx.stdin.fd() {
                _ if *path != b"-" => Meta::of(*path, args.has("L")),
                Some(fd) => Meta::of_fd(fd),
                None => Err(base::Errno::BADF),
            };
            match meta {
                Ok(meta) => {
                    let usual = match meta.is_device() {
                        _ if args.has("t") => TERSE,
                        true => LONG_DEVICE,
                        false => LONG,
                    };
                    let file = File { path, meta, follow: args.has("L") };
                    shower.show(&mut out, named.as_deref().unwrap_or(usual), &file);
                    Ok(())
                }
                Err(e) => Err(e),
            }
        };
        match result {
            Ok(()) => cx.stdout.put(&out)?,
            Err(e) => cx.warn(Error::system(*path, e)),
        }
    }
    Ok(Status::SUCCESS)
}

/// Flags, width and precision between `%` and its letter.
#[derive(Default)]
pub struct Spec {
    pub left: bool,
    pub zero: bool,
    pub plus: bool,
    pub space: bool,
    pub alternate: bool,
    pub width: usize,
    pub precision: Option<usize>,
}

impl Spec {
    /// Reads it from what follows a `%`; gives the rest.
    pub fn parse(text: &[u8]) -> (Spec, &[u8]) {
        let mut spec = Spec::default();
        let mut rest = text;
        while let Some((b, after)) = rest.split_first() {
            match b {
                b'-' => spec.left = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'#' => spec.alternate = true,
                b'\'' | b'I' => {}
                _ => break,
            }
            rest = after;
        }
        let number = |rest: &mut &[u8]| {
            let (value, used) = base::number::digits(rest, 10);
            *rest = rest.get(used..).unwrap_or_default();
            // No format fills the memory.
            usize::try_from(value.unwrap_or(0)).unwrap_or(0).min(65_536)
        };
        spec.width = number(&mut rest);
        if let Some(after) = rest.strip_prefix(b".") {
            rest = after;
            spec.precision = Some(number(&mut rest));
        }
        (spec, rest)
    }

    /// Appends a text, cut to the precision and filled to the width.
    pub fn push_text(&self, out: &mut Vec<u8>, text: &[u8]) {
        let text = self.precision.and_then(|p| text.get(..p)).unwrap_or(text);
        self.fill(out, text, b' ');
    }

    /// Appends a number that has been written in `digits`.
    pub fn push_digits(&self, out: &mut Vec<u8>, digits: &[u8]) {
        let mut text = Vec::new();
        if self.plus && !digits.starts_with(b"-") {
            text.push(b'+');
        } else if self.space && !digits.starts_with(b"-") {
            text.push(b' ');
        }
        let missing = self.precision.unwrap_or(0).saturating_sub(digits.len());
        text.resize(text.len().saturating_add(missing), b'0');
        text.extend_from_slice(digits);
        self.fill(out, &text, if self.zero && !self.left { b'0' } else { b' ' });
    }

    fn fill(&self, out: &mut Vec<u8>, text: &[u8], fill: u8) {
        let missing = self.width.saturating_sub(text.len());
        if !self.left {
            out.resize(out.len().saturating_add(missing), fill);
        }
        out.extend_from_slice(text);
        if self.left {
            out.resize(out.len().saturating_add(missing), b' ');
        }
    }
}

/// The type of a file in words.
pub fn type_words(meta: &Meta) -> &'static [u8] {
    match meta.mode & mode::TYPE {
        mode::DIR => b"directory",
        mode::LINK => b"symbolic link",
        mode::BLOCK => b"block special file",
        mode::CHAR => b"character special file",
        mode::FIFO => b"fifo",
        mode::SOCKET => b"socket",
        mode::FILE if meta.size == 0 => b"regular empty file",
        mode::FILE => b"regular file",
        _ => b"weird file",
    }
}

impl Shower {
    #[inline(never)]
    fn show(&mut self, out: &mut Vec<u8>, format: &[u8], file: &File) {
        let meta = &file.meta;
        let mut rest = format;
        while let Some((b, after)) = rest.split_first() {
            rest = after;
            if *b != b'%' {
                out.push(*b);
                continue;
            }
            let (spec, tail) = Spec::parse(after);
            let mut letters = tail;
            let mut half = 0;
            if let [h @ (b'H' | b'L'), b'd' | b'r', ..] = tail {
                half = *h;
                letters = tail.get(1..).unwrap_or_default();
            }
            let Some((letter, tail)) = letters.split_first().filter(|(letter, _)| **letter != b'\n') else {
                out.push(b'%');
                continue;
            };
            rest = tail;
            let number = |out: &mut Vec<u8>, n: u64, radix: u64| {
                let mut digits = Vec::new();
                if spec.alternate && radix == 16 {
                    digits.extend_from_slice(b"0x");
                } else if spec.alternate && radix == 8 {
                    digits.push(b'0');
                }
                push_radix(&mut digits, n, radix, 0, b'0');
                spec.push_digits(out, &digits);
            };
            let (device, half_of) = if *letter == b'r' { (meta.rdev, half) } else { (meta.dev, half) };
            match letter {
                b'd' | b'r' if half_of == b'H' => number(out, u64::from(rustix::fs::major(device)), 10),
                b'd' | b'r' if half_of == b'L' => number(out, u64::from(rustix::fs::minor(device)), 10),
                b'd' => number(out, meta.dev, 10),
                b'D' => number(out, meta.dev, 16),
                b'r' => number(out, meta.rdev, 10),
                b'R' => number(out, meta.rdev, 16),
                b't' => number(out, u64::from(rustix::fs::major(meta.rdev)), 16),
                b'T' => number(out, u64::from(rustix::fs::minor(meta.rdev)), 16),
                b'a' => number(out, u64::from(meta.permissions()), 8),
                b'A' => spec.push_text(out, &mode::format(meta.mode)),
                b'b' => number(out, meta.blocks, 10),
                b'B' => number(out, 512, 10),
                b'f' => number(out, u64::from(meta.mode), 16),
                b'F' => spec.push_text(out, type_words(meta)),
                b'h' => number(out, meta.nlink, 10),
                b'i' => number(out, meta.ino, 10),
                b'o' => number(out, meta.blksize, 10),
                b's' => number(out, meta.size, 10),
                b'u' => number(out, u64::from(meta.uid), 10),
                b'g' => number(out, u64::from(meta.gid), 10),
                b'U' => spec.push_text(out, self.users.user_name(meta.uid).unwrap_or(b"UNKNOWN")),
                b'G' => spec.push_text(out, self.users.group_name(meta.gid).unwrap_or(b"UNKNOWN")),
                b'n' => spec.push_text(out, file.path),
                b'N' => {
                    let mut text = Vec::new();
                    // The default listing shows plain names as they are.
                    let style = if format == LONG || format == LONG_DEVICE {
                        Style::ShellEscape
                    } else {
                        Style::ShellEscapeAlways
                    };
                    push_name(&mut text, file.path, style, self.utf8);
                    if meta.is_link()
                        && let Ok(target) = base::fs::readlinkat(rustix::fs::CWD, file.path)
                    {
                        text.extend_from_slice(b" -> ");
                        push_name(&mut text, target.to_bytes(), style, self.utf8);
                    }
                    spec.push_text(out, &text);
                }
                b'm' => spec.push_text(out, &mount_point(file)),
                b'C' => spec.push_text(out, b"?"),
                b'x' => self.time(out, &spec, Some(meta.atime)),
                b'y' => self.time(out, &spec, Some(meta.mtime)),
                b'z' => self.time(out, &spec, Some(meta.ctime)),
                b'w' => self.time(out, &spec, meta.btime),
                b'X' => seconds(out, &spec, meta.atime),
                b'Y' => seconds(out, &spec, meta.mtime),
                b'Z' => seconds(out, &spec, meta.ctime),
                b'W' => seconds(out, &spec, meta.btime.unwrap_or_default()),
                b'%' => out.push(b'%'),
                _ => out.push(b'?'),
            }
        }
    }

    fn time(&self, out: &mut Vec<u8>, spec: &Spec, stamp: Option<Stamp>) {
        let mut text = Vec::new();
        match stamp {
            Some(stamp) => push_time(&mut text, b"%Y-%m-%d %H:%M:%S.%N %z", stamp, &self.zone),
            None => text.push(b'-'),
        }
        spec.push_text(out, &text);
    }
}

/// Seconds since the epoch, with as many digits of the fraction as the precision says.
fn seconds(out: &mut Vec<u8>, spec: &Spec, stamp: Stamp) {
    let mut digits = Vec::new();
    push_i64(&mut digits, stamp.sec);
    if let Some(precision) = spec.precision.filter(|p| *p > 0) {
        digits.push(b'.');
        let mut fraction = Vec::new();
        push_radix(&mut fraction, u64::from(stamp.nsec), 10, 9, b'0');
        fraction.resize(precision, b'0');
        digits.extend_from_slice(&fraction);
    }
    Spec {
        precision: None,
        left: spec.left,
        zero: spec.zero,
        plus: spec.plus,
        space: spec.space,
        alternate: false,
        width: spec.width,
    }
    .push_digits(out, &digits);
}

/// The highest directory above the file on the same file system.
fn mount_point(file: &File) -> Vec<u8> {
    use crate::realpath::{Missing, resolve};
    let dir = if file.meta.is_link() && !file.follow { crate::common::dir_name(file.path) } else { file.path };
    let Ok(mut path) = resolve(dir, Missing::Nothing) else { return b"?".to_vec() };
    let Ok(here) = Meta::of(path.as_slice(), true) else { return b"?".to_vec() };
    while path.len() > 1 {
        let parent = crate::common::dir_name(&path).to_vec();
        if Meta::of(parent.as_slice(), true).is_ok_and(|m| m.dev != here.dev) {
            break;
        }
        path = parent;
    }
    path
}

/// The escapes of --printf.
pub fn escapes(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((b, after)) = rest.split_first() {
        rest = after;
        if *b != b'\\' {
            out.push(*b);
            continue;
        }
        let Some((letter, tail)) = after.split_first() else {
            out.push(b'\\');
            break;
        };
        rest = tail;
        match letter {
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'e' => out.push(27),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'x' => {
                let (value, used) = base::number::digits(tail.get(..2).unwrap_or(tail), 16);
                out.push(value.unwrap_or(0) as u8);
                rest = tail.get(used..).unwrap_or_default();
            }
            b'0'..=b'7' => {
                let (value, used) = base::number::digits(after.get(..3).unwrap_or(after), 8);
                out.push(value.unwrap_or(0) as u8);
                rest = after.get(used..).unwrap_or_default();
            }
            other => out.push(*other),
        }
    }
    out
}

#[inline(never)]
fn show_system(out: &mut Vec<u8>, format: &[u8], path: &[u8]) -> Result<(), base::Errno> {
    let fs = base::fs::statfs(path)?;
    #[allow(clippy::unnecessary_cast, reason = "the fields differ by architecture")]
    let (magic, block, fragment) = (fs.f_type as u64, fs.f_bsize as u64, fs.f_frsize as u64);
    let vfs = base::fs::statvfs(path)?;
    let mut rest = format;
    while let Some((b, after)) = rest.split_first() {
        rest = after;
        if *b != b'%' {
            out.push(*b);
            continue;
        }
        let (spec, tail) = Spec::parse(after);
        let Some((letter, tail)) = tail.split_first() else {
            out.push(b'%');
            continue;
        };
        rest = tail;
        let mut digits = Vec::new();
        match letter {
            b'n' => {
                spec.push_text(out, path);
                continue;
            }
            b'T' => {
                spec.push_text(out, system_name(magic).as_bytes());
                continue;
            }
            b'%' => {
                out.push(b'%');
                continue;
            }
            b'i' => {
                // The two halves of the id are in the order of the kernel's structure.
                push_radix(&mut digits, vfs.f_fsid.rotate_left(32), 16, 0, b'0');
            }
            b'l' => push_u64(&mut digits, vfs.f_namemax),
            b't' => push_radix(&mut digits, magic, 16, 0, b'0'),
            b's' => push_u64(&mut digits, block),
            b'S' => push_u64(&mut digits, if fragment == 0 { block } else { fragment }),
            b'b' => push_u64(&mut digits, vfs.f_blocks),
            b'f' => push_u64(&mut digits, vfs.f_bfree),
            b'a' => push_u64(&mut digits, vfs.f_bavail),
            b'c' => push_u64(&mut digits, vfs.f_files),
            b'd' => push_u64(&mut digits, vfs.f_ffree),
            _ => digits.push(b'?'),
        }
        spec.push_digits(out, &digits);
    }
    Ok(())
}

/// The name of a type of file system, from its number.
pub fn system_name(magic: u64) -> &'static str {
    const NAMES: &[(u32, &str)] = &[
        (0xef53, "ext2/ext3"),
        (0x0102_1994, "tmpfs"),
        (0x794c_7630, "overlayfs"),
        (0x9fa0, "proc"),
        (0x6265_6572, "sysfs"),
        (0x9123_683e, "btrfs"),
        (0x5846_5342, "xfs"),
        (0x4d44, "msdos"),
        (0x6969, "nfs"),
        (0x5346_544e, "ntfs"),
        (0x9660, "isofs"),
        (0x1cd1, "devpts"),
        (0x8584_58f6, "ramfs"),
        (0x7371_7368, "squashfs"),
        (0x6573_5546, "fuseblk"),
        (0x2fc1_2fc1, "zfs"),
        (0x0027_e0eb, "cgroupfs"),
        (0x6367_7270, "cgroup2fs"),
        (0x6462_6720, "debugfs"),
        (0x7472_6163, "tracefs"),
        (0x7363_6673, "securityfs"),
        (0x6165_676c, "pstorefs"),
        (0xcafe_4a11, "bpf_fs"),
        (0x4249_4e4d, "binfmt_misc"),
        (0x5049_5045, "pipefs"),
        (0x534f_434b, "sockfs"),
        (0x1980_0202, "mqueue"),
        (0x0958_4958, "hugetlbfs"),
        (0x137f, "minix"),
        (0x138f, "minix (30 char.)"),
        (0x2468, "minix v2"),
        (0x4d5a, "minix3"),
        (0x28cd_3d45, "cramfs"),
        (0x72b6, "jffs2"),
        (0x2405_1905, "ubifs"),
        (0xf2f5_2010, "f2fs"),
        (0xe0f5_e1e2, "erofs"),
        (0xff53_4d42, "cifs"),
        (0xfe53_4d42, "smb2"),
        (0x0102_1997, "v9fs"),
        (0x6e73_6673, "nsfs"),
        (0xde5e_81e4, "efivarfs"),
        (0x4244, "hfs"),
        (0x482b, "hfsplus"),
        (0x1501_3346, "udf"),
        (0x2011_bab0, "exfat"),
        (0x3153_464a, "jfs"),
        (0x5265_4973, "reiserfs"),
        (0x00c3_6400, "ceph"),
        (0xf15f, "ecryptfs"),
        (0x0187, "autofs"),
        (0x6265_6570, "configfs"),
        (0xca45_1a4e, "bcachefs"),
        (0x0116_1970, "gfs/gfs2"),
        (0x5345_434d, "secretmem"),
    ];
    match NAMES.iter().find(|(number, _)| u64::from(*number) == magic & 0xffff_ffff) {
        Some((_, name)) => name,
        None => "UNKNOWN",
    }
}

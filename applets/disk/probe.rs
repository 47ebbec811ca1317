//! Devices by what they hold: `UUID=` and `LABEL=` from the superblocks of file systems and swap areas, and, where a device manager
//! keeps links for them, `PARTUUID=` and `PARTLABEL=`.

use base::io::Input;
use rustix::fs::{Mode, OFlags};

/// How a UUID is kept.
#[derive(Clone, Copy)]
enum Uuid {
    None,
    /// 16 bytes.
    Whole,
    /// 4 bytes, the last first.
    Serial,
    /// A date in digits, to hundredths of a second.
    Date,
}

/// Where a superblock has its magic, UUID and label.
struct Superblock {
    magic: (u64, &'static [u8]),
    uuid: (u64, Uuid),
    label: (u64, usize),
}

const KNOWN: &[Superblock] = &[
    // ext2, ext3, ext4
    Superblock { magic: (0x438, b"\x53\xef"), uuid: (0x468, Uuid::Whole), label: (0x478, 16) },
    // xfs
    Superblock { magic: (0, b"XFSB"), uuid: (32, Uuid::Whole), label: (108, 12) },
    // btrfs
    Superblock { magic: (0x1_0040, b"_BHRfS_M"), uuid: (0x1_0020, Uuid::Whole), label: (0x1_012b, 256) },
    // vfat: FAT32, and FAT12 and FAT16
    Superblock { magic: (82, b"FAT32   "), uuid: (67, Uuid::Serial), label: (71, 11) },
    Superblock { magic: (54, b"FAT1"), uuid: (39, Uuid::Serial), label: (43, 11) },
    // iso9660
    Superblock { magic: (0x8000, b"\x01CD001"), uuid: (0x832d, Uuid::Date), label: (0x8028, 32) },
    // swap, with pages of 4 KiB
    Superblock { magic: (4086, b"SWAPSPACE2"), uuid: (1036, Uuid::Whole), label: (1052, 16) },
    // squashfs has neither.
    Superblock { magic: (0, b"hsqs"), uuid: (0, Uuid::None), label: (0, 0) },
];

/// The device that `UUID=...` and its like mean; none where no device is so called, and `source` itself where it is a path.
pub fn find(source: &[u8]) -> Option<Vec<u8>> {
    let (kind, wanted) = match memchr::memchr(b'=', source) {
        Some(at) if !source.starts_with(b"/") => source.split_at(at),
        _ => return Some(source.to_vec()),
    };
    if base::bytes::place("UUID LABEL PARTUUID PARTLABEL", kind).is_none() {
        return Some(source.to_vec());
    }
    let wanted = wanted.get(1..).unwrap_or_default();
    let wanted = wanted.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(wanted);
    let mut input = Input::open(b"/proc/partitions").ok()?;
    while let Ok(Some(line)) = input.line(b'\n') {
        let Some(name) = line.trim_ascii().rsplit(|byte| *byte == b' ').next().filter(|name| *name != b"name") else {
            continue;
        };
        if name.is_empty() {
            continue;
        }
        let path = base::bytes::fill("/dev/%", &[name]);
        if holds(&path, kind, wanted) {
            return Some(path);
        }
    }
    // A slash would lead out of the folder.
    let link = base::bytes::fill("/dev/disk/by-%/%", &[kind.to_ascii_lowercase().as_slice(), wanted]);
    (!wanted.contains(&b'/') && base::meta::Meta::of(link.as_slice(), true).is_ok()).then_some(link)
}

/// Whether the device or image has that `UUID` or `LABEL`.
fn holds(path: &[u8], kind: &[u8], wanted: &[u8]) -> bool {
    match (base::bytes::word(kind), probe(path)) {
        ("UUID", Some((uuid, _))) => !uuid.is_empty() && uuid.eq_ignore_ascii_case(wanted),
        ("LABEL", Some((_, label))) => !label.is_empty() && label == wanted,
        _ => false,
    }
}

/// The UUID and the label of what is on the device; each may be empty.
fn probe(path: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let fd = base::fs::open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let read = |at: u64, length: usize| {
        let mut bytes = vec![0; length];
        let count = rustix::io::pread(&fd, &mut bytes, at).ok()?;
        (count == length).then_some(bytes)
    };
    let found = KNOWN.iter().find(|known| {
        let (at, magic) = known.magic;
        read(at, magic.len()).is_some_and(|bytes| bytes == magic)
    })?;
    let (at, kind) = found.uuid;
    let uuid = match kind {
        Uuid::None => Vec::new(),
        Uuid::Whole => with_dashes(&hex(&read(at, 16)?), &[8, 4, 4, 4, 12]),
        Uuid::Serial => {
            let mut serial = read(at, 4)?;
            serial.reverse();
            with_dashes(&hex(&serial), &[4, 4])
        }
        Uuid::Date => with_dashes(&read(at, 16)?, &[4, 2, 2, 2, 2, 2, 2]),
    };
    let (at, length) = found.label;
    let label = read(at, length)?;
    let end = memchr::memchr(0, &label).unwrap_or(label.len());
    let label = label.get(..end).unwrap_or_default().trim_ascii_end();
    // What mkfs.vfat writes for none.
    Some((uuid, if label == b"NO NAME" { Vec::new() } else { label.to_vec() }))
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for byte in bytes {
        base::number::push_radix(&mut text, u64::from(*byte), 16, 2, b'0');
    }
    text
}

/// The text in groups of so many bytes.
fn with_dashes(text: &[u8], groups: &[usize]) -> Vec<u8> {
    let mut rest = text;
    let mut out = Vec::new();
    for count in groups {
        let (group, after) = rest.split_at_checked(*count).unwrap_or((rest, b""));
        if !out.is_empty() {
            out.push(b'-');
        }
        out.extend_from_slice(group);
        rest = after;
    }
    out
}

//! The tables of mounts: /proc/self/mounts and /etc/fstab, one format (fstab(5)).

use base::error::Result;
use base::io::{Input, chomp};

/// One line of a table.
pub struct Entry {
    /// The device, or whatever the file system calls its source.
    pub source: Vec<u8>,
    /// The directory.
    pub target: Vec<u8>,
    /// The type.
    pub kind: Vec<u8>,
    /// The options, separated by commas.
    pub options: Vec<u8>,
}

/// Reads a table. Lines that are empty, comments, or lack a directory are passed over.
pub fn read(path: &[u8]) -> Result<Vec<Entry>> {
    let mut input = Input::open(path)?;
    let mut entries = Vec::new();
    while let Some(line) = input.line(b'\n')? {
        let line = chomp(line, b'\n');
        let mut fields = line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|field| !field.is_empty());
        let (Some(source), Some(target)) = (fields.next(), fields.next()) else { continue };
        if source.starts_with(b"#") {
            continue;
        }
        entries.push(Entry {
            source: unescape(source),
            target: unescape(target),
            kind: unescape(fields.next().unwrap_or(b"auto")),
            options: unescape(fields.next().unwrap_or(b"defaults")),
        });
    }
    Ok(entries)
}

/// `\040` and its like stand for the characters that separate fields.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'\\'
            && let Some((octal, after)) = after.split_at_checked(3)
            && octal.iter().all(|digit| (b'0'..=b'7').contains(digit))
        {
            let value = octal.iter().fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
            plain.push(u8::try_from(value & 0xff).unwrap_or(0));
            rest = after;
            continue;
        }
        plain.push(*byte);
    }
    plain
}

/// Whether `list`, separated by commas, has `word`.
pub fn has_option(list: &[u8], word: &[u8]) -> bool {
    list.split(|byte| *byte == b',').any(|option| option == word)
}

/// Whether a file system of type `kind` is wanted by a `-t` list: `ext4,vfat`, or `noproc,sysfs` for all but these.
pub fn wants_type(list: &[u8], kind: &[u8]) -> bool {
    match list.strip_prefix(b"no") {
        Some(unwanted) => {
            !unwanted.split(|byte| *byte == b',').any(|word| word.strip_prefix(b"no").unwrap_or(word) == kind)
        }
        None => has_option(list, kind),
    }
}

/// Whether a mount with options `has` is wanted by a `-O` list, of which each word must be there, or with `no` must not.
pub fn wants_options(list: &[u8], has: &[u8]) -> bool {
    list.split(|byte| *byte == b',').all(|word| match word.strip_prefix(b"no") {
        Some(unwanted) => !has_option(has, unwanted),
        None => has_option(has, word),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_lists() {
        assert_eq!(unescape(b"/a\\040b\\134c\\9"), b"/a b\\c\\9");
        assert!(wants_type(b"noproc,sysfs", b"ext4") && !wants_type(b"noproc,sysfs", b"sysfs"));
        assert!(wants_type(b"ext4,vfat", b"vfat"));
        assert!(wants_options(b"ro,noexec", b"ro,nodev") && !wants_options(b"ro", b"rw"));
    }
}

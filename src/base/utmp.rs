//! The login records (utmp(5)): who is on which terminal. The file is read as bytes, in the layouts of both C libraries.

/// Where the records are.
pub const PATH: &[u8] = b"/var/run/utmp";

/// Kinds of records.
pub const BOOT_TIME: i16 = 2;
pub const USER_PROCESS: i16 = 7;

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// `USER_PROCESS` for a session.
    pub kind: i16,
    /// The process that leads the session.
    pub pid: i32,
    /// The terminal, without `/dev/`.
    pub line: Vec<u8>,
    /// What tells lines apart.
    pub id: Vec<u8>,
    /// The user.
    pub user: Vec<u8>,
    /// Where the session comes from.
    pub host: Vec<u8>,
    /// When it began, in seconds since the epoch.
    pub time: i64,
}

impl Login {
    /// Whether it is the session of a user.
    pub fn is_user(&self) -> bool {
        self.kind == USER_PROCESS && !self.user.is_empty()
    }
}

/// The records in the file at `path`, none if it cannot be read.
pub fn read(path: &[u8]) -> Vec<Login> {
    parse(&crate::slurp::read(path, 16 << 20).unwrap_or_default())
}

/// glibc keeps times of 32 bits in a record of 384 bytes on every 64-bit system; musl has 64 bits and 400 bytes.
pub fn parse(data: &[u8]) -> Vec<Login> {
    let size = if data.len().is_multiple_of(384) { 384 } else { 400 };
    data.chunks_exact(size).filter_map(record).collect()
}

fn record(data: &[u8]) -> Option<Login> {
    let field = |from: usize, length: usize| data.get(from..from.checked_add(length)?);
    let text = |from, length| Some(field(from, length)?.split(|byte| *byte == 0).next()?.to_vec());
    let time = if data.len() == 384 {
        i64::from(i32::from_ne_bytes(field(340, 4)?.try_into().ok()?))
    } else {
        i64::from_ne_bytes(field(344, 8)?.try_into().ok()?)
    };
    Some(Login {
        kind: i16::from_ne_bytes(field(0, 2)?.try_into().ok()?),
        pid: i32::from_ne_bytes(field(4, 4)?.try_into().ok()?),
        line: text(8, 32)?,
        id: text(40, 4)?,
        user: text(44, 32)?,
        host: text(76, 256)?,
        time,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts() {
        for (size, at) in [(384, 340), (400, 344)] {
            let mut data = vec![0u8; size];
            let mut put = |from: usize, bytes: &[u8]| data[from..from + bytes.len()].copy_from_slice(bytes);
            put(0, &7i16.to_ne_bytes());
            put(4, &42i32.to_ne_bytes());
            put(8, b"tty1");
            put(44, b"ann");
            put(at, &1_700_000_000i32.to_ne_bytes());
            let logins = parse(&data);
            assert_eq!(logins.len(), 1);
            assert_eq!((logins[0].time, logins[0].user.as_slice(), logins[0].pid), (1_700_000_000, &b"ann"[..], 42));
            assert!(logins[0].is_user());
        }
        assert!(parse(b"short").is_empty());
    }
}

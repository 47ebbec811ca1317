//! File modes: octal and symbolic ones (`u=rwX,go-w`) for chmod, mkdir, find and umask, and `drwxr-xr-x`.

/// The type bits of a mode, and the types.
pub const TYPE: u32 = 0o170000;
pub const DIR: u32 = 0o040000;
pub const FILE: u32 = 0o100000;
pub const LINK: u32 = 0o120000;
pub const BLOCK: u32 = 0o060000;
pub const CHAR: u32 = 0o020000;
pub const FIFO: u32 = 0o010000;
pub const SOCKET: u32 = 0o140000;

const ALL: u32 = 0o7777;
/// The bits that who `u`, `g`, `o` own.
const USER: u32 = 0o4700;
const GROUP: u32 = 0o2070;
const OTHER: u32 = 0o1007;

#[derive(Clone, Copy, Debug)]
enum What {
    /// These bits.
    Bits(u32),
    /// A copy of what the user (6), the group (3) or others (0) have: the shift of their three bits.
    Copy(u32),
}

#[derive(Clone, Copy, Debug)]
struct Step {
    /// Bits of the owners named; 0 when none was, and the umask counts.
    who: u32,
    op: u8,
    what: What,
    /// `X`: execution only for directories and for what somebody may execute already.
    if_exec: bool,
    /// `=` takes the set-id bits of a directory, too.
    exact: bool,
}

/// A parsed mode operand, to be applied to many files.
#[derive(Clone, Debug)]
pub struct ModeChange {
    steps: Vec<Step>,
}

impl ModeChange {
    /// Parses `755`, `=755`, `+111`, `u=rw,g+X,o-w`, `a+s`, `g=u`. `None` when it is no mode.
    pub fn parse(text: &[u8]) -> Option<ModeChange> {
        // Five digits or an operator say that the set-id bits of a directory are meant too (GNU).
        if let Some(step) = octal(b'=', text, text.len() > 4) {
            return Some(ModeChange { steps: vec![step] });
        }
        let mut steps = Vec::new();
        for clause in text.split(|&b| b == b',') {
            let number = match clause {
                [op @ (b'=' | b'+' | b'-'), digits @ ..] => octal(*op, digits, true),
                _ => None,
            };
            match number {
                Some(step) => steps.push(step),
                None => parse_clause(clause, &mut steps)?,
            }
        }
        Some(ModeChange { steps })
    }

    /// The mode (12 bits) that a file of mode `mode` gets. `umask` counts in clauses that name nobody.
    pub fn apply(&self, mode: u32, is_dir: bool, umask: u32) -> u32 {
        let mut now = mode & ALL;
        for step in &self.steps {
            let who = if step.who == 0 { ALL } else { step.who };
            let mut bits = match step.what {
                What::Bits(bits) => bits,
                What::Copy(shift) => {
                    let three = (now >> shift) & 7;
                    three << 6 | three << 3 | three
                }
            };
            if step.if_exec && (is_dir || now & 0o111 != 0) {
                bits |= 0o111;
            }
            bits &= who;
            if step.who == 0 {
                bits &= !umask;
            }
            now = match step.op {
                b'+' => now | bits,
                b'-' => now & !bits,
                _ => {
                    // A directory keeps its set-id bits: they pass on a group, and only `-s` takes them away (GNU).
                    let keep = if is_dir && !step.exact { 0o6000 } else { 0 };
                    bits | (now & (!who | keep))
                }
            };
        }
        now
    }
}

/// A step with an octal number.
fn octal(op: u8, digits: &[u8], exact: bool) -> Option<Step> {
    digits.first().filter(|b| b.is_ascii_digit())?;
    let bits = crate::number::parse_radix(digits, 8).ok().filter(|&m| m <= u64::from(ALL))?;
    Some(Step { who: ALL, op, what: What::Bits(bits as u32), if_exec: false, exact })
}

fn parse_clause(clause: &[u8], steps: &mut Vec<Step>) -> Option<()> {
    let mut who = 0;
    let mut bytes = clause.iter().copied().peekable();
    while let Some(&b) = bytes.peek() {
        who |= match b {
            b'u' => USER,
            b'g' => GROUP,
            b'o' => OTHER,
            b'a' => ALL,
            _ => break,
        };
        bytes.next();
    }
    let mut any = false;
    while let Some(op) = bytes.next() {
        if !matches!(op, b'+' | b'-' | b'=') {
            return None;
        }
        any = true;
        let mut step = Step { who, op, what: What::Bits(0), if_exec: false, exact: false };
        if let Some(shift) = bytes.peek().and_then(|b| match b {
            b'u' => Some(6),
            b'g' => Some(3),
            b'o' => Some(0),
            _ => None,
        }) {
            bytes.next();
            step.what = What::Copy(shift);
        } else {
            let mut bits = 0;
            while let Some(&b) = bytes.peek() {
                bits |= match b {
                    b'r' => 0o444,
                    b'w' => 0o222,
                    b'x' => 0o111,
                    b's' => 0o6000,
                    b't' => 0o1000,
                    b'X' => {
                        step.if_exec = true;
                        0
                    }
                    _ => break,
                };
                bytes.next();
            }
            step.what = What::Bits(bits);
        }
        steps.push(step);
    }
    any.then_some(())
}

/// The process's umask, unchanged.
pub fn umask() -> u32 {
    // There is no call that only reads it.
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    mask.as_raw_mode()
}

/// The letter `ls -l` begins with.
pub fn type_letter(mode: u32) -> u8 {
    match mode & TYPE {
        DIR => b'd',
        LINK => b'l',
        BLOCK => b'b',
        CHAR => b'c',
        FIFO => b'p',
        SOCKET => b's',
        FILE => b'-',
        _ => b'?',
    }
}

/// A mode as `ls -l` shows it: `drwxr-sr-t`.
pub fn format(mode: u32) -> [u8; 10] {
    let bit = |mask: u32, letter: u8| if mode & mask != 0 { letter } else { b'-' };
    let exec = |x: u32, special: u32, both: u8, alone: u8| match (mode & x != 0, mode & special != 0) {
        (true, true) => both,
        (false, true) => alone,
        (true, false) => b'x',
        (false, false) => b'-',
    };
    [
        type_letter(mode),
        bit(0o400, b'r'),
        bit(0o200, b'w'),
        exec(0o100, 0o4000, b's', b'S'),
        bit(0o040, b'r'),
        bit(0o020, b'w'),
        exec(0o010, 0o2000, b's', b'S'),
        bit(0o004, b'r'),
        bit(0o002, b'w'),
        exec(0o001, 0o1000, b't', b'T'),
    ]
}

/// Appends the permissions that `umask` leaves, as `umask -S` writes them: `u=rwx,g=rx,o=rx`.
pub fn push_symbolic_umask(out: &mut Vec<u8>, umask: u32) {
    for (i, (who, shift)) in [(b'u', 6), (b'g', 3), (b'o', 0)].into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        out.extend([who, b'=']);
        let bits = !umask >> shift;
        for (mask, letter) in [(4, b'r'), (2, b'w'), (1, b'x')] {
            if bits & mask != 0 {
                out.push(letter);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    fn change(text: &str, mode: u32, dir: bool) -> u32 {
        ModeChange::parse(text.as_bytes()).unwrap().apply(mode, dir, 0o022)
    }

    #[test]
    fn applies() {
        assert_eq!(change("755", 0o644, false), 0o755);
        assert_eq!(change("755", 0o2644, true), 0o2755);
        assert_eq!(change("00755", 0o2644, true), 0o755);
        assert_eq!(change("=7777,-5022", 0, true), 0o2755);
        assert_eq!(change("u+x,=644,+1111", 0o4000, true), 0o1755);
        assert_eq!(change("u=rwx,go=rx", 0, false), 0o755);
        assert_eq!(change("+x", 0o644, false), 0o755);
        assert_eq!(change("+w", 0o444, false), 0o644);
        assert_eq!(change("a+w", 0o444, false), 0o666);
        assert_eq!(change("a+X", 0o644, false), 0o644);
        assert_eq!(change("a+X", 0o644, true), 0o755);
        assert_eq!(change("g=u", 0o740, false), 0o770);
        assert_eq!(change("u+s,g+s,+t", 0o755, false), 0o7755);
        assert_eq!(change("u-x+w", 0o500, false), 0o600);
        assert_eq!(change("=", 0o777, false), 0);
        assert_eq!(change("go=", 0o777, false), 0o700);
        assert_eq!(change("o+s", 0o755, false), 0o755);
        assert_eq!(change("-rwx", 0o777, false), 0o022);
        assert_eq!(change("u=g,g=o", 0o0754, false), 0o0544);
    }

    #[test]
    fn refuses() {
        for bad in ["", "8", "77777", "u", "u+q", "rwx", "u=rw,", ",u=r", "u~r", "a"] {
            assert!(ModeChange::parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn shows() {
        assert_eq!(&format(0o040755), b"drwxr-xr-x");
        assert_eq!(&format(0o107644), b"-rwSr-Sr-T");
        assert_eq!(&format(0o041777), b"drwxrwxrwt");
        let mut v = Vec::new();
        push_symbolic_umask(&mut v, 0o027);
        assert_eq!(v, b"u=rwx,g=rx,o=");
    }
}

//! names - names of variables, functions and commands as small numbers, so that running a script looks nothing up by text.

use memchr::memchr;

/// A name, as an index into the tables of variables, functions and known commands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Sym(u32);

/// Names with a meaning to the shell, in the order of [`WELL_KNOWN`].
impl Sym {
    pub const IFS: Sym = Sym(0);
    pub const PATH: Sym = Sym(1);
    pub const OPTIND: Sym = Sym(2);
    pub const LINENO: Sym = Sym(3);
    pub const RANDOM: Sym = Sym(4);
    pub const SECONDS: Sym = Sym(5);
    pub const EPOCHSECONDS: Sym = Sym(6);
    pub const EPOCHREALTIME: Sym = Sym(7);
    pub const LC_ALL: Sym = Sym(8);
    pub const LC_CTYPE: Sym = Sym(9);
    pub const LANG: Sym = Sym(10);
    pub const HOME: Sym = Sym(11);
    pub const PWD: Sym = Sym(12);
    pub const OLDPWD: Sym = Sym(13);
    pub const OPTARG: Sym = Sym(14);
    pub const PS1: Sym = Sym(15);
    pub const PS2: Sym = Sym(16);
    pub const PS4: Sym = Sym(17);
    pub const PPID: Sym = Sym(18);
    pub const CDPATH: Sym = Sym(19);
    pub const ENV: Sym = Sym(20);
    pub const REPLY: Sym = Sym(21);
    pub const PIPESTATUS: Sym = Sym(22);
    pub const FUNCNAME: Sym = Sym(23);
    pub const BASH_SOURCE: Sym = Sym(24);
    pub const BASH_LINENO: Sym = Sym(25);
    pub const BASH_REMATCH: Sym = Sym(26);
    pub const BASHPID: Sym = Sym(27);
    pub const BASH_VERSION: Sym = Sym(28);
    pub const BASH_VERSINFO: Sym = Sym(29);
    pub const BASH: Sym = Sym(30);
    pub const UID: Sym = Sym(31);
    pub const EUID: Sym = Sym(32);
    pub const MAPFILE: Sym = Sym(33);
    pub const HOSTNAME: Sym = Sym(34);
    pub const OSTYPE: Sym = Sym(35);
    pub const SHELLOPTS: Sym = Sym(36);
    pub const BASH_COMMAND: Sym = Sym(37);

    /// Its place in a table.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The symbol at a place of a table.
    pub fn at(index: usize) -> Sym {
        Sym(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

const WELL_KNOWN: &str = "IFS PATH OPTIND LINENO RANDOM SECONDS EPOCHSECONDS EPOCHREALTIME LC_ALL LC_CTYPE LANG HOME PWD OLDPWD OPTARG PS1 PS2 PS4 PPID CDPATH ENV REPLY PIPESTATUS FUNCNAME BASH_SOURCE BASH_LINENO BASH_REMATCH BASHPID BASH_VERSION BASH_VERSINFO BASH UID EUID MAPFILE HOSTNAME OSTYPE SHELLOPTS BASH_COMMAND";

/// All names seen so far, or an associative array's keys. A name once interned stays, for trees refer to it.
#[derive(Clone)]
pub struct Names {
    texts: Vec<Box<[u8]>>,
    /// Open addressing: index + 1, or 0; a power of two long, at most half full.
    table: Vec<u32>,
}

impl Names {
    /// The table with the names the shell knows itself.
    pub fn new() -> Names {
        let mut names = Names { texts: Vec::new(), table: vec![0; 256] };
        for name in base::bytes::split(WELL_KNOWN.as_bytes(), b' ') {
            names.intern(name);
        }
        names
    }

    /// A table without names.
    pub fn empty() -> Names {
        Names { texts: Vec::new(), table: vec![0; 8] }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn slot(&self, name: &[u8]) -> (usize, u32) {
        let mask = self.table.len().wrapping_sub(1);
        let mut at = hash(name) & mask;
        loop {
            let entry = self.table.get(at).copied().unwrap_or(0);
            if entry == 0 {
                return (at, 0);
            }
            let found = self.texts.get((entry as usize).wrapping_sub(1));
            if found.is_some_and(|text| **text == *name) {
                return (at, entry);
            }
            at = at.wrapping_add(1) & mask;
        }
    }

    /// The symbol of `name`, new or old.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn intern(&mut self, name: &[u8]) -> Sym {
        let (at, entry) = self.slot(name);
        if entry != 0 {
            return Sym(entry.wrapping_sub(1));
        }
        self.texts.push(name.into());
        let entry = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        if let Some(slot) = self.table.get_mut(at) {
            *slot = entry;
        }
        if self.texts.len().saturating_mul(2) > self.table.len() {
            self.grow();
        }
        Sym(entry.wrapping_sub(1))
    }

    /// The symbol of `name`, if it was ever interned.
    pub fn find(&self, name: &[u8]) -> Option<Sym> {
        match self.slot(name).1 {
            0 => None,
            entry => Some(Sym(entry.wrapping_sub(1))),
        }
    }

    /// The text of a symbol.
    #[inline(never)]
    pub fn text(&self, sym: Sym) -> &[u8] {
        self.texts.get(sym.index()).map_or(b"", |text| text)
    }

    #[inline(never)]
    fn grow(&mut self) {
        self.table = vec![0; self.table.len().saturating_mul(2)];
        for index in 0..self.texts.len() {
            let at = self.texts.get(index).map(|text| self.slot(text).0);
            if let Some(slot) = at.and_then(|at| self.table.get_mut(at)) {
                *slot = u32::try_from(index).unwrap_or(u32::MAX).wrapping_add(1);
            }
        }
    }
}

/// FNV-1a: names are short.
#[cfg_attr(speed_marks, optimize(speed))]
fn hash(name: &[u8]) -> usize {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash ^ (hash >> 32)) as usize
}

/// Whether `byte` may begin a name.
#[inline(always)]
pub fn starts_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphabetic()
}

/// Whether `byte` may stand in a name.
#[inline(always)]
pub fn in_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// Whether `text` is a name as POSIX defines it.
pub fn is_name(text: &[u8]) -> bool {
    text.first().is_some_and(|byte| starts_name(*byte)) && text.iter().all(|byte| in_name(*byte))
}

/// Splits `name=value`, where the name is one.
pub fn split_assignment(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, rest) = text.split_at_checked(memchr(b'=', text)?)?;
    is_name(name).then_some((name, rest.strip_prefix(b"=")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interning_survives_growth() {
        let mut names = Names::new();
        let symbols: Vec<Sym> = (0..5000).map(|n| names.intern(format!("v{n}").as_bytes())).collect();
        for (n, sym) in symbols.iter().enumerate() {
            assert_eq!(names.text(*sym), format!("v{n}").as_bytes());
            assert_eq!(names.find(format!("v{n}").as_bytes()), Some(*sym));
        }
        assert_eq!(names.find(b"IFS"), Some(Sym::IFS));
        assert_eq!(names.find(b"REPLY"), Some(Sym::REPLY));
        assert_eq!(names.find(b"SHELLOPTS"), Some(Sym::SHELLOPTS));
        assert_eq!(names.find(b"nothing"), None);
    }

    #[test]
    fn assignments() {
        assert_eq!(split_assignment(b"a=b=c"), Some((&b"a"[..], &b"b=c"[..])));
        assert_eq!(split_assignment(b"1a=b"), None);
        assert_eq!(split_assignment(b"=b"), None);
    }
}

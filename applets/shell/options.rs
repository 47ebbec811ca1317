//! options - what `set` switches.

/// The shell's options.
#[derive(Clone, Copy, Default)]
pub struct Options {
    pub allexport: bool,
    pub notify: bool,
    pub noclobber: bool,
    pub errexit: bool,
    pub noglob: bool,
    pub hashall: bool,
    pub interactive: bool,
    pub monitor: bool,
    pub noexec: bool,
    pub stdin: bool,
    pub command: bool,
    pub nounset: bool,
    pub verbose: bool,
    pub xtrace: bool,
    pub pipefail: bool,
    pub ignoreeof: bool,
    pub vi: bool,
    pub emacs: bool,
    pub nolog: bool,
    pub braceexpand: bool,
    pub errtrace: bool,
    pub functrace: bool,
    pub posix: bool,
    pub physical: bool,
    /// Applets and command substitutions may run in this process; else each is forked, and executed where it is a file.
    pub inprocess: bool,
    /// Bits of [`shopt`].
    pub shopt: u32,
}

/// What `shopt` switches.
pub mod shopt {
    pub const NULLGLOB: u32 = 1;
    pub const EXTGLOB: u32 = 2;
    pub const GLOBSTAR: u32 = 4;
    pub const LASTPIPE: u32 = 8;
    pub const DOTGLOB: u32 = 16;
    pub const NOCASEGLOB: u32 = 32;
    pub const NOCASEMATCH: u32 = 64;
    pub const FAILGLOB: u32 = 128;
    pub const INHERIT_ERREXIT: u32 = 256;
    /// Known, kept, and without effect here.
    const OTHER: u32 = 512;

    /// By name, in its order.
    pub static TABLE: [(&[u8], u32); 31] = [
        (b"autocd", OTHER),
        (b"cdspell", OTHER << 1),
        (b"checkhash", OTHER << 2),
        (b"checkjobs", OTHER << 3),
        (b"checkwinsize", OTHER << 4),
        (b"cmdhist", OTHER << 5),
        (b"direxpand", OTHER << 6),
        (b"dirspell", OTHER << 7),
        (b"dotglob", DOTGLOB),
        (b"expand_aliases", OTHER << 8),
        (b"extglob", EXTGLOB),
        (b"extquote", OTHER << 9),
        (b"failglob", FAILGLOB),
        (b"globstar", GLOBSTAR),
        (b"histappend", OTHER << 10),
        (b"histreedit", OTHER << 11),
        (b"histverify", OTHER << 12),
        (b"hostcomplete", OTHER << 13),
        (b"huponexit", OTHER << 14),
        (b"inherit_errexit", INHERIT_ERREXIT),
        (b"interactive_comments", OTHER << 15),
        (b"lastpipe", LASTPIPE),
        (b"lithist", OTHER << 16),
        (b"no_empty_cmd_completion", OTHER << 17),
        (b"nocaseglob", NOCASEGLOB),
        (b"nocasematch", NOCASEMATCH),
        (b"nullglob", NULLGLOB),
        (b"progcomp", OTHER << 18),
        (b"promptvars", OTHER << 19),
        (b"sourcepath", OTHER << 20),
        (b"xpg_echo", OTHER << 21),
    ];
}

/// Letter (0 where there is none), name, and where it is kept.
type Entry = (u8, &'static str, fn(&mut Options) -> &mut bool);

/// All that `set -o` knows, in its order.
pub static TABLE: [Entry; 23] = [
    (b'e', "errexit", |o| &mut o.errexit),
    (b'f', "noglob", |o| &mut o.noglob),
    (0, "ignoreeof", |o| &mut o.ignoreeof),
    (b'i', "interactive", |o| &mut o.interactive),
    (b'm', "monitor", |o| &mut o.monitor),
    (b'n', "noexec", |o| &mut o.noexec),
    (b's', "stdin", |o| &mut o.stdin),
    (b'x', "xtrace", |o| &mut o.xtrace),
    (b'v', "verbose", |o| &mut o.verbose),
    (b'C', "noclobber", |o| &mut o.noclobber),
    (b'a', "allexport", |o| &mut o.allexport),
    (b'b', "notify", |o| &mut o.notify),
    (b'u', "nounset", |o| &mut o.nounset),
    (b'h', "hashall", |o| &mut o.hashall),
    (0, "vi", |o| &mut o.vi),
    (0, "nolog", |o| &mut o.nolog),
    (0, "pipefail", |o| &mut o.pipefail),
    (b'B', "braceexpand", |o| &mut o.braceexpand),
    (b'E', "errtrace", |o| &mut o.errtrace),
    (b'T', "functrace", |o| &mut o.functrace),
    (0, "posix", |o| &mut o.posix),
    (b'P', "physical", |o| &mut o.physical),
    (0, "inprocess", |o| &mut o.inprocess),
];

impl Options {
    /// The option with this letter.
    pub fn letter(&mut self, letter: u8) -> Option<&mut bool> {
        let (_, _, place) = TABLE.iter().find(|(known, _, _)| *known == letter && letter != 0)?;
        Some(place(self))
    }

    /// The option with this name.
    pub fn named(&mut self, name: &[u8]) -> Option<&mut bool> {
        if name == b"emacs" {
            return Some(&mut self.emacs);
        }
        let (_, _, place) = TABLE.iter().find(|(_, known, _)| known.as_bytes() == name)?;
        Some(place(self))
    }

    /// The bit of what `shopt` calls `name`.
    pub fn shopt_bit(&self, name: &[u8]) -> Option<u32> {
        shopt::TABLE.iter().find(|(known, _)| *known == name).map(|(_, bit)| *bit)
    }

    /// Switches what `shopt` calls `name`; false where there is nothing of that name.
    pub fn switch_shopt(&mut self, name: &[u8], on: bool) -> bool {
        let Some(bit) = self.shopt_bit(name) else { return false };
        self.shopt = if on { self.shopt | bit } else { self.shopt & !bit };
        true
    }

    /// The names of those that are on, as SHELLOPTS has them.
    pub fn names(mut self) -> Vec<u8> {
        let mut list = Vec::new();
        for (_, name, place) in &TABLE {
            if *place(&mut self) && *name != "inprocess" {
                if !list.is_empty() {
                    list.push(b':');
                }
                list.extend_from_slice(name.as_bytes());
            }
        }
        list
    }

    /// The letters of `$-`.
    pub fn letters(mut self) -> Vec<u8> {
        let mut letters = Vec::new();
        for (letter, _, place) in &TABLE {
            if *letter != 0 && *place(&mut self) {
                letters.push(*letter);
            }
        }
        if self.command {
            letters.push(b'c');
        }
        letters
    }
}

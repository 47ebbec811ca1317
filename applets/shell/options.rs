//! options - what `set` and `shopt` switch.

use base::bytes::place;

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

/// What `shopt` switches: a bit for each name of [`SWITCHED`](shopt::SWITCHED), in its order.
pub mod shopt {
    pub const AUTOCD: u32 = 1;
    pub const DOTGLOB: u32 = 1 << 1;
    pub const EXECFAIL: u32 = 1 << 2;
    pub const EXPAND_ALIASES: u32 = 1 << 3;
    pub const EXTGLOB: u32 = 1 << 4;
    pub const FAILGLOB: u32 = 1 << 5;
    pub const GLOBSTAR: u32 = 1 << 6;
    pub const HUPONEXIT: u32 = 1 << 7;
    pub const INHERIT_ERREXIT: u32 = 1 << 8;
    pub const LASTPIPE: u32 = 1 << 9;
    pub const LOGIN_SHELL: u32 = 1 << 10;
    pub const NOCASEGLOB: u32 = 1 << 11;
    pub const NOCASEMATCH: u32 = 1 << 12;
    pub const NULLGLOB: u32 = 1 << 13;
    pub const SHIFT_VERBOSE: u32 = 1 << 14;
    pub const SOURCEPATH: u32 = 1 << 15;
    pub const XPG_ECHO: u32 = 1 << 16;

    pub const SWITCHED: &str = "autocd dotglob execfail expand_aliases extglob failglob globstar huponexit inherit_errexit lastpipe \
                                login_shell nocaseglob nocasematch nullglob shift_verbose sourcepath xpg_echo";
    /// What is always so in this shell, and nothing switches off.
    pub const ALWAYS: &str = "checkwinsize cmdhist complete_fullquote extquote globasciiranges globskipdots histappend hostcomplete \
                              interactive_comments lithist promptvars";
    /// What this shell never does.
    pub const NEVER: &str = "assoc_expand_once cdable_vars cdspell checkhash checkjobs compat31 compat32 compat40 \
                             compat41 compat42 compat43 compat44 direxpand dirspell extdebug force_fignore gnu_errfmt \
                             histreedit histverify localvar_inherit localvar_unset mailwarn no_empty_cmd_completion \
                             noexpand_translation patsub_replacement progcomp progcomp_alias restricted_shell varredir_close";
}

/// All that `set -o` knows, in its order.
const NAMES: &str = "errexit noglob ignoreeof interactive monitor noexec stdin xtrace verbose noclobber allexport notify \
    nounset hashall vi nolog pipefail braceexpand errtrace functrace posix physical inprocess";

/// The letter of each; a blank where there is none.
const LETTERS: &[u8; 23] = b"ef imnsxvCabuh   BET P ";

/// Where each is kept.
static PLACES: [fn(&mut Options) -> &mut bool; 23] = [
    |o| &mut o.errexit,
    |o| &mut o.noglob,
    |o| &mut o.ignoreeof,
    |o| &mut o.interactive,
    |o| &mut o.monitor,
    |o| &mut o.noexec,
    |o| &mut o.stdin,
    |o| &mut o.xtrace,
    |o| &mut o.verbose,
    |o| &mut o.noclobber,
    |o| &mut o.allexport,
    |o| &mut o.notify,
    |o| &mut o.nounset,
    |o| &mut o.hashall,
    |o| &mut o.vi,
    |o| &mut o.nolog,
    |o| &mut o.pipefail,
    |o| &mut o.braceexpand,
    |o| &mut o.errtrace,
    |o| &mut o.functrace,
    |o| &mut o.posix,
    |o| &mut o.physical,
    |o| &mut o.inprocess,
];

/// The names of all options, in their order.
pub fn names() -> Vec<&'static [u8]> {
    base::bytes::split(NAMES.as_bytes(), b' ')
}

impl Options {
    /// The option at this place among the names.
    pub fn at(&mut self, index: usize) -> Option<&mut bool> {
        PLACES.get(index).map(|place| place(self))
    }

    /// The option with this letter.
    pub fn letter(&mut self, letter: u8) -> Option<&mut bool> {
        self.at(LETTERS.iter().position(|known| *known == letter && letter != b' ')?)
    }

    /// The option with this name.
    pub fn named(&mut self, name: &[u8]) -> Option<&mut bool> {
        if name == b"emacs" {
            return Some(&mut self.emacs);
        }
        self.at(base::bytes::place(NAMES, name)?)
    }

    /// Whether what `shopt` calls `name` is on; None where there is nothing of that name.
    pub fn shopt(&self, name: &[u8]) -> Option<bool> {
        match shopt_bit(name) {
            Some(bit) => Some(self.shopt & bit != 0),
            None if place(shopt::ALWAYS, name).is_some() => Some(true),
            None => place(shopt::NEVER, name).map(|_| false),
        }
    }

    /// Switches what `shopt` calls `name`; false where that cannot be.
    pub fn switch_shopt(&mut self, name: &[u8], on: bool) -> bool {
        if let Some(bit) = shopt_bit(name).filter(|bit| *bit != shopt::LOGIN_SHELL) {
            self.shopt = if on { self.shopt | bit } else { self.shopt & !bit };
        }
        self.shopt(name) == Some(on)
    }

    /// The names of those that are on, as SHELLOPTS has them.
    pub fn names(mut self) -> Vec<u8> {
        let mut list = Vec::new();
        for (name, place) in names().iter().zip(&PLACES) {
            if *place(&mut self) && *name != b"inprocess" {
                if !list.is_empty() {
                    list.push(b':');
                }
                list.extend_from_slice(name);
            }
        }
        list
    }

    /// The letters of `$-`.
    pub fn letters(mut self) -> Vec<u8> {
        let mut letters = Vec::new();
        for (letter, place) in LETTERS.iter().zip(&PLACES) {
            if *letter != b' ' && *place(&mut self) {
                letters.push(*letter);
            }
        }
        if self.command {
            letters.push(b'c');
        }
        letters
    }
}

fn shopt_bit(name: &[u8]) -> Option<u32> {
    place(shopt::SWITCHED, name).map(|place| 1 << (place & 31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_in_the_order_of_the_names() {
        let bit = |name: &str| shopt_bit(name.as_bytes());
        assert_eq!(bit("dotglob"), Some(shopt::DOTGLOB));
        assert_eq!(bit("huponexit"), Some(shopt::HUPONEXIT));
        assert_eq!(bit("login_shell"), Some(shopt::LOGIN_SHELL));
        assert_eq!(bit("xpg_echo"), Some(shopt::XPG_ECHO));
        assert_eq!(bit("cdspell"), None);
    }

    #[test]
    fn names_letters_and_places_are_in_one_order() {
        assert_eq!(names().len(), PLACES.len());
        let mut options = Options::default();
        for (name, letter) in
            [("errexit", b'e'), ("xtrace", b'x'), ("noclobber", b'C'), ("functrace", b'T'), ("physical", b'P')]
        {
            *options.named(name.as_bytes()).unwrap() = true;
            assert_eq!(options.letter(letter).copied(), Some(true), "{name}");
        }
        assert!(options.errexit && options.xtrace && options.noclobber && options.functrace && options.physical);
        assert!(options.letter(b' ').is_none());
    }
}

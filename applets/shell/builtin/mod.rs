//! builtin - the table of built-in commands, and what they share.

mod control;
mod declare;
mod directory;
mod job;
mod mapfile;
mod options;
pub mod preview;
mod print;
mod read;
mod resource;
mod shopt;
mod trap;
mod variable;
mod which;

use crate::exec::redirect::Stream;
use crate::flow::Flow;
use crate::prompt;
use crate::shell::Shell;
use crate::strings::Strings;
use base::error::Errno;
use base::sys;
use std::borrow::Cow;

/// The streams of a built-in; messages go through [`Shell::complain`].
pub struct Io {
    pub input: Stream,
    pub output: Stream,
}

/// A built-in's work: `args` begins with its name.
pub type Run = fn(&mut Shell, &mut Io, &Strings) -> Flow<u8>;

/// A built-in.
pub struct Builtin {
    name: [u8; LONGEST],
    /// How long the name is.
    length: u8,
    /// A special built-in of POSIX: found before functions, its errors end a script, assignments before it stay.
    pub special: bool,
    /// It runs other commands, or looks at descriptors: redirections must be real.
    pub real: bool,
    /// It changes nothing of the shell whatever its arguments: it may run inside for `$(…)`.
    pub pure: bool,
    run: Run,
}

/// The longest name.
const LONGEST: usize = 9;

/// A regular built-in whose redirections need not be real.
const fn plain(text: &str, run: Run) -> Builtin {
    let mut name = [0; LONGEST];
    let mut left: &mut [u8] = &mut name;
    let mut bytes = text.as_bytes();
    while let (Some((place, after)), Some((byte, rest))) = (left.split_first_mut(), bytes.split_first()) {
        *place = *byte;
        left = after;
        bytes = rest;
    }
    Builtin { name, length: text.len() as u8, special: false, real: false, pure: false, run }
}

const fn special(name: &str, real: bool, run: Run) -> Builtin {
    Builtin { special: true, real, ..plain(name, run) }
}

const fn regular(name: &str, real: bool, run: Run) -> Builtin {
    Builtin { real, ..plain(name, run) }
}

const fn pure(name: &str, run: Run) -> Builtin {
    Builtin { pure: true, ..plain(name, run) }
}

/// Sorted by name.
static TABLE: [Builtin; 52] = [
    special(".", true, control::source),
    special(":", false, control::colon),
    pure("[", print::test),
    regular("alias", false, variable::alias),
    regular("bg", false, job::bg),
    special("break", false, control::break_),
    regular("builtin", true, which::builtin),
    regular("caller", false, which::caller),
    regular("cd", false, directory::cd),
    regular("command", true, which::command),
    special("continue", false, control::continue_),
    regular("declare", false, declare::declare),
    regular("dirs", false, directory::dirs),
    pure("echo", print::echo),
    special("eval", true, control::eval),
    special("exec", true, control::exec),
    special("exit", true, control::exit),
    special("export", false, variable::export),
    pure("false", control::false_),
    regular("fc", true, prompt::fc),
    regular("fg", false, job::fg),
    regular("getopts", false, options::getopts),
    regular("hash", false, which::hash),
    regular("history", false, prompt::history),
    regular("jobs", false, job::jobs),
    regular("kill", false, job::kill),
    regular("let", false, variable::let_),
    regular("local", false, declare::declare),
    regular("mapfile", true, mapfile::mapfile),
    regular("popd", false, directory::popd),
    regular("printf", false, print::printf),
    regular("pushd", false, directory::pushd),
    pure("pwd", directory::pwd),
    regular("read", false, read::read),
    regular("readarray", true, mapfile::mapfile),
    special("readonly", false, variable::readonly),
    special("return", false, control::return_),
    special("set", false, options::set),
    special("shift", false, options::shift),
    regular("shopt", false, shopt::shopt),
    special("source", true, control::source),
    pure("test", print::test),
    special("times", false, resource::times),
    special("trap", false, trap::trap),
    pure("true", control::true_),
    regular("type", false, which::type_),
    regular("typeset", false, declare::declare),
    regular("ulimit", false, resource::ulimit),
    regular("umask", false, directory::umask),
    regular("unalias", false, variable::unalias),
    special("unset", false, variable::unset),
    regular("wait", false, job::wait),
];

/// The built-in of that name.
pub fn find(name: &[u8]) -> Option<&'static Builtin> {
    let index = TABLE.binary_search_by(|builtin| builtin.name().cmp(name)).ok()?;
    TABLE.get(index)
}

/// The names of all built-ins, and the words of the grammar.
pub fn words() -> Vec<&'static [u8]> {
    let mut words = base::bytes::split(which::RESERVED.as_bytes(), b' ');
    for builtin in &TABLE {
        words.push(builtin.name());
    }
    words
}

impl Builtin {
    /// Its name.
    pub fn name(&self) -> &[u8] {
        self.name.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// Runs it.
    pub fn run(&'static self, shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
        let outer = core::mem::replace(&mut shell.context, Cow::Borrowed(self.name()));
        let result = (self.run)(shell, io, args);
        shell.context = outer;
        result
    }
}

impl Io {
    /// Writes a built-in's output; its status: 1 with a message where that fails.
    pub fn print(&self, shell: &mut Shell, text: &[u8]) -> u8 {
        let result = match self.output {
            Stream::Capture => {
                if let Some(memory) = &mut shell.capture {
                    memory.extend_from_slice(text);
                }
                Ok(())
            }
            _ if text.is_empty() => Ok(()),
            Stream::Fd(fd) => base::io::write_all(sys::descriptor(fd), text),
            Stream::Closed | Stream::Text(_) => Err(Errno::BADF),
        };
        match result {
            Ok(()) => 0,
            Err(errno) => {
                if errno == Errno::PIPE {
                    shell.broken_pipe();
                    if shell.pipe_broke {
                        return 1;
                    }
                }
                shell.report(": write error: ", b"", errno);
                1
            }
        }
    }
}

impl Io {
    /// The descriptor that an option names, or standard input, which is used up then.
    fn take_input(&mut self, descriptor: Option<i32>) -> Stream {
        match descriptor {
            Some(fd) => Stream::Fd(fd),
            None => core::mem::replace(&mut self.input, Stream::Closed),
        }
    }

    /// Writes what a built-in has to say although there may have been errors; its status.
    pub fn finish(&self, shell: &mut Shell, text: &[u8], status: u8) -> u8 {
        let printed = self.print(shell, text);
        if status == 0 { printed } else { status }
    }
}

/// The options at the front of a built-in's arguments.
pub struct Options<'a> {
    args: &'a Strings,
    known: &'static [u8],
    /// The next argument.
    pub index: usize,
    letter: usize,
    /// The value of the last option, where it has one.
    pub value: &'a [u8],
}

impl<'a> Options<'a> {
    /// Options with the letters `known`; one followed by `:` has a value.
    #[inline(never)]
    pub fn new(args: &'a Strings, known: &'static [u8]) -> Options<'a> {
        Options { args, known, index: 1, letter: 0, value: b"" }
    }

    /// In the place of a letter: it is not known, or its value is missing, which has been told.
    pub const WRONG: u8 = b'?';

    /// The letter of the next option.
    pub fn next(&mut self, shell: &mut Shell) -> Option<u8> {
        let argument = self.args.get(self.index)?;
        if self.letter == 0 {
            if argument.len() < 2 || !argument.starts_with(b"-") {
                return None;
            }
            if argument == b"--" {
                self.index = self.index.saturating_add(1);
                return None;
            }
            self.letter = 1;
        }
        let letter = *argument.get(self.letter)?;
        self.letter = self.letter.saturating_add(1);
        let place = self.known.iter().position(|known| *known == letter && letter != b':');
        let Some(place) = place else {
            shell.complain("illegal option -%", &[letter]);
            return Some(Options::WRONG);
        };
        let ends = self.letter >= argument.len();
        if self.known.get(place.saturating_add(1)) != Some(&b':') {
            if ends {
                self.index = self.index.saturating_add(1);
                self.letter = 0;
            }
            return Some(letter);
        }
        self.value = if ends {
            self.index = self.index.saturating_add(1);
            match self.args.get(self.index) {
                Some(value) => value,
                None => {
                    shell.complain("no arg for -% option", &[letter]);
                    return Some(Options::WRONG);
                }
            }
        } else {
            argument.get(self.letter..).unwrap_or_default()
        };
        self.index = self.index.saturating_add(1);
        self.letter = 0;
        Some(letter)
    }
}

/// The options of a built-in where none has a value.
#[derive(Clone, Copy)]
pub struct Letters {
    /// Each that was given, once: a byte each, the last one the lowest. No built-in knows more than eight.
    given: u64,
    /// The first operand.
    pub index: usize,
}

impl Letters {
    /// Those at the front of `args`; None where one is not `known`, which has been told.
    pub fn of(shell: &mut Shell, args: &Strings, known: &'static [u8]) -> Option<Letters> {
        let mut options = Options::new(args, known);
        let mut given = 0u64;
        loop {
            match options.next(shell) {
                Some(Options::WRONG) => return None,
                Some(letter) => {
                    let others = given.to_be_bytes().into_iter().filter(|other| *other != letter);
                    given = others.fold(0, |list, other| list << 8 | u64::from(other)) << 8 | u64::from(letter);
                }
                None => return Some(Letters { given, index: options.index }),
            }
        }
    }

    /// Whether one of these was given: the last that was.
    pub fn last(&self, letters: &[u8]) -> Option<u8> {
        self.given.to_le_bytes().into_iter().find(|letter| letters.contains(letter))
    }

    /// Whether this one was given.
    #[inline(never)]
    pub fn has(&self, letter: u8) -> bool {
        self.last(&[letter]).is_some()
    }
}

/// A number behind an option; what is wrong with it has been told.
fn count(shell: &mut Shell, text: &[u8]) -> Option<usize> {
    let number = base::number::parse_u64(text).ok().and_then(|number| usize::try_from(number).ok());
    if number.is_none() {
        shell.complain("invalid number '%'", text);
    }
    number
}

/// Adds `text`, quoted where a shell would read it differently.
pub fn push_quoted(out: &mut Vec<u8>, text: &[u8]) {
    if !text.is_empty() && text.iter().all(|byte| is_plain(*byte)) && !which::is_reserved(text) {
        out.extend_from_slice(text);
    } else {
        push_single_quoted(out, text);
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'_' | b'-' | b'.' | b'/' | b':' | b'+' | b',' | b'@' | b'%' | b'^')
        || byte >= 0x80
}

/// Adds `text` in single quotes; those inside it go in double ones, as dash and ash write them.
fn push_single_quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'\'');
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\'', rest) {
        let (before, quotes) = rest.split_at_checked(at).unwrap_or((rest, b""));
        let count = quotes.iter().take_while(|byte| **byte == b'\'').count();
        out.extend_from_slice(before);
        out.extend_from_slice(b"'\"");
        out.extend(core::iter::repeat_n(b'\'', count));
        out.extend_from_slice(b"\"'");
        rest = quotes.get(count..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out.push(b'\'');
}

/// Adds `name='value'`.
pub fn push_assignment(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.push(b'=');
    push_single_quoted(out, value);
}

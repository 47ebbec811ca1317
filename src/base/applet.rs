//! How an applet declares itself: one static table from which parsing, help, manual, completion and links are derived.

use crate::args::Args;
use crate::context::{Context, Status};
use crate::error::Result;
use crate::prose::{self, Prose};

/// Every ASCII character at its own place, so that a letter can be had as a static text.
static ASCII: &str = match core::str::from_utf8(&ascii()) {
    Ok(text) => text,
    Err(_) => "",
};

const fn ascii() -> [u8; 128] {
    let mut table = [0; 128];
    let mut code = 0;
    while code < 128 {
        table[code] = code as u8;
        code += 1;
    }
    table
}

/// An applet's declaration. Write `..Applet::DEFAULT` for what does not differ.
pub struct Applet {
    /// The first name, the one it is listed under.
    pub name: &'static str,
    /// Further names it answers to, in the same directory; `run` tells them apart by `cx.name`.
    pub aliases: &'static [&'static str],
    /// The directory `--install` links it into.
    pub place: Place,
    /// How a shell may run it, and why.
    pub exec: Exec,
    /// One line, imperative, no full stop.
    pub summary: Prose,
    /// The usage after the options, as in `[FILE]...`; several forms are separated by newlines.
    pub operands: &'static str,
    /// Paragraphs under the options of `--help`; may be empty.
    pub notes: Prose,
    /// The options, in the order of `--help`.
    pub options: Options,
    /// How options and operands may be mixed.
    pub order: Order,
    /// The option that `-NUM` stands for (`head -5`), by id.
    pub digits: Option<&'static str>,
    /// Takes an argument that begins with `-` for an operand all the same (`seq -5 1`, `chmod -x f`).
    pub operand_like: fn(&[u8]) -> bool,
    /// The first operand may be a bundle of options without its dash (`tar xzf`).
    pub old_style: bool,
    /// The status for wrong usage.
    pub usage_status: u8,
    /// The status for failures that were reported, fatal or not.
    pub failure: u8,
    /// Does the work.
    pub run: fn(&mut Context, &mut Args) -> Result<Status>,
}

impl Applet {
    /// What most applets have: options and operands in any order, failures give 1, run by fork and exec.
    pub const DEFAULT: Applet = Applet {
        name: "",
        aliases: &[],
        place: Place::UsrBin,
        exec: Exec::fork("not yet examined"),
        summary: Prose::NONE,
        operands: "",
        notes: Prose::NONE,
        options: Options::NONE,
        order: Order::Any,
        digits: None,
        operand_like: never,
        old_style: false,
        usage_status: 1,
        failure: 1,
        run: nothing,
    };

    /// The option with this id.
    pub fn option(&self, id: &str) -> Option<Known> {
        self.options.iter().find(|option| option.id() == id)
    }
}

fn never(_: &[u8]) -> bool {
    false
}

fn nothing(_: &mut Context, _: &mut Args) -> Result<Status> {
    Ok(Status::SUCCESS)
}

/// The directory an applet is linked into.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Bin,
    Sbin,
    UsrBin,
    UsrSbin,
    Root,
}

impl Place {
    /// The directory, absolute, without a slash at its end (empty for the root).
    pub fn directory(self) -> &'static str {
        match self {
            Place::Bin => "/bin",
            Place::Sbin => "/sbin",
            Place::UsrBin => "/usr/bin",
            Place::UsrSbin => "/usr/sbin",
            Place::Root => "",
        }
    }
}

/// How a shell may run an applet. A declaration says it by `Exec::no_fork` and its like, which want the reason.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Exec {
    /// Inside the shell's own process: reads and writes its streams, does not block on a terminal, changes no state of the
    /// process (working directory, umask, identity, signal dispositions, resource limits).
    NoFork,
    /// In a forked child of the shell, without exec.
    NoExec,
    /// By fork and exec only: set-uid, daemons, full-screen programs.
    Fork,
}

impl Exec {
    /// `NoFork`; the reason is for the reader and does not go into the binary.
    pub const fn no_fork(_reason: &str) -> Exec {
        Exec::NoFork
    }

    /// `NoExec`, with the reason.
    pub const fn no_exec(_reason: &str) -> Exec {
        Exec::NoExec
    }

    /// `Fork`, with the reason.
    pub const fn fork(_reason: &str) -> Exec {
        Exec::Fork
    }
}

/// How options and operands may be mixed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Options may follow operands, unless POSIXLY_CORRECT is set.
    Any,
    /// The first operand ends the options: for applets that run a command.
    OptionsFirst,
    /// No parsing at all, every argument is an operand (`echo`, `test`, `expr`); `--help` alone still helps.
    Raw,
    /// As `Raw`, and `--help` is an operand too.
    RawWithoutHelp,
}

/// The options of an applet, in the order they were declared: written with [`options!`](crate::options).
///
/// There are more than a thousand in the binary. They lie packed in one row of bytes for each applet, as a table of structures with
/// four pointers to texts for each would be the largest data of all.
#[derive(Clone, Copy)]
pub struct Options(&'static [u8]);

/// Declares an applet's options: `options![Opt::flag("a", "all", "…"), …]`. The list itself exists at compile time only.
#[macro_export]
macro_rules! options {
    [$($option:expr),* $(,)?] => {{
        const LIST: &[$crate::applet::Opt] = &[$($option),*];
        const PACKED: [u8; $crate::applet::packed_length(LIST)] = $crate::applet::pack(LIST);
        $crate::applet::Options::new(&PACKED)
    }};
}

impl Options {
    /// No options.
    pub const NONE: Options = Options(&[]);

    /// What [`pack`] made.
    pub const fn new(packed: &'static [u8]) -> Options {
        Options(packed)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Known> + Clone {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let (&[letter, kind, long, metavar, help, words], mut texts) = rest.split_first_chunk()?;
            let mut next = |length: u8| {
                let (text, others) = texts.split_at_checked(usize::from(length)).unwrap_or_default();
                texts = others;
                text
            };
            let known =
                Known { letter, kind, long: next(long), metavar: next(metavar), help: next(help), words: next(words) };
            rest = texts;
            Some(known)
        })
    }
}

/// How many bytes the packed options need.
pub const fn packed_length(list: &[Opt]) -> usize {
    let (mut length, mut rest) = (0, list);
    while let [option, others @ ..] = rest {
        length += HEADER + option.long.len() + option.metavar.len() + words_length(option.words());
        length += prose::packed_length(option.help.as_bytes());
        rest = others;
    }
    length
}

/// Packs the options: for each its letter (0 for none), its kind, the lengths of its four texts, and these: the long name, the value's
/// name, the help, and the words of a choice with a NUL between them. Too long a text fails when it is compiled.
pub const fn pack<const N: usize>(list: &[Opt]) -> [u8; N] {
    let mut packed = [0; N];
    let (mut at, mut rest) = (0, list);
    while let [option, others @ ..] = rest {
        let letter = match option.short.as_bytes() {
            [byte] => *byte,
            _ => 0,
        };
        let words = words_length(option.words());
        let (long, metavar, help) =
            (option.long.len(), option.metavar.len(), prose::packed_length(option.help.as_bytes()));
        assert!(long < 256 && metavar < 256 && help < 256 && words < 256);
        let header = [letter, option.kind.code(), long as u8, metavar as u8, help as u8, words as u8];
        at = copy(&mut packed, at, &header);
        at = copy(&mut packed, at, option.long.as_bytes());
        at = copy(&mut packed, at, option.metavar.as_bytes());
        at = prose::pack(option.help.as_bytes(), &mut packed, at);
        let mut words = option.words();
        while let [word, more @ ..] = words {
            at = copy(&mut packed, at, word.as_bytes());
            // The NUL between two words is there already.
            at += !more.is_empty() as usize;
            words = more;
        }
        rest = others;
    }
    packed
}

/// The letter, the kind and four lengths.
const HEADER: usize = 6;

const fn words_length(mut words: &[&str]) -> usize {
    let mut length = 0;
    while let [word, more @ ..] = words {
        length += word.len() + !more.is_empty() as usize;
        words = more;
    }
    length
}

const fn copy<const N: usize>(to: &mut [u8; N], mut at: usize, mut from: &[u8]) -> usize {
    while let [byte, more @ ..] = from {
        to[at] = *byte;
        at += 1;
        from = more;
    }
    at
}

/// What an option's value must be; a bad one gets the same message everywhere. `Words` are the words of a choice.
#[derive(Clone, Copy)]
pub enum Kind<Words = &'static [&'static str]> {
    /// No value.
    Flag,
    /// Any bytes.
    Text,
    /// Any bytes, attached (`-iSUF`, `--color=WHEN`) or absent.
    Optional,
    /// As `Optional`, and the short letter never takes one (`-m`, `--mount=FILE`).
    OptionalLong,
    /// A decimal number from 0.
    Count,
    /// A decimal number with sign.
    Number,
    /// A number of bytes with an optional suffix (base::size).
    Size,
    /// Seconds, with a fraction or a suffix s, m, h, d.
    Duration,
    /// One of these words, or an unambiguous beginning of one.
    Choice(Words),
    /// As `Choice`, attached or absent.
    OptionalChoice(Words),
    /// A flag that is accepted and left out of the help (compatibility).
    Hidden,
}

impl<Words> Kind<Words> {
    const fn code(&self) -> u8 {
        match self {
            Kind::Flag => 0,
            Kind::Text => 1,
            Kind::Optional => 2,
            Kind::OptionalLong => 3,
            Kind::Count => 4,
            Kind::Number => 5,
            Kind::Size => 6,
            Kind::Duration => 7,
            Kind::Hidden => 8,
            Kind::Choice(_) => 9,
            Kind::OptionalChoice(_) => 10,
        }
    }
}

/// One option as it is declared.
pub struct Opt {
    short: &'static str,
    long: &'static str,
    metavar: &'static str,
    kind: Kind,
    help: &'static str,
}

impl Opt {
    /// A flag `-s`, `--long` (`long` may be empty). The id is the letter.
    pub const fn flag(short: &'static str, long: &'static str, help: &'static str) -> Opt {
        Opt::value(short, long, "", Kind::Flag, help)
    }

    /// An option with a value. `short` is one letter or empty, `long` may be empty, but not both.
    pub const fn value(
        short: &'static str,
        long: &'static str,
        metavar: &'static str,
        kind: Kind,
        help: &'static str,
    ) -> Opt {
        Opt { short, long, metavar, kind, help }
    }

    /// A flag that is accepted for compatibility, and not shown.
    pub const fn hidden(short: &'static str, long: &'static str) -> Opt {
        Opt::value(short, long, "", Kind::Hidden, "")
    }

    const fn words(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Choice(words) | Kind::OptionalChoice(words) => words,
            _ => &[],
        }
    }
}

/// The words of a choice.
#[derive(Clone, Copy)]
pub struct Words(&'static [u8]);

impl Words {
    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = &'static str> + Clone {
        self.0.split(|byte| *byte == 0).map(text)
    }

    /// All of them with `between` in between.
    pub fn join(self, between: &str) -> String {
        let mut all = String::new();
        for word in self.iter() {
            if !all.is_empty() {
                all.push_str(between);
            }
            all.push_str(word);
        }
        all
    }
}

/// One option as it is found in an applet's [`Options`].
#[derive(Clone, Copy)]
pub struct Known {
    letter: u8,
    kind: u8,
    long: &'static [u8],
    metavar: &'static [u8],
    help: &'static [u8],
    words: &'static [u8],
}

/// The packed texts were `str` when they were declared.
fn text(bytes: &'static [u8]) -> &'static str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

impl Known {
    /// The name the code asks for: the short letter, or the long name where there is no letter.
    pub fn id(&self) -> &'static str {
        match self.short() {
            Some(letter) => ASCII.get(usize::from(letter)..=usize::from(letter)).unwrap_or_default(),
            None => self.long(),
        }
    }

    /// The short letter, if there is one.
    pub fn short(&self) -> Option<u8> {
        (self.letter != 0).then_some(self.letter)
    }

    /// The long name, or empty.
    pub fn long(&self) -> &'static str {
        text(self.long)
    }

    /// The value's name in the help; empty for a flag.
    pub fn metavar(&self) -> &'static str {
        text(self.metavar)
    }

    /// One line of help; empty where it is not shown.
    pub fn help(&self) -> Prose {
        Prose::new(self.help)
    }

    /// What the value must be.
    pub fn kind(&self) -> Kind<Words> {
        match self.kind {
            1 => Kind::Text,
            2 => Kind::Optional,
            3 => Kind::OptionalLong,
            4 => Kind::Count,
            5 => Kind::Number,
            6 => Kind::Size,
            7 => Kind::Duration,
            8 => Kind::Hidden,
            9 => Kind::Choice(Words(self.words)),
            10 => Kind::OptionalChoice(Words(self.words)),
            _ => Kind::Flag,
        }
    }

    /// Whether the option takes a value from the next argument when none is attached.
    pub fn needs_value(&self) -> bool {
        !matches!(
            self.kind(),
            Kind::Flag | Kind::Hidden | Kind::Optional | Kind::OptionalLong | Kind::OptionalChoice(_)
        )
    }
}

/// A family's list of applets.
pub type Family = &'static [&'static Applet];

/// All applets of the binary. The shell, `xargs`, `find -exec` and their like find applets through it.
pub struct Registry {
    /// The families' lists.
    pub families: &'static [Family],
}

impl Registry {
    /// The applet that answers to `name`, which has no directory in it.
    pub fn find(&self, name: &[u8]) -> Option<&'static Applet> {
        self.iter().find(|applet| {
            applet.name.as_bytes() == name || applet.aliases.iter().any(|alias| alias.as_bytes() == name)
        })
    }

    /// Every applet, family by family.
    pub fn iter(&self) -> impl Iterator<Item = &'static Applet> + '_ {
        self.families.iter().flat_map(|family| family.iter().copied())
    }

    /// Every name with its applet, sorted.
    pub fn names(&self) -> Vec<(&'static str, &'static Applet)> {
        let mut names = Vec::new();
        for applet in self.iter() {
            names.push((applet.name, applet));
            names.extend(applet.aliases.iter().map(|alias| (*alias, applet)));
        }
        crate::order::by_key(&mut names, &mut |(name, _)| *name);
        names
    }
}

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

/// An applet as it is written down: `base::applet!(Declaration { name: "wc", …, run, ..Declaration::DEFAULT })` makes the [`Applet`]
/// of it. The declaration itself exists at compile time only.
pub struct Declaration {
    /// The first name, the one it is listed under.
    pub name: &'static str,
    /// Further names it answers to, in the same directory; `run` tells them apart by `cx.name`.
    pub aliases: &'static [&'static str],
    /// The directory `--install` links it into.
    pub place: Place,
    /// How a shell may run it, and why.
    pub exec: Exec,
    /// One line, imperative, no full stop.
    pub summary: &'static str,
    /// The usage after the options, as in `[FILE]...`; several forms are separated by newlines.
    pub operands: &'static str,
    /// Paragraphs under the options of `--help`; may be empty.
    pub notes: &'static str,
    /// The options, in the order of `--help`.
    pub options: &'static [Opt],
    /// How options and operands may be mixed.
    pub order: Order,
    /// The option that `-NUM` stands for (`head -5`), by id; empty for none.
    pub digits: &'static str,
    /// What begins with `-` and is an operand all the same.
    pub dashed: Dashed,
    /// The first operand may be a bundle of options without its dash (`tar xzf`).
    pub old_style: bool,
    /// The status for wrong usage.
    pub usage_status: u8,
    /// The status for failures that were reported, fatal or not.
    pub failure: u8,
    /// Does the work.
    pub run: Run,
}

/// An applet's work.
pub type Run = fn(&mut Context, &mut Args) -> Result<Status>;

/// Makes an [`Applet`] of its [`Declaration`], all of whose texts are packed into one row of bytes.
#[macro_export]
macro_rules! applet {
    ($declaration:expr) => {{
        const DECLARATION: $crate::applet::Declaration = $declaration;
        const ROW: [u8; DECLARATION.packed_length()] = DECLARATION.packed();
        DECLARATION.applet(&ROW)
    }};
}

impl Declaration {
    /// What most applets have: options and operands in any order, failures give 1, run by fork and exec.
    pub const DEFAULT: Declaration = Declaration {
        name: "",
        aliases: &[],
        place: Place::UsrBin,
        exec: Exec::fork("not yet examined"),
        summary: "",
        operands: "",
        notes: "",
        options: &[],
        order: Order::Any,
        digits: "",
        dashed: Dashed::None,
        old_style: false,
        usage_status: 1,
        failure: 1,
        run: nothing,
    };

    /// The applet whose texts are packed in `row`.
    pub const fn applet(&self, row: &'static [u8]) -> Applet {
        Applet {
            run: self.run,
            row,
            place: self.place,
            exec: self.exec,
            order: self.order,
            dashed: self.dashed,
            digits: self.place_of_digits(),
            old_style: self.old_style,
            usage_status: self.usage_status,
            failure: self.failure,
        }
    }

    /// The place of the option that `-NUM` stands for, counted from 1; 0 for none.
    const fn place_of_digits(&self) -> u8 {
        if self.digits.is_empty() {
            return 0;
        }
        let mut place = 0;
        loop {
            assert!(place < self.options.len(), "no option has the id that `digits` names");
            let option = &self.options[place];
            let id = if option.short.is_empty() { option.long } else { option.short };
            place += 1;
            if id.len() == self.digits.len() && prose::begins(id.as_bytes(), self.digits.as_bytes()) {
                return place as u8;
            }
        }
    }

    /// How many bytes [`packed`](Declaration::packed) makes.
    pub const fn packed_length(&self) -> usize {
        self.pack(&mut [0; 1 << 14])
    }

    /// The texts in one row of bytes. There are some two thousand in the binary; pointers to them would be the largest data of all.
    pub const fn packed<const N: usize>(&self) -> [u8; N] {
        let mut row = [0; N];
        self.pack(&mut row);
        row
    }

    /// Packs the length of the names and that of the options, the names with a blank between them, the options (see [`Opt::pack`]),
    /// and what follows the options in a usage, the summary and the notes with a NUL between them. Gives the length of it all.
    const fn pack(&self, row: &mut [u8]) -> usize {
        let mut at = copy(row, ROW_HEADER, self.name);
        let mut aliases = self.aliases;
        while let [alias, others @ ..] = aliases {
            at = copy(row, at, " ");
            at = copy(row, at, alias);
            aliases = others;
        }
        let names = at - ROW_HEADER;
        let mut options = self.options;
        while let [option, others @ ..] = options {
            at = option.pack(row, at);
            options = others;
        }
        let options = at - names - ROW_HEADER;
        assert!(names < 1 << 8 && options < 1 << 16, "a text of the declaration is too long");
        row[0] = names as u8;
        [row[1], row[2]] = (options as u16).to_le_bytes();
        at = copy(row, at, self.operands);
        at = prose::pack(self.summary.as_bytes(), row, at + 1);
        // The two NULs are there already.
        prose::pack(self.notes.as_bytes(), row, at + 1)
    }
}

/// The lengths of the names (one byte) and of the options (two).
const ROW_HEADER: usize = 3;

/// An applet: what [`applet!`](crate::applet) makes of its declaration.
pub struct Applet {
    /// Does the work.
    pub run: Run,
    /// The texts (see [`Declaration::pack`]).
    row: &'static [u8],
    /// The directory `--install` links it into.
    pub place: Place,
    /// How a shell may run it.
    pub exec: Exec,
    /// How options and operands may be mixed.
    pub order: Order,
    /// What begins with `-` and is an operand all the same.
    pub dashed: Dashed,
    digits: u8,
    /// The first operand may be a bundle of options without its dash.
    pub old_style: bool,
    /// The status for wrong usage.
    pub usage_status: u8,
    /// The status for failures that were reported, fatal or not.
    pub failure: u8,
}

impl Applet {
    /// The same, but that its arguments are left to `run`.
    pub const fn raw(&self) -> Applet {
        Applet { order: Order::Raw, ..*self }
    }

    /// The names, the options, and the other texts.
    fn parts(&self) -> [&'static [u8]; 3] {
        let Some((&[names, low, high], rest)) = self.row.split_first_chunk() else { return [&[]; 3] };
        let (names, rest) = rest.split_at_checked(usize::from(names)).unwrap_or_default();
        let options = u16::from_le_bytes([low, high]);
        let (options, texts) = rest.split_at_checked(usize::from(options)).unwrap_or_default();
        [names, options, texts]
    }

    fn text(&self, place: usize) -> &'static [u8] {
        let [_, _, texts] = self.parts();
        texts.split(|byte| *byte == 0).nth(place).unwrap_or_default()
    }

    /// The name it is listed under, and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let [names, ..] = self.parts();
        names.split(|byte| *byte == b' ').map(text)
    }

    /// The name it is listed under.
    pub fn name(&self) -> &'static str {
        self.names().next().unwrap_or_default()
    }

    /// The options, in the order of `--help`.
    pub fn options(&self) -> Options {
        let [_, options, _] = self.parts();
        Options(options)
    }

    /// The usage after the options; several forms are separated by newlines.
    pub fn operands(&self) -> &'static str {
        text(self.text(0))
    }

    /// One line, imperative, no full stop.
    pub fn summary(&self) -> Prose {
        Prose::new(self.text(1))
    }

    /// Paragraphs under the options of `--help`; may be empty.
    pub fn notes(&self) -> Prose {
        Prose::new(self.text(2))
    }

    /// The option that `-NUM` stands for.
    pub fn digits(&self) -> Option<Known> {
        self.options().iter().nth(usize::from(self.digits.checked_sub(1)?))
    }
}

fn nothing(_: &mut Context, _: &mut Args) -> Result<Status> {
    Ok(Status::SUCCESS)
}

/// What begins with `-` and is an operand all the same.
#[derive(Clone, Copy)]
pub enum Dashed {
    /// Nothing.
    None,
    /// A number: `-1`, `-.5` (`seq -5 1`).
    Number,
    /// What begins with a digit: `-1`, `-2.3nr` (`sort +1 -2`).
    Digit,
    /// A signed number after the dash: `--5`, `-+5` (`nice --5 COMMAND`).
    Signed,
    /// A mode: `-x`, `-rw,u+w` (`chmod -x FILE`).
    Mode,
    /// `-ps` and `-plain`, which are words (`xxd -ps`).
    Plain,
}

impl Dashed {
    /// Whether `argument` is an operand so.
    pub fn takes(self, argument: &[u8]) -> bool {
        match (self, argument) {
            (Dashed::Number, [b'-', b'.' | b'0'..=b'9', ..]) | (Dashed::Digit, [b'-', b'0'..=b'9', ..]) => true,
            (Dashed::Signed, [b'-', b'-' | b'+', number @ ..]) => {
                !number.is_empty() && number.iter().all(u8::is_ascii_digit)
            }
            (Dashed::Mode, [b'-', _, ..]) => argument.iter().all(|byte| b"-rwxXstugoa,+=01234567".contains(byte)),
            (Dashed::Plain, b"-ps" | b"-plain") => true,
            _ => false,
        }
    }
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

/// The options of an applet, in the order they were declared.
#[derive(Clone, Copy)]
pub struct Options(&'static [u8]);

impl Options {
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

/// Copies `text` into `row` from `at` on and gives the place after it.
const fn copy(row: &mut [u8], mut at: usize, text: &str) -> usize {
    let mut text = text.as_bytes();
    while let [byte, more @ ..] = text {
        row[at] = *byte;
        at += 1;
        text = more;
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

    /// Packs the letter (0 for none), the kind, the lengths of four texts, and these: the long name, the value's name, the help, and
    /// the words of a choice with a NUL between them. Gives the place after it.
    const fn pack(&self, row: &mut [u8], start: usize) -> usize {
        let long = start + OPTION_HEADER;
        let metavar = copy(row, long, self.long);
        let help = copy(row, metavar, self.metavar);
        let first_word = prose::pack(self.help.as_bytes(), row, help);
        let mut at = first_word;
        let mut words = self.words();
        while let [word, more @ ..] = words {
            at = copy(row, at, word);
            // The NUL between two words is there already.
            at += !more.is_empty() as usize;
            words = more;
        }
        let lengths = [metavar - long, help - metavar, first_word - help, at - first_word];
        row[start] = if let [letter] = self.short.as_bytes() { *letter } else { 0 };
        row[start + 1] = self.kind.code();
        let mut place = 0;
        while place < lengths.len() {
            assert!(lengths[place] < 1 << 8, "a text of the option is too long");
            row[start + 2 + place] = lengths[place] as u8;
            place += 1;
        }
        at
    }
}

/// The letter, the kind and four lengths.
const OPTION_HEADER: usize = 6;

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
pub type Family = &'static [Applet];

/// All applets of the binary. The shell, `xargs`, `find -exec` and their like find applets through it.
pub struct Registry {
    /// The families' lists.
    pub families: &'static [Family],
}

impl Registry {
    /// The applet that answers to `name`, which has no directory in it.
    pub fn find(&self, name: &[u8]) -> Option<&'static Applet> {
        self.iter().find(|applet| applet.names().any(|known| known.as_bytes() == name))
    }

    /// Every applet, family by family.
    pub fn iter(&self) -> impl Iterator<Item = &'static Applet> + '_ {
        self.families.iter().copied().flatten()
    }

    /// Every name with its applet, sorted.
    pub fn names(&self) -> Vec<(&'static str, &'static Applet)> {
        let mut names = Vec::new();
        for applet in self.iter() {
            names.extend(applet.names().map(|name| (name, applet)));
        }
        crate::order::by_key(&mut names, &mut |(name, _)| *name);
        names
    }
}

//! The script as it is run.

use crate::replacement::Replacement;
use base::pattern::Pattern;

/// Where a part of the script comes from.
pub enum Source {
    /// The operand, or `-e` of this number.
    Expression(usize),
    /// `-f`.
    File(Vec<u8>),
}

/// A whole script.
#[derive(Default)]
pub struct Script {
    pub commands: Vec<Command>,
    pub patterns: Vec<Pattern>,
    /// The files that are written, in the order they were named.
    pub outputs: Vec<Vec<u8>>,
}

/// A pattern of the script, or the last one used.
pub type Regex = Option<usize>;

/// One address.
#[derive(Clone, Copy)]
pub enum Address {
    Line(u64),
    /// `first~step`.
    Step(u64, u64),
    Last,
    Regex(Regex),
    /// As the second address: so many lines more.
    Plus(u64),
    /// As the second address: up to a line whose number is a multiple.
    Multiple(u64),
}

/// A command with its addresses.
pub struct Command {
    pub first: Option<Address>,
    pub second: Option<Address>,
    pub negated: bool,
    pub kind: Kind,
}

/// What a command does.
pub enum Kind {
    /// `{`: where its block ends.
    Block(usize),
    /// `}` and labels.
    Nothing,
    /// `b`, `t`, `T` and where to.
    Branch(usize),
    BranchIf(usize),
    BranchUnless(usize),
    Append(Vec<u8>),
    Insert(Vec<u8>),
    Change(Vec<u8>),
    Delete,
    DeleteLine,
    Execute(Vec<u8>),
    FileName,
    Get,
    GetAppend,
    Hold,
    HoldAppend,
    Exchange,
    List(Option<usize>),
    Next,
    NextAppend,
    Print,
    PrintLine,
    Quit(u8),
    QuitSilently(u8),
    ReadFile(Vec<u8>),
    /// The file's number among those that are read line by line.
    ReadLine(Vec<u8>),
    Substitute(Box<Substitute>),
    Write(usize),
    WriteLine(usize),
    Translate(Box<Translation>),
    Zap,
    Number,
}

/// The command `s`.
pub struct Substitute {
    pub regex: Regex,
    pub replacement: Replacement,
    /// Which match is the first to be replaced.
    pub number: u64,
    pub global: bool,
    pub print: u32,
    pub execute: bool,
    pub output: Option<usize>,
}

/// The command `y`.
pub struct Translation {
    /// What becomes of each byte, where all characters are bytes.
    pub bytes: Option<base::translate::Translation>,
    /// Characters and what they become, sorted.
    pub characters: Vec<(u32, u32)>,
}

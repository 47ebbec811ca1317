//! tree - what the parser builds and the executor runs: commands, words, redirections, arithmetic.
//!
//! Nodes keep their line for messages and LINENO, variables as symbols, texts as bytes. The tree never changes once built.

use crate::few::{Few, Text};
use crate::input::Input;
use crate::names::Sym;
use crate::parser::{Aliases, Dialect, Known, Parser};
use base::pattern::glob::Glob;
use std::cell::OnceCell;
use std::rc::Rc;

/// Commands one after the other.
#[derive(Debug, Default)]
pub struct List {
    pub items: Box<[AndOr]>,
}

/// Pipelines joined by `&&` and `||`.
#[derive(Debug)]
pub struct AndOr {
    pub first: Pipeline,
    /// Each with how it is joined: true for `&&`.
    pub rest: Box<[(bool, Pipeline)]>,
    /// Where it ends with `&`: the source text, for `jobs`.
    pub background: Option<Box<[u8]>>,
}

/// Commands joined by `|`.
#[derive(Debug)]
pub struct Pipeline {
    pub negated: bool,
    pub commands: Few<Command>,
}

/// One command with its redirections.
#[derive(Debug)]
pub struct Command {
    pub line: u32,
    pub redirects: Box<[Redirect]>,
    pub kind: Kind,
}

/// What a command is.
#[derive(Debug)]
pub enum Kind {
    Simple(Simple),
    Group(List),
    Subshell(List),
    If(If),
    Loop(Loop),
    For(For),
    Case(Box<Case>),
    Function(Rc<Function>),
    /// `[[ … ]]`
    Condition(Box<Test>),
    /// `(( … ))`
    Arithmetic(Rc<Arithmetic>, Shown),
    /// `for ((…; …; …))`
    Count(Box<Count>),
    /// `select`
    Select(For),
    /// `time`, and whether in POSIX's form; nothing may follow it.
    Timed(Option<Box<Pipeline>>, bool),
}

/// A part of a compound command as it was written, which only bash shows: `for x in …`, `case … in `, `(( … ))`.
pub type Shown = Option<Box<Box<[u8]>>>;

/// `for ((start; condition; step))`: each may be missing.
#[derive(Debug)]
pub struct Count {
    pub parts: [(Option<Box<Arithmetic>>, Shown); 3],
    pub body: List,
}

/// Assignments and words.
#[derive(Debug, Default)]
pub struct Simple {
    /// The command's name, where it is known before expansion and can be no path.
    pub name: Option<Sym>,
    pub assignments: Box<[Assignment]>,
    pub words: Box<[Word]>,
    pub rare: Option<Box<Rare>>,
}

/// What few simple commands have.
#[derive(Debug, Default)]
pub struct Rare {
    /// The `name=(…)` among the words of `declare` and its like: made after the command, which gets the names alone.
    pub compounds: Box<[Assignment]>,
    /// The command as it was written, which only bash shows.
    pub text: Box<[u8]>,
}

impl Simple {
    /// The `name=(…)` among the words.
    pub fn compounds(&self) -> &[Assignment] {
        self.rare.as_ref().map_or(&[], |rare| &rare.compounds)
    }
}

/// `[[ … ]]`, and as it was written, which only bash shows.
#[derive(Debug)]
pub struct Test {
    pub condition: Box<Condition>,
    pub text: Box<[u8]>,
}

/// `name=value` or `name+=value`, `name[i]=value`, `name=(…)`.
#[derive(Debug)]
pub struct Assignment {
    pub name: Sym,
    pub append: bool,
    pub value: Word,
    /// The value begins with `$name` itself and does not use the variable again: it can grow in place.
    pub grows: bool,
    pub array: Option<Box<ArrayPart>>,
}

/// What an assignment to an array has beside its name and value.
#[derive(Debug, Default)]
pub struct ArrayPart {
    pub subscript: Option<Box<Subscript>>,
    /// The elements of `name=(…)`.
    pub list: Option<Vec<Element>>,
}

/// One word of `name=(…)`.
#[derive(Debug)]
pub struct Element {
    pub subscript: Option<Box<Subscript>>,
    pub append: bool,
    pub word: Word,
}

/// What stands in the brackets of `a[…]`.
#[derive(Debug)]
pub enum Subscript {
    /// One element: a number's expression, or an associative array's key.
    At(Box<Arithmetic>),
    /// `@` or `*`
    All(u8),
}

/// `if`: pairs of condition and body, then what `else` has.
#[derive(Debug)]
pub struct If {
    pub branches: Vec<(List, List)>,
    pub otherwise: Option<List>,
}

/// `while` and `until`.
#[derive(Debug)]
pub struct Loop {
    pub until: bool,
    pub condition: List,
    pub body: List,
}

/// `for`; without `in`, over the positional parameters.
#[derive(Debug)]
pub struct For {
    pub variable: Sym,
    pub words: Option<Box<[Word]>>,
    pub body: List,
    pub shown: Shown,
}

/// `case`.
#[derive(Debug)]
pub struct Case {
    pub word: Word,
    pub arms: Vec<Arm>,
    pub shown: Shown,
}

/// One arm of `case`.
#[derive(Debug)]
pub struct Arm {
    pub patterns: Box<[Pattern]>,
    pub body: List,
    pub then: Then,
}

/// What follows an arm's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// `;;`
    Leave,
    /// `;&`: run the next body too.
    Fall,
    /// `;;&`: go on matching.
    Match,
}

/// A function's definition; shared, for it may be redefined while it runs.
#[derive(Debug)]
pub struct Function {
    pub name: Sym,
    /// From the first call on, where it is `unread` before.
    pub body: OnceCell<Command>,
    /// Its definition as it was written; empty where nothing needs it.
    pub text: Box<[u8]>,
    pub unread: Option<Unread>,
    /// The file it stands in, set where it is defined.
    pub source: OnceCell<Rc<[u8]>>,
}

impl Function {
    /// Its definition as it was written, which only bash shows.
    pub fn shown(&self) -> &[u8] {
        match &self.unread {
            Some(unread) if !unread.dialect.bash => b"",
            _ => &self.text,
        }
    }

    /// Its body, which is read now if it was not; an error only where there is no room on the stack for what is nested in it.
    pub fn body(&self, known: Known) -> Option<&Command> {
        if let (None, Some(unread)) = (self.body.get(), &self.unread) {
            let mut input = Input::string(self.text.get(unread.at..).unwrap_or_default(), unread.line);
            let known = Known { dialect: unread.dialect, aliases: &NO_ALIASES, ..known };
            let _ = self.body.set(Parser::new(&mut input, known).body_text().ok()?);
        }
        self.body.get()
    }
}

/// Where none are expanded: in a body that waited, and in a script for bash.
pub static NO_ALIASES: Aliases = Vec::new();

/// A body that was only gone past: where it is read when it is called.
#[derive(Debug)]
pub struct Unread {
    /// Where it begins in the text of the definition.
    pub at: usize,
    /// On which line.
    pub line: u32,
    /// What the grammar was when it was defined.
    pub dialect: Dialect,
}

/// The inside of `[[ … ]]`.
#[derive(Debug)]
pub enum Condition {
    /// One word: true if not empty.
    Word(Word),
    /// `-f x` and so on.
    Unary(Box<[u8]>, Word),
    /// `a = b`, `a -nt b` and so on; the right side of `=`, `==` and `!=` is a pattern.
    Binary(Word, Box<[u8]>, Word),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}

/// A redirection.
#[derive(Debug)]
pub struct Redirect {
    /// The descriptor it changes, or `IN_VARIABLE`.
    pub fd: i32,
    /// The variable that gets a free descriptor's number, or has the number of the one to close.
    pub variable: Option<Sym>,
    pub kind: RedirectKind,
    pub target: Target,
}

impl Redirect {
    /// Stands for the descriptor where a variable holds it.
    pub const IN_VARIABLE: i32 = -1;
}

/// How a redirection opens what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectKind {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>|`
    Clobber,
    /// `>>`
    Append,
    /// `<>`
    ReadWrite,
    /// `<&` and `>&`
    Duplicate,
    /// `&>`: standard output and standard error
    Both,
    /// `&>>`
    BothAppend,
    /// `<<`
    Here,
    /// `<<<`
    HereString,
}

/// What a redirection names.
#[derive(Debug)]
pub enum Target {
    Word(Word),
    /// A here-document's body, which is read after the line that names it.
    Here(Rc<OnceCell<Word>>),
}

/// A word: quoting resolved, expansions not yet done. No part at all means an empty word that vanishes.
#[derive(Debug, Default, Clone)]
pub struct Word {
    pub parts: Few<Part>,
    /// An argument of `export` and its like, `name=value`: expanded as an assignment, without splitting.
    pub assignment: bool,
    /// It may have braces to expand: `{a,b}`.
    pub braces: bool,
}

impl Word {
    /// The text of a word that is one unquoted literal: the only form a reserved word or alias can have.
    pub fn literal(&self) -> Option<&[u8]> {
        match self.parts.as_slice() {
            [Part::Literal(text, _)] => Some(text),
            _ => None,
        }
    }

    /// The text of a word without expansions, quoted or not; None where there is one.
    pub fn constant(&self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        for part in &self.parts {
            match part {
                Part::Literal(bytes, _) | Part::Quoted(bytes) => text.extend_from_slice(bytes),
                _ => return None,
            }
        }
        Some(text)
    }
}

/// A word that is a pattern.
pub struct Pattern {
    pub word: Word,
    /// The options it was compiled with, and the result; none where it has to be expanded first.
    pub compiled: OnceCell<(u8, Option<Glob>)>,
}

impl Pattern {
    /// A pattern not yet compiled.
    pub fn new(word: Word) -> Pattern {
        Pattern { word, compiled: OnceCell::new() }
    }
}

impl core::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.word.fmt(f)
    }
}

/// A part of a word.
#[derive(Debug, Clone)]
pub enum Part {
    /// Unquoted text; whether it holds one of `*?[`.
    Literal(Text, bool),
    /// Quoted text, perhaps empty.
    Quoted(Text),
    /// `~` or `~user` where it is to be expanded.
    Tilde(Box<[u8]>),
    Param(Rc<Param>),
    Command(Rc<Substitution>),
    Arith(Rc<Arithmetic>, bool),
    /// `<(…)`, or where true `>(…)`: a file from which a command's output, or into which its input, flows.
    Process(Rc<Substitution>, bool),
}

/// `$x`, `${x…}`.
#[derive(Debug)]
pub struct Param {
    pub of: Of,
    pub op: Op,
    /// Inside double quotes.
    pub quoted: bool,
    /// `${!x…}`: the value is the name of what is meant.
    pub indirect: bool,
    pub subscript: Option<Box<Subscript>>,
}

impl Param {
    /// `$x` or `${x}`.
    pub fn plain(of: Of, quoted: bool) -> Param {
        Param { of, op: Op::Get, quoted, indirect: false, subscript: None }
    }

    /// Whether it is the value of a variable or parameter and nothing more.
    pub fn is_plain(&self) -> bool {
        matches!(self.op, Op::Get) && self.subscript.is_none() && !self.indirect
    }
}

/// What a parameter expansion is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Var(Sym),
    /// `$1` and up.
    Positional(usize),
    /// One of `@*#?-$!0`.
    Special(u8),
}

/// What is done with the value.
#[derive(Debug)]
pub enum Op {
    Get,
    /// `${#x}`
    Length,
    /// `${!a[@]}`: the keys
    Keys,
    /// `${!x*}`, `${!x@}`: the names of variables that begin so
    Names(u8),
    /// `^`, `^^`, `,`, `,,`: which, all letters, and the pattern they must match
    Case {
        upper: bool,
        all: bool,
        pattern: Box<Pattern>,
    },
    /// `@Q` and its like
    Transform(u8),
    /// `-`, and whether empty counts as unset
    Default(bool, Box<Word>),
    /// `=`
    Assign(bool, Box<Word>),
    /// `?`
    Error(bool, Box<Word>),
    /// `+`
    Alternative(bool, Box<Word>),
    /// `#`, `##`, `%`, `%%`
    Trim {
        suffix: bool,
        longest: bool,
        pattern: Box<Pattern>,
    },
    /// `:offset:length`
    Substring {
        offset: Box<Arithmetic>,
        length: Option<Box<Arithmetic>>,
    },
    /// `/pattern/with`; all of them; only at the beginning `#` or the end `%`
    Replace {
        all: bool,
        anchor: Option<u8>,
        pattern: Box<Pattern>,
        with: Box<Word>,
    },
    /// Not a valid substitution: an error where it is expanded.
    Bad(Box<[u8]>),
}

/// `$(…)` or `` `…` ``.
#[derive(Debug)]
pub struct Substitution {
    pub list: List,
    pub quoted: bool,
}

/// An arithmetic expression: its text as a word, and the tree where the text is known before expansion.
#[derive(Debug)]
pub struct Arithmetic {
    pub text: Word,
    pub compiled: Option<Box<Expr>>,
}

/// An arithmetic expression's tree.
#[derive(Debug)]
pub enum Expr {
    Number(i64),
    Variable(Sym),
    /// `$x` inside: its value where that is a plain number; otherwise the whole text is expanded and parsed again.
    Param(Rc<Param>),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// Operators that bind equally, from the left: a long sum is one flat node.
    Chain(Box<Expr>, Vec<(Binary, Expr)>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Ternary(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `x = e`, and `x op= e`
    Assign(Sym, Option<Binary>, Box<Expr>),
    /// `++x`, `--x`, `x++`, `x--`: by how much, and whether the old value counts
    Step(Sym, i64, bool),
    /// `a[i]`
    Element(Box<Place>),
    /// `a[i] = e`
    AssignElement(Box<Place>, Option<Binary>, Box<Expr>),
    /// `a[i]++`
    StepElement(Box<Place>, i64, bool),
}

/// An array's element in an expression.
#[derive(Debug)]
pub struct Place {
    pub sym: Sym,
    /// What stands in the brackets, for an associative array.
    pub text: Vec<u8>,
    /// Its tree, where it is an expression.
    pub index: Option<Box<Expr>>,
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    Minus,
    Plus,
    Not,
    Complement,
}

/// Operators with two operands that are both evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Power,
    Multiply,
    Divide,
    Remainder,
    Add,
    Subtract,
    ShiftLeft,
    ShiftRight,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    BitAnd,
    BitXor,
    BitOr,
    Comma,
}

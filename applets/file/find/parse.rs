//! From arguments to an expression tree.

use super::exec::Command;
use super::print::{Format, parse_format};
use crate::glob::{Glob, Regex};
use base::io::Output;
use base::meta::{Meta, Stamp};
use base::mode::ModeChange;
use base::time::{Zone, now, parse_date};
use base::users::Database;
use base::walk::Follow;
use base::{Context, Error, Result};
use rustix::fs::{FileType, OFlags};

/// Parentheses and negations that may be open at once.
const MAX_NESTING: usize = 200;

/// A number to compare with: exactly, more, less.
#[derive(Clone, Copy)]
pub struct Compare {
    pub how: u8,
    pub value: u64,
}

impl Compare {
    pub fn matches(self, value: u64) -> bool {
        match self.how {
            b'+' => value > self.value,
            b'-' => value < self.value,
            _ => value == self.value,
        }
    }
}

/// The words of -regextype: six that are extended expressions, six that are basic ones, and the default.
const NOTATIONS: &str = "posix-extended posix-egrep egrep awk gnu-awk posix-awk \
                         posix-basic posix-minimal-basic basic grep ed sed emacs findutils-default";

/// How -regex is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    /// As a basic expression, but for `+` and `?`, which are operators (GNU find's default).
    Emacs,
    Basic,
    Extended,
}

/// Emacs's notation as a basic expression. `\+` and `\?` stay operators, as BusyBox takes them.
#[inline(never)]
fn from_emacs(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((b, after)) = rest.split_first() {
        rest = after;
        match b {
            b'\\' => {
                out.push(*b);
                if let Some((next, after)) = after.split_first() {
                    out.push(*next);
                    rest = after;
                }
            }
            b'[' => {
                // A bracket expression is copied whole: its first member may be a `]`.
                let skip = after.iter().take_while(|b| **b == b'^').count().min(1).saturating_add(1);
                let end =
                    after.iter().skip(skip).position(|b| *b == b']').map_or(after.len(), |at| at.saturating_add(skip));
                let (inside, after) = after.split_at(end);
                out.push(b'[');
                out.extend_from_slice(inside);
                rest = after;
            }
            b'+' | b'?' if !out.is_empty() => out.extend_from_slice(&[b'\\', *b]),
            _ => out.push(*b),
        }
    }
    out
}

/// One of a file's times.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    Access,
    Birth,
    Change,
    Modify,
}

impl Clock {
    pub fn of(self, meta: &Meta) -> Option<Stamp> {
        match self {
            Clock::Access => Some(meta.atime),
            Clock::Birth => meta.btime,
            Clock::Change => Some(meta.ctime),
            Clock::Modify => Some(meta.mtime),
        }
    }
}

/// A test or an action.
pub enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    List(Vec<Node>),
    Not(Box<Node>),
    Constant(bool),
    Name(Glob),
    Path(Glob),
    Link(Glob),
    Regex(Box<Regex>),
    Type(Vec<FileType>),
    TargetType(Vec<FileType>),
    /// The unit's size in bytes.
    Size(Compare, u64),
    Empty,
    /// What is wanted for directories and for others; `-` all of it, `/` some of it, else exactly.
    Perm(u8, u32, u32),
    Links(Compare),
    Inode(Compare),
    Same(u64, u64),
    /// A clock and an age in nanoseconds with its unit.
    Age(Clock, u8, i128, i128),
    Newer(Clock, Stamp),
    Used(Compare),
    User(Compare),
    Group(Compare),
    NoUser,
    NoGroup,
    Access(rustix::fs::Access),
    FileSystem(Vec<u8>),
    /// Actions; the number is that of the output file, if any.
    Print(Option<usize>, u8),
    Printf(Option<usize>, Format),
    List1(Option<usize>),
    Exec(usize),
    Delete,
    Prune,
    Quit,
}

/// All that was said.
pub struct Plan {
    pub paths: Vec<Vec<u8>>,
    pub expression: Node,
    pub follow: Follow,
    pub depth_first: bool,
    pub one_device: bool,
    pub max_depth: Option<usize>,
    pub min_depth: usize,
    pub files: Vec<Output>,
    pub commands: Vec<Command>,
    /// The file that the paths were read from.
    pub files0: Option<Vec<u8>>,
    /// Names of `files`, so that one file is opened once.
    file_names: Vec<Vec<u8>>,
    now: Stamp,
    notation: Notation,
    has_action: bool,
    depth_said: bool,
}

struct Parser<'a, 'p> {
    rest: &'a [&'a [u8]],
    plan: &'p mut Plan,
    users: &'p mut Database,
    zone: Zone,
    nesting: usize,
}

#[inline(never)]
pub fn parse(cx: &mut Context, arguments: &[&[u8]], users: &mut Database) -> Result<Plan> {
    let mut plan = Plan {
        paths: Vec::new(),
        expression: Node::Constant(true),
        follow: Follow::Never,
        depth_first: false,
        one_device: false,
        max_depth: None,
        min_depth: 0,
        files: Vec::new(),
        commands: Vec::new(),
        files0: None,
        file_names: Vec::new(),
        now: now(),
        notation: Notation::Emacs,
        has_action: false,
        depth_said: false,
    };
    let mut rest = arguments;
    while let Some((first, after)) = rest.split_first() {
        match *first {
            b"-D" => rest = after.get(1..).unwrap_or_default(),
            b"--" => {
                rest = after;
                break;
            }
            [b'-', b'O', ..] => rest = after,
            [b'-', letters @ ..] if !letters.is_empty() && letters.iter().all(|b| b"HLP".contains(b)) => {
                plan.follow = letters.last().and_then(|b| super::follow_option(*b)).unwrap_or(plan.follow);
                rest = after;
            }
            _ => break,
        }
    }
    while let Some((first, after)) = rest.split_first() {
        if starts_expression(first) {
            break;
        }
        plan.paths.push(first.to_vec());
        rest = after;
    }
    let zone = Zone::load(cx.env.get(b"TZ"));
    let empty = rest.is_empty();
    let mut parser = Parser { rest, plan: &mut plan, users, zone, nesting: 0 };
    let expression = if empty { Node::Constant(true) } else { parser.operands(0)? };
    if let Some(left) = parser.rest.first() {
        return Err(match *left {
            b")" => Error::message("you have too many ')'"),
            left => Error::message_about("paths must precede expression:", left),
        });
    }
    match &plan.files0 {
        Some(file) => {
            if let Some(extra) = plan.paths.first() {
                return Err(Error::message_about("paths cannot be combined with -files0-from: extra operand", extra));
            }
            if file == b"-" && plan.commands.iter().any(|command| command.ask) {
                return Err(Error::message("-files0-from reads standard input, which -ok and -okdir need"));
            }
            let text = cx.open(file)?.rest()?;
            let list = text.strip_suffix(b"\0").unwrap_or(&text);
            plan.paths = if text.is_empty() { Vec::new() } else { base::bytes::pieces(list, 0) };
        }
        None if plan.paths.is_empty() => plan.paths.push(b".".to_vec()),
        None => {}
    }
    plan.expression = if plan.has_action { expression } else { Node::And(vec![expression, Node::Print(None, b'\n')]) };
    Ok(plan)
}

fn starts_expression(argument: &[u8]) -> bool {
    matches!(argument, b"(" | b")" | b"!" | b",") || argument.len() > 1 && argument.starts_with(b"-")
}

impl<'a> Parser<'a, '_> {
    fn peek(&self) -> Option<&'a [u8]> {
        self.rest.first().copied()
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        let (first, after) = self.rest.split_first()?;
        self.rest = after;
        Some(first)
    }

    fn argument(&mut self, of: &[u8]) -> Result<&'a [u8]> {
        self.next().ok_or_else(|| Error::message_about("missing argument to", of))
    }

    /// Operands with operators between them: `,` at level 0, `-o` at level 1, and at level 2 `-a`, which may be left out.
    fn operands(&mut self, level: u8) -> Result<Node> {
        let mut nodes = Vec::new();
        loop {
            nodes.push(if level < 2 { self.operands(level.saturating_add(1))? } else { self.not()? });
            let next = self.peek().map(base::bytes::word);
            if matches!((level, next), (0, Some(",")) | (1, Some("-o" | "-or")) | (2, Some("-a" | "-and"))) {
                self.next();
            } else if level < 2 || matches!(next, None | Some("," | "-o" | "-or" | ")")) {
                break;
            }
        }
        Ok(match level {
            _ if nodes.len() == 1 => nodes.pop().unwrap_or(Node::Constant(true)),
            0 => Node::List(nodes),
            1 => Node::Or(nodes),
            _ => Node::And(nodes),
        })
    }

    #[inline(never)]
    fn not(&mut self) -> Result<Node> {
        let mut negated = false;
        while matches!(self.peek(), Some(b"!" | b"-not")) {
            self.next();
            negated = !negated;
        }
        let Some(argument) = self.next() else {
            return Err(Error::message("expected an expression at the end"));
        };
        let node = if argument == b"(" {
            if self.peek() == Some(b")") {
                return Err(Error::message("empty parentheses are not allowed"));
            }
            self.nesting = self.nesting.saturating_add(1);
            if self.nesting > MAX_NESTING {
                return Err(Error::message("expression nested too deeply"));
            }
            let inner = self.operands(0)?;
            self.nesting = self.nesting.saturating_sub(1);
            if self.next() != Some(b")") {
                return Err(Error::message("missing ')'"));
            }
            inner
        } else {
            self.primary(argument)?
        };
        Ok(if negated { Node::Not(Box::new(node)) } else { node })
    }

    fn compare(&mut self, of: &[u8]) -> Result<Compare> {
        let (how, digits, text) = self.signed(of)?;
        let value = base::number::parse_u64(digits).map_err(|_| self.bad(of, text))?;
        Ok(Compare { how, value })
    }

    fn bad(&self, of: &[u8], text: &[u8]) -> Error {
        Error::message(base::bytes::fill("invalid argument '%' to '%'", &[text, of]))
    }

    fn glob(&mut self, of: &[u8], ignore_case: bool) -> Result<Glob> {
        Ok(Glob::new(self.argument(of)?, ignore_case))
    }

    /// The argument of a test that compares: `+`, `-` or `=`, and what is behind the sign.
    fn signed(&mut self, of: &[u8]) -> Result<(u8, &'a [u8], &'a [u8])> {
        let text = self.argument(of)?;
        Ok(match text {
            [sign @ (b'+' | b'-'), rest @ ..] => (*sign, rest, text),
            _ => (b'=', text, text),
        })
    }

    /// Opens the output file of -fprint and its like.
    fn file(&mut self, of: &[u8]) -> Result<Option<usize>> {
        let name = self.argument(of)?;
        if let Some(known) = self.plan.file_names.iter().position(|n| n == name) {
            return Ok(Some(known));
        }
        self.plan.files.push(Output::open(name, OFlags::CREATE | OFlags::TRUNC)?);
        self.plan.file_names.push(name.to_vec());
        Ok(Some(self.plan.files.len().saturating_sub(1)))
    }

    fn age(&mut self, of: &[u8], clock: u8, unit: i128) -> Result<Node> {
        let clock = self.clock(of, clock)?;
        let (how, digits, text) = self.signed(of)?;
        let number = base::time::parse_duration(digits)
            .filter(|_| digits.last().is_some_and(|b| b.is_ascii_digit() || *b == b'.'));
        let Some(number) = number else { return Err(self.bad(of, text)) };
        // Counted in units, fractions and all.
        let age = i128::from(number.as_secs()).saturating_mul(unit).saturating_add(
            i128::from(number.subsec_nanos()).saturating_mul(unit).checked_div(1_000_000_000).unwrap_or(0),
        );
        Ok(Node::Age(clock, how, age, unit))
    }

    fn types(&mut self, of: &[u8]) -> Result<Vec<FileType>> {
        let text = self.argument(of)?;
        let mut types = Vec::new();
        for part in text.split(|b| *b == b',') {
            types.push(match part {
                [b'b'] => FileType::BlockDevice,
                [b'c'] => FileType::CharacterDevice,
                [b'd'] => FileType::Directory,
                [b'p'] => FileType::Fifo,
                [b'f'] => FileType::RegularFile,
                [b'l'] => FileType::Symlink,
                [b's'] => FileType::Socket,
                _ => return Err(Error::message_about("unknown argument to -type:", text)),
            });
        }
        Ok(types)
    }

    fn reference(&mut self, of: &[u8]) -> Result<Meta> {
        let path = self.argument(of)?;
        let follow = self.plan.follow != Follow::Never;
        let meta = match Meta::of(path, follow) {
            Err(base::Errno::NOENT) if follow => Meta::of(path, false),
            meta => meta,
        };
        meta.map_err(|e| Error::system(path, e))
    }

    fn regex(&mut self, of: &[u8], ignore_case: bool) -> Result<Node> {
        let text = self.argument(of)?;
        let (pattern, extended) = match self.plan.notation {
            Notation::Emacs => (from_emacs(text), false),
            Notation::Basic => (text.to_vec(), false),
            Notation::Extended => (text.to_vec(), true),
        };
        match Regex::new(&pattern, extended, ignore_case) {
            Ok(regex) => Ok(Node::Regex(Box::new(regex))),
            Err(e) => Err(Error::message(base::bytes::fill("'%': %", &[text, e.as_bytes()]))),
        }
    }

    fn perm(&mut self, of: &[u8]) -> Result<Node> {
        let text = self.argument(of)?;
        let (how, mode) = match text {
            [b @ (b'-' | b'/'), rest @ ..] => (*b, rest),
            // `+MODE` once meant `/MODE`; a `+` before a letter is a symbolic mode.
            [b'+', rest @ ..] if rest.first().is_some_and(u8::is_ascii_digit) => (b'/', rest),
            _ => (b'=', text),
        };
        let change = ModeChange::parse(mode).ok_or_else(|| Error::message_about("invalid mode", text))?;
        Ok(Node::Perm(how, change.apply(0, true, 0), change.apply(0, false, 0)))
    }

    fn size(&mut self, of: &[u8]) -> Result<Node> {
        let (how, digits, text) = self.signed(of)?;
        let (unit, digits) = match digits.split_last() {
            Some((b'b', rest)) => (512, rest),
            Some((b'c', rest)) => (1, rest),
            Some((b'w', rest)) => (2, rest),
            Some((b'k', rest)) => (1024, rest),
            Some((b'M', rest)) => (1 << 20, rest),
            Some((b'G', rest)) => (1 << 30, rest),
            Some((b'T', rest)) => (1 << 40, rest),
            _ => (512, digits),
        };
        let value = base::number::parse_u64(digits).map_err(|_| self.bad(of, text))?;
        Ok(Node::Size(Compare { how, value }, unit))
    }

    fn owner(&mut self, of: &[u8], group: bool) -> Result<Node> {
        let text = self.argument(of)?;
        let id = if group { self.users.group_id(text) } else { self.users.user_id(text) };
        match id {
            Some(id) => {
                let compare = Compare { how: b'=', value: u64::from(id) };
                Ok(if group { Node::Group(compare) } else { Node::User(compare) })
            }
            None => Err(Error::message_about(if group { "unknown group" } else { "unknown user" }, text)),
        }
    }

    fn clock(&self, of: &[u8], letter: u8) -> Result<Clock> {
        Ok(match letter {
            b'a' => Clock::Access,
            b'B' => Clock::Birth,
            b'c' => Clock::Change,
            b'm' => Clock::Modify,
            _ => return Err(Error::message_about("unknown predicate", of)),
        })
    }

    /// `-newerXY`
    fn newer(&mut self, of: &[u8], x: u8, y: u8) -> Result<Node> {
        let clock = self.clock(of, x)?;
        let stamp = if y == b't' {
            let text = self.argument(of)?;
            parse_date(text, self.plan.now, &self.zone)
                .map_err(|_| Error::message_about("cannot understand the date", text))?
        } else {
            let other = self.clock(of, y)?;
            let meta = self.reference(of)?;
            other.of(&meta).ok_or_else(|| Error::message("the file's time of birth is not known"))?
        };
        Ok(Node::Newer(clock, stamp))
    }

    #[inline(never)]
    fn command(&mut self, of: &[u8], ask: bool, in_dir: bool) -> Result<Node> {
        let mut words: Vec<Vec<u8>> = Vec::new();
        let many = loop {
            let word = self.next().ok_or_else(|| Error::message_about("missing argument to", of))?;
            if word == b";" {
                break false;
            }
            if word == b"+" && !ask && words.last().is_some_and(|w| w == b"{}") {
                break true;
            }
            words.push(word.to_vec());
        };
        if many {
            words.pop();
            if words.iter().any(|w| w == b"{}") {
                return Err(Error::message(base::bytes::fill(
                    "only one instance of {} is supported with % ... +",
                    &[of],
                )));
            }
        }
        if words.is_empty() {
            return Err(Error::message_about("missing argument to", of));
        }
        self.plan.commands.push(Command::new(words, many, ask, in_dir));
        Ok(Node::Exec(self.plan.commands.len().saturating_sub(1)))
    }

    fn primary(&mut self, word: &'a [u8]) -> Result<Node> {
        const DAY: i128 = 86_400_000_000_000;
        const MINUTE: i128 = 60_000_000_000;
        let (mut name, mut file) = (base::bytes::word(word), None);
        if matches!(name, "-fprint" | "-fprint0" | "-fprintf" | "-fls") {
            file = self.file(word)?;
            name = name.strip_prefix("-f").unwrap_or_default();
        } else if word.starts_with(b"-") {
            name = name.strip_prefix('-').unwrap_or(name);
        } else {
            return Err(match word {
                b")" => Error::message("expected an expression before ')'"),
                b"," => Error::message_about("expected an expression before", word),
                _ => Error::message_about("paths must precede expression:", word),
            });
        }
        let ignore_case = name.starts_with('i');
        let first = name.bytes().next().unwrap_or(0);
        let node = match name {
            "true" | "noleaf" | "warn" | "nowarn" | "ignore_readdir_race" | "noignore_readdir_race" => {
                Node::Constant(true)
            }
            "false" => Node::Constant(false),
            "depth" | "d" => {
                (self.plan.depth_first, self.plan.depth_said) = (true, true);
                Node::Constant(true)
            }
            "mount" | "xdev" => {
                self.plan.one_device = true;
                Node::Constant(true)
            }
            "follow" => {
                self.plan.follow = Follow::Always;
                Node::Constant(true)
            }
            "daystart" => {
                // Ages count back from the end of today.
                let today = self.zone.civil(self.plan.now.sec);
                let tomorrow =
                    base::time::Civil { day: today.day.saturating_add(1), hour: 0, minute: 0, second: 0, ..today };
                if let Some(sec) = self.zone.seconds(&tomorrow, None) {
                    self.plan.now = Stamp { sec, nsec: 0 };
                }
                Node::Constant(true)
            }
            "maxdepth" | "mindepth" => {
                let text = self.argument(word)?;
                let depth = base::number::parse_u32(text).map_err(|_| self.bad(word, text))? as usize;
                if name == "maxdepth" {
                    self.plan.max_depth = Some(depth);
                } else {
                    self.plan.min_depth = depth;
                }
                Node::Constant(true)
            }
            "files0-from" => {
                self.plan.files0 = Some(self.argument(word)?.to_vec());
                Node::Constant(true)
            }
            "regextype" => {
                let notation = self.argument(word)?;
                self.plan.notation = match base::bytes::place(NOTATIONS, notation) {
                    Some(0..6) => Notation::Extended,
                    Some(6..12) => Notation::Basic,
                    Some(_) => Notation::Emacs,
                    None => return Err(Error::message_about("unknown regular expression type", notation)),
                };
                Node::Constant(true)
            }
            "name" | "iname" => Node::Name(self.glob(word, ignore_case)?),
            "path" | "wholename" | "ipath" | "iwholename" => Node::Path(self.glob(word, ignore_case)?),
            "lname" | "ilname" => Node::Link(self.glob(word, ignore_case)?),
            "regex" | "iregex" => self.regex(word, ignore_case)?,
            "type" => Node::Type(self.types(word)?),
            "xtype" => Node::TargetType(self.types(word)?),
            "size" => self.size(word)?,
            "empty" => Node::Empty,
            "perm" => self.perm(word)?,
            "links" => Node::Links(self.compare(word)?),
            "inum" => Node::Inode(self.compare(word)?),
            "samefile" => {
                let meta = self.reference(word)?;
                Node::Same(meta.dev, meta.ino)
            }
            "mtime" | "atime" | "ctime" => self.age(word, first, DAY)?,
            "mmin" | "amin" | "cmin" => self.age(word, first, MINUTE)?,
            "newer" => self.newer(word, b'm', b'm')?,
            "anewer" | "cnewer" => self.newer(word, first, b'm')?,
            "used" => Node::Used(self.compare(word)?),
            "user" => self.owner(word, false)?,
            "group" => self.owner(word, true)?,
            "uid" => Node::User(self.compare(word)?),
            "gid" => Node::Group(self.compare(word)?),
            "nouser" => Node::NoUser,
            "nogroup" => Node::NoGroup,
            "readable" => Node::Access(rustix::fs::Access::READ_OK),
            "writable" => Node::Access(rustix::fs::Access::WRITE_OK),
            "executable" => Node::Access(rustix::fs::Access::EXEC_OK),
            "fstype" => Node::FileSystem(self.argument(word)?.to_vec()),
            "context" => {
                self.argument(word)?;
                Node::Constant(false)
            }
            "print" => Node::Print(file, b'\n'),
            "print0" => Node::Print(file, 0),
            "printf" => Node::Printf(file, parse_format(self.argument(word)?)?),
            "ls" => Node::List1(file),
            "exec" | "ok" | "execdir" | "okdir" => self.command(word, first == b'o', name.ends_with("dir"))?,
            "delete" => {
                self.plan.depth_first = true;
                Node::Delete
            }
            "prune" => Node::Prune,
            // Like -prune, it does not take the place of -print.
            "quit" => Node::Quit,
            "a" | "and" | "o" | "or" => return Err(Error::message_about("expected an expression before", word)),
            _ => match word {
                [b'-', b'n', b'e', b'w', b'e', b'r', x, y] => self.newer(word, *x, *y)?,
                _ => return Err(Error::message_about("unknown predicate", word)),
            },
        };
        self.plan.has_action |=
            matches!(node, Node::Print(..) | Node::Printf(..) | Node::List1(_) | Node::Exec(_) | Node::Delete);
        Ok(node)
    }
}

impl Plan {
    pub fn now(&self) -> Stamp {
        self.now
    }
}

//! What the user asked for.

use super::dired::Dired;
use crate::glob::Glob;
use base::args::Value;
use base::bytes::place;
use base::quote::Style;
use base::term;
use base::term::colors::Colors;
use base::time::{Stamp, Zone};
use base::walk::Follow;
use base::{Args, Context, Error, Result};
use rustix::fs::FileType;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Single,
    Long,
    Down,
    Across,
    Commas,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dots {
    Hidden,
    /// All but `.` and `..`.
    Almost,
    All,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    None,
    Name,
    Size,
    Time,
    Version,
    Extension,
    Width,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    Modified,
    Accessed,
    Changed,
    Born,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Indicator {
    None,
    Slash,
    Type,
    Classify,
}

/// How sizes are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// In this many bytes.
    Bytes(u64),
    /// For people, in powers of this.
    Human(u64),
}

/// What an option settles.
#[derive(Clone, Copy)]
enum Choice {
    Format(Format),
    Order(Order),
    Clock(Clock),
    Indicator(Indicator),
    Quoting(Style),
}

/// The options that settle something, `name=word` for those that take a word; of several about the same thing the last counts.
static CHOICES: [(&str, Choice); 24] = [
    ("l n g o full-time e format=long format=verbose", Choice::Format(Format::Long)),
    ("1 format=single-column", Choice::Format(Format::Single)),
    ("C format=vertical", Choice::Format(Format::Down)),
    ("x format=across format=horizontal", Choice::Format(Format::Across)),
    ("m format=commas", Choice::Format(Format::Commas)),
    ("t sort=time", Choice::Order(Order::Time)),
    ("S sort=size", Choice::Order(Order::Size)),
    ("X sort=extension", Choice::Order(Order::Extension)),
    ("v sort=version", Choice::Order(Order::Version)),
    ("U f sort=none", Choice::Order(Order::None)),
    ("sort=name", Choice::Order(Order::Name)),
    ("sort=width", Choice::Order(Order::Width)),
    ("c time=ctime time=status", Choice::Clock(Clock::Changed)),
    ("u time=atime time=access time=use", Choice::Clock(Clock::Accessed)),
    ("time=birth time=creation", Choice::Clock(Clock::Born)),
    ("time=mtime time=modification", Choice::Clock(Clock::Modified)),
    ("p indicator-style=slash", Choice::Indicator(Indicator::Slash)),
    ("F indicator-style=classify", Choice::Indicator(Indicator::Classify)),
    ("file-type indicator-style=file-type", Choice::Indicator(Indicator::Type)),
    ("indicator-style=none", Choice::Indicator(Indicator::None)),
    ("q", Choice::Quoting(Style::Hidden)),
    ("N show-control-chars", Choice::Quoting(Style::Literal)),
    ("b", Choice::Quoting(Style::Escape)),
    ("Q", Choice::Quoting(Style::C)),
];

pub struct Settings {
    pub format: Format,
    pub dots: Dots,
    pub order: Order,
    pub reverse: bool,
    pub dirs_first: bool,
    pub clock: Clock,
    /// strftime formats for times older than half a year, and for others.
    pub old_format: Vec<u8>,
    pub new_format: Vec<u8>,
    pub directory: bool,
    pub recursive: bool,
    pub follow: Follow,
    pub links_to_dirs: bool,
    pub inode: bool,
    pub blocks: bool,
    pub numeric: bool,
    pub owner: bool,
    pub group: bool,
    pub author: bool,
    pub context: bool,
    /// Units of -s and totals, and of sizes in the long format.
    pub block_unit: Unit,
    pub size_unit: Unit,
    pub indicator: Indicator,
    pub quoting: Style,
    pub utf8: bool,
    pub colors: Option<Colors>,
    /// Columns of a line; 0 is no limit.
    pub width: usize,
    pub backups: bool,
    pub end: u8,
    pub zone: Zone,
    pub now: Stamp,
    ignore: Vec<Glob>,
    /// Where names stand is told in the end (-D).
    pub dired: Option<Box<Dired>>,
    /// A colour has been written, so the first reset has been too.
    pub colored: bool,
}

impl Settings {
    pub fn read(cx: &mut Context, args: &Args) -> Result<Settings> {
        let terminal = cx.stdout.is_terminal();
        let has = |id: &str| args.has(id);
        let mut set = Settings {
            format: if terminal { Format::Down } else { Format::Single },
            dots: match args.last_of(&["A", "a", "f"]) {
                Some("A") => Dots::Almost,
                Some(_) => Dots::All,
                None => Dots::Hidden,
            },
            order: Order::Name,
            reverse: has("r"),
            dirs_first: has("group-directories-first"),
            clock: Clock::Modified,
            old_format: b"%b %e  %Y".to_vec(),
            new_format: b"%b %e %H:%M".to_vec(),
            directory: has("d"),
            recursive: has("R") && !has("d"),
            follow: Follow::Never,
            links_to_dirs: false,
            inode: has("i"),
            blocks: has("s"),
            numeric: has("n"),
            owner: !has("g"),
            group: !has("o") && !has("G"),
            author: has("author"),
            context: has("Z"),
            block_unit: Unit::Bytes(if cx.env.get(b"POSIXLY_CORRECT").is_some() && !has("k") { 512 } else { 1024 }),
            size_unit: Unit::Bytes(1),
            indicator: Indicator::None,
            quoting: if terminal { Style::ShellEscape } else { Style::Literal },
            utf8: cx.is_utf8(),
            colors: None,
            width: 80,
            backups: has("B"),
            end: if has("zero") { 0 } else { b'\n' },
            zone: Zone::load(cx.env.get(b"TZ")),
            now: base::time::now(),
            ignore: Vec::new(),
            dired: None,
            colored: false,
        };
        Glob::add(&mut set.ignore, args, "I");
        if set.dots == Dots::Hidden {
            Glob::add(&mut set.ignore, args, "hide");
        }
        if has("zero") {
            (set.format, set.quoting) = (Format::Single, Style::Literal);
        }
        set.read_choices(cx, args, terminal)?;
        set.read_times(args)?;
        set.read_units(cx, args)?;
        if has("D") && set.format == Format::Long {
            set.dired = Some(Box::default());
            set.colors = None;
        }
        match args.last_of(&["L", "H", "dereference-command-line-symlink-to-dir"]) {
            Some("L") => set.follow = Follow::Always,
            Some("H") => set.follow = Follow::Operands,
            Some(_) => set.links_to_dirs = true,
            None => {
                set.links_to_dirs =
                    !set.directory && set.format != Format::Long && set.indicator != Indicator::Classify;
            }
        }
        Ok(set)
    }

    /// Begins a line: with two blanks where its names' places are told. Gives its length.
    pub fn indent(&self, line: &mut Vec<u8>) -> usize {
        if self.dired.is_some() {
            line.extend_from_slice(b"  ");
        }
        line.len()
    }

    fn read_choices(&mut self, cx: &Context, args: &Args, terminal: bool) -> Result<()> {
        if let Some(style) = cx.env.get(b"QUOTING_STYLE").and_then(Style::named) {
            self.quoting = style;
        }
        let mut ordered = false;
        let mut name = Vec::new();
        for given in &args.given {
            name.clear();
            name.extend_from_slice(given.id.as_bytes());
            let mut word = None;
            match given.value {
                Value::Text(text) if given.id == "quoting-style" => {
                    self.quoting =
                        Style::named(text).ok_or_else(|| Error::usage_about("invalid quoting style", text))?;
                }
                Value::Choice(text) => {
                    word = Some(text);
                    name.push(b'=');
                    name.extend_from_slice(text.as_bytes());
                }
                _ => {}
            }
            if given.id == "classify" {
                let auto = matches!(word, Some("auto" | "tty" | "if-tty"));
                let on = if auto { terminal } else { term::when(cx.env, word, terminal) };
                self.indicator = if on { Indicator::Classify } else { Indicator::None };
            }
            match CHOICES.iter().find(|(names, _)| place(names, &name).is_some()).map(|(_, choice)| *choice) {
                // -1 does not undo -l (POSIX).
                Some(Choice::Format(_)) if given.id == "1" && self.format == Format::Long => {}
                Some(Choice::Format(format)) => self.format = format,
                Some(Choice::Order(order)) => (self.order, ordered) = (order, true),
                Some(Choice::Clock(clock)) => self.clock = clock,
                Some(Choice::Indicator(indicator)) => self.indicator = indicator,
                Some(Choice::Quoting(style)) => self.quoting = style,
                None => {}
            }
        }
        // A time that is not shown is there to order by.
        if !ordered && self.clock != Clock::Modified && self.format != Format::Long {
            self.order = Order::Time;
        }
        let fd = if terminal { cx.stdout.fd() } else { None };
        self.width = term::columns(cx.env, fd).unwrap_or(80);
        if let Some(width) = args.count("w") {
            self.width = usize::try_from(width).unwrap_or(0);
        }
        let color = match args.value("color") {
            None => false,
            Some(Value::Choice(word)) => term::when(cx.env, Some(word), terminal),
            Some(_) => true,
        };
        if color && !args.has("f") {
            self.colors = Some(Colors::load(cx.env.get(b"LS_COLORS")));
        }
        Ok(())
    }

    fn read_times(&mut self, args: &Args) -> Result<()> {
        let style = match args.last_of(&["full-time", "e", "time-style"]) {
            Some("time-style") => args.text("time-style").unwrap_or_default(),
            Some(_) => b"full-iso",
            None => return Ok(()),
        };
        let name = style.strip_prefix(b"posix-").unwrap_or(style);
        let formats: &[u8] = match base::bytes::word(name) {
            "full-iso" => b"%Y-%m-%d %H:%M:%S.%N %z",
            "long-iso" => b"%Y-%m-%d %H:%M",
            "iso" => b"%Y-%m-%d \n%m-%d %H:%M",
            "locale" => return Ok(()),
            _ => name.strip_prefix(b"+").ok_or_else(|| Error::usage_about("invalid time style", style))?,
        };
        let mut parts = formats.splitn(2, |b| *b == b'\n');
        self.old_format = parts.next().unwrap_or_default().to_vec();
        self.new_format = parts.next().unwrap_or(&self.old_format).to_vec();
        Ok(())
    }

    fn read_units(&mut self, cx: &Context, args: &Args) -> Result<()> {
        let named =
            args.text("block-size").or_else(|| cx.env.get(b"LS_BLOCK_SIZE")).or_else(|| cx.env.get(b"BLOCK_SIZE"));
        if let Some(text) = named {
            let unit = match base::bytes::word(text) {
                "human-readable" => Unit::Human(1024),
                "si" => Unit::Human(1000),
                _ => match base::size::parse_block(text.strip_prefix(b"'").unwrap_or(text)) {
                    Ok(size) => Unit::Bytes(size),
                    Err(_) if !args.has("block-size") => self.block_unit,
                    Err(_) => return Err(Error::usage_about("invalid block size", text)),
                },
            };
            if args.has("block-size") || unit != self.block_unit {
                (self.block_unit, self.size_unit) = (unit, unit);
            }
        }
        match args.last_of(&["h", "si"]) {
            Some("h") => (self.block_unit, self.size_unit) = (Unit::Human(1024), Unit::Human(1024)),
            Some(_) => (self.block_unit, self.size_unit) = (Unit::Human(1000), Unit::Human(1000)),
            None => {}
        }
        Ok(())
    }

    /// Whether more must be known of a file than the directory tells.
    pub fn needs_meta(&self, kind: FileType) -> bool {
        self.format == Format::Long
            || self.blocks
            || self.follow == Follow::Always && (kind == FileType::Symlink || self.inode)
            || kind == FileType::Unknown
            || matches!(self.order, Order::Size | Order::Time)
            || self.indicator == Indicator::Classify && kind == FileType::RegularFile
            || self.colors.is_some() && matches!(kind, FileType::RegularFile | FileType::Directory)
            || self.inode && kind == FileType::Directory
    }

    /// Whether -I or --hide leaves the name out.
    pub fn ignored(&self, name: &[u8]) -> bool {
        Glob::any(&self.ignore, name)
    }
}

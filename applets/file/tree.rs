//! tree - show a directory tree as a drawing
//! Spec: none; as BusyBox, with the usual options of the tree of Linux distributions. Deviations: names are ordered by bytes.

use crate::glob::Glob;
use base::meta::Meta;
use base::mode;
use base::term::colors::Colors;
use base::walk::{Event, Follow, Walk};
use base::{Applet, Args, Context, Declaration, Exec, Kind, Opt, Result, Status};
use rustix::fs::{CWD, FileType};

/// tree
pub const APPLET: Applet = base::applet!(Declaration {
    name: "tree",
    exec: Exec::no_fork("reads directories and writes its output"),
    summary: "Draw the tree under each DIRECTORY",
    operands: "[DIRECTORY]...",
    options: &[
        Opt::flag("a", "", "names that begin with . too"),
        Opt::flag("d", "", "directories only"),
        Opt::flag("f", "", "whole paths"),
        Opt::flag("i", "", "no lines"),
        Opt::flag("l", "", "follow symbolic links"),
        Opt::flag("x", "", "stay on one file system"),
        Opt::value("L", "", "N", Kind::Count, "go N levels down"),
        Opt::value("P", "", "PATTERN", Kind::Text, "only files that match PATTERN"),
        Opt::value("I", "", "PATTERN", Kind::Text, "not what matches PATTERN"),
        Opt::flag("F", "", "add one of */=|@ to names, by type"),
        Opt::flag("p", "", "modes"),
        Opt::flag("s", "", "sizes"),
        Opt::flag("h", "", "sizes as 1.5K, 12M"),
        Opt::flag("r", "", "in reverse order"),
        Opt::flag("", "dirsfirst", "directories before files"),
        Opt::flag("", "noreport", "no counts at the end"),
        Opt::flag("C", "", "colours always"),
        Opt::flag("n", "", "colours never"),
    ],
    run,
    ..Declaration::DEFAULT
});

struct Drawing {
    colors: Option<Colors>,
    dirs: u64,
    files: u64,
    /// For each level: how many entries are still to come there.
    left: Vec<usize>,
    utf8: bool,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let color = match args.last_of(&["C", "n"]) {
        Some("C") => true,
        Some(_) => false,
        None => base::term::wants_color(cx.env, cx.stdout.is_terminal()),
    };
    let colors = color.then(|| Colors::load(cx.env.get(b"LS_COLORS")));
    let mut drawing = Drawing { colors, dirs: 0, files: 0, left: Vec::new(), utf8: cx.is_utf8() };
    let none: [&[u8]; 1] = [b"."];
    let operands = if args.operands.is_empty() { &none[..] } else { &args.operands };
    let follow = if args.has("l") { Follow::Always } else { Follow::Operands };
    let mut walk = Walk::new(follow, true);
    for operand in operands {
        walk.start(operand);
        drawing.tree(cx, args, &mut walk)?;
    }
    if !args.has("noreport") {
        let mut line = b"\n".to_vec();
        base::number::push_u64(&mut line, drawing.dirs);
        line.extend_from_slice(b" directories");
        if !args.has("d") {
            line.extend_from_slice(b", ");
            base::number::push_u64(&mut line, drawing.files);
            line.extend_from_slice(b" files");
        }
        line.push(b'\n');
        cx.stdout.put(&line)?;
    }
    Ok(cx.status())
}

impl Drawing {
    fn tree(&mut self, cx: &mut Context, args: &Args, walk: &mut Walk) -> Result<()> {
        let levels = args.count("L").map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
        let (mut only, mut not) = (Vec::new(), Vec::new());
        Glob::add(&mut only, args, "P");
        for patterns in args.texts("I") {
            for pattern in base::bytes::split(patterns, b'|') {
                not.push(Glob::new(pattern, false));
            }
        }
        let mut device = None;
        self.left.clear();
        while let Some(event) = walk.next() {
            match event {
                Event::Dir => {
                    let depth = walk.depth();
                    self.line(cx, args, walk, b"")?;
                    if depth > 0 {
                        self.dirs = self.dirs.saturating_add(1);
                    }
                    let mut stay_out = depth >= levels;
                    if args.has("x") {
                        let here = walk.meta().map(|m| m.dev).unwrap_or(0);
                        stay_out |= *device.get_or_insert(here) != here;
                    }
                    if stay_out {
                        walk.skip();
                        continue;
                    }
                    let hidden = args.has("a");
                    match walk.enter() {
                        Ok((_, listing)) => {
                            let mut items = core::mem::take(&mut listing.items);
                            items.retain(|item| {
                                let name = listing.name(item);
                                let is_dir = item.kind == FileType::Directory;
                                (hidden || !name.starts_with(b"."))
                                    && (is_dir || !args.has("d"))
                                    && (is_dir || only.is_empty() || Glob::any(&only, name))
                                    && !Glob::any(&not, name)
                            });
                            listing.items = items;
                            listing.sort();
                            if args.has("r") {
                                listing.items.reverse();
                            }
                            if args.has("dirsfirst") {
                                let is_file = |i: &base::walk::Item| i.kind != FileType::Directory;
                                base::order::sort(&mut listing.items, &mut |a, b| is_file(a).cmp(&is_file(b)));
                            }
                            let count = listing.items.len();
                            self.left.push(count);
                        }
                        Err(_) => {
                            self.left.push(0);
                            cx.failed();
                        }
                    }
                }
                Event::File => {
                    if walk.depth() == 0 {
                        // An operand that is no directory.
                        let path = walk.path().to_vec();
                        cx.stdout.put(&[path.as_slice(), b" [error opening dir]\n"].concat())?;
                        continue;
                    }
                    self.files = self.files.saturating_add(1);
                    self.line(cx, args, walk, b"")?;
                }
                Event::After => {
                    self.left.pop();
                }
                Event::Error(_) => {
                    let path = walk.path().to_vec();
                    if walk.depth() == 0 {
                        cx.stdout.put(&[path.as_slice(), b" [error opening dir]\n"].concat())?;
                    } else {
                        self.line(cx, args, walk, b"")?;
                    }
                    cx.failed();
                }
                Event::Loop => self.line(cx, args, walk, b"  [recursive, not followed]")?,
            }
        }
        Ok(())
    }

    fn line(&mut self, cx: &mut Context, args: &Args, walk: &mut Walk, note: &[u8]) -> Result<()> {
        let depth = walk.depth();
        let mut line = Vec::new();
        if depth > 0 {
            if let Some(left) = self.left.last_mut() {
                *left = left.saturating_sub(1);
            }
            if !args.has("i") {
                let (bar, fork, corner): (&str, &str, &str) =
                    if self.utf8 { ("│   ", "├── ", "└── ") } else { ("|   ", "|-- ", "`-- ") };
                let last = self.left.len().saturating_sub(1);
                for (index, left) in self.left.iter().enumerate() {
                    let piece = match (index == last, *left == 0) {
                        (true, true) => corner,
                        (true, false) => fork,
                        (false, true) => "    ",
                        (false, false) => bar,
                    };
                    line.extend_from_slice(piece.as_bytes());
                }
            }
        }
        let detailed = args.has("p") || args.has("s") || args.has("h");
        let meta = if detailed || args.has("F") || self.colors.is_some() { walk.meta().ok() } else { None };
        if let Some(meta) = meta.filter(|_| detailed) {
            line.push(b'[');
            if args.has("p") {
                line.extend_from_slice(&mode::format(meta.mode));
            }
            if args.has("s") || args.has("h") {
                if args.has("p") {
                    line.push(b' ');
                }
                let mut size = Vec::new();
                if args.has("h") {
                    base::size::push_human(&mut size, meta.size, 1024)
                } else {
                    base::number::push_u64(&mut size, meta.size)
                }
                let width: usize = if args.has("h") { 4 } else { 11 };
                line.resize(line.len().saturating_add(width.saturating_sub(size.len())), b' ');
                line.extend_from_slice(&size);
            }
            line.extend_from_slice(b"]  ");
        }
        let name = if args.has("f") || depth == 0 { walk.path() } else { walk.name() };
        let target = if walk.kind() == FileType::Symlink { Meta::at(walk.dir(), walk.name(), true).ok() } else { None };
        let code = match (&self.colors, meta) {
            (Some(colors), Some(meta)) => colors.of(name, meta.mode, meta.nlink, target.as_ref()),
            _ => None,
        };
        if let Some(code) = code {
            line.extend_from_slice(&[b"\x1b[", code, b"m"].concat());
        }
        base::quote::push_name(
            &mut line,
            name,
            if cx.stdout.is_terminal() { base::quote::Style::Hidden } else { base::quote::Style::Literal },
            self.utf8,
        );
        if code.is_some() {
            line.extend_from_slice(b"\x1b[0m");
        }
        if args.has("F") {
            let kind = meta.map_or(0, |m| m.mode);
            match kind & mode::TYPE {
                mode::DIR => line.push(b'/'),
                mode::SOCKET => line.push(b'='),
                mode::FIFO => line.push(b'|'),
                mode::FILE if kind & 0o111 != 0 => line.push(b'*'),
                _ => {}
            }
        }
        if walk.kind() == FileType::Symlink {
            let dir = if depth == 0 { CWD } else { walk.dir() };
            if let Ok(text) = base::fs::readlinkat(dir, walk.name()) {
                line.extend_from_slice(b" -> ");
                line.extend_from_slice(text.to_bytes());
            }
        }
        line.extend_from_slice(note);
        line.push(b'\n');
        cx.stdout.put(&line)
    }
}

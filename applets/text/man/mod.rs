//! man - find and show pages of the manual
//! Spec: POSIX.1-2024. Extras: -a, -f, -l, -M, -w, sections, MANPATH, MANWIDTH, MANPAGER; pages of the applets themselves.
//! Deviations: sets pages in man(7) and mdoc(7) itself, tables in simple form, no equations; the right margin is ragged.

mod chars;
mod man7;
mod mdoc;
mod page;
mod roff;
mod syntax;
mod table;

use crate::buffer::split;
use crate::nameless;
use base::bytes::fill;
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Place, Result, Status};
use rustix::fd::AsRawFd;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "man",
    aliases: &["apropos", "whatis"],
    exec: Exec::fork("runs a pager"),
    summary: "Show the manual page NAME",
    operands: "[SECTION] NAME...\n-k WORD...\n-f NAME...",
    notes: "Pages are looked for in MANPATH, then among the applets' own. MANPAGER or PAGER shows them.",
    options: &[
        Opt::flag("a", "all", "show every page of that name"),
        Opt::flag("f", "whatis", "print the pages' summaries"),
        Opt::flag("k", "apropos", "search names and summaries for each WORD"),
        Opt::flag("l", "local-file", "NAME is a file"),
        Opt::value("M", "manpath", "PATH", Kind::Text, "look for pages in PATH"),
        Opt::value("P", "pager", "COMMAND", Kind::Text, "show pages by COMMAND"),
        Opt::value("s", "sections", "LIST", Kind::Text, "look in these sections (as in 1:8)"),
        Opt::value("S", "", "LIST", Kind::Text, "the same"),
        Opt::flag("w", "where", "print where the page is"),
        Opt::hidden("", "path"),
    ],
    failure: NOT_FOUND,
    run,
    ..Declaration::DEFAULT
});

/// The status where there is no such page, as man-db has it.
const NOT_FOUND: u8 = 16;
const MANPATH: &[u8] = b"/usr/local/man:/usr/local/share/man:/usr/share/man";
/// The sections in the order in which they are searched.
const SECTIONS: &[u8] = b"1:n:l:8:3:0:2:5:4:9:6:7";
/// The largest page.
const LIMIT: usize = 64 << 20;

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let path =
        args.text("M").or_else(|| cx.env.get(b"MANPATH")).filter(|path| !path.is_empty()).unwrap_or(MANPATH).to_vec();
    // An empty entry stands for the usual ones.
    let mut roots = Vec::new();
    for root in split(&path, b":") {
        if root.is_empty() {
            roots.append(&mut split(MANPATH, b":"));
        } else {
            roots.push(root);
        }
    }
    let mut names = args.operands.as_slice();
    if args.has("path") || args.has("w") && names.is_empty() {
        cx.stdout.put(&roots.join(&b':'))?;
        cx.stdout.byte(b'\n')?;
        return Ok(cx.status());
    }
    let all_words = args.has("k") || cx.is_called("apropos");
    if all_words || args.has("f") || cx.is_called("whatis") {
        return summaries(cx, &roots, names, all_words);
    }
    let mut sections = args.text("s").or_else(|| args.text("S"));
    if sections.is_none()
        && names.len() > 1
        && let Some((first, rest)) = names.split_first()
        && is_section(first)
    {
        sections = Some(first);
        names = rest;
    }
    if names.is_empty() {
        return Err(Error::usage("what manual page do you want?"));
    }
    // Pages in the user's language come first: `de_AT`, `de`.
    let locale = [&b"LC_ALL"[..], b"LC_MESSAGES", b"LANG"].iter().find_map(|name| {
        let value = cx.env.get(name).filter(|value| !value.is_empty())?;
        value.split(|byte| matches!(byte, b'.' | b'@')).next()
    });
    let mut folders = Vec::new();
    for root in &roots {
        if let Some(locale) = locale.filter(|locale| !locale.contains(&b'/')) {
            folders.push(fill("%/%", &[*root, locale]));
            folders.push(fill("%/%", &[*root, split(locale, b"_").first().unwrap_or(&locale)]));
        }
        folders.push(root.to_vec());
    }
    let roots: Vec<&[u8]> = folders.iter().map(Vec::as_slice).collect();
    let to_terminal = cx.stdout.is_terminal();
    let mut shown = Shown { out: Vec::new(), columns: columns(cx), styled: to_terminal };
    for name in names {
        if args.has("l") || name.contains(&b'/') {
            let folder = memchr::memrchr(b'/', name).and_then(|at| name.get(..at)).unwrap_or(b".");
            shown.file(cx, name, &fill("%/..", &[folder]));
            continue;
        }
        let found = find(&roots, name, sections.unwrap_or(SECTIONS), args.has("a"));
        for (root, path) in &found {
            if args.has("w") {
                shown.out.extend_from_slice(path);
                shown.out.push(b'\n');
            } else {
                shown.file(cx, path, root);
            }
        }
        if !found.is_empty() {
            continue;
        }
        let has_section = |applet: &&'static Applet| {
            let own = if matches!(applet.place, Place::Sbin | Place::UsrSbin) { b'8' } else { b'1' };
            sections.is_none_or(|sections| sections.contains(&own))
        };
        match cx.registry.find(name).filter(has_section).filter(|_| !args.has("w")) {
            Some(applet) => {
                let text = base::manual::page(applet).into_bytes();
                shown.page(cx, text, b"", name);
            }
            None => {
                let mut text = fill("No manual entry for %", &[*name]);
                if let Some(sections) = sections {
                    text.extend_from_slice(b" in section ");
                    text.extend_from_slice(sections);
                }
                cx.warn(Error::message(text));
            }
        }
    }
    if to_terminal && !args.has("w") && !shown.out.is_empty() {
        page_out(cx, args.text("P"), &shown.out)?;
    } else {
        cx.stdout.put(&shown.out)?;
    }
    Ok(cx.status())
}

/// Whether a word names a section: `1`, `3pm`, `n`.
fn is_section(word: &[u8]) -> bool {
    matches!(word, [b'0'..=b'9', rest @ ..] if rest.len() < 6 && rest.iter().all(u8::is_ascii_lowercase))
        || matches!(word, b"n" | b"l")
}

/// How wide a page is: MANWIDTH, the terminal's width, 80.
fn columns(cx: &Context) -> usize {
    let wanted = cx.env.get(b"MANWIDTH").and_then(|text| base::number::parse_u32(text).ok());
    let wanted = wanted.and_then(|columns| usize::try_from(columns).ok()).filter(|columns| *columns > 0);
    let own = wanted
        .or_else(|| cx.stdout.fd().filter(|_| cx.stdout.is_terminal()).and_then(base::term::size).map(|size| size.1));
    own.unwrap_or(80).clamp(30, 1000)
}

/// Reads a page, unpacked.
fn read(cx: &mut Context, path: &[u8]) -> Result<Vec<u8>> {
    let mut input = cx.open(path)?;
    let bytes = input.rest()?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return base::inflate::gunzip(&bytes, LIMIT)
            .ok_or_else(|| Error::message_of("%: damaged or too large", &[path]));
    }
    Ok(bytes)
}

/// The pages that were set, and how.
struct Shown {
    out: Vec<u8>,
    columns: usize,
    styled: bool,
}

impl Shown {
    /// Adds the page in a file.
    fn file(&mut self, cx: &mut Context, path: &[u8], root: &[u8]) {
        match read(cx, path) {
            Ok(text) => self.page(cx, text, root, path),
            Err(error) => cx.warn(error),
        }
    }

    /// Adds a page.
    fn page(&mut self, cx: &mut Context, text: Vec<u8>, root: &[u8], name: &[u8]) {
        let (lines, error) = set(text, root, self.columns);
        let utf8 = cx.is_utf8();
        if !self.out.is_empty() {
            self.out.push(b'\n');
        }
        for line in &lines {
            page::push_line(&mut self.out, line, self.styled, utf8);
        }
        if let Some(error) = error {
            cx.warn(Error::message_of("%: %", &[name, error.as_bytes()]));
        }
    }
}

/// Sets a page. Gives its lines, and why they end where the page does not.
fn set(text: Vec<u8>, root: &[u8], columns: usize) -> (Vec<Vec<page::Cell>>, Option<&'static str>) {
    let mut loader = |name: &[u8]| -> Option<Vec<u8>> {
        if name.starts_with(b"/") || name.split(|byte| *byte == b'/').any(|part| part == b"..") {
            return None;
        }
        for template in ["%/%", "%/%.gz"] {
            if let Ok(bytes) = base::slurp::read(&fill(template, &[root, name]), LIMIT) {
                return if bytes.starts_with(&[0x1f, 0x8b]) {
                    base::inflate::gunzip(&bytes, LIMIT)
                } else {
                    Some(bytes)
                };
            }
        }
        None
    };
    let mut roff = roff::Roff::new(text, columns.saturating_sub(2).max(20), &mut loader);
    let error = roff.run().err();
    roff.page.end_line();
    (core::mem::take(&mut roff.page.lines), error)
}

/// Gives the pages to a pager.
fn page_out(cx: &mut Context, pager: Option<&[u8]>, out: &[u8]) -> Result<()> {
    let named = |name: &[u8]| cx.env.get(name).filter(|value| !value.is_empty());
    let pager = pager.or_else(|| named(b"MANPAGER")).or_else(|| named(b"PAGER")).unwrap_or(b"less -s").to_vec();
    let input = nameless::holding(out)?;
    let child = base::command::shell(cx, &pager, &[(input.as_raw_fd(), 0)], &[])?;
    base::command::wait(child)?;
    Ok(())
}

/// The names in a directory; none where it cannot be read.
fn entries(path: &[u8]) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    let _ = base::fs::each_entry(path, &mut |name, _| {
        if !name.starts_with(b".") {
            names.push(name.to_vec());
        }
    });
    base::order::sort(&mut names, &mut Ord::cmp);
    names
}

/// A page's file name as its name and its section; None where it is no page.
fn parts(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let plain = file.strip_suffix(b".gz").unwrap_or(file);
    let at = memchr::memrchr(b'.', plain)?;
    let (name, section) = plain.split_at_checked(at)?;
    Some((name, section.get(1..)?))
}

/// The pages of this name, in the order of the sections: the directory of the path, and the file's path.
fn find<'r>(roots: &[&'r [u8]], name: &[u8], sections: &[u8], all: bool) -> Vec<(&'r [u8], Vec<u8>)> {
    let mut found = Vec::new();
    for section in split(sections, b":,") {
        let Some(digit) = section.get(..1) else { continue };
        for root in roots {
            let folder = fill("%/man%/", &[*root, digit]);
            for file in &entries(&folder) {
                if parts(file).is_some_and(|(known, own)| known == name && own.starts_with(section)) {
                    found.push((*root, fill("%%", &[&folder, file])));
                    if !all {
                        return found;
                    }
                }
            }
        }
    }
    found
}

/// `-f` and `-k`: the lines of the sections NAME.
fn summaries(cx: &mut Context, roots: &[&[u8]], words: &[&[u8]], anywhere: bool) -> Result<Status> {
    if words.is_empty() {
        return Err(Error::usage("a word is wanted"));
    }
    let mut hit = vec![false; words.len()];
    let mut wanted = |name: &[u8], text: &[u8]| {
        let mut any = false;
        let (name, text) = (name.to_ascii_lowercase(), text.to_ascii_lowercase());
        for (word, hit) in words.iter().zip(&mut hit) {
            let word = word.to_ascii_lowercase();
            let matches = name == word
                || anywhere && (base::bytes::find(&name, &word).is_some() || base::bytes::find(&text, &word).is_some());
            *hit |= matches;
            any |= matches;
        }
        any
    };
    for root in roots {
        for folder in &entries(root) {
            if !folder.starts_with(b"man") {
                continue;
            }
            let folder = fill("%/%/", &[root, folder]);
            for file in &entries(&folder) {
                let Some((name, section)) = parts(file) else { continue };
                if !anywhere && !wanted(name, b"") {
                    continue;
                }
                let Ok(text) = read(cx, &fill("%%", &[&folder, file])) else { continue };
                let summary = summary(text, root);
                if wanted(name, &summary) {
                    put_summary(cx, name, section, &summary)?;
                }
            }
        }
    }
    for applet in cx.registry.iter() {
        let summary = applet.summary().unpack();
        if wanted(applet.name().as_bytes(), summary.as_bytes()) {
            put_summary(cx, applet.name().as_bytes(), b"cairn", summary.as_bytes())?;
        }
    }
    for (word, hit) in words.iter().zip(hit) {
        if !hit {
            cx.warn(Error::message_of("%: nothing appropriate.", &[*word]));
        }
    }
    Ok(cx.status())
}

fn put_summary(cx: &mut Context, name: &[u8], section: &[u8], text: &[u8]) -> Result<()> {
    let mut line = fill("% (%)", &[name, section]);
    while line.len() < 20 {
        line.push(b' ');
    }
    line.extend_from_slice(b" - ");
    line.extend_from_slice(text);
    line.push(b'\n');
    cx.stdout.put(&line)
}

/// What the section NAME of a page says behind the dash.
fn summary(text: Vec<u8>, root: &[u8]) -> Vec<u8> {
    // The page to its second heading is enough.
    let mut end = text.len();
    let mut headings = 0;
    let mut at = 0usize;
    for line in text.split(|byte| *byte == b'\n') {
        if line.starts_with(b".SH") || line.starts_with(b".Sh") {
            headings += 1;
            if headings == 2 {
                end = at;
                break;
            }
        }
        at += line.len() + 1;
    }
    let mut text = text;
    text.truncate(end);
    let (lines, _) = set(text, root, 1000);
    let mut out = Vec::new();
    let is_text = |line: &&Vec<page::Cell>| line.first().is_some_and(|cell| page::character(*cell) == ' ');
    if let Some(line) = lines.iter().skip(2).find(is_text) {
        page::push_line(&mut out, line, false, true);
    }
    let line = out.trim_ascii();
    for dash in ["–", " - ", "—", "- "] {
        if let Some(at) = base::bytes::find(line, dash.as_bytes()) {
            return line.get(at + dash.len()..).unwrap_or_default().trim_ascii().to_vec();
        }
    }
    line.to_vec()
}

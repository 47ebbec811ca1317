//! less, more - show a text page by page
//! Spec: less 590, util-linux's more. Extras: none. Deviations: no tags, no key files, prompts (-P) are as they are.

mod commands;
mod find;
mod pager;
mod source;
mod view;

use base::{Applet, Args, Context, Declaration, Exec, Kind, Opt, Place, Result, Status};
use pager::{Pager, Settings};

pub const LESS: Applet = base::applet!(Declaration {
    name: "less",
    exec: Exec::fork("fills the screen and reads keys"),
    summary: "Show each FILE page by page, forwards and backwards",
    operands: "[+COMMAND] [FILE]...",
    notes: "+COMMAND is typed first: +N, +/PATTERN, +G, +F. The variable LESS holds further options. Key h shows the keys.",
    options: OPTIONS,
    run,
    ..Declaration::DEFAULT
});

pub const MORE: Applet = base::applet!(Declaration {
    name: "more",
    place: Place::Bin,
    exec: Exec::fork("fills the screen and reads keys"),
    summary: "Show each FILE page by page",
    operands: "[+NUM] [+/PATTERN] [FILE]...",
    options: &[
        Opt::flag("d", "silent", "say which keys there are"),
        Opt::flag("s", "squeeze", "show several empty lines as one"),
        Opt::hidden("f", "logical"),
        Opt::flag("e", "exit-on-eof", "exit at the end (as it does)"),
        Opt::hidden("p", "print-over"),
        Opt::hidden("c", "clean-print"),
        Opt::hidden("u", "plain"),
        Opt::value("n", "lines", "NUM", Kind::Count, "lines a page"),
    ],
    digits: "n",
    run,
    ..Declaration::DEFAULT
});

const OPTIONS: &[Opt] = &[
    Opt::flag("a", "search-skip-screen", "search behind what the screen shows"),
    Opt::value("b", "buffers", "NUM", Kind::Text, "accepted, without effect"),
    Opt::hidden("B", "auto-buffers"),
    Opt::hidden("c", "clear-screen"),
    Opt::hidden("C", "CLEAR-SCREEN"),
    Opt::hidden("d", "dumb"),
    Opt::flag("e", "quit-at-eof", "exit when moving on from the end"),
    Opt::flag("E", "QUIT-AT-EOF", "exit when the end is shown"),
    Opt::hidden("f", "force"),
    Opt::flag("F", "quit-if-one-screen", "exit at once if all fits the screen"),
    Opt::hidden("g", "hilite-search"),
    Opt::flag("G", "HILITE-SEARCH", "do not set off what was found"),
    Opt::flag("i", "ignore-case", "ignore case unless the pattern has capitals"),
    Opt::flag("I", "IGNORE-CASE", "ignore case"),
    Opt::value("j", "jump-target", "NUM", Kind::Text, "row on which found lines are put"),
    Opt::hidden("J", "status-column"),
    Opt::flag("K", "quit-on-intr", "exit on Control-C"),
    Opt::hidden("L", "no-lessopen"),
    Opt::flag("m", "long-prompt", "show the percentage"),
    Opt::flag("M", "LONG-PROMPT", "show name, lines and percentage"),
    Opt::flag("n", "line-numbers", "do not count lines"),
    Opt::flag("N", "LINE-NUMBERS", "number the lines"),
    Opt::value("p", "pattern", "PATTERN", Kind::Text, "begin at the first PATTERN"),
    Opt::value("P", "prompt", "TEXT", Kind::Text, "accepted, without effect"),
    Opt::hidden("q", "quiet"),
    Opt::hidden("Q", "QUIET"),
    Opt::flag("r", "raw-control-chars", "send control characters to the terminal"),
    Opt::flag("R", "RAW-CONTROL-CHARS", "send colour sequences to the terminal"),
    Opt::flag("s", "squeeze-blank-lines", "show several empty lines as one"),
    Opt::flag("S", "chop-long-lines", "cut long lines instead of folding them"),
    Opt::hidden("u", "underline-special"),
    Opt::flag("U", "UNDERLINE-SPECIAL", "show tabs, backspaces and carriage returns"),
    Opt::hidden("w", "hilite-unread"),
    Opt::hidden("W", "HILITE-UNREAD"),
    Opt::value("x", "tabs", "NUM", Kind::Text, "columns a tab (default 8)"),
    Opt::flag("X", "no-init", "leave the screen as it is"),
    Opt::value("y", "max-forw-scroll", "NUM", Kind::Text, "accepted, without effect"),
    Opt::value("z", "window", "NUM", Kind::Text, "lines a page"),
    Opt::value("#", "shift", "NUM", Kind::Text, "columns the arrows move"),
    Opt::flag("~", "tilde", "do not show ~ after the end"),
    Opt::hidden("", "mouse"),
    Opt::hidden("", "incsearch"),
    Opt::hidden("", "use-color"),
    Opt::flag("", "follow-name", "accepted, without effect"),
];

/// The option of a letter.
#[inline(never)]
fn option(letter: u8) -> Option<base::applet::Known> {
    LESS.options().iter().find(|option| option.short() == Some(letter))
}

impl Settings {
    /// Takes an option: by its letter, with the value where it has one.
    pub fn set(&mut self, letter: u8, value: Option<&[u8]>, on: bool) -> bool {
        let number = value.and_then(|value| base::number::parse_u32(value).ok()).map(|number| number as usize);
        let number = number.unwrap_or(0);
        match letter {
            b'a' => self.skip_screen = on,
            b'e' => self.end_exits = if on { 2 } else { 0 },
            b'E' => self.end_exits = u8::from(on),
            b'F' => self.one_screen = on,
            b'G' => self.highlight = !on,
            b'i' => self.case = if on { 1 } else { 0 },
            b'I' => self.case = if on { 2 } else { 0 },
            b'j' => self.target = number.saturating_sub(1),
            b'K' => self.interrupt_exits = on,
            b'm' => self.prompt = u8::from(on),
            b'M' => self.prompt = if on { 2 } else { 0 },
            b'N' => self.numbers = 1 + u8::from(on),
            b'n' => self.numbers = u8::from(!on),
            b'r' => {
                self.style.raw = on;
                self.style.colors = on;
            }
            b'R' => self.style.colors = on,
            b's' => self.squeeze = on,
            b'S' => self.chop = on,
            b'U' => self.style.literal = on,
            b'x' => self.style.tab = number.clamp(1, 100),
            b'X' => self.no_init = on,
            b'z' => self.window = number,
            b'#' => self.step = number,
            b'~' => self.no_tilde = on,
            _ => return option(letter).is_some(),
        }
        true
    }

    /// What each option that is a switch says now.
    pub fn is_on(&self, letter: u8) -> bool {
        match letter {
            b'a' => self.skip_screen,
            b'e' => self.end_exits == 2,
            b'E' => self.end_exits == 1,
            b'F' => self.one_screen,
            b'G' => !self.highlight,
            b'i' => self.case == 1,
            b'I' => self.case == 2,
            b'K' => self.interrupt_exits,
            b'm' => self.prompt == 1,
            b'M' => self.prompt == 2,
            b'n' => self.numbers == 0,
            b'N' => self.numbers == 2,
            b'r' => self.style.raw,
            b'R' => self.style.colors,
            b's' => self.squeeze,
            b'S' => self.chop,
            b'U' => self.style.literal,
            b'X' => self.no_init,
            b'~' => self.no_tilde,
            _ => false,
        }
    }

    /// The options of the variable LESS: `-iR`, `iR`, `-x4 -S`, `--chop-long-lines`.
    #[inline(never)]
    fn take_variable(&mut self, text: &[u8], first: &mut Vec<Vec<u8>>) {
        for word in text.split(|byte| matches!(byte, b' ' | b'$')) {
            if let Some(long) = word.strip_prefix(b"--") {
                let end = memchr::memchr(b'=', long).unwrap_or(long.len());
                let (name, value) = long.split_at_checked(end).unwrap_or((long, &[]));
                let option = LESS.options().iter().find(|option| end > 0 && option.long().as_bytes() == name);
                if let Some(letter) = option.and_then(|option| option.short()) {
                    self.set(letter, value.get(1..), true);
                }
                continue;
            }
            if let Some(command) = word.strip_prefix(b"+") {
                first.push(command.to_vec());
                continue;
            }
            let mut rest = word.strip_prefix(b"-").unwrap_or(word);
            while let Some((letter, after)) = rest.split_first() {
                let option = option(*letter);
                if option.is_some_and(|option| option.needs_value()) {
                    self.set(*letter, Some(after), true);
                    break;
                }
                self.set(*letter, None, true);
                rest = after;
            }
        }
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let is_more = cx.is_called("more");
    let mut settings = Settings::new(cx.is_utf8(), is_more);
    let mut first: Vec<Vec<u8>> = Vec::new();
    if !is_more && let Some(text) = cx.env.get(b"LESS") {
        let text = text.to_vec();
        settings.take_variable(&text, &mut first);
    }
    for given in &args.given {
        let value = match given.value {
            base::args::Value::Text(text) => Some(text),
            _ => None,
        };
        let letter = given.id.as_bytes().first().copied().unwrap_or(0);
        match (letter, is_more) {
            (b'p', false) => first.push([b"/", value.unwrap_or_default()].concat()),
            (b'd', true) => settings.tells_keys = true,
            (b'n', true) => settings.window = args.count("n").unwrap_or(0).min(10_000) as usize,
            (b's', _) | (_, false) if given.id.len() == 1 => {
                settings.set(letter, value, true);
            }
            _ => {}
        }
    }
    let mut files: Vec<&[u8]> = Vec::new();
    for operand in &args.operands {
        match operand.strip_prefix(b"+") {
            Some(command) => first.push(command.to_vec()),
            None => files.push(operand),
        }
    }
    let input_is_terminal = rustix::termios::isatty(base::sys::descriptor(0));
    if files.is_empty() {
        if input_is_terminal {
            return Err(base::Error::usage("missing file name"));
        }
        files.push(b"-");
    }
    let tty = if cx.stdout.is_terminal() { base::term::screen::Tty::open() } else { None };
    match tty {
        Some(tty) => Pager::run(cx, tty, settings, &files, first),
        None => copy(cx, &files, is_more && files.len() > 1),
    }
}

/// Without a terminal: all there is, one after the other.
#[inline(never)]
fn copy(cx: &mut Context, files: &[&[u8]], banners: bool) -> Result<Status> {
    for path in files {
        let input = cx.open(path).and_then(|input| match input.fd().map(base::meta::Meta::of_fd) {
            Some(Ok(meta)) if meta.is_dir() => Err(base::Error::system(*path, base::Errno::ISDIR)),
            _ => Ok(input),
        });
        let mut input = match input {
            Ok(input) => input,
            Err(error) => {
                cx.warn(error);
                continue;
            }
        };
        if banners {
            for part in [pager::BANNER, b"\n", path, b"\n", pager::BANNER, b"\n"] {
                cx.stdout.put(part)?;
            }
        }
        base::io::copy(&mut input, &mut cx.stdout)?;
        cx.close(path, input);
    }
    Ok(cx.status())
}

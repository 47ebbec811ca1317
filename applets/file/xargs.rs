//! xargs - build command lines from standard input and run them
//! Spec: POSIX.1-2024. Extras: -0 -a -d -i -l -o -P -r --process-slot-var --show-limits as GNU and BusyBox. Deviations: none known.

use crate::common::{argument_room, own_applet};
use base::command;
use base::io::Input;
use base::sys::process::{self, Pid, SpawnOptions, Wait};
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Order, Result, Status};
use rustix::fd::AsRawFd;
use std::ffi::CString;

/// xargs
pub const APPLET: Applet = base::applet!(Declaration {
    name: "xargs",
    exec: Exec::no_exec("runs commands and waits for them"),
    summary: "Run COMMAND with arguments from standard input",
    operands: "[COMMAND [ARGUMENT]...]",
    notes: "\
COMMAND is echo where it is left out. Items are separated by blanks and newlines; quotes and backslashes protect them.
The status is 123 where a command failed, 124 where it exited with 255, 125 where a signal ended it, 126 and 127 where it
could not be run or found.",
    options: &[
        Opt::flag("0", "null", "items end with NUL, and nothing is special"),
        Opt::value("d", "delimiter", "CHAR", Kind::Text, "items end with CHAR, and nothing is special"),
        Opt::value("a", "arg-file", "FILE", Kind::Text, "read items from FILE"),
        Opt::value("E", "", "WORD", Kind::Text, "the item WORD ends the input"),
        Opt::value("e", "eof", "WORD", Kind::Optional, "the same; without WORD nothing does"),
        Opt::value("I", "", "WORD", Kind::Text, "run COMMAND for each line, which replaces WORD in it"),
        Opt::value("i", "replace", "WORD", Kind::Optional, "the same; WORD is {} where it is left out"),
        Opt::value("L", "", "NUM", Kind::Count, "NUM lines of items for each command"),
        Opt::value("l", "max-lines", "NUM", Kind::Optional, "the same; 1 where it is left out"),
        Opt::value("n", "max-args", "NUM", Kind::Count, "at most NUM items for each command"),
        Opt::value("s", "max-chars", "NUM", Kind::Count, "at most NUM bytes for each command"),
        Opt::value("P", "max-procs", "NUM", Kind::Count, "run NUM commands at a time; 0 is as many as possible"),
        Opt::flag("r", "no-run-if-empty", "do not run COMMAND where there are no items"),
        Opt::flag("t", "verbose", "show each command before it runs"),
        Opt::flag("p", "interactive", "ask before each command"),
        Opt::flag("o", "open-tty", "give COMMAND the terminal as its standard input"),
        Opt::flag("x", "exit", "leave where a command would be too long"),
        Opt::value("", "process-slot-var", "NAME", Kind::Text, "set NAME to a number of its own in each command running"),
        Opt::flag("", "show-limits", "show the limits first"),
    ],
    order: Order::OptionsFirst,
    run,
    ..Declaration::DEFAULT
});

/// How items are found.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// Separated by blanks, with quotes.
    Words,
    /// Whole lines without leading blanks (-I), with quotes.
    Lines,
    /// Ended by a byte.
    Plain(u8),
}

/// The bytes that end a run of ordinary ones.
#[allow(clippy::indexing_slicing, reason = "a byte is less than 256, and the compiler runs it")]
static SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut rest: &[u8] = b" \t\n\x0b\x0c\r'\"\\";
    while let [first, after @ ..] = rest {
        table[*first as usize] = true;
        rest = after;
    }
    table
};

/// What comes out of the input.
enum Token {
    Item,
    /// The same, and it was the last of its line.
    LineEnd,
    /// A line without items.
    Nothing,
    End,
}

struct Reader {
    input: Input,
    mode: Mode,
    end_word: Option<Vec<u8>>,
    item: Vec<u8>,
    limit: usize,
}

struct Runner<'a> {
    words: Vec<&'a [u8]>,
    /// COMMAND is an applet that may run in this process.
    inside: Option<&'static Applet>,
    env: Vec<CString>,
    procs: usize,
    running: Vec<(Pid, usize)>,
    verbose: bool,
    interactive: bool,
    tty: bool,
    slot: Option<Vec<u8>>,
    status: u8,
    /// Standard input of the commands: /dev/null, unless the items come from a file.
    null: Option<rustix::fd::OwnedFd>,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let replace = match args.last_of(&["I", "i", "L", "l", "n"]) {
        Some(id @ ("I" | "i")) => Some(args.text(id).unwrap_or(b"{}").to_vec()),
        _ => None,
    };
    let lines = match args.last_of(&["I", "i", "L", "l", "n"]) {
        Some("L") => args.count("L"),
        Some("l") => match args.text("l") {
            Some(text) => Some(base::number::parse_u64(text).map_err(|_| Error::usage("invalid number for -l"))?),
            None => Some(1),
        },
        _ => None,
    };
    if lines == Some(0) || args.count("n") == Some(0) {
        return Err(Error::usage("the number must be at least 1"));
    }
    let mode = match args.last_of(&["0", "d"]) {
        Some("0") => Mode::Plain(0),
        Some(_) => Mode::Plain(delimiter(args.text("d").unwrap_or_default())?),
        None if replace.is_some() => Mode::Lines,
        None => Mode::Words,
    };
    let end_word = match args.last_of(&["E", "e"]) {
        Some(id) => args.text(id).filter(|word| !word.is_empty()).map(<[u8]>::to_vec),
        None => None,
    };
    let mut words = args.operands.clone();
    if words.is_empty() {
        words.push(b"echo");
    }
    let env = cx.env.list();
    let own: usize = words.iter().map(|w| w.len().saturating_add(9)).sum();
    let most = argument_room(&env);
    let room = match args.count("s") {
        Some(chars) => usize::try_from(chars).unwrap_or(usize::MAX).min(most),
        // What GNU takes: long enough, and short enough for memory and -P.
        None => most.min(128 << 10),
    };
    // -s counts the arguments with one byte after each; the kernel counts a pointer too.
    // With plenty of room the pointers need not be counted.
    let exact = args.has("s") || most >= 1 << 20;
    let own = if exact { words.iter().map(|w| w.len().saturating_add(1)).sum() } else { own };
    if own > room {
        return Err(Error::message("cannot fit single argument within argument list size limit"));
    }
    if args.has("show-limits") {
        let mut text = b"Maximum length of command we could actually use: ".to_vec();
        base::number::push_u64(&mut text, most as u64);
        text.extend_from_slice(b"\nSize of command buffer we are actually using: ");
        base::number::push_u64(&mut text, room as u64);
        text.push(b'\n');
        cx.stderr.put(&text)?;
    }
    let input = match args.text("a") {
        Some(file) => Input::open(file)?,
        None => core::mem::replace(&mut cx.stdin, Input::null()),
    };
    let null = if args.has("a") { None } else { open(b"/dev/null").ok() };
    let mut reader = Reader { input, mode, end_word, item: Vec::new(), limit: most };
    let alone = !args.has("o") && !args.has("a") && args.count("P").is_none_or(|procs| procs == 1);
    let inside = words.first().filter(|_| alone).and_then(|name| own_applet(cx, name));
    let mut runner = Runner {
        words,
        inside,
        env,
        procs: match args.count("P") {
            Some(0) => usize::MAX,
            Some(count) => usize::try_from(count).unwrap_or(usize::MAX),
            None => 1,
        },
        running: Vec::new(),
        verbose: args.has("t") || args.has("p"),
        interactive: args.has("p"),
        tty: args.has("o"),
        slot: args.text("process-slot-var").map(<[u8]>::to_vec),
        status: 0,
        null,
    };
    let result = match replace {
        Some(word) => runner.each(cx, &mut reader, &word, room, exact),
        None => {
            let most_items = args.count("n").map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
            // -x is implied by -L (POSIX): a command that would be too long is an error.
            let limits =
                Limits { items: most_items, lines, room, own, exact, strict: args.has("x") || lines.is_some() };
            runner.batches(cx, &mut reader, &limits, args.has("r"))
        }
    };
    runner.wait_all();
    result?;
    Ok(Status(runner.status))
}

fn open(path: &[u8]) -> Result<rustix::fd::OwnedFd, base::Errno> {
    base::fs::open(path, rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::CLOEXEC, rustix::fs::Mode::empty())
}

fn delimiter(text: &[u8]) -> Result<u8> {
    let bytes = crate::stat::escapes(text);
    match bytes.as_slice() {
        [b] => Ok(*b),
        [] => Ok(0),
        _ => Err(Error::usage_about("the delimiter must be one byte:", text)),
    }
}

struct Limits {
    items: usize,
    lines: Option<u64>,
    room: usize,
    own: usize,
    exact: bool,
    strict: bool,
}

impl Reader {
    /// The next item, in `self.item`.
    fn next(&mut self) -> Result<Token> {
        self.item.clear();
        if let Mode::Plain(end) = self.mode {
            let Some(line) = self.input.line(end)? else { return Ok(Token::End) };
            self.item.extend_from_slice(base::io::chomp(line, end));
            return Ok(Token::LineEnd);
        }
        let lines = self.mode == Mode::Lines;
        // Quoted text makes an item even if it is empty.
        let mut begun = false;
        let mut quote = 0u8;
        loop {
            let chunk = self.input.chunk()?;
            let Some(&b) = chunk.first() else {
                if quote != 0 {
                    return Err(unmatched(quote));
                }
                return if begun { self.checked(Token::LineEnd) } else { Ok(Token::End) };
            };
            // Runs of ordinary bytes at once.
            let plain = chunk.iter().position(|b| SPECIAL.get(usize::from(*b)) == Some(&true)).unwrap_or(chunk.len());
            if plain > 0 {
                self.item.extend_from_slice(chunk.get(..plain).unwrap_or_default());
                self.input.consume(plain);
                begun = true;
                if self.item.len() > self.limit {
                    return Err(Error::message("argument line too long"));
                }
                continue;
            }
            self.input.consume(1);
            match b {
                b'\n' if quote != 0 => return Err(unmatched(quote)),
                b'\n' => {
                    return if begun {
                        self.checked(Token::LineEnd)
                    } else if lines {
                        continue;
                    } else {
                        Ok(Token::Nothing)
                    };
                }
                _ if quote != 0 => {
                    if b == quote {
                        quote = 0;
                    } else {
                        self.item.push(b);
                    }
                }
                b'\'' | b'"' => {
                    quote = b;
                    begun = true;
                }
                b'\\' => {
                    match self.input.chunk()?.first().copied() {
                        Some(next) => {
                            self.input.consume(1);
                            self.item.push(next);
                        }
                        None => return Err(Error::message("backslash at the end of the input")),
                    }
                    begun = true;
                }
                // Blanks at the beginning of a line are left out, the others stay.
                _ if lines && begun => self.item.push(b),
                _ if lines => {}
                _ if begun => {
                    // A blank at the end of a line continues it (POSIX, -L): the line has not ended.
                    return self.checked(Token::Item);
                }
                _ => {}
            }
        }
    }

    /// The item is there: is it the one that ends all?
    fn checked(&mut self, token: Token) -> Result<Token> {
        if self.end_word.as_deref() == Some(self.item.as_slice()) {
            return Ok(Token::End);
        }
        Ok(token)
    }
}

fn unmatched(quote: u8) -> Error {
    let name: &[u8] = if quote == b'"' { b"double" } else { b"single" };
    Error::message(base::bytes::fill(
        "unmatched % quote; by default quotes are special to xargs unless you use the -0 option",
        &[name],
    ))
}

impl Runner<'_> {
    /// Runs the command with as many items at once as the limits allow.
    fn batches(&mut self, cx: &mut Context, reader: &mut Reader, limits: &Limits, quiet: bool) -> Result<()> {
        // The items one after another, and where each ends.
        let mut text: Vec<u8> = Vec::new();
        let mut ends: Vec<usize> = Vec::new();
        let mut used = limits.own;
        let mut lines = 0u64;
        let mut ran = false;
        loop {
            let token = reader.next()?;
            let ended_line = match token {
                Token::End => break,
                Token::Nothing => continue,
                Token::Item => false,
                Token::LineEnd => true,
            };
            let size = reader.item.len().saturating_add(if limits.exact { 1 } else { 9 });
            if used.saturating_add(size) > limits.room {
                if ends.is_empty() || limits.strict {
                    return Err(Error::message("argument list too long"));
                }
                self.run(cx, &text, &ends)?;
                ran = true;
                text.clear();
                ends.clear();
                used = limits.own;
                if used.saturating_add(size) > limits.room {
                    return Err(Error::message("argument line too long"));
                }
            }
            text.extend_from_slice(&reader.item);
            ends.push(text.len());
            used = used.saturating_add(size);
            lines = lines.saturating_add(u64::from(ended_line));
            if ends.len() >= limits.items || limits.lines.is_some_and(|most| lines >= most) {
                self.run(cx, &text, &ends)?;
                ran = true;
                text.clear();
                ends.clear();
                used = limits.own;
                lines = 0;
            }
        }
        if !ends.is_empty() || !ran && !quiet {
            self.run(cx, &text, &ends)?;
        }
        Ok(())
    }

    /// Runs the command for each line, which replaces `word`.
    fn each(&mut self, cx: &mut Context, reader: &mut Reader, word: &[u8], room: usize, exact: bool) -> Result<()> {
        loop {
            match reader.next()? {
                Token::End => return Ok(()),
                Token::Nothing => continue,
                Token::Item | Token::LineEnd => {}
            }
            let mut text = Vec::new();
            let mut ends = Vec::new();
            for (index, own) in self.words.iter().enumerate() {
                let mut rest = *own;
                // The command's name is not replaced in by BusyBox, but is by GNU.
                let _ = index;
                while let Some(at) = base::bytes::find(rest, word).filter(|_| !word.is_empty()) {
                    let (head, tail) = rest.split_at(at);
                    text.extend_from_slice(head);
                    text.extend_from_slice(&reader.item);
                    rest = tail.get(word.len()..).unwrap_or_default();
                }
                text.extend_from_slice(rest);
                ends.push(text.len());
            }
            let size = text.len().saturating_add(ends.len().saturating_mul(if exact { 1 } else { 9 }));
            if size > room {
                return Err(Error::message("argument list too long"));
            }
            let argv = pieces(&text, &ends);
            self.start(cx, &argv)?;
        }
    }

    fn run(&mut self, cx: &mut Context, text: &[u8], ends: &[usize]) -> Result<()> {
        let mut argv = self.words.clone();
        argv.extend(pieces(text, ends));
        self.start(cx, &argv)
    }

    fn start(&mut self, cx: &mut Context, argv: &[&[u8]]) -> Result<()> {
        if self.verbose {
            let mut line = base::bytes::join(argv, b" ");
            line.extend_from_slice(if self.interactive { b" ?..." } else { b"\n" });
            cx.stderr.put(&line)?;
        }
        if self.interactive && !confirmed() {
            return Ok(());
        }
        while self.running.len() >= self.procs {
            self.wait_one()?;
        }
        if let Some(applet) = self.inside
            && self.slot.is_none()
        {
            return self.run_inside(cx, applet, argv);
        }
        let slot = (0..).find(|slot| !self.running.iter().any(|(_, used)| used == slot)).unwrap_or(0);
        let with_slot;
        let env = match &self.slot {
            Some(name) => {
                let mut entry = [name.as_slice(), b"="].concat();
                let prefix = entry.len();
                base::number::push_u64(&mut entry, slot as u64);
                let name = entry.get(..prefix).unwrap_or_default().to_vec();
                let mut env = self.env.clone();
                env.retain(|e| !e.as_bytes().starts_with(&name));
                env.extend(CString::new(entry).ok());
                with_slot = env;
                with_slot.as_slice()
            }
            None => self.env.as_slice(),
        };
        let tty = if self.tty { open(b"/dev/tty").ok() } else { None };
        let stdin = tty.as_ref().or(self.null.as_ref()).map(|fd| (fd.as_raw_fd(), 0));
        let dup = stdin.as_slice();
        let options = SpawnOptions { dup, ..SpawnOptions::default() };
        match command::spawn(cx, argv, env, &options) {
            Ok(pid) => {
                self.running.push((pid, slot));
                // One at a time: wait at once, so that its output comes before our next message.
                if self.procs == 1 { self.wait_one() } else { self.reap() }
            }
            Err(e) => {
                // Nothing of that name will run later either.
                let status = e.status().unwrap_or(command::CANNOT_RUN);
                self.status = status;
                self.wait_all();
                Err(e)
            }
        }
    }

    /// Runs an applet in this process: a tenth of the time of starting it with a long list of arguments.
    fn run_inside(&mut self, cx: &mut Context, applet: &'static Applet, argv: &[&[u8]]) -> Result<()> {
        let status = crate::common::run_inside(cx, applet, argv, &self.env, false)?;
        self.ended_with(Wait::Exited(status))
    }

    /// Takes note of commands that have ended, without waiting.
    fn reap(&mut self) -> Result<()> {
        while !self.running.is_empty() {
            match process::wait(-1, true, false) {
                Ok(Some((pid, how))) => self.ended(pid, how)?,
                _ => break,
            }
        }
        Ok(())
    }

    fn wait_one(&mut self) -> Result<()> {
        let which = if self.running.len() == 1 { self.running.first().map_or(-1, |(pid, _)| *pid) } else { -1 };
        loop {
            match process::wait(which, false, false) {
                Ok(Some((pid, how))) => {
                    let ours = self.running.iter().any(|(p, _)| *p == pid);
                    self.ended(pid, how)?;
                    if ours {
                        return Ok(());
                    }
                }
                Ok(None) | Err(base::Errno::INTR) => {}
                Err(e) => {
                    self.running.clear();
                    return Err(Error::system("wait", e));
                }
            }
        }
    }

    fn ended(&mut self, pid: Pid, how: Wait) -> Result<()> {
        let before = self.running.len();
        self.running.retain(|(p, _)| *p != pid);
        if self.running.len() == before {
            return Ok(());
        }
        self.ended_with(how)
    }

    /// What the end of a command means for our status.
    fn ended_with(&mut self, how: Wait) -> Result<()> {
        let name = self.words.first().copied().unwrap_or_default();
        match how {
            Wait::Exited(0) => Ok(()),
            Wait::Exited(255) => {
                self.status = 124;
                Err(Error::message(base::bytes::fill("%: exited with status 255; aborting", &[name])).with_status(124))
            }
            Wait::Exited(_) => {
                self.status = 123;
                Ok(())
            }
            Wait::Signalled(signal, _) => {
                self.status = 125;
                let mut text = base::bytes::fill("%: terminated by signal ", &[name]);
                base::number::push_i64(&mut text, i64::from(signal));
                Err(Error::message(text).with_status(125))
            }
            Wait::Stopped(_) | Wait::Continued => Ok(()),
        }
    }

    fn wait_all(&mut self) {
        while !self.running.is_empty() {
            // The first error is the one that is told.
            let _ = self.wait_one();
        }
    }
}

fn pieces<'t>(text: &'t [u8], ends: &[usize]) -> Vec<&'t [u8]> {
    let mut start = 0;
    ends.iter()
        .map(|&end| {
            let piece = text.get(start..end).unwrap_or_default();
            start = end;
            piece
        })
        .collect()
}

/// The answer from the terminal, for standard input holds the items.
fn confirmed() -> bool {
    let Ok(tty) = open(b"/dev/tty") else { return false };
    let mut input = Input::owned(tty, b"/dev/tty");
    matches!(input.line(b'\n'), Ok(Some([b'y' | b'Y', ..])))
}

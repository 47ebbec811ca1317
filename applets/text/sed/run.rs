//! Running a script over the inputs.

use super::Settings;
use super::script::{Address, Command, Kind, Regex, Script};
use super::translate::translate;
use base::command;
use base::context::{Context, Status};
use base::error::{Error, Result, ResultExt};
use base::io::{Input, Output, chomp};
use base::number;
use base::replace::Replacement;
use memchr::memchr;
use rustix::fd::AsRawFd;
use rustix::pipe::{PipeFlags, pipe_with};

/// The status where an input cannot be read, as GNU's.
const BAD_INPUT: u8 = 2;

/// Where a range of two addresses stands.
#[derive(Clone, Copy, PartialEq)]
enum Range {
    Outside,
    /// Ended, and not to begin again: its first address was the number of a line.
    Closed,
    /// Inside, up to this line.
    UpTo(u64),
    /// Inside, up to a match or the last line.
    Inside,
}

/// How a cycle ended.
enum Flow {
    /// At the end of the script.
    End,
    /// Without printing.
    Delete,
    /// Again, without reading.
    Again,
    Quit(u8),
    QuitSilently(u8),
}

/// What is to be printed at the end of the cycle.
enum Later<'a> {
    Text(&'a [u8]),
    File(&'a [u8]),
    Line(Vec<u8>),
}

/// Where output goes.
#[derive(Clone, Copy)]
enum Target {
    /// Standard output, or the file that is edited in place.
    Main,
    /// One of the script's files.
    File(usize),
}

/// An output, and whether its last line lacks the newline.
struct Sink {
    /// None is standard output.
    output: Option<Output>,
    unfinished: bool,
}

struct Runner<'a> {
    settings: &'a Settings<'a>,
    script: &'a Script,
    ranges: Vec<Range>,
    operands: &'a [&'a [u8]],
    input: Option<(Input, &'a [u8])>,
    /// The next input, opened to see whether there is anything in it.
    ahead: Option<(Input, &'a [u8])>,
    replacement: Option<Replacement>,
    main: Sink,
    files: Vec<Sink>,
    readers: Vec<(&'a [u8], Option<Input>)>,
    later: Vec<Later<'a>>,
    /// The pattern space.
    space: Vec<u8>,
    hold: Vec<u8>,
    /// The line in the hold space had a terminator.
    hold_ended: bool,
    /// The last line that was read had a terminator.
    ended: bool,
    number: u64,
    last_regex: Regex,
    replaced: bool,
    out: Vec<u8>,
    slots: Vec<usize>,
}

/// Runs the script over the operands, or standard input.
pub fn run(cx: &mut Context, settings: &Settings, script: &Script, operands: &[&[u8]]) -> Result<Status> {
    let operands = if operands.is_empty() { &[&b"-"[..]][..] } else { operands };
    let mut files = Vec::new();
    for name in &script.outputs {
        let output = match name.as_slice() {
            b"/dev/stdout" => None,
            name => Some(Output::create(name).map_err(|error| error.with_status(4))?),
        };
        files.push(Sink { output, unfinished: false });
    }
    let mut runner = Runner {
        settings,
        script,
        ranges: Vec::new(),
        operands,
        input: None,
        ahead: None,
        replacement: None,
        main: Sink { output: None, unfinished: false },
        files,
        readers: Vec::new(),
        later: Vec::new(),
        space: Vec::new(),
        hold: Vec::new(),
        hold_ended: true,
        ended: true,
        number: 0,
        last_regex: None,
        replaced: false,
        out: Vec::new(),
        slots: Vec::new(),
    };
    runner.reset();
    let code = runner.cycles(cx)?;
    runner.close_input(cx)?;
    for sink in &mut runner.files {
        if let Some(output) = &mut sink.output {
            output.finish()?;
        }
    }
    if script.patterns.iter().any(base::pattern::Pattern::gave_up) {
        cx.warn(Error::message("regular expression too complex"));
    }
    Ok(if code == 0 { cx.status() } else { Status(code) })
}

impl<'a> Runner<'a> {
    /// Everything that begins anew with a stream.
    fn reset(&mut self) {
        self.number = 0;
        self.hold.clear();
        self.ranges.clear();
        for command in &self.script.commands {
            // `0,/x/` is open before the first line.
            let open = matches!(command.first, Some(Address::Line(0)));
            self.ranges.push(if open { Range::Inside } else { Range::Outside });
        }
    }

    fn cycles(&mut self, cx: &mut Context) -> Result<u8> {
        let mut again = false;
        loop {
            if !again && !self.read(cx, false)? {
                return Ok(0);
            }
            let flow = self.cycle(cx)?;
            if matches!(flow, Flow::End | Flow::Quit(_)) && !self.settings.quiet {
                self.print_space(cx)?;
            }
            if let Flow::QuitSilently(code) = flow {
                return Ok(code);
            }
            self.print_later(cx)?;
            again = matches!(flow, Flow::Again);
            if let Flow::Quit(code) = flow {
                self.finish_line(cx)?;
                return Ok(code);
            }
        }
    }

    fn open(&mut self, cx: &mut Context, path: &'a [u8]) -> Option<(Input, &'a [u8])> {
        if self.settings.in_place {
            match base::meta::Meta::of(path, true) {
                Ok(meta) if !meta.is_file() => {
                    let text = base::bytes::fill("couldn't edit %: not a regular file", &[path]);
                    cx.warn(Error::message(text).with_status(4));
                    return None;
                }
                _ => {}
            }
        }
        // In place, `-` is the name of a file.
        match if self.settings.in_place { Input::open(path) } else { cx.open(path) } {
            Ok(input) => Some((input, path)),
            Err(error) => {
                cx.warn(error.with_status(BAD_INPUT));
                None
            }
        }
    }

    /// The next input that can be opened.
    fn next_input(&mut self, cx: &mut Context) -> Option<(Input, &'a [u8])> {
        if let Some(ahead) = self.ahead.take() {
            return Some(ahead);
        }
        while let Some((path, rest)) = self.operands.split_first() {
            self.operands = rest;
            if let Some(input) = self.open(cx, path) {
                return Some(input);
            }
        }
        None
    }

    /// Ends the input that is read, and what it was to be replaced by.
    fn close_input(&mut self, cx: &mut Context) -> Result<()> {
        if let Some((input, path)) = self.input.take() {
            cx.close(path, input);
            if let Some(replacement) = self.replacement.take() {
                if let Some(output) = &mut self.main.output {
                    output.finish()?;
                }
                self.main = Sink { output: None, unfinished: false };
                if let Some(suffix) = self.settings.suffix {
                    let backup = backup_name(path, suffix);
                    let _ = base::fs::unlink(backup.as_slice());
                    base::fs::link(path, &backup).at(&backup)?;
                }
                replacement.commit().at(path)?;
            }
        }
        Ok(())
    }

    /// Reads the next line into the pattern space, or to its end. False where there is none.
    fn read(&mut self, cx: &mut Context, append: bool) -> Result<bool> {
        loop {
            if self.input.is_none() {
                let Some((input, path)) = self.next_input(cx) else { return Ok(false) };
                if self.settings.separate {
                    self.reset();
                }
                if self.settings.in_place {
                    let begin = if self.settings.follow { Replacement::begin } else { Replacement::of_name };
                    let replacement = begin(path, 0o666).at(path)?;
                    let copy = rustix::io::fcntl_dupfd_cloexec(replacement.file(), 3).at(path)?;
                    self.main = Sink { output: Some(Output::owned(copy, path)), unfinished: false };
                    self.replacement = Some(replacement);
                }
                self.input = Some((input, path));
                if self.number == 0 {
                    // `0r FILE` comes before the first line.
                    let script = self.script;
                    for command in &script.commands {
                        if let (Some(Address::Line(0)), None, Kind::ReadFile(name)) =
                            (command.first, command.second, &command.kind)
                        {
                            self.later.push(Later::File(name));
                        }
                    }
                    self.print_later(cx)?;
                }
            }
            let Some((input, _)) = &mut self.input else { return Ok(false) };
            match input.line(self.settings.terminator) {
                Ok(Some(line)) => {
                    let text = chomp(line, self.settings.terminator);
                    self.ended = text.len() < line.len();
                    if append {
                        self.space.push(self.settings.terminator);
                    } else {
                        self.space.clear();
                    }
                    self.space.extend_from_slice(text);
                    self.number += 1;
                    self.replaced &= append;
                    return Ok(true);
                }
                Ok(None) => {}
                Err(error) => {
                    cx.warn(error.with_status(BAD_INPUT));
                    // What cannot be read is not replaced.
                    self.replacement = None;
                    self.main = Sink { output: None, unfinished: self.main.unfinished };
                }
            }
            self.close_input(cx)?;
        }
    }

    /// Whether no line follows.
    fn is_last(&mut self, cx: &mut Context) -> Result<bool> {
        if let Some((input, _)) = &mut self.input
            && (!input.buffered().is_empty() || input.more().unwrap_or(false))
        {
            return Ok(false);
        }
        if self.settings.separate {
            return Ok(true);
        }
        while let Some((mut input, path)) = self.next_input(cx) {
            match input.chunk() {
                Ok([]) => cx.close(path, input),
                Ok(_) => {
                    self.ahead = Some((input, path));
                    return Ok(false);
                }
                Err(error) => cx.warn(error.with_status(BAD_INPUT)),
            }
        }
        Ok(true)
    }

    fn matches(&mut self, regex: Regex) -> Result<bool> {
        let script = self.script;
        let index = regex.or(self.last_regex);
        let Some(pattern) = index.and_then(|index| script.patterns.get(index)) else {
            return Err(Error::message("no previous regular expression"));
        };
        self.last_regex = index;
        Ok(pattern.is_match(&self.space))
    }

    fn is_at(&mut self, cx: &mut Context, address: Address) -> Result<bool> {
        Ok(match address {
            Address::Line(line) => line == self.number,
            Address::Step(first, step) => self.number >= first && (self.number - first).is_multiple_of(step),
            Address::Last => self.is_last(cx)?,
            Address::Regex(regex) => self.matches(regex)?,
            Address::Plus(_) | Address::Multiple(_) => false,
        })
    }

    /// Whether the command's addresses select the line.
    fn selects(&mut self, cx: &mut Context, index: usize, command: &Command) -> Result<bool> {
        let Some(first) = command.first else { return Ok(true) };
        let Some(second) = command.second else { return self.is_at(cx, first) };
        let here = self.number;
        let range = self.ranges.get(index).copied().unwrap_or(Range::Outside);
        let ended = if matches!(first, Address::Line(_)) { Range::Closed } else { Range::Outside };
        let next = match range {
            Range::Closed => return Ok(false),
            Range::Outside => {
                // A line that was never seen here, because a command read past it, begins the range late.
                let begins = match first {
                    Address::Line(line) => here >= line,
                    first => self.is_at(cx, first)?,
                };
                if !begins {
                    return Ok(false);
                }
                let end = match second {
                    Address::Line(line) => line,
                    Address::Plus(count) => here.saturating_add(count),
                    Address::Multiple(0) => here,
                    Address::Multiple(step) => (here / step).saturating_add(1).saturating_mul(step),
                    _ => u64::MAX,
                };
                match second {
                    Address::Regex(_) => Range::Inside,
                    Address::Last if self.is_last(cx)? => ended,
                    Address::Last => Range::Inside,
                    // A line that has passed ends the range at once.
                    _ if end <= here => ended,
                    _ => Range::UpTo(end),
                }
            }
            Range::UpTo(end) if here > end && matches!(second, Address::Line(_)) => {
                // Commands that read have led past the end.
                self.set_range(index, ended);
                return Ok(false);
            }
            Range::UpTo(end) if here >= end => ended,
            Range::UpTo(_) => range,
            Range::Inside if self.is_at(cx, second)? => ended,
            Range::Inside => range,
        };
        self.set_range(index, next);
        Ok(true)
    }

    fn set_range(&mut self, index: usize, range: Range) {
        if let Some(place) = self.ranges.get_mut(index) {
            *place = range;
        }
    }

    fn cycle(&mut self, cx: &mut Context) -> Result<Flow> {
        let script = self.script;
        let mut at = 0;
        while let Some(command) = script.commands.get(at) {
            let selected = self.selects(cx, at, command)? != command.negated;
            at += 1;
            if !selected {
                if let Kind::Block(end) = command.kind {
                    at = end + 1;
                }
                continue;
            }
            match &command.kind {
                Kind::Block(_) | Kind::Nothing => {}
                Kind::Branch(to) => at = *to,
                Kind::BranchIf(to) => {
                    if core::mem::take(&mut self.replaced) {
                        at = *to;
                    }
                }
                Kind::BranchUnless(to) => {
                    if !core::mem::take(&mut self.replaced) {
                        at = *to;
                    }
                }
                Kind::Append(text) => self.later.push(Later::Text(text)),
                Kind::Insert(text) => self.put_text(cx, text)?,
                Kind::Change(text) => {
                    let inside = command.second.is_some()
                        && !command.negated
                        && self
                            .ranges
                            .get(at - 1)
                            .is_some_and(|range| !matches!(range, Range::Outside | Range::Closed));
                    if !inside {
                        self.put_text(cx, text)?;
                    }
                    return Ok(Flow::Delete);
                }
                Kind::Delete => return Ok(Flow::Delete),
                Kind::DeleteLine => match memchr(self.settings.terminator, &self.space) {
                    Some(end) => {
                        self.space.drain(..=end);
                        return Ok(Flow::Again);
                    }
                    None => return Ok(Flow::Delete),
                },
                Kind::Execute(line) => self.execute(cx, line)?,
                Kind::FileName => {
                    let name = self.input.as_ref().map_or(&b"-"[..], |input| input.1);
                    let text = ended(name, self.settings.terminator);
                    self.put(cx, Target::Main, &text, true)?;
                }
                Kind::Get => {
                    self.space.clone_from(&self.hold);
                    self.ended = self.hold_ended;
                }
                Kind::GetAppend => {
                    self.space.push(self.settings.terminator);
                    self.space.extend_from_slice(&self.hold);
                    self.ended = self.hold_ended;
                }
                Kind::Hold => {
                    self.hold.clone_from(&self.space);
                    self.hold_ended = self.ended;
                }
                Kind::HoldAppend => {
                    self.hold.push(self.settings.terminator);
                    self.hold.extend_from_slice(&self.space);
                    self.hold_ended = self.ended;
                }
                Kind::Exchange => {
                    core::mem::swap(&mut self.space, &mut self.hold);
                    core::mem::swap(&mut self.ended, &mut self.hold_ended);
                }
                Kind::List(width) => self.list(cx, width.unwrap_or(self.settings.width))?,
                Kind::Next | Kind::NextAppend => {
                    let append = matches!(command.kind, Kind::NextAppend);
                    if self.is_last(cx)? {
                        return Ok(if append && self.settings.posix_next { Flow::Delete } else { Flow::End });
                    }
                    if !append && !self.settings.quiet {
                        self.print_space(cx)?;
                    }
                    self.print_later(cx)?;
                    if !self.read(cx, append)? {
                        return Ok(Flow::Delete);
                    }
                }
                Kind::Print => self.print_space(cx)?,
                Kind::PrintLine => self.print_first(cx, Target::Main)?,
                Kind::Quit(code) => return Ok(Flow::Quit(*code)),
                Kind::QuitSilently(code) => return Ok(Flow::QuitSilently(*code)),
                Kind::ReadFile(name) => self.later.push(Later::File(name)),
                Kind::ReadLine(name) => self.read_line_later(name),
                Kind::Substitute(command) => {
                    let index = command.regex.or(self.last_regex);
                    let Some(pattern) = index.and_then(|index| script.patterns.get(index)) else {
                        return Err(Error::message("no previous regular expression"));
                    };
                    self.last_regex = index;
                    let (out, slots) = (&mut self.out, &mut self.slots);
                    let which = (command.number, command.global);
                    if command.replacement.apply(pattern, &self.space, which, out, slots, self.settings.utf8) {
                        core::mem::swap(&mut self.space, &mut self.out);
                        self.replaced = true;
                        if command.print & 1 != 0 && command.execute {
                            self.print_space(cx)?;
                        }
                        if command.execute {
                            let line = core::mem::take(&mut self.space);
                            self.space = self.output_of(cx, &line)?;
                            self.space.truncate(chomp(&self.space, b'\n').len());
                        }
                        if command.print & 2 != 0 || command.print > 0 && !command.execute {
                            self.print_space(cx)?;
                        }
                        if let Some(file) = command.output {
                            self.print_to(cx, Target::File(file))?;
                        }
                    }
                }
                Kind::Write(file) => self.print_to(cx, Target::File(*file))?,
                Kind::WriteLine(file) => self.print_first(cx, Target::File(*file))?,
                Kind::Translate(translation) => translate(translation, &mut self.space),
                Kind::Zap => self.space.clear(),
                Kind::Number => {
                    let mut text = Vec::new();
                    number::push_u64(&mut text, self.number);
                    text.push(self.settings.terminator);
                    self.put(cx, Target::Main, &text, true)?;
                }
            }
        }
        Ok(Flow::End)
    }

    /// Writes `text`; `ended` says that it has its newline, or needs none.
    fn put(&mut self, cx: &mut Context, target: Target, text: &[u8], ended: bool) -> Result<()> {
        let terminator = self.settings.terminator;
        let in_place = self.replacement.is_some();
        let sink = match target {
            // `/dev/stdout` is where everything goes, unless a file is edited in place.
            Target::File(file) => match self.files.get_mut(file) {
                Some(sink) if sink.output.is_some() || in_place => sink,
                _ => &mut self.main,
            },
            Target::Main => &mut self.main,
        };
        let output = match &mut sink.output {
            Some(output) => output,
            None => &mut cx.stdout,
        };
        if sink.unfinished && !text.is_empty() {
            output.byte(terminator)?;
        }
        sink.unfinished = !ended;
        output.put(text)?;
        if matches!(target, Target::File(_)) && sink.output.is_some() {
            // Somebody may read the file while sed runs, perhaps this very script.
            if let Some(output) = &mut sink.output {
                return output.finish();
            }
        }
        Ok(())
    }

    /// Writes the newline that the last line lacks.
    fn finish_line(&mut self, cx: &mut Context) -> Result<()> {
        if core::mem::take(&mut self.main.unfinished) {
            let output = self.main.output.as_mut().unwrap_or(&mut cx.stdout);
            output.byte(self.settings.terminator)?;
        }
        Ok(())
    }

    /// Writes a text of the script, whose last newline is the terminator of lines.
    fn put_text(&mut self, cx: &mut Context, text: &[u8]) -> Result<()> {
        if self.settings.terminator == b'\n' {
            return self.put(cx, Target::Main, text, true);
        }
        let text = ended(chomp(text, b'\n'), self.settings.terminator);
        self.put(cx, Target::Main, &text, true)
    }

    fn print_space(&mut self, cx: &mut Context) -> Result<()> {
        self.print_to(cx, Target::Main)
    }

    fn print_to(&mut self, cx: &mut Context, target: Target) -> Result<()> {
        let mut space = core::mem::take(&mut self.space);
        let ended = self.ended;
        if ended {
            space.push(self.settings.terminator);
        }
        let result = self.put(cx, target, &space, ended);
        if ended {
            space.pop();
        }
        self.space = space;
        result
    }

    fn print_first(&mut self, cx: &mut Context, target: Target) -> Result<()> {
        match memchr(self.settings.terminator, &self.space) {
            Some(end) => {
                let text = self.space.get(..=end).unwrap_or_default().to_vec();
                self.put(cx, target, &text, true)
            }
            None => self.print_to(cx, target),
        }
    }

    /// Prints what `a`, `r` and `R` have left for the end of the cycle.
    fn print_later(&mut self, cx: &mut Context) -> Result<()> {
        if self.later.is_empty() {
            return Ok(());
        }
        for later in core::mem::take(&mut self.later) {
            match later {
                Later::Text(text) => self.put_text(cx, text)?,
                Later::Line(text) => self.put(cx, Target::Main, &text, true)?,
                Later::File(name) => {
                    // A file that cannot be read is as good as empty.
                    let input = if name == b"/dev/stdin" { cx.open(b"-") } else { Input::open(name) };
                    let Ok(mut input) = input else { continue };
                    while let Ok(chunk) = input.chunk() {
                        if chunk.is_empty() {
                            break;
                        }
                        self.put(cx, Target::Main, chunk, true)?;
                        let length = chunk.len();
                        input.consume(length);
                    }
                    if name == b"/dev/stdin" {
                        cx.close(b"-", input);
                    }
                }
            }
        }
        Ok(())
    }

    fn read_line_later(&mut self, name: &'a [u8]) {
        let terminator = self.settings.terminator;
        let index = match self.readers.iter().position(|reader| reader.0 == name) {
            Some(index) => index,
            None => {
                self.readers.push((name, Input::open(name).ok()));
                self.readers.len() - 1
            }
        };
        if let Some((_, Some(input))) = self.readers.get_mut(index)
            && let Ok(Some(line)) = input.line(terminator)
        {
            let text = ended(chomp(line, terminator), terminator);
            self.later.push(Later::Line(text));
        }
    }

    /// The command `l`: the pattern space so that each character can be seen.
    fn list(&mut self, cx: &mut Context, width: usize) -> Result<()> {
        // 1 means, as 0 does, no wrapping.
        let width = if width <= 1 { usize::MAX } else { width };
        let mut text = Vec::new();
        crate::list::push_listed(&mut text, &self.space, width, false);
        self.put_text(cx, &text)
    }

    /// The command `e`: with a line, what it prints comes first; without, the pattern space is run and becomes what it prints.
    fn execute(&mut self, cx: &mut Context, line: &[u8]) -> Result<()> {
        if line.is_empty() {
            let line = core::mem::take(&mut self.space);
            self.space = self.output_of(cx, &line)?;
            self.space.truncate(chomp(&self.space, b'\n').len());
            return Ok(());
        }
        let text = self.output_of(cx, line)?;
        self.put(cx, Target::Main, &text, true)
    }

    /// What a command of the shell prints.
    fn output_of(&mut self, cx: &mut Context, line: &[u8]) -> Result<Vec<u8>> {
        cx.stdout.finish()?;
        let (from, to) = pipe_with(PipeFlags::CLOEXEC)?;
        let child = command::shell(cx, line, &[(to.as_raw_fd(), 1)], &[])?;
        drop(to);
        let text = Input::owned(from, b"pipe").rest()?;
        command::wait(child)?;
        Ok(text)
    }
}

/// A line with its terminator.
#[inline(never)]
fn ended(text: &[u8], terminator: u8) -> Vec<u8> {
    let mut line = text.to_vec();
    line.push(terminator);
    line
}

/// The name of the file that is kept: `suffix` added, or put in the place of each `*`; with a slash it names a directory too.
fn backup_name(path: &[u8], suffix: &[u8]) -> Vec<u8> {
    let at = base::bytes::name_start(path);
    let (folder, name) = path.split_at(at);
    let mut new = Vec::new();
    if suffix.contains(&b'*') {
        for byte in suffix {
            if *byte == b'*' {
                new.extend_from_slice(name);
            } else {
                new.push(*byte);
            }
        }
    } else {
        new.extend_from_slice(name);
        new.extend_from_slice(suffix);
    }
    if new.contains(&b'/') { new } else { base::bytes::fill("%%", &[folder, &new]) }
}

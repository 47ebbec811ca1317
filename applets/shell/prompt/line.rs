//! line - the editing of one line (or several): reads keys, calls what they mean, keeps the screen up to date.

use super::buffer::Buffer;
use super::scan::scan;
use super::view::{ERASE, Style, View};
use super::{Prompt, Typed};
use crate::exec::process::number;
use crate::flow::Unwind;
use crate::shell::Shell;
use base::sys::{self, signal};
use base::term::RawMode;
use base::term::keys::{Code, Event, Key, Keys, META};
use core::time::Duration;
use rustix::fd::BorrowedFd;
use rustix::termios::{InputModes, LocalModes, SpecialCodeIndex, Termios};

/// SIGWINCH.
const WINDOW: i32 = 28;

/// Pasted text comes between marks.
const PASTE_ON: &[u8] = b"\x1b[?2004h";
const PASTE_OFF: &[u8] = b"\x1b[?2004l";

/// What the last key did, where the next one goes on with it. Ranges are in bytes of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    Other,
    Kill,
    /// Text from the kill ring, and which.
    Yank(usize, usize, usize),
    /// The last argument of an entry, and which entry.
    Argument(usize, usize, usize),
}

/// Where a key leads.
pub(super) enum Step {
    Go,
    /// The line is to be run.
    Done,
    Interrupted,
    End,
    Exit(u8),
    /// TMOUT has passed.
    TimedOut,
}

/// The editing of a line; as in [`Shell`], what is used most comes first.
#[repr(C)]
pub(super) struct Line<'s> {
    pub buffer: Buffer,
    pub shell: &'s mut Shell,
    pub state: &'s mut Prompt,
    /// Which history entry is edited: their number for the new line.
    pub at: usize,
    /// vi: keys are commands now.
    pub command: bool,
    colored: bool,
    /// Keys to be taken before those that are typed (vi's `.`).
    pub queue: Vec<Key>,
    pub keys: Keys<'static>,
    pub view: View,
    /// The prompt as it is shown in front of the line.
    pub prompt: Vec<u8>,
    /// The new line, while another entry is shown.
    pub own: Vec<u8>,
    pub last: Last,
    /// The keys of the current vi command.
    pub record: Vec<Key>,
    styles: Vec<Style>,
    suggestion: Vec<u8>,
    /// The text that styles and suggestion belong to.
    styled: Vec<u8>,
    terminal: &'s BorrowedFd<'static>,
    raw: Option<RawMode<'s>>,
    timeout: Option<Duration>,
    /// The terminal is gone, or time is up.
    ended: Option<Step>,
}

fn raw_mode(termios: &mut Termios) {
    // Return stays a newline: what is typed ahead may be meant for a command that reads lines.
    termios.input_modes.remove(InputModes::IXON | InputModes::INLCR | InputModes::IGNCR | InputModes::ISTRIP);
    termios.input_modes.insert(InputModes::ICRNL);
    termios.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN);
    for (index, value) in [(SpecialCodeIndex::VMIN, 1), (SpecialCodeIndex::VTIME, 0)] {
        termios.special_codes[index] = value;
    }
}

/// Reads a line with the editor. None where the terminal cannot be made raw.
#[inline(never)]
pub(super) fn read(shell: &mut Shell, state: &mut Prompt, prompt: &[u8]) -> Option<Typed> {
    let terminal = sys::descriptor(0);
    let raw = RawMode::enter_with(&terminal, &mut raw_mode).ok()?;
    shell.jobs.modes = Some(raw.saved().clone());
    let utf8 = shell.is_utf8();
    let vi = shell.options.vi;
    let (rows, columns) = base::term::size(sys::descriptor(2)).filter(|(rows, _)| *rows > 0).unwrap_or((24, 80));
    let mut keys = Keys::new(terminal, utf8, !vi);
    keys.read_at_most(1);
    keys.unread(&core::mem::take(&mut state.ahead));
    let colored = shell.variable(b"NO_COLOR").is_none_or(<[u8]>::is_empty);
    let seconds = shell.variable(b"TMOUT").and_then(crate::arith::number).filter(|seconds| *seconds > 0);
    let window = signal::get(WINDOW).ok();
    let _ = signal::set(WINDOW, signal::Action::Note);
    let at = state.history.len();
    state.known.clear();
    let mut line = Line {
        buffer: Buffer::of(Vec::new(), utf8),
        view: View::new(prompt, columns, rows, utf8),
        prompt: prompt.to_vec(),
        keys,
        at,
        own: Vec::new(),
        last: Last::Other,
        queue: Vec::new(),
        record: Vec::new(),
        command: false,
        colored,
        styles: Vec::new(),
        suggestion: Vec::new(),
        styled: Vec::new(),
        terminal: &terminal,
        raw: Some(raw),
        timeout: seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs),
        ended: None,
        shell,
        state,
    };
    line.view.add(PASTE_ON);
    line.start_column();
    let step = line.work();
    let typed = line.finish(step);
    if let Some(window) = window {
        let _ = signal::set(WINDOW, window);
    }
    Some(typed)
}

impl Line<'_> {
    /// What the last command printed may not have ended its line: then a mark, and the prompt on the next one.
    fn start_column(&mut self) {
        // The mark and blanks up to the right edge: from the left edge that stays on the row, else it wraps.
        self.view.add(b"\x1b[7m%\x1b[m");
        let blanks = vec![b' '; self.view.columns.saturating_sub(1)];
        self.view.add(&blanks);
        self.view.add(ERASE);
    }

    #[inline(never)]
    fn work(&mut self) -> Step {
        loop {
            let Some(key) = self.key() else {
                return self.ended_step();
            };
            let step = if self.shell.options.vi { self.vi(key) } else { self.emacs(key) };
            match step {
                Step::Go => {}
                other => return other,
            }
        }
    }

    #[inline(never)]
    fn finish(mut self, step: Step) -> Typed {
        // Without the suggestion, and with the cursor behind the text.
        self.suggestion.clear();
        let text = core::mem::take(&mut self.buffer.text);
        self.view.set_prompt(&self.prompt);
        self.update_styles(&text);
        self.view.draw(&text, &self.styles, text.len(), b"");
        if matches!(step, Step::Interrupted) {
            self.view.add(b"^C");
        }
        self.view.leave();
        if matches!(step, Step::TimedOut) {
            self.view.add(b"timed out waiting for input: auto-logout\r\n");
        }
        self.view.add(PASTE_OFF);
        self.view.flush();
        self.state.ahead = self.keys.ahead().to_vec();
        self.raw = None;
        match step {
            Step::Go | Step::Done => Typed::Line(text),
            Step::Interrupted => Typed::Interrupted,
            Step::End => Typed::End,
            Step::Exit(status) => Typed::Exit(status),
            Step::TimedOut => Typed::Exit(self.shell.status),
        }
    }

    /// The next key; None where there is none any more, and `ended` says why.
    pub fn key(&mut self) -> Option<Key> {
        if !self.queue.is_empty() {
            let key = self.queue.remove(0);
            self.record.push(key);
            return Some(key);
        }
        loop {
            if !self.keys.is_ready() {
                self.draw();
            }
            match self.keys.next(self.timeout) {
                Event::Key(key) => {
                    self.record.push(key);
                    return Some(key);
                }
                Event::Signal => {
                    if let Some(step) = self.signals() {
                        self.ended = Some(step);
                        return None;
                    }
                }
                Event::Timeout => {
                    self.ended = Some(Step::TimedOut);
                    return None;
                }
                Event::End => {
                    self.ended = Some(Step::End);
                    return None;
                }
            }
        }
    }

    /// What caught signals ask for.
    #[inline(never)]
    fn signals(&mut self) -> Option<Step> {
        if signal::take_one(WINDOW) {
            if let Some((rows, columns)) = base::term::size(sys::descriptor(2)) {
                self.view.resize(columns, rows, &self.buffer.text, self.buffer.cursor);
            }
            if self.shell.traps.get(WINDOW).is_none() && !signal::pending() {
                return None;
            }
        }
        if signal::take_one(number::INT) && self.shell.traps.get(number::INT).is_none() {
            return Some(Step::Interrupted);
        }
        let result = self.cooked(&mut |shell| shell.run_traps());
        match result {
            Err(Unwind::Exit(status)) => Some(Step::Exit(status)),
            _ => None,
        }
    }

    /// Does something with the terminal as commands expect it, below the line; the line is drawn again after it.
    pub fn cooked(&mut self, work: &mut dyn FnMut(&mut Shell) -> Result<(), Unwind>) -> Result<(), Unwind> {
        self.draw();
        self.view.leave();
        self.view.add(PASTE_OFF);
        self.view.flush();
        self.raw = None;
        let result = work(self.shell);
        self.raw = RawMode::enter_with(self.terminal, &mut raw_mode).ok();
        self.view.add(PASTE_ON);
        self.view.set_prompt(&self.prompt);
        result
    }

    /// Shows a text below the line; the line is drawn again after it.
    pub fn show(&mut self, text: &[u8]) {
        self.draw();
        self.view.leave();
        self.view.add(text);
        self.view.set_prompt(&self.prompt);
    }

    /// Brings the screen up to date.
    pub fn draw(&mut self) {
        let text = core::mem::take(&mut self.buffer.text);
        self.update_styles(&text);
        let suggestion = if self.buffer.cursor == text.len() { &self.suggestion[..] } else { b"" };
        self.view.draw(&text, &self.styles, self.buffer.cursor, suggestion);
        self.buffer.text = text;
    }

    fn update_styles(&mut self, text: &[u8]) {
        if !self.colored || text == self.styled {
            return;
        }
        self.styled = text.to_vec();
        let mut found = scan(text);
        for word in found.words.iter().filter(|word| word.command) {
            let name = text.get(word.start..word.end).unwrap_or_default();
            let painted = found.styles.get(word.start) == Some(&Style::Keyword);
            // Quotes and expansions in a name: who knows.
            let plain = !name.is_empty() && !name.iter().any(|byte| b"\\'\"$`*?[{~".contains(byte));
            // A word that is still being typed may become a command.
            if plain && !painted && !self.is_command(name) {
                for style in found.styles.get_mut(word.start..word.end).unwrap_or_default() {
                    *style = Style::Unknown;
                }
            }
        }
        self.styles = found.styles;
        self.suggest(text);
    }

    fn is_command(&mut self, name: &[u8]) -> bool {
        if let Some((_, known)) = self.state.known.iter().find(|(known, _)| **known == *name) {
            return *known;
        }
        let known = self.shell.means_something(name);
        self.state.known.push((name.into(), known));
        known
    }

    /// Finds the newest entry that goes on as the text does.
    fn suggest(&mut self, text: &[u8]) {
        self.suggestion.clear();
        if text.is_empty() || text.ends_with(b"\n") {
            return;
        }
        let history = &self.state.history;
        if let Some(entry) = history.starting(text, history.len()).and_then(|index| history.get(index)) {
            self.suggestion.extend_from_slice(entry.get(text.len()..).unwrap_or_default());
        }
    }

    /// Takes the suggestion over, where the cursor is at the end: all of it, or a word. False where there is none.
    pub fn accept_suggestion(&mut self, word: bool) -> bool {
        let text = core::mem::take(&mut self.buffer.text);
        self.update_styles(&text);
        self.buffer.text = text;
        if self.suggestion.is_empty() || self.buffer.cursor < self.buffer.text.len() {
            return false;
        }
        let mut taken = core::mem::take(&mut self.suggestion);
        if word {
            let whole = Buffer::of(taken, self.buffer.utf8);
            let end = whole.word_end(0, super::buffer::Words::Blanks);
            taken = whole.text;
            taken.truncate(end);
        }
        self.buffer.mark();
        self.buffer.insert(&taken);
        self.buffer.mark();
        true
    }

    /// Shows the history entry at an index (their number: the new line).
    pub fn show_entry(&mut self, index: usize) {
        if self.at == self.state.history.len() {
            self.own = self.buffer.text.clone();
        }
        let text = match self.state.history.get(index) {
            Some(entry) => entry.to_vec(),
            None => core::mem::take(&mut self.own),
        };
        self.at = index.min(self.state.history.len());
        self.buffer.set(&text);
    }

    /// The entry before or after the one that is shown; in a text of several lines, the line above or below first.
    pub fn move_vertically(&mut self, up: bool) -> bool {
        let (start, end) = self.buffer.line(self.buffer.cursor);
        let column = self.buffer.cursor.saturating_sub(start);
        if up && start > 0 {
            let (above, above_end) = self.buffer.line(start.saturating_sub(1));
            self.go_to_column(above, above_end, column);
            return true;
        }
        if !up && end < self.buffer.text.len() {
            let (below, below_end) = self.buffer.line(end.saturating_add(1));
            self.go_to_column(below, below_end, column);
            return true;
        }
        let to = if up { self.at.checked_sub(1) } else { self.at.checked_add(1) };
        match to.filter(|to| *to <= self.state.history.len()) {
            Some(to) => {
                self.show_entry(to);
                true
            }
            None => false,
        }
    }

    fn go_to_column(&mut self, start: usize, end: usize, column: usize) {
        let mut at = start;
        while at < end && at.saturating_sub(start) < column {
            at = self.buffer.next(at);
        }
        self.buffer.cursor = at.min(end);
    }

    /// Takes a paste: nothing in it is a command.
    pub fn paste(&mut self) {
        self.keys.read_at_most(4096);
        let mut text = Vec::new();
        let utf8 = self.buffer.utf8;
        loop {
            match self.keys.next(Some(Duration::from_secs(2))) {
                Event::Key(Key { code: Code::PasteEnd, .. }) => break,
                Event::Key(Key { code, held }) => {
                    if held & META != 0 {
                        text.push(0x1b);
                    }
                    push_code(&mut text, code, utf8);
                }
                Event::Signal => {}
                Event::Timeout | Event::End => break,
            }
        }
        self.keys.read_at_most(1);
        for byte in &mut text {
            if *byte == b'\r' {
                *byte = b'\n';
            }
        }
        // A newline at the end would only be in the way.
        while text.last() == Some(&b'\n') {
            text.pop();
        }
        self.buffer.mark();
        self.buffer.insert(&text);
        self.buffer.mark();
    }

    /// Inserts the next key as it comes.
    pub fn quoted_insert(&mut self) {
        if let Some(key) = self.key() {
            let mut text = Vec::new();
            if key.held & META != 0 {
                text.push(0x1b);
            }
            push_code(&mut text, key.code, self.buffer.utf8);
            self.buffer.insert(&text);
        }
    }

    /// Types a character.
    pub fn type_code(&mut self, code: Code) {
        let mut text = Vec::new();
        push_code(&mut text, code, self.buffer.utf8);
        self.buffer.insert(&text);
    }

    /// Edits the line in the editor that VISUAL or EDITOR names; what comes back is run.
    pub fn edit_outside(&mut self) -> Step {
        let text = self.buffer.text.clone();
        let mut edited = None;
        let _ = self.cooked(&mut |shell| {
            edited = shell.edit_text(&text, b"${VISUAL:-${EDITOR:-vi}}");
            Ok(())
        });
        match edited {
            Some(text) => {
                self.buffer.set(text.trim_ascii_end());
                Step::Done
            }
            None => Step::Go,
        }
    }

    /// Whether no key will come any more.
    pub fn ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Where that leads.
    pub fn ended_step(&mut self) -> Step {
        self.ended.take().unwrap_or(Step::End)
    }

    /// A sound, or nothing to hear.
    pub fn bell(&mut self) {
        self.view.add(b"\x07");
    }

    /// A sound where something could not be done.
    pub fn bell_unless(&mut self, done: bool) {
        if !done {
            self.bell();
        }
    }

    /// Whether Return ends the line.
    pub fn enter(&mut self) -> Step {
        Step::Done
    }
}

/// Adds the character of a key; nothing for keys that are none.
pub(super) fn push_code(text: &mut Vec<u8>, code: Code, utf8: bool) {
    match code {
        Code::Char(c) if utf8 || c.is_ascii() => {
            let mut bytes = [0; 4];
            text.extend_from_slice(c.encode_utf8(&mut bytes).as_bytes());
        }
        Code::Byte(byte) => text.push(byte),
        _ => {}
    }
}

//! Lines of ex commands: taken apart, and each command found by its name.

use super::{Vi, wrong};
use crate::buffer::Pos;

/// What a command does; names that mean the same share it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ex {
    Go,
    Abbreviate,
    Again,
    Append,
    Args,
    Change,
    Copy,
    Delete,
    Edit,
    Exit,
    File,
    Global,
    Help,
    Insert,
    Join,
    Last,
    Left,
    LineNumber,
    List,
    Map,
    MapInserting,
    Mark,
    Marks,
    Move,
    Next,
    NoHighlight,
    Normal,
    Number,
    Previous,
    Print,
    Put,
    Quit,
    Read,
    Redo,
    Register,
    Registers,
    Repeat,
    Rewind,
    Right,
    Run,
    Set,
    Shell,
    Sort,
    Source,
    Substitute,
    Suspend,
    Unabbreviate,
    Undo,
    Unmap,
    Update,
    Version,
    VGlobal,
    Write,
    WriteQuit,
    Yank,
}

/// The commands: name, the fewest letters that mean it, and what it does. Where several begin alike, the earlier is meant.
static COMMANDS: [(&str, u8, Ex); 62] = [
    ("append", 1, Ex::Append),
    ("abbreviate", 2, Ex::Abbreviate),
    ("args", 2, Ex::Args),
    ("change", 1, Ex::Change),
    ("copy", 2, Ex::Copy),
    ("delete", 1, Ex::Delete),
    ("display", 2, Ex::Registers),
    ("edit", 1, Ex::Edit),
    ("ex", 2, Ex::Edit),
    ("exit", 3, Ex::Exit),
    ("file", 1, Ex::File),
    ("global", 1, Ex::Global),
    ("help", 1, Ex::Help),
    ("insert", 1, Ex::Insert),
    ("join", 1, Ex::Join),
    ("k", 1, Ex::Mark),
    ("list", 1, Ex::List),
    ("last", 2, Ex::Last),
    ("move", 1, Ex::Move),
    ("mark", 2, Ex::Mark),
    ("map", 3, Ex::Map),
    ("marks", 5, Ex::Marks),
    ("next", 1, Ex::Next),
    ("Next", 1, Ex::Previous),
    ("nohlsearch", 3, Ex::NoHighlight),
    ("normal", 4, Ex::Normal),
    ("noremap", 2, Ex::Map),
    ("number", 2, Ex::Number),
    ("nnoremap", 2, Ex::Map),
    ("inoremap", 2, Ex::MapInserting),
    ("nmap", 2, Ex::Map),
    ("imap", 2, Ex::MapInserting),
    ("print", 1, Ex::Print),
    ("previous", 4, Ex::Previous),
    ("put", 2, Ex::Put),
    ("quit", 1, Ex::Quit),
    ("qall", 2, Ex::Quit),
    ("read", 1, Ex::Read),
    ("redo", 3, Ex::Redo),
    ("registers", 3, Ex::Registers),
    ("rewind", 3, Ex::Rewind),
    ("substitute", 1, Ex::Substitute),
    ("set", 2, Ex::Set),
    ("sort", 3, Ex::Sort),
    ("source", 2, Ex::Source),
    ("shell", 2, Ex::Shell),
    ("stop", 2, Ex::Suspend),
    ("suspend", 3, Ex::Suspend),
    ("t", 1, Ex::Copy),
    ("undo", 1, Ex::Undo),
    ("unabbreviate", 3, Ex::Unabbreviate),
    ("unmap", 3, Ex::Unmap),
    ("update", 2, Ex::Update),
    ("vglobal", 1, Ex::VGlobal),
    ("version", 2, Ex::Version),
    ("visual", 2, Ex::Edit),
    ("write", 1, Ex::Write),
    ("wall", 2, Ex::Write),
    ("wqall", 2, Ex::WriteQuit),
    ("xall", 2, Ex::Exit),
    ("xit", 1, Ex::Exit),
    ("yank", 1, Ex::Yank),
];

/// The command that letters mean.
fn command(letters: &[u8]) -> Option<Ex> {
    let found = COMMANDS
        .iter()
        .find(|(name, least, _)| letters.len() >= usize::from(*least) && name.as_bytes().starts_with(letters));
    found.map(|(.., ex)| *ex)
}

/// The command of one character that is no letter.
fn sign(byte: u8) -> Option<Ex> {
    Some(match byte {
        b'&' => Ex::Again,
        b'~' => Ex::Repeat,
        b'=' => Ex::LineNumber,
        b'<' => Ex::Left,
        b'>' => Ex::Right,
        b'!' => Ex::Run,
        b'@' | b'*' => Ex::Register,
        b'#' => Ex::Number,
        _ => return None,
    })
}

/// What stands before the first `|` that is not escaped, and what follows it.
#[inline(never)]
fn split_bar(text: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    let mut out = Vec::new();
    let mut at = 0usize;
    while let Some(byte) = text.get(at) {
        let next = text.get(at + 1);
        match byte {
            b'\\' | 22 if next == Some(&b'|') => {
                out.push(b'|');
                at += 2;
                continue;
            }
            b'|' => return (out, text.get(at + 1..)),
            _ => out.push(*byte),
        }
        at += 1;
    }
    (out, None)
}

impl Vi<'_, '_> {
    /// Runs a line of commands; what fails is said.
    pub fn ex_line(&mut self, line: &[u8]) {
        if self.depth > 30 {
            return self.fail();
        }
        self.depth += 1;
        let mut rest = Some(line);
        while let Some(line) = rest
            && self.quit.is_none()
        {
            match self.ex_one(line) {
                Ok(more) => rest = more,
                Err(error) => {
                    rest = None;
                    if self.is_ex {
                        self.cx.warn(error);
                    } else {
                        self.say_error(error);
                    }
                    self.fail();
                }
            }
        }
        self.depth = self.depth.saturating_sub(1);
        if self.is_ex && self.depth == 0 {
            for line in &self.output {
                // The end of the program tells of what cannot be written.
                let _ = self.cx.stdout.put(line).and_then(|()| self.cx.stdout.put(b"\n"));
            }
            self.output.clear();
        }
    }

    /// Runs a text of commands, line by line.
    pub fn ex_lines(&mut self, text: &[u8]) {
        for line in crate::buffer::lines_of(text) {
            self.ex_line(line);
        }
    }

    /// Runs the first command of a line; gives what follows it.
    fn ex_one<'l>(&mut self, line: &'l [u8]) -> super::Fails<Option<&'l [u8]>> {
        let line = line.trim_ascii_start();
        let start = line.iter().position(|byte| *byte != b':' && *byte != b' ').unwrap_or(line.len());
        let line = line.get(start..).unwrap_or_default();
        if line.is_empty() || line.starts_with(b"\"") {
            return Ok(None);
        }
        let before = self.cur;
        let (range, rest) = self.range(line)?;
        let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (word, after) = rest.split_at_checked(letters).unwrap_or((rest, &[]));
        let behind_one = rest.get(1..).unwrap_or_default();
        let (ex, mut after) = match (word, rest.first()) {
            ([], None) => (Some(Ex::Go), after),
            ([], Some(b'|')) => {
                self.run_go(&range, before);
                return Ok(Some(behind_one));
            }
            ([], Some(byte)) => (sign(*byte), behind_one),
            ([b'k', _], _) => (Some(Ex::Mark), behind_one),
            _ => match command(word) {
                None if matches!(word.first(), Some(b's' | b'd' | b'y' | b'k' | b'm' | b't')) => {
                    // `sg`, `dl`: letters behind a command of one letter.
                    (command(word.get(..1).unwrap_or_default()), behind_one)
                }
                ex => (ex, after),
            },
        };
        let Some(ex) = ex else { return Err(wrong(b"Not an editor command: ", line)) };
        let is_sign = letters == 0 && !matches!(ex, Ex::Number | Ex::Go);
        let bang = after.first() == Some(&b'!') && !is_sign;
        if bang {
            after = after.get(1..).unwrap_or_default();
        }
        // The rest of the line is all theirs.
        let whole = match ex {
            Ex::Read | Ex::Write => bang && ex == Ex::Read || after.trim_ascii_start().starts_with(b"!"),
            Ex::Run
            | Ex::Global
            | Ex::VGlobal
            | Ex::Normal
            | Ex::Map
            | Ex::MapInserting
            | Ex::Abbreviate
            | Ex::Append
            | Ex::Change
            | Ex::Insert => true,
            _ => false,
        };
        let (argument, more) = if whole {
            (after.to_vec(), None)
        } else if matches!(ex, Ex::Substitute | Ex::Again | Ex::Repeat) {
            // The pattern and the replacement keep their backslashes.
            split_substitute(after)
        } else {
            split_bar(after)
        };
        self.ex_run(ex, &range, bang, &argument, before)?;
        Ok(more)
    }

    /// A range alone goes to its line.
    pub fn run_go(&mut self, range: &super::range::Range, before: Pos) {
        if range.given > 0 {
            self.set_mark(b'\'', before);
            self.go_line(range.last);
            if self.is_ex {
                let line = self.line().to_vec();
                self.output.push(line);
            }
        }
    }
}

/// What belongs to `:s` and its like, and what follows: bars are theirs up to the third delimiter.
fn split_substitute(text: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    let Some((delimiter, rest)) = text
        .split_first()
        .filter(|(byte, _)| byte.is_ascii_punctuation() && !matches!(byte, b'|' | b'"' | b'&' | b'~'))
    else {
        return split_bar(text);
    };
    let (_, after) = super::search::split_pattern(rest, *delimiter);
    let mut at = text.len().saturating_sub(after.len());
    let mut in_replacement = !after.is_empty() || text.get(at.wrapping_sub(1)) == Some(delimiter);
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            byte if byte == delimiter && in_replacement => in_replacement = false,
            b'|' if !in_replacement => break,
            _ => {}
        }
        at += 1;
    }
    (text.get(..at).unwrap_or(text).to_vec(), text.get(at + 1..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(command(b"s"), Some(Ex::Substitute));
        assert_eq!(command(b"se"), Some(Ex::Set));
        assert_eq!(command(b"n"), Some(Ex::Next));
        assert_eq!(command(b"nu"), Some(Ex::Number));
        assert_eq!(command(b"norm"), Some(Ex::Normal));
        assert_eq!(command(b"co"), Some(Ex::Copy));
        assert_eq!(command(b"e"), Some(Ex::Edit));
        assert_eq!(command(b"ma"), Some(Ex::Mark));
        assert_eq!(command(b"map"), Some(Ex::Map));
        assert_eq!(command(b"zz"), None);
    }

    #[test]
    fn bars() {
        assert_eq!(split_bar(b"a\\|b|c"), (b"a|b".to_vec(), Some(&b"c"[..])));
        assert_eq!(split_bar(b"a"), (b"a".to_vec(), None));
    }
}

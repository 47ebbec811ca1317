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

/// The commands: the fewest letters that mean each, and what may follow those. Where several begin alike, the earlier is meant.
static NAMES: &str = "\
a,ppend ab,breviate ar,gs c,hange co,py d,elete di,splay e,dit ex exi,t f,ile g,lobal h,elp i,nsert j,oin k \
l,ist la,st m,ove ma,rk map marks n,ext N,ext noh,lsearch norm,al no,remap nu,mber nn,oremap in,oremap nm,ap \
im,ap p,rint prev,ious pu,t q,uit qa,ll r,ead red,o reg,isters rew,ind s,ubstitute se,t sor,t so,urce sh,ell \
st,op sus,pend t u,ndo una,bbreviate unm,ap up,date v,global ve,rsion vi,sual w,rite wa,ll wq,all xa,ll x,it \
y,ank";
/// What they do, in the same order.
static MEANINGS: [Ex; 62] = [
    Ex::Append,
    Ex::Abbreviate,
    Ex::Args,
    Ex::Change,
    Ex::Copy,
    Ex::Delete,
    Ex::Registers,
    Ex::Edit,
    Ex::Edit,
    Ex::Exit,
    Ex::File,
    Ex::Global,
    Ex::Help,
    Ex::Insert,
    Ex::Join,
    Ex::Mark,
    Ex::List,
    Ex::Last,
    Ex::Move,
    Ex::Mark,
    Ex::Map,
    Ex::Marks,
    Ex::Next,
    Ex::Previous,
    Ex::NoHighlight,
    Ex::Normal,
    Ex::Map,
    Ex::Number,
    Ex::Map,
    Ex::MapInserting,
    Ex::Map,
    Ex::MapInserting,
    Ex::Print,
    Ex::Previous,
    Ex::Put,
    Ex::Quit,
    Ex::Quit,
    Ex::Read,
    Ex::Redo,
    Ex::Registers,
    Ex::Rewind,
    Ex::Substitute,
    Ex::Set,
    Ex::Sort,
    Ex::Source,
    Ex::Shell,
    Ex::Suspend,
    Ex::Suspend,
    Ex::Copy,
    Ex::Undo,
    Ex::Unabbreviate,
    Ex::Unmap,
    Ex::Update,
    Ex::VGlobal,
    Ex::Version,
    Ex::Edit,
    Ex::Write,
    Ex::Write,
    Ex::WriteQuit,
    Ex::Exit,
    Ex::Exit,
    Ex::Yank,
];

/// The command that letters mean.
fn command(letters: &[u8]) -> Option<Ex> {
    let is_meant = |name: &&[u8]| {
        let comma = memchr::memchr(b',', name).unwrap_or(name.len());
        let (least, rest) = name.split_at_checked(comma).unwrap_or((name, &[]));
        letters.strip_prefix(least).is_some_and(|more| rest.get(1..).unwrap_or_default().starts_with(more))
    };
    let at = crate::buffer::words(NAMES.as_bytes()).iter().position(is_meant)?;
    MEANINGS.get(at).copied()
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
        assert_eq!(command(b"y"), Some(Ex::Yank));
        assert_eq!(crate::buffer::words(NAMES.as_bytes()).len(), MEANINGS.len());
    }

    #[test]
    fn bars() {
        assert_eq!(split_bar(b"a\\|b|c"), (b"a|b".to_vec(), Some(&b"c"[..])));
        assert_eq!(split_bar(b"a"), (b"a".to_vec(), None));
    }
}

//! Lines of ex commands: taken apart, and each command found by its name.

use super::Vi;
use crate::buffer::Pos;
use base::Error;

/// The commands: name, and the fewest letters that mean it. Where several begin alike, the earlier is meant.
static COMMANDS: [(&str, usize); 57] = [
    ("append", 1),
    ("abbreviate", 2),
    ("args", 2),
    ("change", 1),
    ("copy", 2),
    ("delete", 1),
    ("display", 2),
    ("edit", 1),
    ("ex", 2),
    ("exit", 3),
    ("file", 1),
    ("global", 1),
    ("help", 1),
    ("insert", 1),
    ("join", 1),
    ("k", 1),
    ("list", 1),
    ("last", 2),
    ("move", 1),
    ("mark", 2),
    ("map", 3),
    ("marks", 5),
    ("next", 1),
    ("Next", 1),
    ("nohlsearch", 3),
    ("normal", 4),
    ("noremap", 2),
    ("number", 2),
    ("nnoremap", 2),
    ("inoremap", 2),
    ("nmap", 2),
    ("imap", 2),
    ("print", 1),
    ("previous", 4),
    ("put", 2),
    ("quit", 1),
    ("qall", 2),
    ("read", 1),
    ("redo", 3),
    ("registers", 3),
    ("rewind", 3),
    ("substitute", 1),
    ("set", 2),
    ("sort", 3),
    ("source", 2),
    ("shell", 2),
    ("t", 1),
    ("undo", 1),
    ("unabbreviate", 3),
    ("unmap", 3),
    ("vglobal", 1),
    ("version", 2),
    ("write", 1),
    ("wall", 2),
    ("wq", 2),
    ("xit", 1),
    ("yank", 1),
];

/// The command that letters mean.
fn command(letters: &[u8]) -> Option<&'static str> {
    COMMANDS
        .iter()
        .find(|(name, least)| letters.len() >= *least && name.as_bytes().starts_with(letters))
        .map(|(name, _)| *name)
}

/// What stands before the first `|` that is not escaped, and what follows it.
fn split_bar(text: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    let mut out = Vec::new();
    let mut at = 0usize;
    while let Some(byte) = text.get(at) {
        let next = text.get(at.saturating_add(1));
        match byte {
            b'\\' | 22 if next == Some(&b'|') => {
                out.push(b'|');
                at = at.saturating_add(2);
                continue;
            }
            b'|' => return (out, text.get(at.saturating_add(1)..)),
            _ => out.push(*byte),
        }
        at = at.saturating_add(1);
    }
    (out, None)
}

impl Vi<'_, '_> {
    /// Runs a line of commands; what fails is said.
    pub fn ex_line(&mut self, line: &[u8]) {
        if self.depth > 30 {
            return self.fail();
        }
        self.depth = self.depth.saturating_add(1);
        let mut rest = Some(line.to_vec());
        while let Some(line) = rest.take() {
            let result = self.ex_one(&line);
            match result {
                Ok(more) => rest = more.filter(|_| self.quit.is_none()),
                Err(error) => {
                    if self.is_ex {
                        self.cx.warn(error);
                    } else {
                        self.message = error.text().unwrap_or_default();
                    }
                    self.fail();
                }
            }
        }
        self.depth = self.depth.saturating_sub(1);
        if self.is_ex && self.depth == 0 {
            for line in core::mem::take(&mut self.output) {
                // The end of the program tells of what cannot be written.
                let _ = self.cx.stdout.put(&[line.as_slice(), b"\n"].concat());
            }
        }
    }

    /// Runs the first command of a line; gives what follows it.
    fn ex_one(&mut self, line: &[u8]) -> super::Fails<Option<Vec<u8>>> {
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
        let (name, mut after) = match (word, after.split_first()) {
            ([], Some((sign @ (b'&' | b'~' | b'=' | b'<' | b'>' | b'!' | b'@' | b'*' | b'#'), after))) => {
                let name = match sign {
                    b'&' => "&",
                    b'~' => "~",
                    b'=' => "=",
                    b'<' => "<",
                    b'>' => ">",
                    b'!' => "!",
                    b'#' => "number",
                    _ => "@",
                };
                (name, after)
            }
            ([], None) => ("", after),
            ([], Some((b'|', after))) => {
                self.run_go(&range, before)?;
                return Ok(Some(after.to_vec()));
            }
            ([b'k', _], _) => ("k", rest.get(1..).unwrap_or_default()),
            _ => match command(word) {
                Some(name) => (name, after),
                // `sg`, `dl`: letters behind a command of one letter.
                None if matches!(word.first(), Some(b's' | b'd' | b'y' | b'k' | b'm' | b't')) => {
                    let name = command(word.get(..1).unwrap_or_default()).unwrap_or("");
                    (name, rest.get(1..).unwrap_or_default())
                }
                None => return Err(Error::message([b"Not an editor command: ", line].concat())),
            },
        };
        if name.is_empty() && !after.is_empty() {
            return Err(Error::message([b"Not an editor command: ", line].concat()));
        }
        let bang = after.first() == Some(&b'!') && !matches!(name, "!" | "&" | "~" | "@" | "=" | "<" | ">");
        if bang {
            after = after.get(1..).unwrap_or_default();
        }
        let shell = name == "!"
            || name == "read" && (bang || after.trim_ascii_start().starts_with(b"!"))
            || name == "write" && after.trim_ascii_start().starts_with(b"!");
        // The rest of the line is all theirs.
        let whole = shell
            || matches!(
                name,
                "global"
                    | "vglobal"
                    | "normal"
                    | "map"
                    | "nmap"
                    | "imap"
                    | "noremap"
                    | "nnoremap"
                    | "inoremap"
                    | "abbreviate"
                    | "append"
                    | "change"
                    | "insert"
            );
        let (argument, more) = if whole {
            (after.to_vec(), None)
        } else if matches!(name, "substitute" | "&" | "~") {
            // The pattern and the replacement keep their backslashes.
            self.split_substitute(after)
        } else {
            let (argument, more) = split_bar(after);
            (argument, more.map(<[u8]>::to_vec))
        };
        self.ex_run(name, range, bang, &argument, before)?;
        Ok(more)
    }

    fn split_substitute(&self, text: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
        let Some((delimiter, rest)) = text
            .split_first()
            .filter(|(byte, _)| byte.is_ascii_punctuation() && !matches!(byte, b'|' | b'"' | b'&' | b'~'))
        else {
            let (argument, more) = split_bar(text);
            return (argument, more.map(<[u8]>::to_vec));
        };
        // Behind two unescaped delimiters, or the first bar before that.
        let (_, after) = super::search::split_pattern(rest, *delimiter);
        let mut at = text.len().saturating_sub(after.len());
        let mut in_replacement = !after.is_empty() || text.get(at.wrapping_sub(1)) == Some(delimiter);
        while let Some(byte) = text.get(at) {
            match byte {
                b'\\' => at = at.saturating_add(1),
                byte if byte == delimiter && in_replacement => in_replacement = false,
                b'|' => break,
                _ => {}
            }
            at = at.saturating_add(1);
        }
        let (argument, more) = text.split_at_checked(at).unwrap_or((text, &[]));
        (argument.to_vec(), more.get(1..).map(<[u8]>::to_vec))
    }

    /// A range alone goes to its line.
    pub fn run_go(&mut self, range: &super::range::Range, before: Pos) -> super::Fails {
        if range.given > 0 {
            self.set_mark(b'\'', before);
            self.go_line(range.last);
            if self.is_ex {
                let line = self.line().to_vec();
                self.output.push(line);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(command(b"s"), Some("substitute"));
        assert_eq!(command(b"se"), Some("set"));
        assert_eq!(command(b"n"), Some("next"));
        assert_eq!(command(b"nu"), Some("number"));
        assert_eq!(command(b"norm"), Some("normal"));
        assert_eq!(command(b"co"), Some("copy"));
        assert_eq!(command(b"e"), Some("edit"));
        assert_eq!(command(b"ma"), Some("mark"));
        assert_eq!(command(b"map"), Some("map"));
        assert_eq!(command(b"zz"), None);
    }

    #[test]
    fn bars() {
        assert_eq!(split_bar(b"a\\|b|c"), (b"a|b".to_vec(), Some(&b"c"[..])));
        assert_eq!(split_bar(b"a"), (b"a".to_vec(), None));
    }
}

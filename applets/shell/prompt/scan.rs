//! scan - a quick look at a command line that need not be complete: where its words are, what they are, how they look.
//!
//! The parser refuses what is not finished, so the editor reads text its own, forgiving way. It goes over the text once.

use super::view::Style;
use crate::names::in_name;
use base::bytes::place;

/// A word of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    pub start: usize,
    pub end: usize,
    /// It stands where a command does.
    pub command: bool,
    /// Where the command it belongs to begins, as an index into the words.
    pub head: usize,
    /// The quote that is open at the end of the word, or 0.
    pub open: u8,
    /// It follows `<` or `>`.
    pub target: bool,
}

/// What was found.
#[derive(Default)]
pub struct Scan<'t> {
    pub words: Vec<Word>,
    /// A style for each byte.
    pub styles: Vec<Style>,
    text: &'t [u8],
    at: usize,
    depth: u32,
}

/// Words after which a command follows.
const BEFORE_COMMANDS: &str = "if then else elif while until do ! { time";
/// What has an `in`.
const LOOPS: &str = "for case select";
const KEYWORDS: &str = "fi done esac } for case in function select [[ ]]";

/// Looks at a text.
pub fn scan(text: &[u8]) -> Scan<'_> {
    let mut scan = Scan { text, styles: vec![Style::Plain; text.len()], ..Scan::default() };
    while scan.at < scan.text.len() {
        scan.commands(0);
        // A closing sign without its opening one.
        scan.at = scan.at.saturating_add(1);
    }
    scan
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn paint(&mut self, from: usize, style: Style) {
        let to = self.at.min(self.styles.len());
        for place in self.styles.get_mut(from..to).unwrap_or_default() {
            *place = style;
        }
    }

    #[inline(never)]
    fn skip(&mut self) {
        self.at = self.text.len().min(self.at + 1);
    }

    /// Commands up to `close`, which stays.
    fn commands(&mut self, close: u8) {
        let mut expect = true;
        let mut target = false;
        let mut head = self.words.len();
        while let Some(byte) = self.peek() {
            match byte {
                _ if byte == close => return,
                b' ' | b'\t' => self.skip(),
                b'\n' | b';' | b'&' | b'|' | b'(' => {
                    self.skip();
                    (expect, target) = (true, false);
                }
                b')' if close == b'`' => self.skip(),
                b')' => {
                    self.skip();
                    expect = true;
                }
                b'#' => {
                    let start = self.at;
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.skip();
                    }
                    self.paint(start, Style::Comment);
                }
                b'<' | b'>' => {
                    self.skip();
                    if self.peek() == Some(b'&') {
                        self.skip();
                    }
                    if self.peek() == Some(b'(') {
                        continue;
                    }
                    target = true;
                }
                _ => {
                    let index = self.words.len();
                    if expect && !target {
                        head = index;
                    }
                    let start = self.at;
                    self.words.push(Word { start, end: start, command: expect && !target, head, open: 0, target });
                    let open = self.word(close);
                    let end = self.at;
                    if end == start {
                        self.skip();
                    }
                    let text = self.text.get(start..end).unwrap_or_default();
                    let digits = text.iter().all(u8::is_ascii_digit) && matches!(self.peek(), Some(b'<' | b'>'));
                    let before = place(BEFORE_COMMANDS, text).is_some();
                    let keyword = before || place(KEYWORDS, text).is_some();
                    let assignment = is_assignment(text);
                    if let Some(word) = self.words.get_mut(index) {
                        word.end = end;
                        word.open = open;
                    }
                    if core::mem::replace(&mut target, false) || !expect {
                        if text == b"in" || text == b"do" {
                            // `for x in`, `case x in`
                            let of_loop = self.words.get(head).and_then(|word| self.text.get(word.start..word.end));
                            if of_loop.is_some_and(|word| place(LOOPS, word).is_some()) {
                                self.paint(start, Style::Keyword);
                            }
                        }
                    } else if keyword {
                        self.paint(start, Style::Keyword);
                        expect = before;
                        if before && let Some(word) = self.words.get_mut(index) {
                            word.command = false;
                        }
                    } else if assignment || digits {
                        if let Some(word) = self.words.get_mut(index) {
                            word.command = false;
                        }
                    } else {
                        expect = false;
                    }
                }
            }
        }
    }

    /// A word; the quote that was not closed.
    fn word(&mut self, close: u8) -> u8 {
        while let Some(byte) = self.peek() {
            let start = self.at;
            match byte {
                _ if byte == close => return 0,
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => return 0,
                b'\\' => {
                    self.skip();
                    self.skip();
                }
                b'\'' => {
                    self.skip();
                    while self.peek().is_some_and(|byte| byte != b'\'') {
                        self.skip();
                    }
                    let closed = self.peek().is_some();
                    self.skip();
                    self.paint(start, Style::Quoted);
                    if !closed {
                        return b'\'';
                    }
                }
                b'"' => {
                    self.skip();
                    self.paint(start, Style::Quoted);
                    if !self.double() {
                        return b'"';
                    }
                }
                b'$' => self.dollar(Style::Variable),
                b'`' => self.nested(b'`'),
                _ => self.skip(),
            }
        }
        0
    }

    /// The inside of double quotes; whether they were closed.
    fn double(&mut self) -> bool {
        while let Some(byte) = self.peek() {
            let start = self.at;
            match byte {
                b'"' => {
                    self.skip();
                    self.paint(start, Style::Quoted);
                    return true;
                }
                b'\\' => {
                    self.skip();
                    self.skip();
                    self.paint(start, Style::Quoted);
                }
                b'$' => self.dollar(Style::Quoted),
                b'`' => self.nested(b'`'),
                _ => {
                    self.skip();
                    self.paint(start, Style::Quoted);
                }
            }
        }
        false
    }

    /// A command substitution from its opening sign on.
    fn nested(&mut self, close: u8) {
        self.skip();
        self.depth = self.depth.saturating_add(1);
        if self.depth < 40 {
            self.commands(close);
        }
        self.depth = self.depth.saturating_sub(1);
        if self.peek() == Some(close) {
            self.skip();
        }
    }

    /// What follows `$`; a `$` alone has the style `alone`.
    fn dollar(&mut self, alone: Style) {
        let start = self.at;
        self.skip();
        match self.peek() {
            Some(b'(') => return self.nested(b')'),
            Some(b'{') => {
                let mut depth = 0u32;
                while let Some(byte) = self.peek() {
                    self.skip();
                    match byte {
                        b'{' => depth = depth.saturating_add(1),
                        b'}' if depth <= 1 => break,
                        b'}' => depth = depth.saturating_sub(1),
                        b'\\' => self.skip(),
                        _ => {}
                    }
                }
            }
            Some(b'0'..=b'9' | b'?' | b'$' | b'!' | b'#' | b'@' | b'*' | b'-') => self.skip(),
            Some(byte) if in_name(byte) => {
                while self.peek().is_some_and(in_name) {
                    self.skip();
                }
            }
            _ => return self.paint(start, if alone == Style::Quoted { Style::Quoted } else { Style::Plain }),
        }
        self.paint(start, Style::Variable);
    }
}

/// `name=` or `name+=` at the start.
fn is_assignment(text: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'=', text) else { return false };
    let name = text.get(..at).unwrap_or_default();
    crate::names::is_name(name.strip_suffix(b"+").unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<&str> {
        let found = scan(text.as_bytes());
        found.words.iter().filter(|word| word.command).map(|word| &text[word.start..word.end]).collect()
    }

    #[test]
    fn finds_commands() {
        assert_eq!(commands("ls -l | grep a && cat"), ["ls", "grep", "cat"]);
        assert_eq!(commands("if true; then A=1 echo $(date -u) `pwd`; fi"), ["true", "echo", "date", "pwd", "fi"]);
        assert_eq!(commands("for i in a b; do x; done"), ["for", "x", "done"]);
        assert_eq!(commands("> f cat < g; (id)"), ["cat", "id"]);
        assert_eq!(commands("echo \"$(foo 'a b')\" '$(no)' # not"), ["echo", "foo"]);
    }

    #[test]
    fn open_quotes() {
        assert_eq!(scan(b"echo 'a b").words.last().map(|word| (word.start, word.open)), Some((5, b'\'')));
        assert_eq!(scan(b"echo \"a b").words.last().map(|word| (word.start, word.open)), Some((5, b'"')));
    }

    #[test]
    fn ends_on_any_text() {
        for text in ["$(", "`", "))))", "${", "\\", "\"$(\"", "<(", "a=$((1", "&&||;;", "$(`$(`"] {
            scan(text.as_bytes());
        }
        scan("$(".repeat(10_000).as_bytes());
    }
}

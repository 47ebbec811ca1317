//! compound - `if`, `while`, `for`, `case`, groups, subshells, functions, `[[ ]]`, `(( ))`.

use super::token::Token;
use super::{Parsed, Parser, push};
use crate::names::is_name;
use crate::tree::{Arm, Case, Condition, Count, For, If, Kind, List, Loop, Pattern, Then, Word};

impl Parser<'_> {
    /// A compound command, if one begins here.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn compound(&mut self) -> Parsed<Option<Kind>> {
        let bash = self.known.dialect.bash;
        let keyword = match self.peek(true)? {
            Token::Op("(") => {
                return self.parenthesis().map(Some);
            }
            Token::Word(word) => match word.literal() {
                Some(text) => text,
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        match keyword {
            b"if" => self.conditional().map(Some),
            b"while" => self.repeat(false).map(Some),
            b"until" => self.repeat(true).map(Some),
            b"for" => self.for_each(false).map(Some),
            b"select" if bash => self.for_each(true).map(Some),
            b"case" => self.case().map(Some),
            b"{" => {
                self.take();
                let list = self.body("")?;
                self.expect("}")?;
                Ok(Some(Kind::Group(list)))
            }
            b"function" => self.function_keyword(),
            b"[[" => {
                self.take();
                let condition = self.condition_or()?;
                match self.peek(false)? {
                    Token::Word(word) if word.literal() == Some(b"]]") => {
                        self.take();
                        Ok(Some(Kind::Condition(Box::new(condition))))
                    }
                    _ => Err(self.unexpected("]]")),
                }
            }
            b"then" | b"else" | b"elif" | b"fi" | b"do" | b"done" | b"esac" | b"}" => Err(self.unexpected("")),
            _ => Ok(None),
        }
    }

    /// Takes the reserved word `word`, or says what is there instead.
    fn expect(&mut self, word: &str) -> Parsed<()> {
        if self.accept_word(word)? { Ok(()) } else { Err(self.unexpected(word)) }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn accept_word(&mut self, word: &str) -> Parsed<bool> {
        let found = matches!(self.peek(true)?, Token::Word(found) if found.literal() == Some(word.as_bytes()));
        if found {
            self.take();
        }
        Ok(found)
    }

    /// As `accept_word`, where no alias may stand.
    fn accept_plain(&mut self, word: &str) -> Parsed<bool> {
        let found = matches!(self.peek(false)?, Token::Word(found) if found.literal() == Some(word.as_bytes()));
        if found {
            self.take();
        }
        Ok(found)
    }

    fn parenthesis(&mut self) -> Parsed<Kind> {
        // The parenthesis was consumed as a token: a second one directly behind may begin arithmetic.
        if self.raw(0) == Some(b'(') && self.input.position > 0 {
            let after = self.input.position;
            self.input.position = after.saturating_sub(1);
            if let Some(arithmetic) = self.arithmetic()? {
                self.ahead = None;
                return Ok(Kind::Arithmetic(arithmetic));
            }
            self.input.position = after;
        }
        self.ahead = None;
        let list = self.list(&[")"])?;
        if list.items.is_empty() || !matches!(self.peek(true)?, Token::Op(")")) {
            self.peek(true)?;
            return Err(self.unexpected(if list.items.is_empty() { "" } else { ")" }));
        }
        self.take();
        Ok(Kind::Subshell(list))
    }

    fn conditional(&mut self) -> Parsed<Kind> {
        self.take();
        let mut branches = Vec::new();
        loop {
            let condition = self.body("")?;
            self.expect("then")?;
            let body = self.body("")?;
            push(&mut branches, (condition, body));
            if !self.accept_word("elif")? {
                break;
            }
        }
        let otherwise = if self.accept_word("else")? { Some(self.body("")?) } else { None };
        self.expect("fi")?;
        Ok(Kind::If(If { branches, otherwise }))
    }

    fn repeat(&mut self, until: bool) -> Parsed<Kind> {
        self.take();
        let condition = self.body("")?;
        let body = self.do_group()?;
        Ok(Kind::Loop(Loop { until, condition, body }))
    }

    fn do_group(&mut self) -> Parsed<List> {
        self.expect("do")?;
        let body = self.body("")?;
        self.expect("done")?;
        Ok(body)
    }

    /// `for ((start; condition; step))`, behind its first parenthesis.
    fn count(&mut self) -> Parsed<Kind> {
        self.take();
        self.skip();
        let mut parts = [None, None, None];
        let mut left = parts.len();
        for part in &mut parts {
            left = left.saturating_sub(1);
            let text = self.text(super::word::Mode::Clause)?;
            if !text
                .parts
                .iter()
                .all(|part| matches!(part, crate::tree::Part::Quoted(text) if text.trim_ascii().is_empty()))
            {
                *part = Some(self.compile(text));
            }
            if left > 0 && !self.accept(b';') {
                return self.error("bad for (( loop (expecting \";\")");
            }
        }
        if !self.accept(b')') || !self.accept(b')') {
            return self.error("bad for (( loop (expecting \"))\")");
        }
        self.accept_op(";")?;
        let body = self.for_body()?;
        Ok(Kind::Count(Box::new(Count { parts, body })))
    }

    fn for_body(&mut self) -> Parsed<List> {
        self.newlines(true)?;
        if self.accept_word("{")? {
            let body = self.body("")?;
            self.expect("}")?;
            return Ok(body);
        }
        self.do_group()
    }

    fn for_each(&mut self, select: bool) -> Parsed<Kind> {
        self.take();
        if !select && matches!(self.peek(false)?, Token::Op("(")) && self.raw(0) == Some(b'(') {
            return self.count();
        }
        let name = match self.peek(false)? {
            Token::Word(word) => word.literal().unwrap_or_default().to_vec(),
            _ => return Err(self.unexpected("")),
        };
        if !is_name(&name) {
            return self.error("bad for loop variable");
        }
        self.take();
        let variable = self.known.names.intern(&name);
        let mut words = None;
        let mut separated = false;
        if matches!(self.peek(true)?, Token::Op(";")) {
            self.take();
            separated = true;
        }
        self.newlines(separated)?;
        if !separated && self.accept_plain("in")? {
            let mut list = Vec::new();
            while matches!(self.peek(false)?, Token::Word(_)) {
                if let Token::Word(word) = self.take() {
                    push(&mut list, word);
                }
            }
            match self.peek(false)? {
                Token::Op(";") | Token::Newline => {
                    self.take();
                }
                _ => return Err(self.unexpected("do")),
            }
            words = Some(list);
        }
        let body = self.for_body()?;
        let each = For { variable, words, body };
        Ok(if select { Kind::Select(each) } else { Kind::For(each) })
    }

    fn case(&mut self) -> Parsed<Kind> {
        self.take();
        let word = self.word_token()?;
        self.newlines(false)?;
        match self.peek(false)? {
            Token::Word(found) if found.literal() == Some(b"in") => {
                self.take();
            }
            _ => return Err(self.unexpected("in")),
        }
        let mut arms = Vec::new();
        loop {
            self.newlines(false)?;
            if self.accept_plain("esac")? {
                break;
            }
            self.accept_op("(")?;
            let mut patterns = vec![Pattern::new(self.word_token()?)];
            while self.accept_op("|")? {
                patterns.push(Pattern::new(self.word_token()?));
            }
            if !self.accept_op(")")? {
                return Err(self.unexpected(")"));
            }
            let body = self.list(&[";;", ";&", ";;&"])?;
            let then = match self.peek(true)? {
                Token::Op(";;") => Some(Then::Leave),
                Token::Op(";&") => Some(Then::Fall),
                Token::Op(";;&") => Some(Then::Match),
                _ => None,
            };
            if then.is_some() {
                self.take();
            }
            push(&mut arms, Arm { patterns, body, then: then.unwrap_or(Then::Leave) });
            if then.is_none() {
                self.expect("esac")?;
                break;
            }
        }
        Ok(Kind::Case(Case { word, arms }))
    }

    fn word_token(&mut self) -> Parsed<Word> {
        match self.peek(false)? {
            Token::Word(_) => {}
            _ => return Err(self.unexpected("")),
        }
        match self.take() {
            Token::Word(word) => Ok(word),
            _ => Ok(Word::default()),
        }
    }

    fn function_keyword(&mut self) -> Parsed<Option<Kind>> {
        let line = self.line;
        self.take();
        let name = self.word_token()?;
        let Some(name) = name.literal().map(<[u8]>::to_vec) else { return self.error("bad function name") };
        if self.accept_op("(")? && !self.accept_op(")")? {
            return Err(self.unexpected(")"));
        }
        self.function_body(&name, line).map(|command| Some(command.kind))
    }

    fn condition_or(&mut self) -> Parsed<Condition> {
        self.check_depth()?;
        let mut left = self.condition_and()?;
        while matches!(self.peek(false)?, Token::Op("||")) {
            self.take();
            self.newlines(false)?;
            left = Condition::Or(Box::new(left), Box::new(self.condition_and()?));
        }
        Ok(left)
    }

    fn condition_and(&mut self) -> Parsed<Condition> {
        let mut left = self.condition_not()?;
        while matches!(self.peek(false)?, Token::Op("&&")) {
            self.take();
            self.newlines(false)?;
            left = Condition::And(Box::new(left), Box::new(self.condition_not()?));
        }
        Ok(left)
    }

    fn condition_not(&mut self) -> Parsed<Condition> {
        self.check_depth()?;
        self.newlines(false)?;
        if self.accept_op("(")? {
            let inner = self.condition_or()?;
            self.newlines(false)?;
            return if self.accept_op(")")? { Ok(inner) } else { Err(self.unexpected(")")) };
        }
        let first = self.word_token()?;
        let operator = first.literal().unwrap_or_default();
        if operator == b"!" {
            return Ok(Condition::Not(Box::new(self.condition_not()?)));
        }
        if operator == b"]]" {
            self.ahead = Some(Token::Word(first));
            return Err(self.unexpected(""));
        }
        let next_is_word = matches!(self.peek(false)?, Token::Word(word) if word.literal() != Some(b"]]"));
        if operator.len() == 2 && operator.starts_with(b"-") && next_is_word {
            let binary = matches!(self.peek(false)?, Token::Word(word) if is_binary(word.literal()));
            if !binary {
                let operator = operator.into();
                return Ok(Condition::Unary(operator, self.word_token()?));
            }
        }
        let operator: Box<[u8]> = match self.peek(false)? {
            Token::Op(op @ ("<" | ">")) => op.as_bytes().into(),
            Token::Word(word) if is_binary(word.literal()) => word.literal().unwrap_or_default().into(),
            _ => return Ok(Condition::Word(first)),
        };
        self.take();
        if *operator == *b"=~" {
            let right = self.regex_word()?;
            return Ok(Condition::Binary(first, operator, right));
        }
        // The right side may be a pattern of any kind, whatever `shopt` says.
        let pattern = matches!(&*operator, b"=" | b"==" | b"!=");
        let extglob = self.known.dialect.extglob;
        self.known.dialect.extglob |= pattern;
        let right = self.word_token();
        self.known.dialect.extglob = extglob;
        Ok(Condition::Binary(first, operator, right?))
    }

    /// The right side of `=~`, in which parentheses and bars are part of the word.
    fn regex_word(&mut self) -> Parsed<Word> {
        let mut word = Word::default();
        while matches!(self.byte(), Some(b' ' | b'\t')) {
            self.skip();
        }
        let mut depth = 0u32;
        loop {
            let part = self.text(super::word::Mode::Plain)?;
            for part in part.parts.into_vec() {
                word.parts.push(part);
            }
            match self.byte() {
                Some(byte @ (b'(' | b')' | b'|')) => {
                    if byte == b'(' {
                        depth = depth.saturating_add(1);
                    } else if byte == b')' {
                        if depth == 0 {
                            break;
                        }
                        depth = depth.saturating_sub(1);
                    }
                    self.skip();
                    word.parts.push(crate::tree::Part::Literal([byte][..].into(), false));
                }
                Some(b' ') if depth > 0 => {
                    self.skip();
                    word.parts.push(crate::tree::Part::Literal(b" "[..].into(), false));
                }
                _ => break,
            }
        }
        Ok(word)
    }
}

fn is_binary(operator: Option<&[u8]>) -> bool {
    matches!(
        operator,
        Some(
            b"=" | b"=="
                | b"!="
                | b"=~"
                | b"-eq"
                | b"-ne"
                | b"-lt"
                | b"-le"
                | b"-gt"
                | b"-ge"
                | b"-nt"
                | b"-ot"
                | b"-ef"
        )
    )
}

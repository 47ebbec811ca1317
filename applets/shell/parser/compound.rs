//! compound - `if`, `while`, `for`, `case`, groups, subshells, functions, `[[ ]]`, `(( ))`.

use super::token::Token;
use super::word::Mode;
use super::{Parsed, Parser, push};
use crate::names::is_name;
use crate::tree::{Arm, Case, Condition, Count, For, If, Kind, List, Loop, Part, Pattern, Test, Then};

impl Parser<'_> {
    /// A compound command, if one begins with this token.
    pub(super) fn compound(&mut self, token: Token) -> Parsed<Option<Kind>> {
        match token {
            Token::Left => self.parenthesis().map(Some),
            Token::If => self.conditional().map(Some),
            Token::While => self.repeat(false).map(Some),
            Token::Until => self.repeat(true).map(Some),
            Token::For => self.for_each(false).map(Some),
            Token::Select if self.known.dialect.bash => self.for_each(true).map(Some),
            Token::Case => self.case().map(Some),
            Token::Open => {
                self.take();
                let list = self.body("")?;
                self.expect(Token::Close, "}")?;
                Ok(Some(Kind::Group(list)))
            }
            Token::Function => self.function_keyword().map(Some),
            Token::Time if self.known.dialect.bash => self.timed().map(Some),
            Token::OpenCondition => {
                let begin = self.start;
                self.take();
                let condition = self.condition_or()?;
                self.expect_plain(Token::CloseCondition, "]]")?;
                let text = self.written(begin, self.input.position);
                Ok(Some(Kind::Condition(Box::new(Test { condition, text }))))
            }
            _ if token.closes() => Err(self.unexpected("")),
            _ => Ok(None),
        }
    }

    /// Takes a reserved word, or says what is there instead.
    fn expect(&mut self, token: Token, text: &str) -> Parsed<()> {
        if self.accept_token(token, true)? { Ok(()) } else { Err(self.unexpected(text)) }
    }

    /// The same for a token in whose place no alias may stand.
    fn expect_plain(&mut self, token: Token, text: &str) -> Parsed<()> {
        if self.accept_token(token, false)? { Ok(()) } else { Err(self.unexpected(text)) }
    }

    /// `time`, with the pipeline that follows.
    #[inline(never)]
    fn timed(&mut self) -> Parsed<Kind> {
        self.take();
        let mut posix = false;
        while self.peek(true)? == Token::Word && matches!(self.word.literal(), Some(b"-p" | b"--")) {
            posix |= self.take_word().literal() == Some(b"-p");
        }
        let token = self.peek(true)?;
        let follows =
            token.is_word() && !token.closes() || token.redirects() || matches!(token, Token::Left | Token::Assignment);
        let pipeline = if follows { Some(Box::new(self.pipeline()?)) } else { None };
        Ok(Kind::Timed(pipeline, posix))
    }

    #[inline(never)]
    fn parenthesis(&mut self) -> Parsed<Kind> {
        let begin = self.start;
        // The parenthesis was consumed as a token: a second one directly behind may begin arithmetic.
        if self.raw(0) == Some(b'(') && self.input.position > 0 {
            let after = self.input.position;
            self.input.position = after.saturating_sub(1);
            if let Some(arithmetic) = self.arithmetic()? {
                self.ahead = None;
                return Ok(Kind::Arithmetic(arithmetic, self.shown("%", begin)));
            }
            self.input.position = after;
        }
        self.ahead = None;
        let list = self.list(true)?;
        if list.items.is_empty() || self.peek(true)? != Token::Right {
            self.peek(true)?;
            return Err(self.unexpected(if list.items.is_empty() { "" } else { ")" }));
        }
        self.take();
        Ok(Kind::Subshell(list))
    }

    #[inline(never)]
    fn conditional(&mut self) -> Parsed<Kind> {
        self.take();
        let mut branches = Vec::new();
        loop {
            let condition = self.body("")?;
            self.expect(Token::Then, "then")?;
            let body = self.body("")?;
            push(&mut branches, (condition, body));
            if !self.accept_token(Token::Elif, true)? {
                break;
            }
        }
        let otherwise = if self.accept_token(Token::Else, true)? { Some(self.body("")?) } else { None };
        self.expect(Token::Fi, "fi")?;
        Ok(Kind::If(If { branches, otherwise }))
    }

    fn repeat(&mut self, until: bool) -> Parsed<Kind> {
        self.take();
        let condition = self.body("")?;
        let body = self.do_group()?;
        Ok(Kind::Loop(Loop { until, condition, body }))
    }

    fn do_group(&mut self) -> Parsed<List> {
        self.expect(Token::Do, "do")?;
        let body = self.body("")?;
        self.expect(Token::Done, "done")?;
        Ok(body)
    }

    /// `for ((start; condition; step))`, behind its first parenthesis.
    #[inline(never)]
    fn count(&mut self) -> Parsed<Kind> {
        self.take();
        self.skip();
        let mut parts = [const { (None, None) }; 3];
        let mut left = parts.len();
        for (part, shown) in &mut parts {
            left = left.saturating_sub(1);
            let begin = self.input.position;
            let expression = self.expression(Mode::Clause)?;
            let is_blank = |part: &Part| matches!(part, Part::Quoted(text) if text.trim_ascii().is_empty());
            if expression.text.parts.iter().all(is_blank) {
                *shown = self.shown("((1))", begin);
            } else {
                *shown = self.shown("((%))", begin);
                *part = Some(expression);
            }
            if left > 0 && !self.accept(b';') {
                return self.error("bad for (( loop (expecting \";\")");
            }
        }
        if !self.accept(b')') || !self.accept(b')') {
            return self.error("bad for (( loop (expecting \"))\")");
        }
        self.accept_token(Token::Semicolon, false)?;
        let body = self.for_body()?;
        Ok(Kind::Count(Box::new(Count { parts, body })))
    }

    fn for_body(&mut self) -> Parsed<List> {
        self.newlines(true)?;
        if self.accept_token(Token::Open, true)? {
            let body = self.body("")?;
            self.expect(Token::Close, "}")?;
            return Ok(body);
        }
        self.do_group()
    }

    fn for_each(&mut self, select: bool) -> Parsed<Kind> {
        let begin = self.start;
        self.take();
        if !select && self.peek(false)? == Token::Left && self.raw(0) == Some(b'(') {
            return self.count();
        }
        self.expect_word()?;
        let Some(name) = self.word.literal().filter(|name| is_name(name)) else {
            return self.error("bad for loop variable");
        };
        let variable = self.known.names.intern(name);
        let mut words = None;
        let mut shown = self.shown("% in \"$@\"", begin);
        let separated = self.accept_token(Token::Semicolon, true)?;
        self.newlines(separated)?;
        if !separated && self.accept_token(Token::In, false)? {
            let mut list = Vec::new();
            while self.peek(false)?.is_word() {
                let word = self.take_word();
                push(&mut list, word);
            }
            if !matches!(self.peek(false)?, Token::Semicolon | Token::Newline) {
                return Err(self.unexpected("do"));
            }
            shown = self.shown("%", begin);
            self.take();
            words = Some(list.into());
        }
        let body = self.for_body()?;
        let each = For { variable, words, body, shown };
        Ok(if select { Kind::Select(each) } else { Kind::For(each) })
    }

    #[inline(never)]
    fn case(&mut self) -> Parsed<Kind> {
        let begin = self.start;
        self.take();
        self.expect_word()?;
        let word = self.take_word();
        self.newlines(false)?;
        self.expect_plain(Token::In, "in")?;
        let shown = self.shown("% ", begin);
        let mut arms = Vec::new();
        loop {
            self.newlines(false)?;
            if self.accept_token(Token::Esac, false)? {
                break;
            }
            self.accept_token(Token::Left, false)?;
            let mut patterns = Vec::new();
            loop {
                self.expect_word()?;
                push(&mut patterns, Pattern::new(self.take_word()));
                if !self.accept_token(Token::Pipe, false)? {
                    break;
                }
            }
            self.expect_plain(Token::Right, ")")?;
            let body = self.list(false)?;
            let then = match self.peek(true)? {
                Token::Leave => Some(Then::Leave),
                Token::Fall => Some(Then::Fall),
                Token::Match => Some(Then::Match),
                _ => None,
            };
            push(&mut arms, Arm { patterns: patterns.into(), body, then: then.unwrap_or(Then::Leave) });
            if then.is_none() {
                self.expect(Token::Esac, "esac")?;
                break;
            }
            self.take();
        }
        Ok(Kind::Case(Box::new(Case { word, arms, shown })))
    }

    /// A word must follow: it is the parser's, until the next one is read.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn expect_word(&mut self) -> Parsed<()> {
        if !self.peek(false)?.is_word() {
            return Err(self.unexpected(""));
        }
        self.take();
        Ok(())
    }

    #[inline(never)]
    fn function_keyword(&mut self) -> Parsed<Kind> {
        self.take();
        self.expect_word()?;
        let Some(name) = self.word.literal().map(<[u8]>::to_vec) else { return self.error("bad function name") };
        if self.accept_token(Token::Left, false)? && !self.accept_token(Token::Right, false)? {
            return Err(self.unexpected(")"));
        }
        self.function_body(&name)
    }

    fn condition_or(&mut self) -> Parsed<Box<Condition>> {
        self.check_depth()?;
        let mut left = self.condition_and()?;
        while self.accept_token(Token::Or, false)? {
            left = Box::new(Condition::Or(left, self.condition_and()?));
        }
        Ok(left)
    }

    fn condition_and(&mut self) -> Parsed<Box<Condition>> {
        let mut left = self.condition_not()?;
        loop {
            // A line may end behind each part.
            self.newlines(false)?;
            if !self.accept_token(Token::And, false)? {
                return Ok(left);
            }
            left = Box::new(Condition::And(left, self.condition_not()?));
        }
    }

    fn condition_not(&mut self) -> Parsed<Box<Condition>> {
        self.check_depth()?;
        self.newlines(false)?;
        if self.accept_token(Token::Left, false)? {
            let inner = self.condition_or()?;
            return if self.accept_token(Token::Right, false)? { Ok(inner) } else { Err(self.unexpected(")")) };
        }
        self.expect_word()?;
        let first = self.take_word();
        let operator = first.literal().unwrap_or_default();
        if operator == b"!" {
            return Ok(Box::new(Condition::Not(self.condition_not()?)));
        }
        if operator == b"]]" {
            self.ahead = Some(Token::CloseCondition);
            self.word = first;
            return Err(self.unexpected(""));
        }
        let next = self.peek(false)?;
        let next_is_word = next.is_word() && next != Token::CloseCondition;
        let binary = next.is_word() && is_binary(self.word.literal());
        if operator.len() == 2 && operator.starts_with(b"-") && next_is_word && !binary {
            let operator = operator.into();
            return Ok(Box::new(Condition::Unary(operator, self.take_word())));
        }
        let operator: Box<[u8]> = match next {
            Token::Read | Token::Write => next.text().into(),
            _ if binary => self.word.literal().unwrap_or_default().into(),
            _ => return Ok(Box::new(Condition::Word(first))),
        };
        self.take();
        if *operator == *b"=~" {
            self.regex_word()?;
            return Ok(Box::new(Condition::Binary(first, operator, self.take_word())));
        }
        // The right side may be a pattern of any kind, whatever `shopt` says.
        let pattern = matches!(&*operator, b"=" | b"==" | b"!=");
        let extglob = self.known.dialect.extglob;
        self.known.dialect.extglob |= pattern;
        let right = self.expect_word();
        self.known.dialect.extglob = extglob;
        right?;
        Ok(Box::new(Condition::Binary(first, operator, self.take_word())))
    }

    /// The right side of `=~` becomes the parser's word: parentheses and bars are part of it.
    #[inline(never)]
    fn regex_word(&mut self) -> Parsed<()> {
        let mut parts = self.parts();
        while matches!(self.byte(), Some(b' ' | b'\t')) {
            self.skip();
        }
        let mut depth = 0u32;
        loop {
            self.text_into(Mode::Plain, &mut parts)?;
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
                    self.literal(&mut parts, byte, false);
                }
                Some(b' ') if depth > 0 => self.literal(&mut parts, b' ', false),
                _ => break,
            }
        }
        self.word = self.word_of(parts);
        Ok(())
    }
}

#[inline(never)]
fn is_binary(operator: Option<&[u8]>) -> bool {
    let known = "= == != =~ -eq -ne -lt -le -gt -ge -nt -ot -ef";
    operator.is_some_and(|operator| base::bytes::place(known, operator).is_some())
}

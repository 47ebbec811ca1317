//! Expressions, from the loosest operator to the tightest.

use super::{CHAIN, Parser};
use crate::builtin::Builtin;
use crate::lex::Token;
use crate::tree::{Arith, Compare, E, Expr, Source, Var};
use base::error::Result;

impl Parser<'_> {
    fn add(&mut self, expr: Expr, at: u32) -> E {
        self.tree.add(expr, at)
    }

    /// Counts an operator of a chain.
    fn longer(&self, count: &mut u32) -> Result<()> {
        *count += 1;
        if *count > CHAIN { Err(self.error(b"expression too long")) } else { Ok(()) }
    }

    /// A whole expression.
    pub fn expr(&mut self) -> Result<E> {
        self.deeper()?;
        let at = self.at();
        let mut expr = self.or()?;
        if self.take(Token::Question)? {
            self.skip_newlines()?;
            let yes = self.expr()?;
            self.skip_newlines()?;
            self.expect(Token::Colon)?;
            self.skip_newlines()?;
            let no = self.expr()?;
            expr = self.add(Expr::Cond(expr, yes, no), at);
        }
        self.depth -= 1;
        Ok(expr)
    }

    fn or(&mut self) -> Result<E> {
        let at = self.at();
        let mut left = self.and()?;
        let mut count = 0;
        while self.take(Token::Or)? {
            self.longer(&mut count)?;
            self.skip_newlines()?;
            let right = self.and()?;
            left = self.add(Expr::Or(left, right), at);
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<E> {
        let at = self.at();
        let mut left = self.membership()?;
        let mut count = 0;
        while self.take(Token::And)? {
            self.longer(&mut count)?;
            self.skip_newlines()?;
            let right = self.membership()?;
            left = self.add(Expr::And(left, right), at);
        }
        Ok(left)
    }

    fn membership(&mut self) -> Result<E> {
        let at = self.at();
        let mut left = self.matching()?;
        let mut count = 0;
        while self.take(Token::In)? {
            self.longer(&mut count)?;
            let array = self.array_name()?;
            let keys = match self.tree.exprs.get_mut(left as usize) {
                Some(Expr::Group(list)) => core::mem::take(list),
                _ => vec![left],
            };
            left = self.add(Expr::In(keys, array), at);
        }
        Ok(left)
    }

    /// The name of an array.
    pub fn array_name(&mut self) -> Result<Var> {
        if !matches!(self.token, Token::Name | Token::FunctionName) {
            return self.syntax_error();
        }
        let name = core::mem::take(&mut self.lexer.string);
        let var = self.variable(&name);
        self.advance()?;
        self.note_array(var);
        Ok(var)
    }

    fn matching(&mut self) -> Result<E> {
        let at = self.at();
        let mut left = self.comparison()?;
        let mut count = 0;
        while let Token::Match | Token::NoMatch = self.token {
            self.longer(&mut count)?;
            let not = self.token == Token::NoMatch;
            self.advance()?;
            let right = self.comparison()?;
            left = self.add(Expr::Match(not, left, right), at);
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<E> {
        let at = self.at();
        let mut left = self.piped()?;
        let mut count = 0;
        loop {
            let how = match self.token {
                Token::Less => Compare::Lt,
                Token::LessEqual => Compare::Le,
                Token::EqualEqual => Compare::Eq,
                Token::NotEqual => Compare::Ne,
                Token::GreaterEqual => Compare::Ge,
                Token::Greater if !self.no_greater => Compare::Gt,
                _ => return Ok(left),
            };
            self.longer(&mut count)?;
            self.advance()?;
            let right = self.piped()?;
            left = self.add(Expr::Compare(how, left, right), at);
        }
    }

    /// `command | getline`.
    fn piped(&mut self) -> Result<E> {
        let at = self.at();
        let mut left = self.concatenation()?;
        let mut count = 0;
        loop {
            match self.token {
                Token::Pipe => {
                    let before = (self.lexer.at, self.lexer.start);
                    if self.lexer.next()? != Token::Getline {
                        (self.lexer.at, self.lexer.start) = before;
                        return Ok(left);
                    }
                    self.longer(&mut count)?;
                    self.advance()?;
                    let target = self.optional_place()?;
                    left = self.add(Expr::Getline(Source::Command, target, Some(left)), at);
                    // The status is an operand like any other: `cmd | getline x y` joins it with y.
                    left = self.sum_from(left, at)?;
                    left = self.joined_from(left, at)?;
                }
                Token::BothWays => {
                    return Err(self.error(b"'|&' is not supported: a command is written to or read from"));
                }
                _ => return Ok(left),
            }
        }
    }

    pub fn concatenation(&mut self) -> Result<E> {
        let at = self.at();
        let first = self.additive()?;
        self.joined_from(first, at)
    }

    /// What is joined to `first`.
    fn joined_from(&mut self, first: E, at: u32) -> Result<E> {
        let mut list = Vec::new();
        while matches!(
            self.token,
            Token::Number
                | Token::Text
                | Token::Name
                | Token::FunctionName
                | Token::Builtin(_)
                | Token::Dollar
                | Token::Not
                | Token::LeftParen
                | Token::Increment
                | Token::Decrement
        ) {
            if list.is_empty() {
                list.push(first);
            }
            let next = self.additive()?;
            list.push(next);
        }
        Ok(if list.is_empty() { first } else { self.add(Expr::Concat(list), at) })
    }

    fn additive(&mut self) -> Result<E> {
        let at = self.at();
        let first = self.multiplicative()?;
        self.sum_from(first, at)
    }

    /// What is added to `left` and taken from it.
    fn sum_from(&mut self, mut left: E, at: u32) -> Result<E> {
        let mut count = 0;
        loop {
            let what = match self.token {
                Token::Plus => Arith::Add,
                Token::Minus => Arith::Sub,
                _ => return Ok(left),
            };
            self.longer(&mut count)?;
            self.advance()?;
            let right = self.multiplicative()?;
            left = self.add(Expr::Arith(what, left, right), at);
        }
    }

    fn multiplicative(&mut self) -> Result<E> {
        let at = self.at();
        let mut left = self.unary()?;
        let mut count = 0;
        loop {
            let what = match self.token {
                Token::Star => Arith::Mul,
                Token::Slash => Arith::Div,
                Token::Percent => Arith::Mod,
                _ => return Ok(left),
            };
            self.longer(&mut count)?;
            self.advance()?;
            let right = self.unary()?;
            left = self.add(Expr::Arith(what, left, right), at);
        }
    }

    fn unary(&mut self) -> Result<E> {
        let at = self.at();
        let make: fn(E) -> Expr = match self.token {
            Token::Minus => Expr::Minus,
            Token::Plus => Expr::Plus,
            Token::Not => Expr::Not,
            _ => return self.power(),
        };
        self.deeper()?;
        self.advance()?;
        let operand = self.unary()?;
        self.depth -= 1;
        Ok(self.add(make(operand), at))
    }

    fn power(&mut self) -> Result<E> {
        let at = self.at();
        let base = self.postfix()?;
        if self.token != Token::Caret {
            return Ok(base);
        }
        self.deeper()?;
        self.advance()?;
        // To the right, and a sign may follow.
        let exponent = self.unary()?;
        self.depth -= 1;
        Ok(self.add(Expr::Arith(Arith::Pow, base, exponent), at))
    }

    fn is_place(&self, e: E) -> bool {
        matches!(self.tree.expr(e), Expr::Var(_) | Expr::Field(_) | Expr::Index(..))
    }

    /// A primary with what may follow a variable: `++`, `--`, an assignment.
    fn postfix(&mut self) -> Result<E> {
        let at = self.at();
        let left = self.primary()?;
        if !self.is_place(left) {
            return Ok(left);
        }
        let what = match self.token {
            Token::Increment | Token::Decrement => return self.stepped(left),
            Token::Assign => {
                self.advance()?;
                self.skip_newlines()?;
                let value = self.expr()?;
                return Ok(self.add(Expr::Assign(left, value), at));
            }
            Token::AddAssign => Arith::Add,
            Token::SubAssign => Arith::Sub,
            Token::MulAssign => Arith::Mul,
            Token::DivAssign => Arith::Div,
            Token::ModAssign => Arith::Mod,
            Token::PowAssign => Arith::Pow,
            _ => return Ok(left),
        };
        self.advance()?;
        self.skip_newlines()?;
        let value = self.expr()?;
        Ok(self.add(Expr::ArithAssign(what, left, value), at))
    }

    /// A place with the `++` or `--` that may follow it.
    fn stepped(&mut self, place: E) -> Result<E> {
        let step = match self.token {
            Token::Increment => 1.0,
            Token::Decrement => -1.0,
            _ => return Ok(place),
        };
        let at = self.at();
        self.advance()?;
        Ok(self.add(Expr::Increment(false, step, place), at))
    }

    fn primary(&mut self) -> Result<E> {
        let at = self.at();
        match self.token {
            Token::Number => {
                let number = self.lexer.number;
                self.advance()?;
                Ok(self.add(Expr::Number(number), at))
            }
            Token::Text => {
                let text = core::mem::take(&mut self.lexer.string);
                self.advance()?;
                Ok(self.add(Expr::Text(text), at))
            }
            Token::Slash | Token::DivAssign => {
                self.lexer.regex()?;
                let text = core::mem::take(&mut self.lexer.string);
                self.advance()?;
                Ok(self.add(Expr::Regex(text), at))
            }
            Token::Dollar => {
                self.advance()?;
                self.deeper()?;
                let operand = match self.token {
                    Token::Minus | Token::Plus | Token::Not => self.unary()?,
                    // `$$i++` is the field whose number is `$i++`.
                    Token::Dollar => {
                        let inner = self.primary()?;
                        self.stepped(inner)?
                    }
                    _ => self.primary()?,
                };
                self.depth -= 1;
                Ok(self.add(Expr::Field(operand), at))
            }
            Token::Increment | Token::Decrement => {
                let step = if self.token == Token::Increment { 1.0 } else { -1.0 };
                self.advance()?;
                let place = self.place()?;
                Ok(self.add(Expr::Increment(true, step, place), at))
            }
            Token::LeftParen => self.parenthesis(),
            Token::Name => self.place(),
            Token::FunctionName => {
                let name = core::mem::take(&mut self.lexer.string);
                self.call(name)
            }
            Token::Builtin(builtin) => self.builtin(builtin),
            Token::Getline => {
                self.advance()?;
                let target = self.optional_place()?;
                if self.take(Token::Less)? {
                    let file = self.primary()?;
                    return Ok(self.add(Expr::Getline(Source::File, target, Some(file)), at));
                }
                Ok(self.add(Expr::Getline(Source::Main, target, None), at))
            }
            Token::At => Err(self.error(b"indirect calls and typed patterns ('@') are not supported")),
            _ => self.syntax_error(),
        }
    }

    fn parenthesis(&mut self) -> Result<E> {
        let at = self.at();
        let before = (self.no_greater, self.in_print);
        (self.no_greater, self.in_print) = (false, false);
        self.advance()?;
        self.skip_newlines()?;
        if self.token == Token::RightParen {
            return self.complaint(b"Empty sequence");
        }
        let mut list = vec![self.expr()?];
        self.skip_newlines()?;
        while self.take(Token::Comma)? {
            self.skip_newlines()?;
            list.push(self.expr()?);
            self.skip_newlines()?;
        }
        (self.no_greater, self.in_print) = before;
        self.expect(Token::RightParen)?;
        if let [only] = list[..] {
            return Ok(self.add(Expr::Paren(only), at));
        }
        let ends = matches!(
            self.token,
            Token::Newline | Token::Semicolon | Token::RightBrace | Token::Greater | Token::Append | Token::Pipe
        );
        if self.token != Token::In && !(self.in_print && (ends || self.token == Token::End)) {
            return self.syntax_error();
        }
        Ok(self.add(Expr::Group(list), at))
    }

    /// The place that `getline` may name.
    fn optional_place(&mut self) -> Result<Option<E>> {
        match self.token {
            Token::Name | Token::Dollar => Ok(Some(self.place()?)),
            _ => Ok(None),
        }
    }

    /// A variable, an element or a field.
    pub fn place(&mut self) -> Result<E> {
        let at = self.at();
        match self.token {
            Token::Name => {
                let name = core::mem::take(&mut self.lexer.string);
                self.advance()?;
                let known = self.tree.functions.iter().any(|f| f.name == name && f.body.is_some());
                if known && self.token == Token::LeftParen {
                    // A blank between name and parenthesis, which others allow.
                    return self.arguments_of(name, at);
                }
                let var = self.variable(&name);
                if self.token == Token::LeftBracket {
                    self.note_array(var);
                    let list = self.subscripts()?;
                    return Ok(self.add(Expr::Index(var, list), at));
                }
                Ok(self.add(Expr::Var(var), at))
            }
            Token::Dollar => self.primary(),
            Token::LeftParen => {
                let inner = self.parenthesis()?;
                match *self.tree.expr(inner) {
                    Expr::Paren(place) if self.is_place(place) => Ok(place),
                    _ => self.syntax_error(),
                }
            }
            _ => self.syntax_error(),
        }
    }

    /// `[expr, ...]`.
    pub fn subscripts(&mut self) -> Result<Vec<E>> {
        self.expect(Token::LeftBracket)?;
        let list = self.list(Token::RightBracket)?;
        if list.is_empty() {
            return self.syntax_error();
        }
        if self.token == Token::LeftBracket {
            return Err(self.error(b"arrays of arrays are not supported"));
        }
        Ok(list)
    }

    /// Expressions between commas up to `end`, which is taken.
    fn list(&mut self, end: Token) -> Result<Vec<E>> {
        let before = (self.no_greater, self.in_print);
        (self.no_greater, self.in_print) = (false, false);
        let mut list = Vec::new();
        self.skip_newlines()?;
        while self.token != end {
            list.push(self.expr()?);
            self.skip_newlines()?;
            if !self.take(Token::Comma)? && self.token != end {
                return self.syntax_error();
            }
            self.skip_newlines()?;
        }
        (self.no_greater, self.in_print) = before;
        self.advance()?;
        Ok(list)
    }

    fn call(&mut self, name: Vec<u8>) -> Result<E> {
        let at = self.at();
        self.advance()?;
        self.arguments_of(name, at)
    }

    fn arguments_of(&mut self, name: Vec<u8>, at: u32) -> Result<E> {
        let number = self.function_number(name);
        self.advance()?;
        let list = self.list(Token::RightParen)?;
        if self.locals.is_some() {
            for (position, argument) in list.iter().enumerate() {
                if let Expr::Var(Var::Local(local)) = self.tree.expr(*argument) {
                    self.passed.push([self.current, *local as usize, number as usize, position]);
                }
            }
        }
        Ok(self.add(Expr::Call(number, list), at))
    }

    fn builtin(&mut self, builtin: Builtin) -> Result<E> {
        let at = self.at();
        self.advance()?;
        let facts = builtin.facts();
        let list = if self.token == Token::LeftParen {
            self.advance()?;
            self.list(Token::RightParen)?
        } else if builtin == Builtin::Length {
            Vec::new()
        } else {
            return self.syntax_error();
        };
        if list.len() < facts.least || list.len() > facts.most {
            let what = base::bytes::fill("wrong number of arguments of %", &[facts.name.as_bytes()]);
            return Err(self.lexer.text.error(at as usize, &what));
        }
        for (position, argument) in list.iter().enumerate() {
            if facts.arrays & (1 << position.min(7)) != 0 {
                match *self.tree.expr(*argument) {
                    Expr::Var(var) => self.note_array(var),
                    _ => {
                        let what = base::bytes::fill("% wants an array", &[facts.name.as_bytes()]);
                        return Err(self.lexer.text.error(at as usize, &what));
                    }
                }
            }
        }
        Ok(self.add(Expr::Builtin(builtin, list), at))
    }
}

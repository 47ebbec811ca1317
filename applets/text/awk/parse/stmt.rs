//! Statements.

use super::Parser;
use crate::lex::Token;
use crate::tree::{Dest, E, Expr, S, Stmt, When};
use base::error::Result;

impl Parser<'_> {
    /// `{ ... }`.
    pub fn block(&mut self) -> Result<S> {
        let at = self.at();
        self.expect(Token::LeftBrace)?;
        let list = self.statements()?;
        self.expect(Token::RightBrace)?;
        Ok(self.tree.add_stmt(Stmt::Block(list), at))
    }

    /// Statements up to a `}` (or a `case`).
    fn statements(&mut self) -> Result<Vec<S>> {
        let mut list = Vec::new();
        loop {
            self.skip_terminators()?;
            match self.token {
                Token::RightBrace => return Ok(list),
                Token::Case | Token::Default if self.switches > 0 => return Ok(list),
                _ => list.push(self.statement()?),
            }
        }
    }

    /// The end of a simple statement.
    fn terminator(&mut self) -> Result<()> {
        match self.token {
            Token::Semicolon | Token::Newline => self.advance(),
            Token::RightBrace | Token::End => Ok(()),
            _ => self.syntax_error(),
        }
    }

    /// `( expr )`.
    fn condition(&mut self) -> Result<E> {
        self.expect(Token::LeftParen)?;
        self.skip_newlines()?;
        let condition = self.expr()?;
        self.skip_newlines()?;
        self.expect(Token::RightParen)?;
        Ok(condition)
    }

    /// The statement that a `for`, `while`, `if` or `else` governs.
    fn body(&mut self) -> Result<S> {
        self.skip_newlines()?;
        if self.token == Token::Semicolon {
            let at = self.at();
            self.advance()?;
            return Ok(self.tree.add_stmt(Stmt::Block(Vec::new()), at));
        }
        self.statement()
    }

    fn loop_body(&mut self) -> Result<S> {
        self.loops += 1;
        let switches = core::mem::take(&mut self.switches);
        let body = self.body()?;
        self.switches = switches;
        self.loops -= 1;
        Ok(body)
    }

    fn statement(&mut self) -> Result<S> {
        self.deeper()?;
        let at = self.at();
        let stmt = match self.token {
            Token::LeftBrace => {
                let block = self.block()?;
                self.depth -= 1;
                return Ok(block);
            }
            Token::If => self.if_statement()?,
            Token::While => {
                self.advance()?;
                let condition = self.condition()?;
                Stmt::While(condition, self.loop_body()?)
            }
            Token::Do => {
                self.advance()?;
                let body = self.loop_body()?;
                self.skip_terminators()?;
                self.expect(Token::While)?;
                let condition = self.condition()?;
                self.terminator()?;
                Stmt::Do(body, condition)
            }
            Token::For => self.for_statement()?,
            Token::Switch => self.switch_statement()?,
            _ => {
                let stmt = self.simple()?;
                self.terminator()?;
                stmt
            }
        };
        self.depth -= 1;
        Ok(self.tree.add_stmt(stmt, at))
    }

    fn if_statement(&mut self) -> Result<Stmt> {
        let mut arms = Vec::new();
        loop {
            self.advance()?;
            let condition = self.condition()?;
            arms.push((condition, self.body()?));
            // Blank lines and a semicolon may stand before `else`; where none comes, they end the statement all the same.
            self.skip_terminators()?;
            if !self.take(Token::Else)? {
                return Ok(Stmt::If(arms, None));
            }
            self.skip_newlines()?;
            if self.token != Token::If {
                return Ok(Stmt::If(arms, Some(self.body()?)));
            }
        }
    }

    fn for_statement(&mut self) -> Result<Stmt> {
        self.advance()?;
        self.expect(Token::LeftParen)?;
        self.skip_newlines()?;
        let mut first = None;
        if self.token != Token::Semicolon {
            let at = self.at();
            let start = self.simple()?;
            if self.token == Token::RightParen
                && let Stmt::Expr(e) = start
                && let Expr::In(keys, array) = self.tree.expr(e)
                && let [key] = keys[..]
                && matches!(self.tree.expr(key), Expr::Var(_) | Expr::Index(..) | Expr::Field(_))
            {
                let array = *array;
                self.advance()?;
                return Ok(Stmt::ForIn(key, array, self.loop_body()?));
            }
            first = Some(self.tree.add_stmt(start, at));
        }
        self.expect(Token::Semicolon)?;
        self.skip_newlines()?;
        let condition = if self.token == Token::Semicolon { None } else { Some(self.expr()?) };
        self.expect(Token::Semicolon)?;
        self.skip_newlines()?;
        let mut step = None;
        if self.token != Token::RightParen {
            let at = self.at();
            let stmt = self.simple()?;
            step = Some(self.tree.add_stmt(stmt, at));
        }
        self.expect(Token::RightParen)?;
        Ok(Stmt::For(first, condition, step, self.loop_body()?))
    }

    fn switch_statement(&mut self) -> Result<Stmt> {
        self.advance()?;
        let value = self.condition()?;
        self.skip_newlines()?;
        self.expect(Token::LeftBrace)?;
        let mut cases = Vec::new();
        self.switches += 1;
        loop {
            self.skip_terminators()?;
            let case = match self.token {
                Token::RightBrace => break,
                Token::Default => {
                    self.advance()?;
                    None
                }
                Token::Case => {
                    self.advance()?;
                    let case = self.concatenation()?;
                    match self.tree.expr(case) {
                        Expr::Number(_) | Expr::Text(_) | Expr::Regex(_) | Expr::Minus(_) | Expr::Plus(_) => Some(case),
                        _ => return Err(self.error(b"a case is a number, a string or a pattern")),
                    }
                }
                _ => return self.syntax_error(),
            };
            self.expect(Token::Colon)?;
            cases.push((case, self.statements()?));
        }
        self.switches -= 1;
        self.advance()?;
        Ok(Stmt::Switch(value, cases))
    }

    /// A statement that `for` may hold too.
    fn simple(&mut self) -> Result<Stmt> {
        let ends = |token| matches!(token, Token::Semicolon | Token::Newline | Token::RightBrace | Token::End);
        let outside = matches!(self.in_rule, When::Begin | When::End | When::BeginFile | When::EndFile);
        match self.token {
            Token::Print | Token::Printf => self.print(),
            Token::Next | Token::NextFile => {
                let next = self.token == Token::Next;
                if outside && (next || !matches!(self.in_rule, When::BeginFile)) {
                    return Err(self.error(b"'next' outside a rule for records"));
                }
                self.advance()?;
                Ok(if next { Stmt::Next } else { Stmt::NextFile })
            }
            Token::Exit | Token::Return => {
                let exit = self.token == Token::Exit;
                if !exit && self.locals.is_none() {
                    return Err(self.error(b"'return' outside a function"));
                }
                self.advance()?;
                let value = if ends(self.token) { None } else { Some(self.expr()?) };
                Ok(if exit { Stmt::Exit(value) } else { Stmt::Return(value) })
            }
            Token::Break | Token::Continue => {
                let is_break = self.token == Token::Break;
                if self.loops == 0 && !(is_break && self.switches > 0) {
                    let what: &[u8] = if is_break { b"'break' not in a loop" } else { b"'continue' not in a loop" };
                    return Err(self.error(what));
                }
                self.advance()?;
                Ok(if is_break { Stmt::Break } else { Stmt::Continue })
            }
            Token::Delete => {
                self.advance()?;
                let parens = self.take(Token::LeftParen)?;
                if ends(self.token) {
                    return self.complaint(b"Too few arguments");
                }
                let array = self.array_name()?;
                let keys = if self.token == Token::LeftBracket { Some(self.subscripts()?) } else { None };
                if parens {
                    self.expect(Token::RightParen)?;
                }
                Ok(Stmt::Delete(array, keys))
            }
            _ => Ok(Stmt::Expr(self.expr()?)),
        }
    }

    fn print(&mut self) -> Result<Stmt> {
        let formatted = self.token == Token::Printf;
        self.advance()?;
        let before = (self.no_greater, self.in_print);
        (self.no_greater, self.in_print) = (true, true);
        let mut list = Vec::new();
        let ends = matches!(
            self.token,
            Token::Semicolon
                | Token::Newline
                | Token::RightBrace
                | Token::End
                | Token::Greater
                | Token::Append
                | Token::Pipe
        );
        if !ends {
            list.push(self.expr()?);
            if let [only] = list[..]
                && let Some(Expr::Group(inner)) = self.tree.exprs.get_mut(only as usize)
            {
                list = core::mem::take(inner);
            } else {
                self.in_print = false;
                while self.take(Token::Comma)? {
                    self.skip_newlines()?;
                    list.push(self.expr()?);
                }
            }
        }
        if formatted && list.is_empty() {
            return self.syntax_error();
        }
        self.in_print = false;
        let dest = match self.token {
            Token::Greater => Dest::File,
            Token::Append => Dest::Append,
            Token::Pipe => Dest::Command,
            Token::BothWays => return Err(self.error(b"'|&' is not supported: a command is written to or read from")),
            _ => Dest::Stdout,
        };
        let mut to = None;
        if dest != Dest::Stdout {
            self.advance()?;
            to = Some(self.concatenation()?);
        }
        (self.no_greater, self.in_print) = before;
        Ok(if formatted { Stmt::Printf(list, dest, to) } else { Stmt::Print(list, dest, to) })
    }
}

//! Statements.

use super::{Compiler, Loop};
use crate::code::Op;
use crate::tree::{Compare, Dest, E, Expr, S, Stmt};
use crate::value::Value;
use base::error::Result;

impl Compiler<'_> {
    pub fn stmt(&mut self, s: S) -> Result<()> {
        let tree = self.tree;
        let Some((stmt, at)) = tree.stmts.get(s as usize) else { return Ok(()) };
        let mark = self.next;
        self.place = *at;
        match stmt {
            Stmt::Expr(e) => self.discard(*e)?,
            Stmt::Print(list, dest, to) => self.print(list, *dest, *to)?,
            Stmt::Printf(list, dest, to) => {
                let (first, count) = self.arguments(list, 0, 0)?;
                self.place = *at;
                self.destination(*dest, *to)?;
                self.emit(Op::Printf(first, count));
            }
            Stmt::Block(list) => {
                for s in list {
                    self.stmt(*s)?;
                }
            }
            Stmt::If(arms, otherwise) => {
                let mut end = Vec::new();
                for (index, (condition, body)) in arms.iter().enumerate() {
                    let mut skip = Vec::new();
                    self.condition(*condition, false, &mut skip)?;
                    self.stmt(*body)?;
                    if index + 1 < arms.len() || otherwise.is_some() {
                        self.jump(Op::Jump(0), &mut end);
                    }
                    self.patch(&skip);
                }
                if let Some(body) = otherwise {
                    self.stmt(*body)?;
                }
                self.patch(&end);
            }
            Stmt::While(condition, body) => self.repeat(Some(*condition), None, *body, true)?,
            Stmt::Do(body, condition) => self.repeat(Some(*condition), None, *body, false)?,
            Stmt::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.stmt(*first)?;
                }
                self.repeat(*condition, *step, *body, true)?;
            }
            Stmt::ForIn(key, array, body) => {
                self.emit(Op::ForStart(Compiler::array(*array)));
                let top = self.here();
                let to = self.temporary();
                let mut end = Vec::new();
                self.jump(Op::ForNext(to, 0), &mut end);
                self.store_at(*key, to)?;
                self.loops.push(Loop { breaks: Vec::new(), continues: Some(Vec::new()), over_array: true });
                self.stmt(*body)?;
                if let Some(left) = self.loops.pop() {
                    self.patch_to(&left.continues.unwrap_or_default(), top);
                    self.emit(Op::Jump(top));
                    self.patch(&left.breaks);
                }
                // Those that break off end the iteration themselves: both ways meet here.
                self.patch(&end);
            }
            Stmt::Switch(value, cases) => self.switch(*value, cases)?,
            Stmt::Next => self.emit(Op::Next),
            Stmt::NextFile => self.emit(Op::NextFile),
            Stmt::Exit(None) => self.emit(Op::Exit),
            Stmt::Exit(Some(status)) => {
                let status = self.expr(*status)?;
                self.emit(Op::ExitWith(status));
            }
            Stmt::Return(None) => {
                let nothing = self.constant(Value::Unset);
                self.emit(Op::Return(nothing));
            }
            Stmt::Return(Some(value)) => self.give(*value)?,
            Stmt::Break => self.leave(false),
            Stmt::Continue => self.leave(true),
            Stmt::Delete(array, None) => self.emit(Op::DeleteAll(Compiler::array(*array))),
            Stmt::Delete(array, Some(keys)) => {
                let key = self.key(keys)?;
                self.emit(Op::Delete(Compiler::array(*array), key));
            }
        }
        self.next = mark;
        Ok(())
    }

    /// The end of a function with this result: of a choice, each side ends it.
    fn give(&mut self, e: E) -> Result<()> {
        match *self.tree.expr(e) {
            Expr::Paren(inner) => self.give(inner),
            Expr::Cond(condition, yes, no) => {
                let mut otherwise = Vec::new();
                self.condition(condition, false, &mut otherwise)?;
                self.give(yes)?;
                self.patch(&otherwise);
                self.give(no)
            }
            _ => {
                let value = self.expr(e)?;
                self.emit(Op::Return(value));
                Ok(())
            }
        }
    }

    /// A loop: its condition stands at its end, so that a turn has one jump.
    fn repeat(&mut self, condition: Option<E>, step: Option<S>, body: S, first: bool) -> Result<()> {
        let mut to_test = Vec::new();
        if first && condition.is_some() {
            self.jump(Op::Jump(0), &mut to_test);
        }
        let top = self.here();
        self.loops.push(Loop { breaks: Vec::new(), continues: Some(Vec::new()), over_array: false });
        self.stmt(body)?;
        let left = self.loops.pop().unwrap_or(Loop { breaks: Vec::new(), continues: None, over_array: false });
        self.patch(&left.continues.unwrap_or_default());
        if let Some(step) = step {
            self.stmt(step)?;
        }
        self.patch(&to_test);
        let mut again = Vec::new();
        match condition {
            Some(condition) => self.condition(condition, true, &mut again)?,
            None => self.jump(Op::Jump(0), &mut again),
        }
        self.patch_to(&again, top);
        self.patch(&left.breaks);
        Ok(())
    }

    /// `break` or `continue`.
    fn leave(&mut self, next: bool) {
        let mut index = self.loops.len();
        while index > 0 {
            index -= 1;
            let Some(around) = self.loops.get(index) else { return };
            let ends_here = !next || around.continues.is_some();
            if around.over_array && !(ends_here && next) {
                self.emit(Op::ForEnd);
            }
            if ends_here {
                break;
            }
        }
        let jump = self.code.ops.len();
        self.emit(Op::Jump(0));
        if let Some(around) = self.loops.get_mut(index) {
            match &mut around.continues {
                Some(continues) if next => continues.push(jump),
                _ => around.breaks.push(jump),
            }
        }
    }

    fn switch(&mut self, value: E, cases: &[(Option<E>, Vec<S>)]) -> Result<()> {
        let tree = self.tree;
        let subject = self.temporary();
        self.expr_to(value, subject)?;
        let mut entries = Vec::with_capacity(cases.len());
        let mut default = None;
        for (index, (case, _)) in cases.iter().enumerate() {
            let mut jumps = Vec::new();
            match case {
                None => default = Some(index),
                Some(case) => {
                    let mark = self.next;
                    match tree.expr(*case) {
                        Expr::Regex(text) => {
                            let number = self.pattern(text);
                            let pattern = self.constant(Value::Pattern(number));
                            let to = self.temporary();
                            self.emit(Op::Match(to, subject, pattern));
                            self.jump(Op::JumpIf(to, 0), &mut jumps);
                        }
                        _ => {
                            let constant = self.expr(*case)?;
                            self.jump(Op::JumpCompare(Compare::Eq as u8, subject, constant, 0), &mut jumps);
                        }
                    }
                    self.next = mark;
                }
            }
            entries.push(jumps);
        }
        let mut none = Vec::new();
        self.jump(Op::Jump(0), &mut none);
        self.loops.push(Loop { breaks: Vec::new(), continues: None, over_array: false });
        for (index, ((_, body), jumps)) in cases.iter().zip(&entries).enumerate() {
            self.patch(jumps);
            if default == Some(index) {
                self.patch(&none);
                none.clear();
            }
            for s in body {
                self.stmt(*s)?;
            }
        }
        self.patch(&none);
        if let Some(left) = self.loops.pop() {
            self.patch(&left.breaks);
        }
        Ok(())
    }

    fn destination(&mut self, dest: Dest, to: Option<E>) -> Result<()> {
        if let Some(to) = to {
            let name = self.expr(to)?;
            self.emit(Op::OutTo(dest, name));
        }
        Ok(())
    }

    fn print(&mut self, list: &[E], dest: Dest, to: Option<E>) -> Result<()> {
        let tree = self.tree;
        let place = self.place;
        let pure = !list.iter().chain(&to).any(|e| tree.has_effects(*e));
        if list.is_empty() {
            self.destination(dest, to)?;
            self.emit(Op::OutField(0));
        } else if pure {
            // Each is written when it is computed: there is nothing that could come between.
            self.destination(dest, to)?;
            for (index, e) in list.iter().enumerate() {
                if index > 0 {
                    self.emit(Op::OutSeparator);
                }
                match self.field_number(*e) {
                    Some(number) => self.emit(Op::OutField(number)),
                    None => {
                        let register = self.expr(*e)?;
                        self.emit(Op::Out(register));
                    }
                }
            }
        } else {
            let (first, count) = self.arguments(list, 0, 0)?;
            self.place = place;
            self.destination(dest, to)?;
            for index in 0..count {
                if index > 0 {
                    self.emit(Op::OutSeparator);
                }
                self.emit(Op::Out(first + index));
            }
        }
        self.emit(Op::OutEnd);
        Ok(())
    }
}

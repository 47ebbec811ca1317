//! Expressions.

use super::Compiler;
use crate::builtin::Builtin;
use crate::code::{DOWN, FRAME, Op, POST, R};
use crate::parse::special;
use crate::tree::{Arith, E, Expr, Source, Var};
use crate::value::Value;
use base::error::Result;

/// Where an assignment goes.
enum Place {
    Var(R),
    Field(R),
    Elem(R, R),
}

impl Compiler<'_> {
    /// The number of a field that is written as a plain number.
    pub fn field_number(&self, e: E) -> Option<u32> {
        match *self.tree.expr(e) {
            Expr::Field(index) => match *self.tree.expr(index) {
                Expr::Number(number) if (0.0..1e6).contains(&number) => Some(number as u32),
                _ => None,
            },
            Expr::Paren(inner) => self.field_number(inner),
            _ => None,
        }
    }

    /// Computes `e`; the register may be a variable's or a constant's.
    pub fn expr(&mut self, e: E) -> Result<R> {
        let tree = self.tree;
        match tree.expr(e) {
            Expr::Var(var) => {
                let register = Compiler::register(*var);
                if register == special::NF {
                    self.emit(Op::FetchNf);
                }
                Ok(register)
            }
            Expr::Number(number) => Ok(self.number(*number)),
            Expr::Text(text) => Ok(self.constant(Value::text(text))),
            Expr::Paren(inner) => self.expr(*inner),
            Expr::Assign(to, value) => self.assign(*to, *value),
            Expr::ArithAssign(what, to, value) => self.arith_assign(*what, *to, *value),
            Expr::Call(..) | Expr::Builtin(..) | Expr::Getline(..) => {
                let place = self.place;
                self.place = tree.place(e);
                let result = self.called(e)?;
                // Only the register of the result is still needed.
                self.next = (result & !FRAME) + 1;
                self.place = place;
                Ok(result)
            }
            _ => {
                let to = self.temporary();
                self.expr_to(e, to)?;
                Ok(to)
            }
        }
    }

    /// Computes `e` into a register that nothing changes before `later` are computed.
    fn operand(&mut self, e: E, later: &[E]) -> Result<R> {
        let register = self.expr(e)?;
        if self.is_variable(register) && later.iter().any(|e| self.tree.has_effects(*e)) {
            let copy = self.temporary();
            self.emit(Op::Move(copy, register));
            return Ok(copy);
        }
        Ok(register)
    }

    /// As `operand`, where only the number counts.
    fn numeric(&mut self, e: E, later: &[E]) -> Result<R> {
        match self.field_number(e) {
            Some(number) => {
                let to = self.temporary();
                self.emit(Op::FieldNumber(to, number));
                Ok(to)
            }
            None => self.operand(e, later),
        }
    }

    /// The number in a register of a constant, if it is a small whole one, and not 0, whose sign could matter.
    fn small(&self, register: R) -> Option<i32> {
        let constant = (register as usize).checked_sub(self.code.globals.len())?;
        match self.code.constants.get(constant) {
            Some(Value::Number(number)) if number.fract() == 0.0 && (1.0..1e9).contains(number) => Some(*number as i32),
            _ => None,
        }
    }

    fn arith(&mut self, what: Arith, to: R, a: R, b: R) {
        let op = match (what, self.small(b)) {
            (Arith::Add, Some(small)) => Op::AddSmall(to, a, small),
            (Arith::Sub, Some(small)) => Op::AddSmall(to, a, -small),
            (Arith::Add, None) => Op::Add(to, a, b),
            (Arith::Sub, None) => Op::Sub(to, a, b),
            (Arith::Mul, _) => Op::Mul(to, a, b),
            (Arith::Div, _) => Op::Div(to, a, b),
            (Arith::Mod, _) => Op::Mod(to, a, b),
            (Arith::Pow, _) => Op::Pow(to, a, b),
        };
        self.emit(op);
    }

    /// Computes `e` into `to`, which is written last of all.
    pub fn expr_to(&mut self, e: E, to: R) -> Result<()> {
        let tree = self.tree;
        let mark = self.next;
        let place = self.place;
        self.place = tree.place(e);
        match tree.expr(e) {
            Expr::Var(_) | Expr::Number(_) | Expr::Text(_) | Expr::Assign(..) | Expr::ArithAssign(..) => {
                let from = self.expr(e)?;
                if from != to {
                    self.emit(Op::Move(to, from));
                }
            }
            Expr::Paren(inner) => self.expr_to(*inner, to)?,
            Expr::Regex(text) => {
                let pattern = self.pattern(text);
                self.emit(Op::MatchRecord(to, pattern));
            }
            Expr::Field(index) => match self.field_number(e) {
                Some(number) => self.emit(Op::FieldK(to, number)),
                None => {
                    let index = self.expr(*index)?;
                    self.emit(Op::Field(to, index));
                }
            },
            Expr::Index(array, keys) => {
                let key = self.key(keys)?;
                self.emit(Op::Elem(to, Compiler::register(*array), key));
            }
            Expr::Arith(what, a, b) => {
                let x = self.numeric(*a, &[*b])?;
                let y = self.numeric(*b, &[])?;
                self.arith(*what, to, x, y);
            }
            Expr::Compare(how, a, b) => {
                let x = self.operand(*a, &[*b])?;
                let y = self.operand(*b, &[])?;
                self.emit(Op::Compare(*how as u8, to, x, y));
            }
            Expr::Match(not, text, pattern) => {
                self.matching(to, *text, *pattern)?;
                if *not {
                    self.emit(Op::Not(to, to));
                }
            }
            Expr::Concat(list) => self.concat(list, to)?,
            Expr::And(..) | Expr::Or(..) => {
                let mut no = Vec::new();
                self.condition(e, false, &mut no)?;
                let one = self.number(1.0);
                self.emit(Op::Move(to, one));
                let mut end = Vec::new();
                self.jump(Op::Jump(0), &mut end);
                self.patch(&no);
                let zero = self.number(0.0);
                self.emit(Op::Move(to, zero));
                self.patch(&end);
            }
            Expr::Not(a) => {
                let x = self.expr(*a)?;
                self.emit(Op::Not(to, x));
            }
            Expr::Minus(a) => {
                let x = self.numeric(*a, &[])?;
                self.emit(Op::Minus(to, x));
            }
            Expr::Plus(a) => {
                let x = self.numeric(*a, &[])?;
                self.emit(Op::Plus(to, x));
            }
            Expr::Cond(condition, yes, no) => {
                let mut otherwise = Vec::new();
                self.condition(*condition, false, &mut otherwise)?;
                self.expr_to(*yes, to)?;
                let mut end = Vec::new();
                self.jump(Op::Jump(0), &mut end);
                self.patch(&otherwise);
                self.expr_to(*no, to)?;
                self.patch(&end);
            }
            Expr::In(keys, array) => {
                let key = self.key(keys)?;
                self.emit(Op::In(to, Compiler::register(*array), key));
            }
            Expr::Group(list) => {
                let key = self.key(list)?;
                self.emit(Op::Move(to, key));
            }
            Expr::Increment(before, step, target) => self.increment(*before, *step, *target, Some(to))?,
            Expr::Call(..) | Expr::Builtin(..) | Expr::Getline(..) => {
                let result = self.called(e)?;
                self.emit(Op::Move(to, result));
            }
        }
        self.next = mark;
        self.place = place;
        Ok(())
    }

    /// An expression whose value nobody wants.
    pub fn discard(&mut self, e: E) -> Result<()> {
        let tree = self.tree;
        self.place = tree.place(e);
        match tree.expr(e) {
            Expr::Increment(before, step, target) => self.increment(*before, *step, *target, None)?,
            Expr::Paren(inner) => self.discard(*inner)?,
            _ => {
                self.expr(e)?;
            }
        }
        Ok(())
    }

    /// Jumps if `e` is as `sense` says.
    pub fn condition(&mut self, e: E, sense: bool, jumps: &mut Vec<usize>) -> Result<()> {
        let tree = self.tree;
        let mark = self.next;
        match tree.expr(e) {
            Expr::Paren(inner) => self.condition(*inner, sense, jumps)?,
            Expr::Not(inner) => self.condition(*inner, !sense, jumps)?,
            Expr::And(a, b) | Expr::Or(a, b) => {
                let is_and = matches!(tree.expr(e), Expr::And(..));
                if is_and == sense {
                    let mut skip = Vec::new();
                    self.condition(*a, !sense, &mut skip)?;
                    self.condition(*b, sense, jumps)?;
                    self.patch(&skip);
                } else {
                    self.condition(*a, sense, jumps)?;
                    self.condition(*b, sense, jumps)?;
                }
            }
            Expr::Compare(how, a, b) => {
                // The opposite holds of what it does not hold of.
                let how = *how as u8 ^ if sense { 0 } else { 15 };
                let x = self.operand(*a, &[*b])?;
                let y = self.operand(*b, &[])?;
                let op = match self.small(y) {
                    Some(small) => Op::JumpCompareSmall(how, x, small, 0),
                    None => Op::JumpCompare(how, x, y, 0),
                };
                self.place = tree.place(e);
                self.jump(op, jumps);
            }
            Expr::Match(not, text, pattern) => {
                let to = self.temporary();
                self.place = tree.place(e);
                self.matching(to, *text, *pattern)?;
                let op = if *not == sense { Op::JumpUnless(to, 0) } else { Op::JumpIf(to, 0) };
                self.jump(op, jumps);
            }
            _ => {
                let register = self.expr(e)?;
                let op = if sense { Op::JumpIf(register, 0) } else { Op::JumpUnless(register, 0) };
                self.jump(op, jumps);
            }
        }
        self.next = mark;
        Ok(())
    }

    fn matching(&mut self, to: R, text: E, pattern: E) -> Result<()> {
        let tree = self.tree;
        if let Expr::Regex(regex) = tree.expr(pattern) {
            let number = self.pattern(regex);
            match self.field_number(text) {
                Some(0) => self.emit(Op::MatchRecord(to, number)),
                Some(field) => self.emit(Op::MatchField(to, field, number)),
                None => {
                    let text = self.expr(text)?;
                    let pattern = self.constant(Value::Pattern(number));
                    self.emit(Op::Match(to, text, pattern));
                }
            }
            return Ok(());
        }
        let text = self.operand(text, &[pattern])?;
        let pattern = self.expr(pattern)?;
        self.emit(Op::Match(to, text, pattern));
        Ok(())
    }

    /// The subscript that a list makes.
    pub fn key(&mut self, keys: &[E]) -> Result<R> {
        if let [only] = keys {
            return self.expr(*only);
        }
        let (first, count) = self.arguments(keys, 0, 0)?;
        let to = self.temporary();
        self.emit(Op::Key(to, first, count));
        Ok(to)
    }

    /// Computes a list into registers one after the other; by bits, which are arrays and which patterns.
    pub fn arguments(&mut self, list: &[E], arrays: u8, patterns: u8) -> Result<(R, u32)> {
        let tree = self.tree;
        let first = self.next | FRAME;
        let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        // There is room for a result even where there are no arguments.
        for _ in 0..count.max(1) {
            self.temporary();
        }
        for (index, e) in list.iter().enumerate() {
            let to = first + u32::try_from(index).unwrap_or(0);
            let bit = 1u8.checked_shl(u32::try_from(index).unwrap_or(8)).unwrap_or(0);
            match tree.expr(*e) {
                Expr::Var(var) if arrays & bit != 0 => self.emit(Op::Array(to, Compiler::register(*var))),
                Expr::Regex(text) if patterns & bit != 0 => {
                    // `split` by nothing is by characters, however nothing is written.
                    let value = match text.is_empty() {
                        true => Value::text(b""),
                        false => Value::Pattern(self.pattern(text)),
                    };
                    let from = self.constant(value);
                    self.emit(Op::Move(to, from));
                }
                _ => self.expr_to(*e, to)?,
            }
        }
        Ok((first, count))
    }

    fn concat(&mut self, list: &[E], to: R) -> Result<()> {
        let pure = !list.iter().any(|e| self.tree.has_effects(*e));
        if let [a, b] = list
            && !(pure && (self.field_number(*a).is_some() || self.field_number(*b).is_some()))
        {
            let x = self.operand(*a, &[*b])?;
            let y = self.operand(*b, &[])?;
            self.emit(Op::Cat(to, x, y));
            return Ok(());
        }
        let parts = self.parts(list, pure)?;
        self.emit(Op::CatStart);
        for part in parts {
            self.emit(match part {
                Ok(register) => Op::CatPush(register),
                Err(field) => Op::CatField(field),
            });
        }
        self.emit(Op::CatEnd(to));
        Ok(())
    }

    /// The parts of a concatenation: registers, or fields that need not be copied first.
    fn parts(&mut self, list: &[E], pure: bool) -> Result<Vec<core::result::Result<R, u32>>> {
        let mut parts = Vec::with_capacity(list.len());
        for (index, e) in list.iter().enumerate() {
            parts.push(match self.field_number(*e) {
                Some(number) if pure => Err(number),
                _ => Ok(self.operand(*e, list.get(index + 1..).unwrap_or_default())?),
            });
        }
        Ok(parts)
    }

    /// `s = s ...`, whose value is appended in place. False where it is no such thing.
    fn append(&mut self, register: R, value: E) -> Result<bool> {
        let tree = self.tree;
        let Expr::Concat(list) = tree.expr(value) else { return Ok(false) };
        let Some((first, rest)) = list.split_first() else { return Ok(false) };
        let is_same = |e: &E| matches!(tree.expr(*e), Expr::Var(var) if Compiler::register(*var) == register);
        if !is_same(first) || tree.has_effects(value) || Compiler::watched(register).is_some() {
            return Ok(false);
        }
        let parts = self.parts(rest, true)?;
        if parts.contains(&Ok(register)) {
            return Ok(false);
        }
        for part in parts {
            self.emit(match part {
                Ok(from) => Op::Append(register, from),
                Err(field) => Op::AppendField(register, field),
            });
        }
        Ok(true)
    }

    fn place(&mut self, e: E, later: &[E]) -> Result<Place> {
        let tree = self.tree;
        Ok(match tree.expr(e) {
            Expr::Var(var) => Place::Var(Compiler::register(*var)),
            Expr::Field(index) => Place::Field(self.operand(*index, later)?),
            Expr::Index(array, keys) => {
                let mut key = self.key(keys)?;
                if self.is_variable(key) && later.iter().any(|e| tree.has_effects(*e)) {
                    let copy = self.temporary();
                    self.emit(Op::Move(copy, key));
                    key = copy;
                }
                Place::Elem(Compiler::register(*array), key)
            }
            _ => return Err(self.error(tree.place(e), b"syntax error: nothing that can be assigned to")),
        })
    }

    fn store(&mut self, place: &Place, from: R) {
        match *place {
            Place::Var(to) => {
                self.emit(Op::Move(to, from));
                self.set(to);
            }
            Place::Field(index) => self.emit(Op::SetField(index, from)),
            Place::Elem(array, key) => self.emit(Op::SetElem(array, key, from)),
        }
    }

    /// Stores what is in `from` at the place that `e` names.
    pub fn store_at(&mut self, e: E, from: R) -> Result<()> {
        let place = self.place(e, &[])?;
        self.store(&place, from);
        Ok(())
    }

    fn assign(&mut self, to: E, value: E) -> Result<R> {
        let at = self.tree.place(to);
        match self.place(to, &[value])? {
            Place::Var(register) => {
                if !self.append(register, value)? {
                    self.expr_to(value, register)?;
                }
                self.set(register);
                Ok(register)
            }
            place => {
                let from = self.expr(value)?;
                self.place = at;
                self.store(&place, from);
                Ok(from)
            }
        }
    }

    fn arith_assign(&mut self, what: Arith, to: E, value: E) -> Result<R> {
        let at = self.tree.place(to);
        match self.place(to, &[value])? {
            Place::Var(register) => {
                let x = self.numeric(value, &[])?;
                self.place = at;
                if register == special::NF {
                    self.emit(Op::FetchNf);
                }
                self.arith(what, register, register, x);
                self.set(register);
                Ok(register)
            }
            Place::Elem(array, key) => {
                let register = self.temporary();
                let x = self.numeric(value, &[])?;
                if x != register {
                    self.emit(Op::Move(register, x));
                }
                self.place = at;
                self.emit(Op::ElemArith(what, register, array, key));
                Ok(register)
            }
            Place::Field(index) => {
                let x = self.numeric(value, &[])?;
                let register = self.temporary();
                self.place = at;
                self.emit(Op::Field(register, index));
                self.arith(what, register, register, x);
                self.emit(Op::SetField(index, register));
                Ok(register)
            }
        }
    }

    fn increment(&mut self, before: bool, step: f64, target: E, to: Option<R>) -> Result<()> {
        let step = step as i32;
        match self.place(target, &[])? {
            Place::Var(register) => {
                if register == special::NF {
                    self.emit(Op::FetchNf);
                }
                if let Some(to) = to
                    && !before
                {
                    self.emit(Op::Plus(to, register));
                }
                if to != Some(register) || before {
                    self.emit(Op::AddSmall(register, register, step));
                    self.set(register);
                }
                if let Some(to) = to
                    && before
                    && to != register
                {
                    self.emit(Op::Move(to, register));
                }
            }
            Place::Elem(array, key) => {
                let to = to.unwrap_or_else(|| self.temporary());
                let mode = if before { 0 } else { POST } | if step > 0 { 0 } else { DOWN };
                self.emit(Op::ElemInc(mode, to, array, key));
            }
            Place::Field(index) => {
                let old = self.temporary();
                let new = self.temporary();
                self.emit(Op::Field(old, index));
                self.emit(Op::Plus(old, old));
                self.emit(Op::AddSmall(new, old, step));
                self.emit(Op::SetField(index, new));
                if let Some(to) = to {
                    self.emit(Op::Move(to, if before { new } else { old }));
                }
            }
        }
        Ok(())
    }

    /// Calls a function; its result is in the first of the registers that were taken.
    fn called(&mut self, e: E) -> Result<R> {
        match self.tree.expr(e) {
            Expr::Call(number, list) => self.call(*number, list, e),
            Expr::Builtin(builtin, list) => self.builtin(*builtin, list),
            Expr::Getline(source, target, name) => self.getline(*source, *target, *name),
            // There are no others.
            _ => self.expr(e),
        }
    }

    fn call(&mut self, number: u32, list: &[E], e: E) -> Result<R> {
        let tree = self.tree;
        let at = tree.place(e);
        let Some(function) = tree.functions.get(number as usize) else {
            return Err(self.error(at, b"no such function"));
        };
        let first = self.next | FRAME;
        let given = list.len().min(function.parameters.len());
        let count = u32::try_from(given).unwrap_or(u32::MAX);
        for _ in 0..count.max(1) {
            self.temporary();
        }
        // What the function has no parameter for is computed all the same, behind the others.
        let (list, more) = list.split_at(given);
        for (index, argument) in list.iter().enumerate() {
            let to = first + u32::try_from(index).unwrap_or(0);
            if function.arrays.get(index).copied().unwrap_or(false) {
                let Expr::Var(var) = *tree.expr(*argument) else {
                    let what = base::bytes::fill("function '%' wants an array", &[function.name.as_slice()]);
                    return Err(self.error(tree.place(*argument), &what));
                };
                self.emit(Op::Array(to, Compiler::register(var)));
            } else {
                self.expr_to(*argument, to)?;
            }
        }
        for argument in more {
            let unused = self.temporary();
            self.expr_to(*argument, unused)?;
        }
        self.place = at;
        // The arguments lie where the frame of the function will be.
        self.emit(Op::Call(number, first, count));
        Ok(first)
    }

    fn builtin(&mut self, builtin: Builtin, list: &[E]) -> Result<R> {
        let tree = self.tree;
        let facts = builtin.facts();
        let place = self.place;
        if let Builtin::Sub | Builtin::Gsub = builtin {
            let mut list = list.to_vec();
            let target = list.get(2).copied().filter(|target| self.field_number(*target) != Some(0));
            if target.is_none() {
                list.truncate(2);
            }
            let (first, count) = self.arguments(&list, 0, facts.patterns)?;
            self.place = place;
            self.emit(Op::Builtin(builtin, first, count));
            if let Some(target) = target
                && let Expr::Var(_) | Expr::Field(_) | Expr::Index(..) | Expr::Paren(_) = tree.expr(target)
            {
                let target = match *tree.expr(target) {
                    Expr::Paren(inner) => inner,
                    _ => target,
                };
                if let Expr::Var(_) | Expr::Field(_) | Expr::Index(..) = tree.expr(target) {
                    let mut skip = Vec::new();
                    self.jump(Op::JumpUnless(first, 0), &mut skip);
                    self.store_at(target, first + 2)?;
                    self.patch(&skip);
                }
            }
            return Ok(first);
        }
        let (first, count) = self.arguments(list, facts.arrays, facts.patterns)?;
        self.place = place;
        self.emit(Op::Builtin(builtin, first, count));
        Ok(first)
    }

    fn getline(&mut self, source: Source, target: Option<E>, name: Option<E>) -> Result<R> {
        let status = self.temporary();
        let line = self.temporary();
        // Its subscript is computed even if there is no line.
        let place = match target {
            Some(target) => Some(self.place(target, name.as_slice())?),
            None => None,
        };
        let name = match name {
            Some(name) => self.expr(name)?,
            None => status,
        };
        self.emit(Op::Getline(source, target.is_some(), status, name));
        if let Some(place) = place {
            let mut skip = Vec::new();
            self.jump(Op::JumpNotPositive(status, 0), &mut skip);
            self.store(&place, line);
            self.patch(&skip);
        }
        Ok(status)
    }

    /// The register of an array.
    pub fn array(var: Var) -> R {
        Compiler::register(var)
    }
}

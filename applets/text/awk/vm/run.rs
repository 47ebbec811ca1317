//! The loop over the instructions.

use super::{Flow, Frame, REGISTERS, Vm, fatal, index};
use crate::builtin::Builtin;
use crate::code::{DOWN, FRAME, Op, POST};
use crate::parse::special;
use crate::table::Key;
use crate::tree::{Arith, Dest};
use crate::value::{EXACT, Format, Value, push_number};
use base::error::{Error, Result};
use core::cmp::Ordering;
use std::rc::Rc;

/// Where a function returns to that was called from outside the instructions.
pub const OUTSIDE: usize = usize::MAX;

/// Puts a number into a register.
#[inline(always)]
fn set_number(place: &mut Value, number: f64) {
    match place {
        Value::Number(old) => *old = number,
        _ => *place = Value::Number(number),
    }
}

#[inline(always)]
fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        _ => slow_number(value),
    }
}

#[inline(never)]
fn slow_number(value: &Value) -> f64 {
    value.number()
}

/// How two values compare; None where one is not a number that has an order.
#[inline(never)]
pub fn compare(a: &Value, b: &Value, format: &Format) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (a.numeric(), b.numeric()) {
        return a.partial_cmp(&b);
    }
    let (mut x, mut y) = (Vec::new(), Vec::new());
    Some(format.order(a.bytes(&mut x, format), b.bytes(&mut y, format)))
}

/// Whether the comparison `how` (see [`Op::JumpCompare`]) holds.
#[inline]
#[cfg_attr(speed_marks, optimize(speed))]
fn holds(how: u8, a: &Value, b: &Value, format: &Format) -> bool {
    // A bit each for less, equal and greater; != holds where there is no order as well.
    const SETS: [u8; 8] = [1, 3, 2, 5, 4, 6, 6, 6];
    let order = match (a, b) {
        (Value::Number(a), Value::Number(b)) => u8::from(a < b) | u8::from(a == b) << 1 | u8::from(a > b) << 2,
        _ => match compare(a, b, format) {
            Some(Ordering::Less) => 1,
            Some(Ordering::Equal) => 2,
            Some(Ordering::Greater) => 4,
            None => 0,
        },
    };
    let truth = SETS[usize::from(how >> 1 & 7)] & order != 0 || order == 0 && how >> 1 == 3;
    truth != (how & 1 == 1)
}

fn divide(a: f64, b: f64) -> Result<f64> {
    if b == 0.0 { Err(fatal("division by zero")) } else { Ok(a / b) }
}

#[cfg_attr(speed_marks, optimize(speed))]
fn remainder(a: f64, b: f64) -> Result<f64> {
    if b == 0.0 {
        return Err(fatal("division by zero in %"));
    }
    if a.abs() < EXACT && b.abs() < EXACT {
        let (x, y) = (a as i64, b as i64);
        if x as f64 == a && y as f64 == b && y != 0 && x > 0 {
            return Ok((x % y) as f64);
        }
    }
    Ok(a % b)
}

fn power(a: f64, b: f64) -> f64 {
    if b == 2.0 {
        return a * a;
    }
    base::float::math::pow(a, b)
}

fn arith(what: Arith, a: f64, b: f64) -> Result<f64> {
    Ok(match what {
        Arith::Add => a + b,
        Arith::Sub => a - b,
        Arith::Mul => a * b,
        Arith::Div => divide(a, b)?,
        Arith::Mod => remainder(a, b)?,
        Arith::Pow => power(a, b),
    })
}

/// The number of a field.
fn field_index(number: f64) -> Result<usize> {
    if number < 0.0 {
        return Err(fatal("Access to negative field"));
    }
    if number >= f64::from(u32::MAX) {
        return Err(fatal("access to a field beyond all bounds"));
    }
    Ok(number as usize)
}

impl Vm<'_, '_> {
    /// Runs from `pc` on until the piece ends. Errors say where in the program they happened.
    pub fn run(&mut self, pc: usize) -> Result<Flow> {
        if self.nested > 50 {
            return Err(fatal("rules or comparisons within one another go too deep"));
        }
        self.nested += 1;
        let mut pc = pc;
        let outcome = self.execute(&mut pc);
        self.nested -= 1;
        outcome.map_err(|error| self.located(error, pc))
    }

    /// An error of the program itself gets its line.
    fn located(&mut self, error: Error, pc: usize) -> Error {
        let Some(text) = error.text().filter(|_| error.errno().is_none() && !self.located) else { return error };
        self.located = true;
        let place = pc.checked_sub(1).and_then(|pc| self.code.places.get(pc)).copied().unwrap_or(0);
        self.text.error(place as usize, &text).with_status(2)
    }

    fn execute(&mut self, pc_out: &mut usize) -> Result<Flow> {
        let code = Rc::clone(&self.code);
        let ops = &code.ops[..];
        let depth = self.frames.len();
        let mut pc = *pc_out;
        let mut base = self.base;
        macro_rules! reg {
            ($r:expr) => {
                self.regs[index(base, $r)]
            };
        }
        macro_rules! num {
            ($r:expr) => {
                number(&reg!($r))
            };
        }
        macro_rules! binary {
            ($d:expr, $a:expr, $b:expr, $f:expr) => {{
                let (a, b) = (num!($a), num!($b));
                let result: f64 = $f(a, b);
                set_number(&mut reg!($d), result);
            }};
        }
        macro_rules! tri {
            ($e:expr) => {
                match $e {
                    Ok(value) => value,
                    Err(error) => {
                        *pc_out = pc;
                        return Err(error);
                    }
                }
            };
        }
        loop {
            let op = ops[pc];
            pc += 1;
            match op {
                Op::Move(d, a) => {
                    if let Value::Number(number) = reg!(a) {
                        set_number(&mut reg!(d), number);
                    } else {
                        let value = reg!(a).clone();
                        reg!(d) = value;
                    }
                }
                Op::Add(d, a, b) => binary!(d, a, b, |a, b| a + b),
                Op::Sub(d, a, b) => binary!(d, a, b, |a, b| a - b),
                Op::Mul(d, a, b) => binary!(d, a, b, |a, b| a * b),
                Op::Div(d, a, b) => {
                    let result = tri!(divide(num!(a), num!(b)));
                    set_number(&mut reg!(d), result);
                }
                Op::Mod(d, a, b) => {
                    let result = tri!(remainder(num!(a), num!(b)));
                    set_number(&mut reg!(d), result);
                }
                Op::Pow(d, a, b) => binary!(d, a, b, power),
                Op::Minus(d, a) => {
                    let result = -num!(a);
                    set_number(&mut reg!(d), result);
                }
                Op::Plus(d, a) => {
                    let result = num!(a);
                    set_number(&mut reg!(d), result);
                }
                Op::Not(d, a) => {
                    let result = f64::from(!reg!(a).truth());
                    set_number(&mut reg!(d), result);
                }
                Op::Inc(r) => {
                    let place = &mut reg!(r);
                    let result = number(place) + 1.0;
                    set_number(place, result);
                }
                Op::Dec(r) => {
                    let place = &mut reg!(r);
                    let result = number(place) - 1.0;
                    set_number(place, result);
                }
                Op::Compare(how, d, a, b) => {
                    let result = f64::from(holds(how, &reg!(a), &reg!(b), &self.convfmt));
                    set_number(&mut reg!(d), result);
                }
                Op::Cat(d, a, b) => {
                    self.scratch.clear();
                    self.regs[index(base, a)].push(&mut self.scratch, &self.convfmt);
                    self.regs[index(base, b)].push(&mut self.scratch, &self.convfmt);
                    reg!(d) = Value::text(&self.scratch);
                }
                Op::CatStart => self.scratch.clear(),
                Op::CatPush(a) => self.regs[index(base, a)].push(&mut self.scratch, &self.convfmt),
                Op::CatField(number) => self.push_field(number as usize),
                Op::CatEnd(d) => reg!(d) = Value::text(&self.scratch),
                Op::Append(d, a) => self.append(index(base, d), index(base, a)),
                Op::AppendField(d, number) => {
                    self.scratch.clear();
                    self.push_field(number as usize);
                    self.append_scratch(index(base, d));
                }
                Op::Jump(to) => pc = to as usize,
                Op::JumpIf(a, to) => {
                    if reg!(a).truth() {
                        pc = to as usize;
                    }
                }
                Op::JumpUnless(a, to) => {
                    if !reg!(a).truth() {
                        pc = to as usize;
                    }
                }
                Op::JumpLt(a, b, to) => {
                    let truth = match (&reg!(a), &reg!(b)) {
                        (Value::Number(a), Value::Number(b)) => a < b,
                        (a, b) => compare(a, b, &self.convfmt) == Some(Ordering::Less),
                    };
                    if truth {
                        pc = to as usize;
                    }
                }
                Op::JumpLe(a, b, to) => {
                    let truth = match (&reg!(a), &reg!(b)) {
                        (Value::Number(a), Value::Number(b)) => a <= b,
                        (a, b) => matches!(compare(a, b, &self.convfmt), Some(Ordering::Less | Ordering::Equal)),
                    };
                    if truth {
                        pc = to as usize;
                    }
                }
                Op::JumpCompare(how, a, b, to) => {
                    if holds(how, &reg!(a), &reg!(b), &self.convfmt) {
                        pc = to as usize;
                    }
                }
                Op::JumpNotPositive(a, to) => {
                    if num!(a) <= 0.0 {
                        pc = to as usize;
                    }
                }
                Op::MatchRecord(d, pattern) => {
                    let pattern = tri!(self.patterns.constant(pattern));
                    let truth = pattern.is_match(self.record.text(&self.ofs, &self.convfmt));
                    set_number(&mut reg!(d), f64::from(truth));
                }
                Op::MatchField(d, field, pattern) => {
                    let pattern = tri!(self.patterns.constant(pattern));
                    let truth = match self.record.bytes(field as usize) {
                        Ok(bytes) => pattern.is_match(bytes),
                        Err(value) => pattern.is_match(value.bytes(&mut Vec::new(), &self.convfmt)),
                    };
                    set_number(&mut reg!(d), f64::from(truth));
                }
                Op::Match(d, a, pattern) => {
                    let pattern = tri!(self.pattern(index(base, pattern)));
                    let truth = pattern.is_match(reg!(a).bytes(&mut Vec::new(), &self.convfmt));
                    set_number(&mut reg!(d), f64::from(truth));
                }
                Op::Field(d, a) => {
                    let number = tri!(field_index(num!(a)));
                    reg!(d) = self.field(number);
                }
                Op::FieldK(d, number) => reg!(d) = self.field(number as usize),
                Op::FieldNumber(d, number) => {
                    let result = self.field_number(number as usize);
                    set_number(&mut reg!(d), result);
                }
                Op::SetField(a, b) => {
                    let number = tri!(field_index(num!(a)));
                    let value = reg!(b).clone();
                    tri!(self.set_field(number, value));
                }
                Op::FetchNf => {
                    let count = self.record.count();
                    set_number(&mut self.regs[special::NF as usize], count as f64);
                }
                Op::Watch(number) => tri!(self.watch(number)),
                Op::Array(d, a) => {
                    let array = tri!(self.array(index(base, a)));
                    reg!(d) = Value::Array(array as u32);
                }
                Op::Elem(d, a, key) => {
                    let array = tri!(self.array(index(base, a)));
                    let mut room = Vec::new();
                    let key = Key::of(&self.regs[index(base, key)], &mut room, &self.convfmt);
                    let place = self.tables[array].entry(&key);
                    if let Value::Number(number) = *place {
                        set_number(&mut reg!(d), number);
                    } else {
                        let value = place.clone();
                        reg!(d) = value;
                    }
                }
                Op::SetElem(a, key, b) => {
                    let array = tri!(self.array(index(base, a)));
                    let mut room = Vec::new();
                    let key = Key::of(&self.regs[index(base, key)], &mut room, &self.convfmt);
                    let value = reg!(b).clone();
                    *self.tables[array].entry(&key) = value;
                }
                Op::ElemInc(mode, d, a, key) => {
                    let array = tri!(self.array(index(base, a)));
                    let mut room = Vec::new();
                    let key = Key::of(&self.regs[index(base, key)], &mut room, &self.convfmt);
                    let place = self.tables[array].entry(&key);
                    let old = number(place);
                    let new = old + if mode & DOWN == 0 { 1.0 } else { -1.0 };
                    set_number(place, new);
                    set_number(&mut reg!(d), if mode & POST == 0 { new } else { old });
                }
                Op::ElemArith(what, d, a, key) => {
                    let array = tri!(self.array(index(base, a)));
                    let mut room = Vec::new();
                    let key = Key::of(&self.regs[index(base, key)], &mut room, &self.convfmt);
                    let right = number(&self.regs[index(base, d)]);
                    let place = self.tables[array].entry(&key);
                    let result = tri!(arith(what, number(place), right));
                    set_number(place, result);
                    set_number(&mut reg!(d), result);
                }
                Op::In(d, a, key) => {
                    let array = tri!(self.array(index(base, a)));
                    let mut room = Vec::new();
                    let key = Key::of(&self.regs[index(base, key)], &mut room, &self.convfmt);
                    let truth = self.tables[array].get(&key).is_some();
                    set_number(&mut reg!(d), f64::from(truth));
                }
                Op::Key(d, first, count) => {
                    self.scratch.clear();
                    for part in 0..count {
                        if part > 0 {
                            self.scratch.extend_from_slice(&self.subsep);
                        }
                        self.regs[index(base, first + part)].push(&mut self.scratch, &self.convfmt);
                    }
                    reg!(d) = Value::text(&self.scratch);
                }
                Op::Delete(a, key) => {
                    let array = tri!(self.array(index(base, a)));
                    let mut room = Vec::new();
                    let key = Key::of(&self.regs[index(base, key)], &mut room, &self.convfmt);
                    self.tables[array].delete(&key);
                }
                Op::DeleteAll(a) => {
                    let array = tri!(self.array(index(base, a)));
                    self.tables[array].clear();
                }
                Op::ForStart(a) => {
                    let array = tri!(self.array(index(base, a)));
                    let keys = tri!(self.keys(array));
                    self.loops.push(keys.into_iter());
                }
                Op::ForNext(d, to) => match self.loops.last_mut().and_then(Iterator::next) {
                    Some(key) => reg!(d) = if let Value::Number(_) = key { key_text(&key) } else { key },
                    None => {
                        self.loops.pop();
                        pc = to as usize;
                    }
                },
                Op::ForEnd => {
                    self.loops.pop();
                }
                Op::Call(routine, first, given) => {
                    let callee = code.routines[routine as usize];
                    let new = index(base, first);
                    let top = new + callee.frame as usize;
                    if self.regs.len() < top {
                        if top > REGISTERS {
                            *pc_out = pc;
                            return Err(fatal("functions call one another too deep"));
                        }
                        self.regs.resize(top.max(self.regs.len() * 2), Value::Unset);
                    }
                    for register in &mut self.regs[new + given as usize..new + callee.parameters.max(given) as usize] {
                        *register = Value::Unset;
                    }
                    self.frames.push(Frame { pc, base, top: self.top, routine, given, loops: self.loops.len() });
                    base = new;
                    self.base = new;
                    self.top = top;
                    pc = callee.entry as usize;
                }
                Op::Undefined => {
                    // It is the caller's line that is wrong.
                    pc = self.frames.last().map_or(pc, |frame| frame.pc);
                    tri!(Err(fatal("Call to undefined function")));
                }
                Op::Return(a) => {
                    // A number is not moved as a value: that would be written and read in parts of different sizes.
                    let (result, value) = match reg!(a) {
                        Value::Number(number) => (number, None),
                        Value::Array(_) => (0.0, Some(Value::Unset)),
                        _ if a & FRAME != 0 => (0.0, Some(core::mem::take(&mut reg!(a)))),
                        _ => (0.0, Some(reg!(a).clone())),
                    };
                    let Some(frame) = self.frames.pop() else { return Ok(Flow::Done) };
                    let parameters = code.routines[frame.routine as usize].parameters as usize;
                    if !self.regs[base..base + parameters].iter().all(|value| matches!(value, Value::Number(_))) {
                        self.clear_parameters(base, parameters, frame.given as usize);
                    }
                    if self.loops.len() > frame.loops {
                        self.loops.truncate(frame.loops);
                    }
                    match value {
                        None => set_number(&mut self.regs[base], result),
                        Some(value) => self.regs[base] = value,
                    }
                    if frame.pc == OUTSIDE {
                        return Ok(Flow::Done);
                    }
                    pc = frame.pc;
                    base = frame.base;
                    self.base = base;
                    self.top = frame.top;
                }
                Op::Builtin(builtin, first, count) => {
                    let first = index(base, first);
                    match builtin {
                        // Those that are called most, and need least.
                        Builtin::Int => {
                            let result = number(&self.regs[first]).trunc();
                            set_number(&mut self.regs[first], result);
                        }
                        _ => {
                            let result = tri!(self.builtin(builtin, first, count as usize));
                            self.regs[first] = result;
                        }
                    }
                }
                Op::Getline(source, var, status, name) => {
                    let status = index(base, status);
                    let result = tri!(self.getline(source, var, status + 1, index(base, name)));
                    self.regs[status] = Value::Number(result);
                    if self.status.is_some() && self.ended {
                        *pc_out = pc;
                        return Ok(Flow::Exit);
                    }
                }
                Op::OutTo(dest, name) => {
                    let found = tri!(self.writer(dest, index(base, name)));
                    self.out = found;
                }
                Op::Out(a) => {
                    let value = &self.regs[index(base, a)];
                    let bytes = match value {
                        Value::Number(number) => {
                            self.scratch.clear();
                            push_number(&mut self.scratch, *number, &self.ofmt);
                            &self.scratch
                        }
                        _ => value.as_text().unwrap_or_default(),
                    };
                    let output = match self.out {
                        None => &mut self.cx.stdout,
                        Some(number) => match self.writers.get_mut(number).and_then(|stream| stream.output.as_mut()) {
                            Some(output) => output,
                            None => &mut self.cx.stdout,
                        },
                    };
                    tri!(output.put(bytes));
                }
                Op::OutField(number) => tri!(self.out_field(number as usize)),
                Op::OutSeparator => {
                    let text = core::mem::take(&mut self.ofs);
                    let result = self.put(&text);
                    self.ofs = text;
                    tri!(result);
                }
                Op::OutEnd => {
                    let text = core::mem::take(&mut self.ors);
                    let result = self.put(&text);
                    self.ors = text;
                    tri!(result);
                    if self.out.is_some() {
                        tri!(self.written());
                    }
                }
                Op::Printf(first, count) => {
                    let first = index(base, first);
                    tri!(self.printf(first, count as usize));
                    if self.out.is_some() {
                        tri!(self.written());
                    }
                }
                Op::JumpInRange(number, to) => {
                    if self.ranges[number as usize] {
                        pc = to as usize;
                    }
                }
                Op::SetRange(number, open) => self.ranges[number as usize] = open,
                Op::Next => return Ok(self.unwind(depth, Flow::Next)),
                Op::NextFile => return Ok(self.unwind(depth, Flow::NextFile)),
                Op::Exit => {
                    self.status = Some(self.status.unwrap_or(0));
                    self.ended = true;
                    return Ok(self.unwind(depth, Flow::Exit));
                }
                Op::ExitWith(a) => {
                    let status = num!(a);
                    self.status = Some((status as i64 & 255) as u8);
                    self.ended = true;
                    return Ok(self.unwind(depth, Flow::Exit));
                }
                Op::Halt => return Ok(Flow::Done),
            }
        }
    }

    /// What a function's parameters held goes, and the arrays that are its own are free for others.
    #[inline(never)]
    fn clear_parameters(&mut self, base: usize, count: usize, given: usize) {
        for (number, register) in self.regs[base..base + count].iter_mut().enumerate() {
            if let Value::Array(array) = register
                && number >= given
            {
                self.tables[*array as usize].clear();
                self.free.push(*array);
            }
            *register = Value::Unset;
        }
    }

    /// Leaves all calls of this piece.
    fn unwind(&mut self, depth: usize, flow: Flow) -> Flow {
        self.frames.truncate(depth);
        let loops = if depth == 0 { 0 } else { self.loops.len() };
        self.loops.truncate(loops);
        flow
    }

    /// Adds a field's text to `scratch`.
    fn push_field(&mut self, number: usize) {
        if number == 0 {
            self.scratch.extend_from_slice(self.record.text(&self.ofs, &self.convfmt));
            return;
        }
        match self.record.bytes(number) {
            Ok(bytes) => self.scratch.extend_from_slice(bytes),
            Err(value) => value.push(&mut self.scratch, &self.convfmt),
        }
    }

    fn append(&mut self, to: usize, from: usize) {
        self.scratch.clear();
        self.regs[from].push(&mut self.scratch, &self.convfmt);
        self.append_scratch(to);
    }

    fn append_scratch(&mut self, to: usize) {
        let place = &mut self.regs[to];
        if let Value::Number(_) | Value::Unset = place {
            *place = core::mem::take(place).into_text(&self.convfmt);
        }
        place.append(&self.scratch);
    }

    /// The value of a field, or of the record.
    #[inline]
    pub fn field(&mut self, number: usize) -> Value {
        if number == 0 {
            let is_string = self.record.is_string;
            let text = self.record.text(&self.ofs, &self.convfmt);
            return if is_string { Value::text(text) } else { Value::outside(text) };
        }
        self.record.field(number)
    }

    #[inline]
    fn field_number(&mut self, number: usize) -> f64 {
        if number == 0 {
            return crate::value::leading_number(self.record.text(&self.ofs, &self.convfmt));
        }
        match self.record.bytes(number) {
            Ok(bytes) => crate::value::leading_number(bytes),
            Err(value) => value.number(),
        }
    }

    pub fn set_field(&mut self, number: usize, value: Value) -> Result<()> {
        if number > 0 {
            return self.record.assign(number, value);
        }
        let mut room = Vec::new();
        let text = value.bytes(&mut room, &self.convfmt);
        self.record.set(text);
        self.record.is_string = value.numeric().is_none();
        Ok(())
    }

    fn out_field(&mut self, number: usize) -> Result<()> {
        let output = match self.out {
            None => &mut self.cx.stdout,
            Some(number) => match self.writers.get_mut(number).and_then(|stream| stream.output.as_mut()) {
                Some(output) => output,
                None => &mut self.cx.stdout,
            },
        };
        if number == 0 {
            return output.put(self.record.text(&self.ofs, &self.convfmt));
        }
        match self.record.bytes(number) {
            Ok(bytes) => output.put(bytes),
            Err(value) => output.put(value.bytes(&mut Vec::new(), &self.ofmt)),
        }
    }

    /// Writes to the stream that was chosen.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        match self.out {
            None => self.cx.stdout.put(bytes),
            Some(number) => match self.writers.get_mut(number).and_then(|stream| stream.output.as_mut()) {
                Some(output) => output.put(bytes),
                None => Ok(()),
            },
        }
    }

    /// A statement's output is complete: what goes to standard error or its like does so at once.
    fn written(&mut self) -> Result<()> {
        if let Some(stream) = self.out.take().and_then(|number| self.writers.get_mut(number))
            && stream.name.starts_with(b"/dev/")
            && let Some(output) = &mut stream.output
        {
            output.finish()?;
        }
        Ok(())
    }

    /// The stream that `print > name` writes to; none for standard output.
    fn writer(&mut self, dest: Dest, name: usize) -> Result<Option<usize>> {
        let mut room = Vec::new();
        let name = self.regs[name].bytes(&mut room, &self.convfmt);
        let is_command = dest == Dest::Command;
        let known = self
            .writers
            .iter()
            .position(|stream| stream.output.is_some() && stream.command == is_command && stream.name == name);
        if known.is_some() || !is_command && name == b"/dev/stdout" {
            return Ok(known);
        }
        if name.is_empty() {
            return Err(fatal("the name of an output is empty"));
        }
        let name = name.to_vec();
        self.outside("redirection")?;
        // What was written so far comes before what the command or the other descriptor writes.
        self.flush_all()?;
        let stream = crate::stream::Stream::writer(self.cx, &name, is_command, dest == Dest::Append);
        self.writers.push(stream.map_err(crate::stream::cannot)?);
        Ok(self.writers.len().checked_sub(1))
    }
}

/// A subscript as `for` gives it: a string, which may look like a number.
fn key_text(key: &Value) -> Value {
    let mut out = Vec::new();
    push_number(&mut out, key.number(), &Format::default());
    Value::text(&out)
}

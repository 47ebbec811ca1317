//! The loop over the instructions.

use super::registers::index;
use super::{Flow, Frame, REGISTERS, Vm, fatal};
use crate::code::{DOWN, FRAME, Op, POST, R};
use crate::parse::special;
use crate::stream::Stream;
use crate::table::Key;
use crate::tree::{Arith, Dest};
use crate::value::{EXACT, Format, Value, leading_number, push_number};
use base::error::{Error, Result};
use base::io::Output;
use core::cmp::Ordering;
use rustix::fs::OFlags;
use std::rc::Rc;

/// Where a function returns to that was called from outside the instructions, and where a piece of code ends: there is no
/// instruction.
pub const OUTSIDE: usize = usize::MAX;

/// Puts a number into a register.
#[inline(always)]
pub fn set_number(place: &mut Value, number: f64) {
    match place {
        Value::Number(old) => *old = number,
        _ => put(place, Value::Number(number)),
    }
}

/// Puts a value where another one was.
#[inline(never)]
fn put(place: &mut Value, value: Value) {
    *place = value;
}

#[inline(always)]
pub fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        _ => slow_number(value),
    }
}

#[inline(never)]
fn slow_number(value: &Value) -> f64 {
    value.number()
}

#[inline(always)]
fn truth(value: &Value) -> bool {
    match value {
        Value::Number(number) => *number != 0.0,
        _ => slow_truth(value),
    }
}

#[inline(never)]
fn slow_truth(value: &Value) -> bool {
    value.truth()
}

#[inline(never)]
fn copy(row: &mut [Value], to: usize, from: usize) {
    let value = row[from].clone();
    row[to] = value;
}

/// How two numbers compare: a bit of those that [`Op::Compare`] names.
#[inline(always)]
fn order(a: f64, b: f64) -> u8 {
    let order = u8::from(a < b) | u8::from(a == b) << 1 | u8::from(a > b) << 2;
    if order == 0 { 8 } else { order }
}

/// As `order`, of any two values.
#[inline(never)]
fn order_of(a: &Value, b: &Value, format: &Format) -> u8 {
    match compare(a, b, format) {
        Some(Ordering::Less) => 1,
        Some(Ordering::Equal) => 2,
        Some(Ordering::Greater) => 4,
        None => 8,
    }
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

const DIVISION: &str = "division by zero";
const REMAINDER: &str = "division by zero in %";

#[inline(never)]
fn by_zero(what: &str) -> Result<()> {
    Err(fatal(what))
}

/// `a % b` where `b` is not 0.
#[cfg_attr(speed_marks, optimize(speed))]
fn remainder(a: f64, b: f64) -> f64 {
    if a.abs() < EXACT && b.abs() < EXACT {
        let (x, y) = (a as i64, b as i64);
        if x as f64 == a && y as f64 == b && y != 0 && x > 0 {
            return (x % y) as f64;
        }
    }
    a % b
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
        Arith::Div | Arith::Mod if b == 0.0 => {
            by_zero(if what == Arith::Div { DIVISION } else { REMAINDER })?;
            0.0
        }
        Arith::Div => a / b,
        Arith::Mod => remainder(a, b),
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
        let before = core::mem::replace(&mut self.pc, pc);
        let depth = self.frames.len();
        self.flow = Flow::Done;
        let outcome = self.execute();
        if let Err(error) = outcome {
            return Err(self.located(error));
        }
        if self.flow != Flow::Done {
            // All calls of this piece are left.
            self.frames.truncate(depth);
            if depth == 0 {
                self.loops.clear();
            }
        }
        self.pc = before;
        self.nested -= 1;
        Ok(core::mem::replace(&mut self.flow, Flow::Done))
    }

    /// An error of the program itself gets its line.
    fn located(&mut self, error: Error) -> Error {
        let Some(text) = error.text().filter(|_| error.errno().is_none() && !self.located) else { return error };
        self.located = true;
        let place = self.pc.checked_sub(1).and_then(|pc| self.code.places.get(pc)).copied().unwrap_or(0);
        self.text.error(place as usize, &text).with_status(2)
    }

    /// The instructions that are run most: what they need of the machine is at hand here, and all that is not done with numbers
    /// alone is a call.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn execute(&mut self) -> Result<()> {
        let code = Rc::clone(&self.code);
        let ops = &code.ops[..];
        let mut pc = self.pc;
        let mut base = self.regs.base;
        let mut row = &mut self.regs.row[..];
        macro_rules! at {
            ($r:expr) => {
                row[index(base, $r)]
            };
        }
        macro_rules! num {
            ($r:expr) => {
                number(&at!($r))
            };
        }
        macro_rules! binary {
            ($d:expr, $a:expr, $b:expr, $f:expr) => {{
                let (a, b) = (num!($a), num!($b));
                let result: f64 = $f(a, b);
                set_number(&mut at!($d), result);
            }};
        }
        // What is not done here: the machine is told where this is, and may have changed the row.
        macro_rules! ask {
            ($e:expr) => {{
                self.pc = pc;
                self.regs.base = base;
                $e?;
                row = &mut self.regs.row[..];
            }};
        }
        while let Some(op) = ops.get(pc) {
            pc += 1;
            match *op {
                Op::Move(d, a) => match at!(a) {
                    Value::Number(number) => set_number(&mut at!(d), number),
                    _ => copy(row, index(base, d), index(base, a)),
                },
                Op::Add(d, a, b) => binary!(d, a, b, |a, b| a + b),
                Op::AddSmall(d, a, b) => {
                    let result = num!(a) + f64::from(b);
                    set_number(&mut at!(d), result);
                }
                Op::Sub(d, a, b) => binary!(d, a, b, |a, b| a - b),
                Op::Mul(d, a, b) => binary!(d, a, b, |a, b| a * b),
                Op::Div(d, a, b) => {
                    if num!(b) == 0.0 {
                        ask!(by_zero(DIVISION));
                    }
                    binary!(d, a, b, |a, b| a / b);
                }
                Op::Mod(d, a, b) => {
                    if num!(b) == 0.0 {
                        ask!(by_zero(REMAINDER));
                    }
                    binary!(d, a, b, remainder);
                }
                Op::Jump(to) => pc = to as usize,
                Op::JumpIf(a, to) => {
                    if truth(&at!(a)) {
                        pc = to as usize;
                    }
                }
                Op::JumpUnless(a, to) => {
                    if !truth(&at!(a)) {
                        pc = to as usize;
                    }
                }
                Op::JumpCompare(how, a, b, to) => {
                    let order = match (&at!(a), &at!(b)) {
                        (Value::Number(a), Value::Number(b)) => order(*a, *b),
                        (a, b) => order_of(a, b, &self.convfmt),
                    };
                    if how & order != 0 {
                        pc = to as usize;
                    }
                }
                Op::JumpCompareSmall(how, a, b, to) => {
                    let b = f64::from(b);
                    let order = match &at!(a) {
                        Value::Number(a) => order(*a, b),
                        a => order_of(a, &Value::Number(b), &self.convfmt),
                    };
                    if how & order != 0 {
                        pc = to as usize;
                    }
                }
                Op::Call(routine, first, given) => {
                    let callee = code.routines[routine as usize];
                    let new = index(base, first);
                    if row.len() < new + callee.frame as usize {
                        ask!(self.grow(new + callee.frame as usize));
                    }
                    if callee.parameters > given {
                        row[new + given as usize..new + callee.parameters as usize].fill(Value::Unset);
                    }
                    let loops = self.loops.len();
                    self.frames.push(Frame { pc, base, parameters: callee.parameters, given, loops });
                    base = new;
                    pc = callee.entry as usize;
                }
                Op::Return(a) => {
                    let Some(frame) = self.frames.pop() else { break };
                    let parameters = &row[base..base + frame.parameters as usize];
                    let plain = parameters.iter().all(|value| matches!(value, Value::Unset | Value::Number(_)));
                    match at!(a) {
                        // A number is not moved as a value: that would be written and read in parts of different sizes.
                        Value::Number(number) if plain && self.loops.len() == frame.loops => {
                            set_number(&mut row[base], number);
                        }
                        _ => ask!(self.leave(a, &frame)),
                    }
                    pc = frame.pc;
                    base = frame.base;
                }
                Op::Halt => break,
                _ => {
                    self.pc = pc;
                    self.regs.base = base;
                    match *op {
                        Op::Elem(d, a, key) => self.element_value(d, a, key)?,
                        Op::SetElem(a, key, b) => self.set_element(a, key, b)?,
                        Op::ElemInc(mode, d, a, key) => self.increment_element(mode, d, a, key)?,
                        Op::Field(d, a) => self.fetch_field(d, a)?,
                        Op::FieldK(d, number) => self.fetch(d, number as usize),
                        Op::FieldNumber(d, number) => self.fetch_number(d, number as usize),
                        Op::FetchNf => self.fetch_count(),
                        Op::MatchRecord(d, pattern) => self.match_record(d, pattern)?,
                        Op::CatPush(a) => self.push(a),
                        Op::Append(d, a) => self.append(d, a),
                        Op::Out(a) => self.out(a)?,
                        Op::OutField(number) => self.out_field(number as usize)?,
                        Op::OutSeparator => self.out_separator()?,
                        Op::OutEnd => self.out_end()?,
                        Op::Printf(first, count) => self.printf(first, count as usize)?,
                        Op::Builtin(builtin, first, count) => self.builtin(builtin, first, count as usize)?,
                        _ => self.instruction(op)?,
                    }
                    row = &mut self.regs.row[..];
                    pc = self.pc;
                }
            }
        }
        Ok(())
    }

    /// All other instructions.
    #[inline(never)]
    fn instruction(&mut self, op: &Op) -> Result<()> {
        match *op {
            Op::Pow(d, a, b) => self.regs.set_number(d, power(self.regs.number(a), self.regs.number(b))),
            Op::Minus(d, a) => self.regs.set_number(d, -self.regs.number(a)),
            Op::Plus(d, a) => self.regs.set_number(d, self.regs.number(a)),
            Op::Not(d, a) => self.regs.set_number(d, f64::from(!truth(self.regs.value(a)))),
            Op::Compare(how, d, a, b) => {
                let order = order_of(self.regs.value(a), self.regs.value(b), &self.convfmt);
                self.regs.set_number(d, f64::from(how & order != 0));
            }
            Op::Cat(d, a, b) => {
                self.scratch.clear();
                self.push(a);
                self.push(b);
                self.regs.set(d, Value::text(&self.scratch));
            }
            Op::CatStart => self.scratch.clear(),
            Op::CatField(number) => self.push_field(number as usize),
            Op::CatEnd(d) => self.regs.set(d, Value::text(&self.scratch)),
            Op::AppendField(d, number) => {
                self.scratch.clear();
                self.push_field(number as usize);
                self.append_scratch(d);
            }
            Op::JumpNotPositive(a, to) => self.jump_if(self.regs.number(a) <= 0.0, to),
            Op::MatchField(d, field, pattern) => {
                let pattern = self.patterns.constant(pattern)?;
                let truth = match self.record.bytes(field as usize) {
                    Ok(bytes) => pattern.is_match(bytes),
                    Err(value) => pattern.is_match(value.bytes(&mut Vec::new(), &self.convfmt)),
                };
                self.regs.set_number(d, f64::from(truth));
            }
            Op::Match(d, a, pattern) => {
                let pattern = self.pattern(self.regs.index(pattern))?;
                let truth = pattern.is_match(self.regs.value(a).bytes(&mut Vec::new(), &self.convfmt));
                self.regs.set_number(d, f64::from(truth));
            }
            Op::SetField(a, b) => {
                let number = field_index(self.regs.number(a))?;
                let value = self.regs.value(b).clone();
                self.set_field(number, value)?;
            }
            Op::Watch(number) => self.watch(number)?,
            Op::Array(d, a) => {
                let array = self.array(a)?;
                self.regs.set(d, Value::Array(array as u32));
            }
            Op::ElemArith(what, d, a, key) => {
                let right = self.regs.number(d);
                let place = self.element(a, key)?;
                let result = arith(what, number(place), right)?;
                set_number(place, result);
                self.regs.set_number(d, result);
            }
            Op::In(d, a, key) => {
                let array = self.array(a)?;
                let key = Key::of(self.regs.value(key), &mut self.scratch, &self.convfmt);
                let truth = self.tables[array].get(&key).is_some();
                self.regs.set_number(d, f64::from(truth));
            }
            Op::Key(d, first, count) => {
                self.scratch.clear();
                for part in 0..count {
                    if part > 0 {
                        self.scratch.extend_from_slice(&self.subsep);
                    }
                    self.push(first + part);
                }
                self.regs.set(d, Value::text(&self.scratch));
            }
            Op::Delete(a, key) => {
                let array = self.array(a)?;
                let key = Key::of(self.regs.value(key), &mut self.scratch, &self.convfmt);
                self.tables[array].delete(&key);
            }
            Op::DeleteAll(a) => {
                let array = self.array(a)?;
                self.tables[array].clear();
            }
            Op::ForStart(a) => {
                let array = self.array(a)?;
                let keys = self.keys(array)?;
                self.loops.push(keys.into_iter());
            }
            Op::ForNext(d, to) => match self.loops.last_mut().and_then(Iterator::next) {
                Some(key) => self.regs.set(d, key_text(&key)),
                None => {
                    self.loops.pop();
                    self.pc = to as usize;
                }
            },
            Op::ForEnd => {
                self.loops.pop();
            }
            Op::Undefined => {
                // It is the caller's line that is wrong.
                self.pc = self.frames.last().map_or(self.pc, |frame| frame.pc);
                return Err(fatal("Call to undefined function"));
            }
            Op::Getline(source, var, status, name) => {
                let place = self.regs.index(status);
                let result = self.getline(source, var, place + 1, self.regs.index(name))?;
                self.regs.set_number(status, result);
                if self.status.is_some() && self.ended {
                    self.end(Flow::Exit);
                }
            }
            Op::OutTo(dest, name) => self.chosen = self.writer(dest, name)?,
            Op::JumpInRange(number, to) => self.jump_if(self.ranges[number as usize], to),
            Op::SetRange(number, open) => self.ranges[number as usize] = open,
            Op::Next => self.end(Flow::Next),
            Op::NextFile => self.end(Flow::NextFile),
            Op::Exit => self.exit(self.status.unwrap_or(0)),
            Op::ExitWith(a) => self.exit((self.regs.number(a) as i64 & 255) as u8),
            // The others were run in the row.
            _ => {}
        }
        Ok(())
    }

    fn jump_if(&mut self, holds: bool, to: u32) {
        if holds {
            self.pc = to as usize;
        }
    }

    /// Ends the piece of code that is being run.
    fn end(&mut self, flow: Flow) {
        self.flow = flow;
        self.pc = OUTSIDE;
    }

    fn exit(&mut self, status: u8) {
        self.status = Some(status);
        self.ended = true;
        self.end(Flow::Exit);
    }

    /// An element of an array, which comes into being if it is not there.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn element(&mut self, array: R, key: R) -> Result<&mut Value> {
        let array = match self.regs[self.regs.index(array)] {
            Value::Array(number) => number as usize,
            _ => self.array(array)?,
        };
        let key = &self.regs[self.regs.index(key)];
        Ok(self.tables[array].element(key, &mut self.scratch, &self.convfmt))
    }

    #[inline(never)]
    fn element_value(&mut self, to: R, array: R, key: R) -> Result<()> {
        match self.element(array, key)? {
            Value::Number(number) => {
                let number = *number;
                self.regs.set_number(to, number);
            }
            value => {
                let value = value.clone();
                self.regs.set(to, value);
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn set_element(&mut self, array: R, key: R, from: R) -> Result<()> {
        match self.regs.value(from) {
            Value::Number(number) => {
                let number = *number;
                set_number(self.element(array, key)?, number);
            }
            value => {
                let value = value.clone();
                *self.element(array, key)? = value;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn increment_element(&mut self, mode: u8, to: R, array: R, key: R) -> Result<()> {
        let place = self.element(array, key)?;
        let old = number(place);
        let new = old + if mode & DOWN == 0 { 1.0 } else { -1.0 };
        set_number(place, new);
        self.regs.set_number(to, if mode & POST == 0 { new } else { old });
        Ok(())
    }

    #[inline(never)]
    fn fetch_field(&mut self, to: R, number: R) -> Result<()> {
        let number = field_index(self.regs.number(number))?;
        self.fetch(to, number);
        Ok(())
    }

    #[inline(never)]
    fn fetch(&mut self, to: R, number: usize) {
        if number == 0 {
            let value = self.record();
            self.regs.set(to, value);
        } else {
            let index = self.regs.index(to);
            self.record.fetch(number, &mut self.regs[index]);
        }
    }

    #[inline(never)]
    fn fetch_number(&mut self, to: R, number: usize) {
        let number = if number == 0 {
            leading_number(self.record.text(&self.ofs, &self.convfmt))
        } else {
            match self.record.bytes(number) {
                Ok(bytes) => leading_number(bytes),
                Err(value) => value.number(),
            }
        };
        self.regs.set_number(to, number);
    }

    #[inline(never)]
    fn fetch_count(&mut self) {
        let count = self.record.count();
        self.regs.set_number(special::NF, count as f64);
    }

    #[inline(never)]
    fn match_record(&mut self, to: R, pattern: u32) -> Result<()> {
        let pattern = self.patterns.constant(pattern)?;
        let truth = pattern.is_match(self.record.text(&self.ofs, &self.convfmt));
        self.regs.set_number(to, f64::from(truth));
        Ok(())
    }

    /// Adds a value's text to `scratch`.
    #[inline(never)]
    fn push(&mut self, from: R) {
        self.regs.value(from).push(&mut self.scratch, &self.convfmt);
    }

    #[inline(never)]
    fn append(&mut self, to: R, from: R) {
        self.scratch.clear();
        self.push(from);
        self.append_scratch(to);
    }

    /// Makes the row so long.
    #[inline(never)]
    fn grow(&mut self, top: usize) -> Result<()> {
        if top > REGISTERS {
            return Err(fatal("functions call one another too deep"));
        }
        self.regs.row.resize(top.max(self.regs.row.len() * 2), Value::Unset);
        Ok(())
    }

    /// The end of a call that gives no number, or had more than numbers.
    #[inline(never)]
    fn leave(&mut self, result: R, frame: &Frame) -> Result<()> {
        let (from, base) = (self.regs.index(result), self.regs.base);
        let value = match &mut self.regs[from] {
            Value::Array(_) => Value::Unset,
            value if result & FRAME != 0 => core::mem::take(value),
            value => value.clone(),
        };
        self.clear_parameters(base, frame.parameters as usize, frame.given as usize);
        self.loops.truncate(frame.loops);
        self.regs[base] = value;
        Ok(())
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

    fn append_scratch(&mut self, to: R) {
        let index = self.regs.index(to);
        let place = &mut self.regs[index];
        if let Value::Number(_) | Value::Unset = place {
            *place = core::mem::take(place).into_text(&self.convfmt);
        }
        place.append(&self.scratch);
    }

    /// The value of the record.
    pub fn record(&mut self) -> Value {
        let is_string = self.record.is_string;
        let text = self.record.text(&self.ofs, &self.convfmt);
        if is_string { Value::text(text) } else { Value::outside(text) }
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

    #[inline(never)]
    fn out(&mut self, from: R) -> Result<()> {
        let bytes = match self.regs.value(from) {
            Value::Number(number) => {
                self.scratch.clear();
                push_number(&mut self.scratch, *number, &self.ofmt);
                &self.scratch
            }
            value => value.as_text().unwrap_or_default(),
        };
        output(self.chosen, &mut self.cx.stdout, &mut self.writers).put(bytes)
    }

    #[inline(never)]
    fn out_field(&mut self, number: usize) -> Result<()> {
        let output = output(self.chosen, &mut self.cx.stdout, &mut self.writers);
        if number == 0 {
            return output.put(self.record.text(&self.ofs, &self.convfmt));
        }
        match self.record.bytes(number) {
            Ok(bytes) => output.put(bytes),
            Err(value) => output.put(value.bytes(&mut Vec::new(), &self.ofmt)),
        }
    }

    #[inline(never)]
    fn out_separator(&mut self) -> Result<()> {
        output(self.chosen, &mut self.cx.stdout, &mut self.writers).put(&self.ofs)
    }

    #[inline(never)]
    fn out_end(&mut self) -> Result<()> {
        output(self.chosen, &mut self.cx.stdout, &mut self.writers).put(&self.ors)?;
        self.written()
    }

    /// A statement's output is complete: what goes to standard error or its like does so at once.
    #[inline]
    pub fn written(&mut self) -> Result<()> {
        if let Some(stream) = self.chosen.take().and_then(|number| self.writers.get_mut(number))
            && stream.name.starts_with(b"/dev/")
            && let Some(output) = &mut stream.output
        {
            output.finish()?;
        }
        Ok(())
    }

    /// The stream that `print > name` writes to; none for standard output.
    #[inline(never)]
    fn writer(&mut self, dest: Dest, name: R) -> Result<Option<usize>> {
        let mut room = Vec::new();
        let name = self.regs.value(name).bytes(&mut room, &self.convfmt);
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
        let flags = if dest == Dest::Append { OFlags::APPEND } else { OFlags::TRUNC };
        let stream = Stream::open(self.cx, &name, is_command, Some(flags));
        self.writers.push(stream.map_err(crate::stream::cannot)?);
        Ok(self.writers.len().checked_sub(1))
    }
}

/// A subscript as `for` gives it: a string, which may look like a number.
pub fn key_text(key: &Value) -> Value {
    let Value::Number(_) = key else { return key.clone() };
    let mut out = Vec::new();
    push_number(&mut out, key.number(), &Format::default());
    Value::text(&out)
}

/// The stream that was chosen.
#[inline(never)]
pub fn output<'a>(chosen: Option<usize>, stdout: &'a mut Output, writers: &'a mut [Stream]) -> &'a mut Output {
    chosen.and_then(|number| writers.get_mut(number)).and_then(|stream| stream.output.as_mut()).unwrap_or(stdout)
}

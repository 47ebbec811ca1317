//! dc - calculate in reverse Polish notation with numbers of any length
//! Spec: GNU. Extras: BusyBox's `-x` (long names of registers), `(` `{` `G` `N`, and `e` for an else. Deviations: `R` drops the
//! top of the stack as BusyBox's does, GNU's rotates; the status is 1 after an error; `~/.dcrc` is not read.

use crate::number::{Digits, Lines, Number, Trouble};
use base::args::Value as Given;
use base::io::Input;
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Result, Status, command};
use core::cmp::Ordering;
use std::rc::Rc;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "dc",
    exec: Exec::no_exec("a program may run for ever"),
    summary: "Calculate in reverse Polish notation",
    operands: "[FILE]...",
    notes: "With no program, or when FILE is -, standard input is read. The environment's DC_LINE_LENGTH is where long numbers \
            are broken (70); 0 means never.",
    options: &[
        Opt::value("e", "expression", "TEXT", Kind::Text, "run TEXT"),
        Opt::value("f", "file", "FILE", Kind::Text, "run FILE"),
        Opt::flag("x", "extended-registers", "a blank before a register begins a long name"),
        Opt::flag("h", "", "show this help"),
        Opt::flag("V", "version", "show the version"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// Macros within macros, at most.
const DEPTH: usize = 1_000_000;
/// The largest scale and output base.
const MOST: i64 = i32::MAX as i64;

#[derive(Clone)]
enum Value {
    Number(Number),
    Text(Rc<[u8]>),
}

/// What `S` stacks: a value, if one was stored, and an array sorted by index.
#[derive(Default)]
struct Level {
    value: Option<Value>,
    array: Vec<(i64, Value)>,
}

/// A macro that runs.
struct Frame {
    text: Rc<[u8]>,
    at: usize,
    /// How many macros it stands for: one, and those whose last act was to call the next.
    levels: usize,
}

/// Why a command is given up, or the program.
enum Stop {
    /// A message; the next command follows.
    Runtime(Vec<u8>),
    Quit,
    Failed(Error),
}

impl From<Error> for Box<Stop> {
    fn from(error: Error) -> Box<Stop> {
        Box::new(Stop::Failed(error))
    }
}

impl From<Trouble> for Box<Stop> {
    fn from(trouble: Trouble) -> Box<Stop> {
        fail(trouble.text())
    }
}

/// Boxed, so that what succeeds has less to move.
type Outcome<T = ()> = Result<T, Box<Stop>>;

#[cold]
#[inline(never)]
fn fail(text: &str) -> Box<Stop> {
    Box::new(Stop::Runtime(text.as_bytes().to_vec()))
}

struct Machine<'p, 'e> {
    cx: &'p mut Context<'e>,
    stack: Vec<Value>,
    /// The registers of one byte, and behind them those with long names.
    registers: Vec<Vec<Level>>,
    names: Vec<Vec<u8>>,
    frames: Vec<Frame>,
    /// The program, and its line that is being run.
    input: Input,
    /// The program is standard input itself.
    is_standard_input: bool,
    line: Vec<u8>,
    at: usize,
    extended: bool,
    ibase: u64,
    obase: u64,
    scale: usize,
    width: usize,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    if args.has("h") {
        base::help::print(cx)?;
        return Ok(Status::SUCCESS);
    }
    if args.has("V") {
        base::help::print_version(cx)?;
        return Ok(Status::SUCCESS);
    }
    // A line is one character longer than bc's.
    let width = match Lines::length(cx, b"DC_LINE_LENGTH") {
        0 => 0,
        width => width.saturating_add(1),
    };
    let mut machine = Machine {
        cx,
        stack: Vec::new(),
        registers: Vec::new(),
        names: Vec::new(),
        frames: Vec::new(),
        input: Input::null(),
        is_standard_input: false,
        line: Vec::new(),
        at: 0,
        extended: args.has("x"),
        ibase: 10,
        obase: 10,
        scale: 0,
        width,
    };
    let mut programs = Vec::new();
    for given in &args.given {
        if let Given::Text(text) = given.value {
            programs.push((given.id == "e", text));
        }
    }
    for path in &args.operands {
        programs.push((false, path));
    }
    if programs.is_empty() {
        programs.push((false, b"-"));
    }
    for (is_text, text) in programs {
        let input = if is_text {
            Input::memory(text.to_vec(), b"-e")
        } else {
            match machine.cx.open(text) {
                Ok(input) => input,
                Err(error) => {
                    machine.cx.warn(error);
                    continue;
                }
            }
        };
        machine.input = input;
        machine.is_standard_input = !is_text && text == b"-";
        let goes_on = machine.program();
        let input = core::mem::replace(&mut machine.input, Input::null());
        if !is_text {
            machine.cx.close(text, input);
        }
        if !goes_on? {
            break;
        }
    }
    Ok(machine.cx.status())
}

impl Machine<'_, '_> {
    /// Runs the program to its end; false where it has asked to end.
    fn program(&mut self) -> Result<bool> {
        self.line.clear();
        self.at = 0;
        loop {
            let result = match self.byte() {
                Ok(Some(byte)) => self.command(byte),
                // The end of a macro, or of the program.
                Ok(None) if self.frames.pop().is_some() => Ok(()),
                Ok(None) => return Ok(true),
                Err(error) => Err(error),
            };
            match result {
                Ok(()) => {}
                Err(stop) => match *stop {
                    Stop::Runtime(text) => self.cx.warn(Error::message(text)),
                    Stop::Quit => return Ok(false),
                    Stop::Failed(error) => return Err(error),
                },
            }
        }
    }

    /// The next byte of the macro that runs, or of the program.
    fn byte(&mut self) -> Outcome<Option<u8>> {
        if let Some(frame) = self.frames.last_mut() {
            let byte = frame.text.get(frame.at).copied();
            frame.at += usize::from(byte.is_some());
            return Ok(byte);
        }
        loop {
            if let Some(byte) = self.line.get(self.at) {
                self.at += 1;
                return Ok(Some(*byte));
            }
            self.at = 0;
            self.line.clear();
            if self.input.buffered().is_empty() {
                self.cx.stdout.finish()?;
            }
            match self.input.line(b'\n')? {
                Some(line) => self.line.extend_from_slice(line),
                None => return Ok(None),
            }
        }
    }

    /// Takes back the byte that [`byte`](Self::byte) gave.
    fn unread(&mut self) {
        let at = self.frames.last_mut().map_or(&mut self.at, |frame| &mut frame.at);
        *at = at.saturating_sub(1);
    }

    /// The next byte, if it is this one.
    fn accept(&mut self, wanted: u8) -> Outcome<bool> {
        match self.byte()? {
            Some(byte) if byte == wanted => return Ok(true),
            Some(_) => self.unread(),
            None => {}
        }
        Ok(false)
    }

    fn pop(&mut self) -> Outcome<Value> {
        self.stack.pop().ok_or_else(|| fail("stack empty"))
    }

    /// The top of the stack, which must be a number.
    fn number(&mut self) -> Outcome<Number> {
        match self.pop()? {
            Value::Number(number) => Ok(number),
            text => {
                self.stack.push(text);
                Err(fail("non-numeric value"))
            }
        }
    }

    /// The numbers on top of the stack, the lowest first: all of them, or the stack stays as it is.
    fn numbers<const N: usize>(&self) -> Outcome<[Number; N]> {
        let from = self.stack.len().checked_sub(N).ok_or_else(|| fail("stack empty"))?;
        let mut found = [const { Number::ZERO }; N];
        for (slot, value) in found.iter_mut().zip(self.stack.iter().skip(from)) {
            match value {
                Value::Number(number) => *slot = number.clone(),
                Value::Text(_) => return Err(fail("non-numeric value")),
            }
        }
        Ok(found)
    }

    fn push(&mut self, number: Number) {
        self.stack.push(Value::Number(number));
    }

    fn push_count(&mut self, count: usize) {
        self.push(Number::of(i64::try_from(count).unwrap_or(i64::MAX)));
    }

    /// The register that is named next.
    fn register(&mut self) -> Outcome<&mut Vec<Level>> {
        let end = || fail("the name of a register is missing");
        let mut byte = self.byte()?.ok_or_else(end)?;
        let mut index = usize::from(byte);
        if self.extended && byte.is_ascii_whitespace() {
            while byte.is_ascii_whitespace() {
                byte = self.byte()?.ok_or_else(end)?;
            }
            let mut name = vec![byte];
            while let Some(byte) = self.byte()? {
                if !matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_') {
                    self.unread();
                    break;
                }
                name.push(byte);
            }
            index = 256 + self.names.iter().position(|known| *known == name).unwrap_or(self.names.len());
            if index == 256 + self.names.len() {
                self.names.push(name);
            }
        }
        if index >= self.registers.len() {
            self.registers.resize_with(index + 1, Vec::new);
        }
        self.registers.get_mut(index).ok_or_else(end)
    }

    /// The level of the register that is named next, which is made where there is none.
    fn level(&mut self) -> Outcome<&mut Level> {
        let levels = self.register()?;
        if levels.is_empty() {
            levels.push(Level::default());
        }
        levels.last_mut().ok_or_else(|| fail("stack empty"))
    }

    /// An index of an array.
    fn index(&mut self) -> Outcome<i64> {
        match self.pop()? {
            Value::Number(number) if !number.is_negative() => number.to_i64(),
            _ => None,
        }
        .ok_or_else(|| fail("array index must be a nonnegative integer"))
    }

    /// Runs a text; a macro whose last command this was makes room for it.
    fn call(&mut self, text: Rc<[u8]>) -> Outcome {
        if let Some(frame) = self.frames.last_mut()
            && frame.at == frame.text.len()
        {
            frame.levels = frame.levels.saturating_add(1);
            frame.text = text;
            frame.at = 0;
            return Ok(());
        }
        if self.frames.len() >= DEPTH {
            return Err(fail("macros are nested too deeply"));
        }
        self.frames.push(Frame { text, at: 0, levels: 1 });
        Ok(())
    }

    /// Leaves as many macros.
    fn leave(&mut self, mut levels: usize) {
        while levels > 0
            && let Some(frame) = self.frames.pop()
        {
            levels = levels.saturating_sub(frame.levels);
        }
    }

    /// Compares the two top numbers and runs the register that is named next, or the one behind `e`.
    fn condition(&mut self, order: Ordering, wanted: bool) -> Outcome {
        let numbers = self.numbers();
        let mut value = self.register()?.last().and_then(|level| level.value.clone());
        let mut otherwise = None;
        if self.accept(b'e')? {
            otherwise = self.register()?.last().and_then(|level| level.value.clone());
        }
        let [below, top] = numbers?;
        self.stack.truncate(self.stack.len().saturating_sub(2));
        if (top.compare(&below) == order) != wanted {
            value = otherwise;
        }
        match value {
            Some(Value::Text(text)) => self.call(text),
            Some(number) => {
                self.stack.push(number);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// What does with two numbers what `operator` says.
    #[inline(never)]
    fn arithmetic(&mut self, operator: u8) -> Outcome {
        let [a, b] = self.numbers()?;
        let scale = self.scale;
        let truth = |is_true| Number::of(i64::from(is_true));
        let mut first = None;
        let result = match operator {
            b'+' => a.add(&b),
            b'-' => a.subtract(&b),
            b'*' => a.multiply(&b, scale),
            b'/' => a.divide(&b, scale)?,
            b'%' => a.remainder(&b, scale)?,
            b'~' => {
                let (quotient, rest) = a.divide_with_rest(&b, scale)?;
                first = Some(quotient);
                rest
            }
            b'^' if a.is_zero() && b.is_negative() => Number::ZERO,
            b'^' => a.power(&b, scale)?,
            b'(' => truth(b.compare(&a).is_lt()),
            b'{' => truth(b.compare(&a).is_le()),
            _ => truth(b.compare(&a).is_eq()),
        };
        self.stack.truncate(self.stack.len().saturating_sub(2));
        if let Some(first) = first {
            self.push(first);
        }
        self.push(result);
        Ok(())
    }

    /// Prints a value; numbers are broken into lines.
    fn print(&mut self, value: &Value, newline: bool) -> Outcome {
        match value {
            Value::Number(number) => {
                let mut text = Vec::new();
                number.push(&mut text, Digits { base: self.obase, leading_zero: false });
                Lines::new(self.width).put(&text, &mut self.cx.stdout)?;
            }
            Value::Text(text) => self.cx.stdout.put(text)?,
        }
        if newline {
            self.cx.stdout.byte(b'\n')?;
        }
        Ok(())
    }

    /// A number that begins with `byte`.
    #[inline(never)]
    fn literal(&mut self, byte: u8) -> Outcome {
        let negative = byte == b'_';
        let mut digits = Vec::new();
        if !negative {
            digits.push(byte);
        }
        let mut point = byte == b'.';
        while let Some(byte) = self.byte()? {
            match byte {
                b'0'..=b'9' | b'A'..=b'F' => digits.push(byte),
                b'.' if !point => {
                    point = true;
                    digits.push(byte);
                }
                _ => {
                    self.unread();
                    break;
                }
            }
        }
        let number = Number::parse(&digits, self.ibase, false);
        self.push(if negative { number.negated() } else { number });
        Ok(())
    }

    /// A text in brackets; the first is read.
    fn text(&mut self) -> Outcome {
        let mut text = Vec::new();
        let mut depth = 0usize;
        loop {
            let Some(byte) = self.byte()? else { return Err(fail("a bracket is not closed")) };
            match byte {
                b']' if depth == 0 => break,
                b']' => depth -= 1,
                b'[' => depth = depth.saturating_add(1),
                _ => {}
            }
            text.push(byte);
        }
        self.stack.push(Value::Text(text.into()));
        Ok(())
    }

    /// The rest of the line.
    fn rest_of_line(&mut self) -> Outcome<Vec<u8>> {
        let mut line = Vec::new();
        while let Some(byte) = self.byte()?.filter(|byte| *byte != b'\n') {
            line.push(byte);
        }
        Ok(line)
    }

    /// A parameter between `least` and `most`.
    fn parameter(&mut self, least: i64, most: i64, message: &str) -> Outcome<i64> {
        let number = match self.pop()? {
            Value::Number(number) => number.to_i64().filter(|value| (least..=most).contains(value)),
            Value::Text(_) => None,
        };
        number.ok_or_else(|| fail(message))
    }

    #[inline(never)]
    fn command(&mut self, byte: u8) -> Outcome {
        match byte {
            b'0'..=b'9' | b'A'..=b'F' | b'.' | b'_' => self.literal(byte)?,
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => {}
            b'#' => drop(self.rest_of_line()?),
            b'[' => self.text()?,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'~' | b'^' | b'(' | b'{' | b'G' => self.arithmetic(byte)?,
            b'|' => {
                let [base, exponent, modulus] = self.numbers()?;
                let result = base.power_modulo(&exponent, &modulus)?;
                self.stack.truncate(self.stack.len().saturating_sub(3));
                self.push(result);
            }
            b'v' => {
                let [number] = self.numbers()?;
                let root = number.root(self.scale)?;
                self.stack.pop();
                self.push(root);
            }
            b'N' => {
                let number = self.number()?;
                self.push(Number::of(i64::from(number.is_zero())));
            }
            b'p' => {
                let value = self.stack.last().cloned().ok_or_else(|| fail("stack empty"))?;
                self.print(&value, true)?;
            }
            b'n' => {
                let value = self.pop()?;
                self.print(&value, false)?;
            }
            b'P' => match self.pop()? {
                Value::Text(text) => self.cx.stdout.put(&text)?,
                Value::Number(number) => self.cx.stdout.put(&bytes(&number)?)?,
            },
            b'f' => {
                for value in self.stack.clone().iter().rev() {
                    self.print(value, true)?;
                }
            }
            b'c' => self.stack.clear(),
            b'd' => {
                let value = self.stack.last().cloned().ok_or_else(|| fail("stack empty"))?;
                self.stack.push(value);
            }
            b'r' => {
                let length = self.stack.len();
                if length < 2 {
                    return Err(fail("stack empty"));
                }
                self.stack.swap(length - 1, length - 2);
            }
            b'R' => drop(self.pop()?),
            b's' | b'S' => {
                let value = self.pop();
                let levels = self.register()?;
                let value = Some(value?);
                match levels.last_mut().filter(|_| byte == b's') {
                    Some(level) => level.value = value,
                    None => levels.push(Level { value, array: Vec::new() }),
                }
            }
            b'l' => {
                let value = self.register()?.last().and_then(|level| level.value.clone());
                self.stack.push(value.unwrap_or(Value::Number(Number::ZERO)));
            }
            b'L' => {
                let level = self.register()?.pop().and_then(|level| level.value);
                self.stack.push(level.ok_or_else(|| fail("the stack of the register is empty"))?);
            }
            b':' => {
                let index = self.index();
                let value = if index.is_ok() { self.pop() } else { Ok(Value::Number(Number::ZERO)) };
                let level = self.level()?;
                let (index, value) = (index?, value?);
                match level.array.binary_search_by(|(known, _)| known.cmp(&index)) {
                    Ok(at) => {
                        if let Some(slot) = level.array.get_mut(at) {
                            slot.1 = value;
                        }
                    }
                    Err(at) => level.array.insert(at, (index, value)),
                }
            }
            b';' => {
                let index = self.index();
                let level = self.level()?;
                let index = index?;
                let found = level.array.binary_search_by(|(known, _)| known.cmp(&index));
                let value = found.ok().and_then(|at| level.array.get(at)).map(|(_, value)| value.clone());
                self.stack.push(value.unwrap_or(Value::Number(Number::ZERO)));
            }
            b'i' => {
                let base = self.parameter(2, 16, "input base must be a number between 2 and 16 (inclusive)")?;
                self.ibase = base as u64;
            }
            b'o' => {
                self.obase = self.parameter(2, MOST, "output base must be a number greater than 1")? as u64;
            }
            b'k' => self.scale = self.parameter(0, MOST, "scale must be a nonnegative number")? as usize,
            b'I' => self.push_count(self.ibase as usize),
            b'O' => self.push_count(self.obase as usize),
            b'K' => self.push_count(self.scale),
            b'z' => self.push_count(self.stack.len()),
            b'Z' | b'X' => {
                let count = match (self.pop()?, byte) {
                    (Value::Number(number), b'Z') => number.length(),
                    (Value::Number(number), _) => number.scale(),
                    (Value::Text(text), b'Z') => text.len(),
                    (Value::Text(_), _) => 0,
                };
                self.push_count(count);
            }
            b'a' => {
                let text = match self.pop()? {
                    Value::Number(number) => bytes(&number)?.last().copied().into_iter().collect(),
                    Value::Text(text) => text.iter().take(1).copied().collect(),
                };
                self.stack.push(Value::Text(text));
            }
            b'x' => match self.pop()? {
                Value::Text(text) => self.call(text)?,
                number => self.stack.push(number),
            },
            b'<' => self.condition(Ordering::Less, true)?,
            b'>' => self.condition(Ordering::Greater, true)?,
            b'=' => self.condition(Ordering::Equal, true)?,
            b'!' => {
                for (sign, order) in [(b'<', Ordering::Less), (b'>', Ordering::Greater), (b'=', Ordering::Equal)] {
                    if self.accept(sign)? {
                        return self.condition(order, false);
                    }
                }
                let line = self.rest_of_line()?;
                let pid = command::shell(self.cx, &line, &[], &[])?;
                command::wait(pid)?;
            }
            b'?' => {
                let line = if self.is_standard_input {
                    let frames = core::mem::take(&mut self.frames);
                    let line = self.rest_of_line();
                    self.frames = frames;
                    line?
                } else {
                    self.cx.stdout.finish()?;
                    self.cx.stdin.line(b'\n')?.unwrap_or_default().to_vec()
                };
                self.call(line.into())?;
            }
            b'q' => {
                if self.frames.iter().fold(0usize, |sum, frame| sum.saturating_add(frame.levels)) < 2 {
                    return Err(Box::new(Stop::Quit));
                }
                self.leave(2);
            }
            b'Q' => {
                let levels = self.parameter(1, i64::MAX, "Q command requires a number >= 1")?;
                self.leave(usize::try_from(levels).unwrap_or(usize::MAX));
            }
            _ => {
                let mut text = b"'".to_vec();
                text.push(byte);
                text.extend_from_slice(b"' (0");
                base::number::push_radix(&mut text, u64::from(byte), 8, 0, b'0');
                text.extend_from_slice(b") unimplemented");
                return Err(Box::new(Stop::Runtime(text)));
            }
        }
        Ok(())
    }
}

/// The whole part of a number as bytes, the highest first; at least one.
fn bytes(number: &Number) -> Outcome<Vec<u8>> {
    let mut number = number.absolute().truncated(0);
    let mut bytes = Vec::new();
    loop {
        // Six at once: a small number holds them.
        let (rest, some) = number.divide_with_rest(&Number::of(1 << 48), 0)?;
        let mut some = some.to_i64().unwrap_or(0);
        for _ in 0..6 {
            bytes.push((some & 0xff) as u8);
            some >>= 8;
        }
        number = rest;
        if number.is_zero() {
            break;
        }
    }
    while bytes.len() > 1 && bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes.reverse();
    Ok(bytes)
}

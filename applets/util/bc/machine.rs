//! Runs the code: a stack of numbers and a stack of calls, both on the heap, so that recursion may go deep.

use super::code::{Argument, Binary, Code, Local, Op, Place, Unary};
use super::lexer::Lexer;
use super::parser::{Names, index_of};
use crate::number::{Digits, Function, Lines, Number, Trouble};
use base::{Context, Error};
use core::cmp::Ordering;
use std::cell::RefCell;
use std::rc::Rc;

/// Calls within calls, at most.
const DEPTH: usize = 1_000_000;
/// The largest index of an array, and the largest scale and output base.
const MOST_INDEX: i64 = 16_777_215;
const MOST: i64 = i32::MAX as i64;
/// The elements of a page of an array.
const PAGE: usize = 64;

/// Why running ends early.
pub enum Halt {
    /// `halt`.
    Asked,
    /// The program did what cannot be done: a message.
    Runtime(Vec<u8>),
    Failed(Error),
}

impl From<Error> for Box<Halt> {
    fn from(error: Error) -> Box<Halt> {
        Box::new(Halt::Failed(error))
    }
}

#[cold]
#[inline(never)]
fn fail(text: &str) -> Box<Halt> {
    Box::new(Halt::Runtime(text.as_bytes().to_vec()))
}

impl From<Trouble> for Box<Halt> {
    fn from(trouble: Trouble) -> Box<Halt> {
        fail(trouble.text())
    }
}

/// Boxed, so that what succeeds has less to move.
type Outcome<T = ()> = Result<T, Box<Halt>>;

/// Makes of a place's value and the scale what the expression gives, and the new value.
type Change<'c> = &'c mut dyn FnMut(&Number, usize) -> Result<(Number, Number), Trouble>;

/// An array: pages of numbers, made when they are written to.
#[derive(Clone, Default)]
struct Array {
    pages: Vec<Option<Box<[Number; PAGE]>>>,
    /// One more than the largest index that was given a number.
    length: usize,
}

impl Array {
    fn get(&self, index: usize) -> Number {
        let page = self.pages.get(index / PAGE).and_then(Option::as_ref);
        page.and_then(|page| page.get(index % PAGE)).cloned().unwrap_or(Number::ZERO)
    }

    fn set(&mut self, index: usize, number: Number) {
        let page = index / PAGE;
        self.length = self.length.max(index + 1);
        if page >= self.pages.len() {
            self.pages.resize_with(page + 1, || None);
        }
        if let Some(page) = self.pages.get_mut(page) {
            let page = page.get_or_insert_with(|| Box::new([const { Number::ZERO }; PAGE]));
            if let Some(slot) = page.get_mut(index % PAGE) {
                *slot = number;
            }
        }
    }
}

type Shared = Rc<RefCell<Array>>;

/// What a local name stood for outside of the function.
enum Saved {
    Variable(u32, Number),
    Array(u32, Shared),
}

struct Frame {
    code: Rc<Code>,
    at: usize,
    /// The length of `saved` before the call.
    saved: usize,
}

/// What a function is.
#[derive(Clone)]
enum Routine {
    Unknown,
    Own(Rc<Code>),
    Library(Function),
}

/// The state of a program.
pub struct Machine {
    stack: Vec<Number>,
    variables: Vec<Number>,
    arrays: Vec<Shared>,
    functions: Vec<Routine>,
    frames: Vec<Frame>,
    saved: Vec<Saved>,
    ibase: u64,
    obase: u64,
    scale: usize,
    last: Number,
    /// The function just left gave no value.
    left_void: bool,
    lines: Lines,
}

impl Machine {
    /// A machine that breaks lines at `width`.
    pub fn new(width: usize) -> Machine {
        Machine {
            stack: Vec::new(),
            variables: Vec::new(),
            arrays: Vec::new(),
            functions: Vec::new(),
            frames: Vec::new(),
            saved: Vec::new(),
            ibase: 10,
            obase: 10,
            scale: 0,
            last: Number::ZERO,
            left_void: false,
            lines: Lines::new(width),
        }
    }

    /// Makes the library's functions known, and the scale what POSIX wants with them.
    pub fn load_library(&mut self, names: &mut Names) {
        self.scale = 20;
        for (name, function) in Function::ALL {
            let index = index_of(&mut names.functions, name);
            self.set_function(index, Routine::Library(function));
        }
    }

    /// Defines a function.
    pub fn define(&mut self, index: u32, code: Rc<Code>) {
        self.set_function(index, Routine::Own(code));
    }

    fn set_function(&mut self, index: u32, routine: Routine) {
        let index = index as usize;
        if index >= self.functions.len() {
            self.functions.resize(index + 1, Routine::Unknown);
        }
        if let Some(slot) = self.functions.get_mut(index) {
            *slot = routine;
        }
    }

    /// Runs a line. After an error, the variables are what they are outside of all functions.
    pub fn run(&mut self, code: Rc<Code>, cx: &mut Context, lexer: &mut Lexer, names: &Names) -> Outcome {
        self.variables.resize(names.variables.len(), Number::ZERO);
        self.arrays.resize_with(names.arrays.len(), Shared::default);
        let result = self.execute(code, cx, lexer, names);
        if result.is_err() {
            self.stack.clear();
            self.frames.clear();
            self.restore(0);
        }
        result
    }

    fn pop(&mut self) -> Number {
        self.stack.pop().unwrap_or(Number::ZERO)
    }

    #[inline(never)]
    fn execute(&mut self, mut code: Rc<Code>, cx: &mut Context, lexer: &mut Lexer, names: &Names) -> Outcome {
        let mut at = 0usize;
        loop {
            let Some(op) = code.ops.get(at).copied() else { return Ok(()) };
            at += 1;
            match op {
                Op::Constant(index) => {
                    let Some(constant) = code.constants.get(index as usize) else { continue };
                    let mut known = constant.known.borrow_mut();
                    if known.0 != self.ibase {
                        *known = (self.ibase, Number::parse(&constant.digits, self.ibase, true));
                    }
                    self.stack.push(known.1.clone());
                }
                Op::Load(place) => {
                    let number = self.load(place)?;
                    self.stack.push(number);
                }
                Op::Assign(place, binary) => {
                    let value = self.pop();
                    self.update(place, cx, lexer, &mut |old, scale| {
                        let new = combine(binary, old, &value, scale)?;
                        Ok((new.clone(), new))
                    })?;
                }
                Op::Step { place, down, after } => {
                    let step = Number::Small(if down { -1 } else { 1 });
                    self.update(place, cx, lexer, &mut |old, _| {
                        let new = old.add(&step);
                        Ok((if after { new.clone() } else { old.clone() }, new))
                    })?;
                }
                Op::Binary(binary) => {
                    let right = self.pop();
                    let scale = self.scale;
                    if let Some(left) = self.stack.last_mut() {
                        *left = combine(binary, left, &right, scale)?;
                    }
                }
                Op::Unary(unary) => {
                    let number = self.pop();
                    let result = match unary {
                        Unary::Negate => number.negated(),
                        Unary::Not => truth(number.is_zero()),
                        Unary::Truth => truth(!number.is_zero()),
                        // Of zero, what is behind the point counts.
                        Unary::Length if number.is_zero() => Number::of(number.scale().max(1) as i64),
                        Unary::Length => Number::of(number.length() as i64),
                        Unary::ScaleOf => Number::of(number.scale() as i64),
                        Unary::Root => number.root(self.scale)?,
                    };
                    self.stack.push(result);
                }
                Op::ArrayLength(index) => {
                    let length = self.arrays.get(index as usize).map_or(0, |array| array.borrow().length);
                    self.stack.push(Number::of(length as i64));
                }
                Op::Pop => {
                    self.pop();
                }
                Op::Jump(by) => at = jump(at, by),
                Op::JumpIfZero(by) => {
                    if self.pop().is_zero() {
                        at = jump(at, by);
                    }
                }
                Op::And(by) | Op::Or(by) => {
                    let is_true = !self.pop().is_zero();
                    if is_true == matches!(op, Op::Or(_)) {
                        self.stack.push(truth(is_true));
                        at = jump(at, by);
                    }
                }
                Op::Call(index) => {
                    let Some(call) = code.calls.get(index as usize) else { continue };
                    let routine = self.functions.get(call.function as usize).cloned().unwrap_or(Routine::Unknown);
                    match routine {
                        Routine::Unknown => {
                            let name = names.functions.get(call.function as usize).map_or(&b""[..], Vec::as_slice);
                            return Err(Box::new(Halt::Runtime(base::bytes::fill(
                                "function % is not defined",
                                &[name],
                            ))));
                        }
                        Routine::Library(function) => self.call_library(function, &call.arguments)?,
                        Routine::Own(callee) => {
                            let saved = self.saved.len();
                            self.enter(&callee, &call.arguments)?;
                            self.frames.push(Frame { code: core::mem::replace(&mut code, callee), at, saved });
                            at = 0;
                        }
                    }
                }
                Op::Value => {
                    if self.left_void {
                        return Err(fail("a void function has no value"));
                    }
                }
                Op::Return | Op::ReturnVoid => {
                    let Some(frame) = self.frames.pop() else { return Ok(()) };
                    self.left_void = code.is_void;
                    if matches!(op, Op::ReturnVoid) {
                        self.stack.push(Number::ZERO);
                    }
                    self.restore(frame.saved);
                    (code, at) = (frame.code, frame.at);
                }
                Op::Read => {
                    let number = self.read(cx, lexer)?;
                    self.stack.push(number);
                }
                Op::PrintCall if self.left_void => {
                    self.pop();
                }
                Op::Print | Op::PrintCall => {
                    let number = self.pop();
                    self.print(&number, cx, true)?;
                    self.last = number;
                }
                Op::PrintItem => {
                    let number = self.pop();
                    self.print(&number, cx, false)?;
                    self.last = number;
                }
                Op::Text(index) => {
                    if let Some(text) = code.texts.get(index as usize) {
                        self.lines.put(text, &mut cx.stdout)?;
                    }
                }
                Op::Limits => {
                    for (name, limit) in [("BASE", MOST), ("DIM", MOST_INDEX + 1), ("SCALE", MOST), ("STRING", MOST)] {
                        let mut line = base::bytes::fill("BC_%_MAX = ", &[name.as_bytes()]);
                        base::number::push_i64(&mut line, limit);
                        line.push(b'\n');
                        cx.stdout.put(&line)?;
                    }
                }
                Op::Halt => return Err(Box::new(Halt::Asked)),
            }
        }
    }

    fn index(&mut self) -> Outcome<usize> {
        match self.pop().to_i64() {
            Some(index @ 0..=MOST_INDEX) => Ok(index as usize),
            _ => Err(fail("array index out of bounds")),
        }
    }

    fn load(&mut self, place: Place) -> Outcome<Number> {
        Ok(match place {
            Place::Variable(index) => self.variables.get(index as usize).cloned().unwrap_or(Number::ZERO),
            Place::Element(array) => {
                let index = self.index()?;
                self.arrays.get(array as usize).map_or(Number::ZERO, |array| array.borrow().get(index))
            }
            Place::Ibase => Number::of(self.ibase as i64),
            Place::Obase => Number::of(self.obase as i64),
            Place::Scale => Number::of(self.scale as i64),
            Place::Last => self.last.clone(),
        })
    }

    /// Gives a place the second of what `change` makes of its value and the scale, and pushes the first.
    fn update(&mut self, place: Place, cx: &mut Context, lexer: &Lexer, change: Change) -> Outcome {
        let result = match place {
            Place::Variable(index) => {
                let Some(slot) = self.variables.get_mut(index as usize) else { return Ok(()) };
                let (result, new) = change(slot, self.scale)?;
                *slot = new;
                result
            }
            Place::Element(array) => {
                let index = self.index()?;
                let Some(array) = self.arrays.get(array as usize) else { return Ok(()) };
                let (result, new) = change(&array.borrow().get(index), self.scale)?;
                array.borrow_mut().set(index, new);
                result
            }
            Place::Last => {
                let (result, new) = change(&self.last, self.scale)?;
                self.last = new;
                result
            }
            Place::Ibase | Place::Obase | Place::Scale => {
                let (name, least, most) = match place {
                    Place::Ibase => ("ibase", 2, 36),
                    Place::Obase => ("obase", 2, MOST),
                    _ => ("scale", 0, MOST),
                };
                let old = self.load(place)?;
                let (result, new) = change(&old, self.scale)?;
                let size = if new.is_negative() { i64::MIN } else { i64::MAX };
                let wanted = new.to_i64().unwrap_or(size);
                let taken = wanted.clamp(least, most);
                if taken != wanted {
                    let mut text = super::location(lexer);
                    text.extend_from_slice(name.as_bytes());
                    text.extend_from_slice(if wanted < least {
                        b" too small, set to "
                    } else {
                        b" too large, set to "
                    });
                    base::number::push_i64(&mut text, taken);
                    cx.note(&Error::message(text));
                }
                match place {
                    Place::Ibase => self.ibase = taken as u64,
                    Place::Obase => self.obase = taken as u64,
                    _ => self.scale = taken as usize,
                }
                result
            }
        };
        self.stack.push(result);
        Ok(())
    }

    fn call_library(&mut self, function: Function, arguments: &[Argument]) -> Outcome {
        let wanted = if function == Function::Bessel { 2 } else { 1 };
        if arguments.len() != wanted || arguments.iter().any(|argument| *argument != Argument::Number) {
            return Err(fail("wrong number or kind of arguments"));
        }
        let x = self.pop();
        let order = if wanted == 2 { self.pop() } else { Number::ZERO };
        let value = function.at(&x, &order, self.scale)?;
        self.stack.push(value);
        self.left_void = false;
        Ok(())
    }

    /// Gives the parameters and auto variables of `callee` their values, and keeps the old ones.
    #[inline(never)]
    fn enter(&mut self, callee: &Code, arguments: &[Argument]) -> Outcome {
        if arguments.len() != callee.parameters.len() {
            return Err(fail("wrong number of arguments"));
        }
        if self.frames.len() >= DEPTH {
            return Err(fail("calls are nested too deeply"));
        }
        let numbers = arguments.iter().filter(|argument| **argument == Argument::Number).count();
        let mut values = self.stack.split_off(self.stack.len().saturating_sub(numbers)).into_iter();
        // All arguments are worked out before the first name changes its meaning.
        let mut passed = Vec::new();
        for (parameter, argument) in callee.parameters.iter().zip(arguments) {
            match (parameter, argument) {
                (Local::Variable(_), Argument::Number) => {}
                (Local::Array(_), Argument::Array(index)) => {
                    let array = self.arrays.get(*index as usize).map(|array| array.borrow().clone());
                    passed.push(Rc::new(RefCell::new(array.unwrap_or_default())));
                }
                (Local::Reference(_), Argument::Array(index)) => {
                    passed.push(self.arrays.get(*index as usize).cloned().unwrap_or_default());
                }
                _ => return Err(fail("wrong kind of argument")),
            }
        }
        let mut passed = passed.into_iter();
        for local in callee.parameters.iter().chain(&callee.autos) {
            match *local {
                Local::Variable(index) => {
                    let value = values.next().unwrap_or(Number::ZERO);
                    if let Some(slot) = self.variables.get_mut(index as usize) {
                        self.saved.push(Saved::Variable(index, core::mem::replace(slot, value)));
                    }
                }
                Local::Array(index) | Local::Reference(index) => {
                    let array = passed.next().unwrap_or_default();
                    if let Some(slot) = self.arrays.get_mut(index as usize) {
                        self.saved.push(Saved::Array(index, core::mem::replace(slot, array)));
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives names back what they stood for, down to `length` of what was saved.
    fn restore(&mut self, length: usize) {
        while self.saved.len() > length {
            match self.saved.pop() {
                Some(Saved::Variable(index, number)) => {
                    if let Some(slot) = self.variables.get_mut(index as usize) {
                        *slot = number;
                    }
                }
                Some(Saved::Array(index, array)) => {
                    if let Some(slot) = self.arrays.get_mut(index as usize) {
                        *slot = array;
                    }
                }
                None => return,
            }
        }
    }

    /// The number on the next line of standard input; 0 at its end.
    #[inline(never)]
    fn read(&mut self, cx: &mut Context, lexer: &mut Lexer) -> Outcome<Number> {
        loop {
            let line = if lexer.is_standard_input() {
                lexer.read_line(cx)?
            } else {
                cx.stdout.finish()?;
                cx.stdin.line(b'\n')?.map(<[u8]>::to_vec)
            };
            let Some(line) = line else { return Ok(Number::ZERO) };
            let text = line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            let digits = text.strip_prefix(b"-").unwrap_or(text);
            let mut point = false;
            let length = digits.iter().position(|byte| match byte {
                b'0'..=b'9' | b'A'..=b'Z' => false,
                b'.' if !point => {
                    point = true;
                    false
                }
                _ => true,
            });
            let digits_only = digits.get(..length.unwrap_or(digits.len())).unwrap_or_default();
            if digits_only.is_empty() {
                return Err(fail("what was read is no number"));
            }
            let number = Number::parse(digits_only, self.ibase, true);
            return Ok(if digits.len() < text.len() { number.negated() } else { number });
        }
    }

    fn print(&mut self, number: &Number, cx: &mut Context, newline: bool) -> Outcome {
        let mut text = Vec::new();
        number.push(&mut text, Digits { base: self.obase, leading_zero: false });
        if newline {
            text.push(b'\n');
        }
        Ok(self.lines.put(&text, &mut cx.stdout)?)
    }
}

fn jump(at: usize, by: i32) -> usize {
    // A jump counts from itself, and `at` is behind it already.
    (at - 1).saturating_add_signed(by as isize)
}

fn truth(is_true: bool) -> Number {
    Number::Small(i64::from(is_true))
}

fn combine(binary: Binary, a: &Number, b: &Number, scale: usize) -> Result<Number, Trouble> {
    let order = match binary {
        Binary::Set => return Ok(b.clone()),
        Binary::Add => return Ok(a.add(b)),
        Binary::Subtract => return Ok(a.subtract(b)),
        Binary::Multiply => return Ok(a.multiply(b, scale)),
        Binary::Divide => return a.divide(b, scale),
        Binary::Remainder => return a.remainder(b, scale),
        Binary::Power => return a.power(b, scale),
        _ => a.compare(b),
    };
    Ok(truth(match binary {
        Binary::Equal => order == Ordering::Equal,
        Binary::NotEqual => order != Ordering::Equal,
        Binary::Less => order == Ordering::Less,
        Binary::LessOrEqual => order != Ordering::Greater,
        Binary::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    }))
}

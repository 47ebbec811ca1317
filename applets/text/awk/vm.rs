//! The machine that runs the instructions.

#![allow(clippy::indexing_slicing, reason = "the compiler numbers registers, and each call makes room for its frame")]

mod function;
mod input;
mod order;
mod registers;
mod run;
mod text;

use crate::code::{Code, Op, R};
use crate::format::Formatter;
use crate::lex::{Text, escape};
use crate::parse::special;
use crate::record::{Parts, Record, Splitter};
use crate::regex::Patterns;
use crate::stream::{self, Separator, Stream};
use crate::table::{Key, Table};
use crate::value::{Format, Value};
use base::args::{self, Args};
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::{Input, Output};
use base::pattern::Pattern;
use base::replace::Replacement;
use registers::Registers;
use std::rc::Rc;

/// How many registers there may be: a recursion that never ends must not take all memory.
const REGISTERS: usize = 1 << 24;

/// How a piece of code came to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Done,
    Next,
    NextFile,
    Exit,
}

struct Frame {
    /// Where the caller goes on.
    pc: usize,
    /// The caller's frame.
    base: usize,
    parameters: u32,
    /// How many of them were given.
    given: u32,
    /// How many iterations over arrays the caller was in.
    loops: usize,
}

/// Where the records of the main loop come from.
enum Main {
    None,
    Stdin,
    File(Input),
}

pub struct Vm<'a, 'c> {
    cx: &'a mut Context<'c>,
    text: &'a Text,
    code: Rc<Code>,
    regs: Registers,
    /// The instruction after the one that is being run; here while others than [`Vm::execute`] are at work.
    pc: usize,
    /// How the piece of code that is being run ends.
    flow: Flow,
    frames: Vec<Frame>,
    loops: Vec<std::vec::IntoIter<Value>>,
    tables: Vec<Table>,
    free: Vec<u32>,
    record: Record,
    patterns: Patterns,
    ranges: Vec<bool>,
    convfmt: Format,
    ofmt: Format,
    ofs: Vec<u8>,
    ors: Vec<u8>,
    subsep: Vec<u8>,
    separator: Separator,
    csv: bool,
    /// With --sandbox: the operands, which are the only files there are.
    sandbox: Option<Vec<Vec<u8>>>,
    main: Main,
    /// The next operand, and whether any of them was a file.
    operand: usize,
    had_file: bool,
    ended: bool,
    /// -i inplace.
    in_place: bool,
    /// The file that is written anew, and standard output meanwhile.
    rewriting: Option<(Replacement, Output)>,
    readers: Vec<Stream>,
    writers: Vec<Stream>,
    /// The stream that is written to; None is standard output.
    chosen: Option<usize>,
    scratch: Vec<u8>,
    ending: Vec<u8>,
    /// A record that is being read.
    line: Vec<u8>,
    /// An error got its line already.
    located: bool,
    slots: Vec<usize>,
    parts: Parts,
    status: Option<u8>,
    seed: f64,
    random: u64,
    utf8: bool,
    /// How many pieces of code are being run within one another.
    nested: u32,
}

/// Runs a compiled program.
#[inline(never)]
pub fn run(cx: &mut Context, code: Code, text: &Text, args: &Args, operands: &[&[u8]]) -> Result<Status> {
    let utf8 = cx.is_utf8() && !args.has("b");
    let mut row = vec![Value::Unset; code.globals.len()];
    row.extend(code.constants.iter().cloned());
    let base = row.len();
    row.resize(base + code.widest as usize + 64, Value::Unset);
    let patterns = Patterns::new(code.patterns.clone(), utf8);
    let ranges = vec![false; code.ranges as usize];
    let mut vm = Vm {
        cx,
        text,
        code: Rc::new(code),
        regs: Registers { row, base },
        pc: 0,
        flow: Flow::Done,
        frames: Vec::new(),
        loops: Vec::new(),
        tables: Vec::new(),
        free: Vec::new(),
        record: Record::default(),
        patterns,
        ranges,
        convfmt: Format::default(),
        ofmt: Format::default(),
        ofs: b" ".to_vec(),
        ors: b"\n".to_vec(),
        subsep: vec![28],
        separator: Separator::Byte(b'\n'),
        csv: args.has("k"),
        sandbox: args.has("S").then(|| operands.iter().map(|operand| operand.to_vec()).collect()),
        main: Main::None,
        operand: 1,
        had_file: false,
        ended: false,
        in_place: false,
        rewriting: None,
        readers: Vec::new(),
        writers: Vec::new(),
        chosen: None,
        scratch: Vec::new(),
        ending: Vec::new(),
        line: Vec::new(),
        located: false,
        slots: Vec::new(),
        parts: Parts::default(),
        status: None,
        seed: 0.0,
        random: 0,
        utf8,
        nested: 0,
    };
    vm.patterns.check()?;
    vm.prepare(args, operands)?;
    let result = vm.program();
    let closed = vm.close_all();
    result?;
    closed?;
    Ok(vm.status.map_or(vm.cx.status(), Status))
}

impl Vm<'_, '_> {
    /// Refuses to start a command or to open another file with --sandbox.
    fn outside(&self, what: &str) -> Result<()> {
        match self.sandbox {
            Some(_) => Err(fatal(&[what, " not allowed in sandbox mode"].concat())),
            None => Ok(()),
        }
    }

    /// Sets the variables that awk has from the start.
    #[inline(never)]
    fn prepare(&mut self, args: &Args, operands: &[&[u8]]) -> Result<()> {
        let texts: [(u32, &[u8]); 8] = [
            (special::FS, b" "),
            (special::OFS, b" "),
            (special::ORS, b"\n"),
            (special::RS, b"\n"),
            (special::SUBSEP, b"\x1c"),
            (special::CONVFMT, b"%.6g"),
            (special::OFMT, b"%.6g"),
            (special::FPAT, b"[^[:space:]]+"),
        ];
        for (number, text) in texts {
            self.regs[number as usize] = Value::text(text);
        }
        for number in [special::NF, special::NR, special::FNR, special::RSTART, special::IGNORECASE] {
            self.regs[number as usize] = Value::Number(0.0);
        }
        self.regs[special::RLENGTH as usize] = Value::Number(-1.0);
        if self.csv {
            self.record.splitter = Splitter::Csv;
            self.separator = Separator::Csv;
        }
        let argv = self.array(special::ARGV)?;
        *self.tables[argv].entry(&Key::Whole(0)) = Value::text(self.cx.name);
        for (number, operand) in (1..).zip(operands) {
            *self.tables[argv].entry(&Key::Whole(number)) = Value::outside(operand);
        }
        self.regs[special::ARGC as usize] = Value::Number(operands.len() as f64 + 1.0);
        if self.mentions(b"ENVIRON") {
            let environ = self.array(special::ENVIRON)?;
            for entry in self.cx.env.list() {
                let entry = entry.as_bytes();
                if let Some(at) = memchr::memchr(b'=', entry) {
                    let (name, value) = entry.split_at(at);
                    *self.tables[environ].entry(&Key::text(name)) = Value::outside(value.get(1..).unwrap_or_default());
                }
            }
        }
        if self.mentions(b"PROCINFO") {
            let info = self.array(special::PROCINFO)?;
            use rustix::process::{Pid, getegid, geteuid, getgid, getpid, getppid, getuid};
            for (name, number) in [
                ("pid", getpid().as_raw_pid().cast_unsigned()),
                ("ppid", Pid::as_raw(getppid()).cast_unsigned()),
                ("uid", getuid().as_raw()),
                ("euid", geteuid().as_raw()),
                ("gid", getgid().as_raw()),
                ("egid", getegid().as_raw()),
            ] {
                *self.tables[info].entry(&Key::Text(name.as_bytes())) = Value::Number(f64::from(number));
            }
            *self.tables[info].entry(&Key::Text(b"version")) = Value::text(env!("CARGO_PKG_VERSION").as_bytes());
        }
        for given in &args.given {
            let args::Value::Text(value) = given.value else { continue };
            match given.id {
                "F" => {
                    self.set_global(special::FS as usize, Value::text(&unescape(value)))?;
                }
                "v" => {
                    let Some((name, value)) = stream::assignment(value) else {
                        return Err(Error::usage(base::bytes::fill("not NAME=VALUE: '%'", &[value])));
                    };
                    self.assign_by_name(name, value)?;
                }
                "i" => self.in_place |= value == b"inplace",
                _ => {}
            }
        }
        Ok(())
    }

    fn mentions(&self, word: &[u8]) -> bool {
        self.text.bytes.windows(word.len()).any(|window| window == word)
    }

    /// Does what an operand `name=value` says.
    fn assign_by_name(&mut self, name: &[u8], value: &[u8]) -> Result<()> {
        match self.code.globals.iter().position(|global| global == name) {
            Some(number) => {
                if let Value::Array(_) = self.regs[number] {
                    return Err(Error::message(base::bytes::fill("% is an array", &[name])).with_status(2));
                }
                self.set_global(number, Value::outside(&unescape(value)))
            }
            None if self.code.names.iter().any(|function| function == name) => {
                Err(Error::message(base::bytes::fill("% is a function", &[name])).with_status(2))
            }
            None => Ok(()),
        }
    }

    fn set_global(&mut self, number: usize, value: Value) -> Result<()> {
        self.regs[number] = value;
        self.watch(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// The program from its beginning to its end.
    fn program(&mut self) -> Result<()> {
        let code = Rc::clone(&self.code);
        let mut flow = Flow::Done;
        if let Some(begin) = code.begin {
            flow = self.piece(begin)?;
        }
        if flow != Flow::Exit
            && (code.main.is_some() || code.end.is_some() || code.begin_file.is_some() || code.end_file.is_some())
        {
            flow = self.records(code.main)?;
        }
        // `exit` in a rule still runs the END rules, `exit` in those does not; in BEGIN it does as well.
        let _ = flow;
        self.finish_file()?;
        if let Some(end) = code.end {
            self.piece(end)?;
        }
        Ok(())
    }

    fn records(&mut self, main: Option<u32>) -> Result<Flow> {
        // Of a program that is a pattern and what is done about it, most records are not so much as read.
        let code = Rc::clone(&self.code);
        let filter = main.and_then(|main| match code.ops.get(main as usize..)? {
            [Op::MatchRecord(_, pattern), Op::JumpUnless(_, to), ..] => {
                matches!(code.ops.get(*to as usize), Some(Op::Halt)).then_some(*pattern)
            }
            _ => None,
        });
        let mut vain = 0u64;
        loop {
            // Where most of them match, the search is tried only now and then.
            if let Some(pattern) = filter {
                vain =
                    if (vain < 32 || vain.is_multiple_of(1024)) && self.skip_records(pattern)? { 0 } else { vain + 1 };
            }
            if !self.next_record()? {
                break;
            }
            let Some(main) = main else { continue };
            match self.piece(main)? {
                Flow::Exit => return Ok(Flow::Exit),
                Flow::NextFile => self.skip_file()?,
                Flow::Done | Flow::Next => {}
            }
            if self.ended {
                break;
            }
        }
        Ok(if self.status.is_some() { Flow::Exit } else { Flow::Done })
    }

    /// Runs a piece of code that is no function, above everything else.
    fn piece(&mut self, entry: u32) -> Result<Flow> {
        let before = self.regs.base;
        if self.nested == 0 {
            self.regs.base = self.code.globals.len() + self.code.constants.len();
        } else {
            self.regs.base = self.above(self.code.frame as usize);
        }
        let flow = self.run(entry as usize);
        self.regs.base = before;
        flow
    }

    /// Where a frame can be that is above the current one; there is room for `size` registers.
    fn above(&mut self, size: usize) -> usize {
        let new = self.regs.base + self.code.widest as usize;
        if self.regs.len() < new + size {
            self.regs.row.resize(new + size, Value::Unset);
        }
        new
    }

    /// The number of the array in a register, which becomes one if it is unset.
    #[inline]
    fn array(&mut self, register: R) -> Result<usize> {
        match *self.regs.value(register) {
            Value::Array(number) => Ok(number as usize),
            Value::Unset => Ok(self.new_array(register)),
            _ => Err(fatal("a scalar is used as an array")),
        }
    }

    fn new_array(&mut self, register: R) -> usize {
        let number = self.free.pop().unwrap_or_else(|| {
            self.tables.push(Table::default());
            u32::try_from(self.tables.len() - 1).unwrap_or(u32::MAX)
        });
        self.regs.set(register, Value::Array(number));
        number as usize
    }

    /// Takes note of a variable that was set.
    fn watch(&mut self, number: u32) -> Result<()> {
        let value = self.regs.get(number as usize).cloned().unwrap_or_default();
        let mut text = Vec::new();
        value.push(&mut text, &self.convfmt);
        match number {
            special::NF => {
                let count = value.number();
                if count < 0.0 {
                    return Err(fatal("NF is negative"));
                }
                self.record.set_count(count as usize)?;
            }
            special::FS if !self.csv => self.set_splitter(&text)?,
            special::OFS => {
                // A record whose fields have changed is joined by the separator that held then.
                self.record.text(&self.ofs, &self.convfmt);
                self.ofs = text;
            }
            special::ORS => self.ors = text,
            special::SUBSEP => self.subsep = text,
            special::CONVFMT => {
                self.record.text(&self.ofs, &self.convfmt);
                self.convfmt.text = text;
            }
            special::OFMT => self.ofmt.text = text,
            special::RS if !self.csv => {
                self.record.settle();
                self.record.paragraphs = text.is_empty();
                self.separator = match text[..] {
                    [] => Separator::Paragraph,
                    [byte] if !(self.patterns.ignores_case() && byte.is_ascii_alphabetic()) => Separator::Byte(byte),
                    _ => Separator::Pattern(self.patterns.dynamic(&text)?),
                };
            }
            special::IGNORECASE => {
                self.patterns.ignore_case(value.truth());
                self.convfmt.icase = value.truth();
                self.watch(special::RS)?;
                if !matches!(self.record.splitter, Splitter::Widths(..) | Splitter::Fields(_)) {
                    self.watch(special::FS)?;
                }
            }
            special::FPAT => {
                self.record.settle();
                self.record.splitter = Splitter::Fields(self.patterns.dynamic(&text)?);
            }
            special::FIELDWIDTHS => {
                self.record.settle();
                self.record.splitter = Splitter::Widths(Rc::new(widths(&text)?), self.utf8);
            }
            _ => {}
        }
        Ok(())
    }

    fn set_splitter(&mut self, text: &[u8]) -> Result<()> {
        // The record that is there is split as things were when it came.
        self.record.settle();
        self.record.splitter = self.splitter(text)?;
        Ok(())
    }

    /// How FS, or the third argument of `split`, splits.
    fn splitter(&mut self, text: &[u8]) -> Result<Splitter> {
        Ok(match text {
            b" " => Splitter::Blank,
            [] => Splitter::Each(self.utf8),
            b"\\" => Splitter::Byte(b'\\'),
            // A single character is itself, whatever IGNORECASE says.
            [byte] if byte.is_ascii() => Splitter::Byte(*byte),
            _ => Splitter::Pattern(self.patterns.dynamic(text)?),
        })
    }

    /// The pattern that a value is.
    fn pattern(&mut self, register: usize) -> Result<Rc<Pattern>> {
        let value = &self.regs[register];
        match value {
            Value::Pattern(number) => self.patterns.constant(*number).cloned(),
            _ => {
                let mut room = Vec::new();
                let text = value.bytes(&mut room, &self.convfmt);
                self.patterns.dynamic(text)
            }
        }
    }

    fn formatter(&self) -> Formatter<'_> {
        Formatter { format: &self.convfmt, utf8: self.utf8 }
    }

    /// Flushes all outputs.
    fn flush_all(&mut self) -> Result<()> {
        self.cx.stdout.finish()?;
        for stream in &mut self.writers {
            if let Some(output) = &mut stream.output {
                output.finish()?;
            }
        }
        Ok(())
    }

    /// Closes all streams, in the order they were opened.
    fn close_all(&mut self) -> Result<()> {
        // After an error the file stays as it was.
        if let Some((_, stdout)) = self.rewriting.take() {
            self.cx.stdout = stdout;
        }
        let flushed = self.cx.stdout.finish();
        for mut stream in self.writers.drain(..) {
            if let Some(Err(error)) = stream.output.as_mut().map(Output::finish) {
                self.cx.warn(error);
            }
            stream.close();
        }
        for stream in self.readers.drain(..) {
            stream.close();
        }
        flushed
    }
}

/// An error that ends the program.
pub fn fatal(what: &str) -> Error {
    Error::message(what).with_status(2)
}

/// The text of an assignment, as if it stood between quotes.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let length = escape(rest, &mut out);
        if length == 0 {
            match rest.first() {
                Some(b'/') => {
                    out.push(b'/');
                    rest = rest.get(1..).unwrap_or_default();
                }
                _ => out.push(b'\\'),
            }
        } else {
            rest = rest.get(length..).unwrap_or_default();
        }
    }
    out
}

/// FIELDWIDTHS: `width`, `skip:width`, and `*` for the rest.
fn widths(text: &[u8]) -> Result<Vec<(usize, usize)>> {
    let mut list = Vec::new();
    for word in text.split(|byte| matches!(byte, b' ' | b'\t' | b'\n')).filter(|word| !word.is_empty()) {
        let (skip, width) = match memchr::memchr(b':', word) {
            Some(at) => (word.get(..at).unwrap_or_default(), word.get(at + 1..).unwrap_or_default()),
            None => (&b"0"[..], word),
        };
        let number = |digits: &[u8]| base::number::parse_u32(digits).map(|number| number as usize);
        let width = if width == b"*" { Ok(usize::MAX) } else { number(width) };
        match (number(skip), width) {
            (Ok(skip), Ok(width)) => list.push((skip, width)),
            _ => return Err(fatal("FIELDWIDTHS holds what is no width")),
        }
    }
    Ok(list)
}

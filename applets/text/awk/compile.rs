//! From the tree to instructions.

mod expr;
mod stmt;

use crate::code::{Code, FRAME, Op, R, Routine};
use crate::lex::Text;
use crate::parse::special;
use crate::tree::{E, Tree, Var, When};
use crate::value::Value;
use base::error::{Error, Result};

/// As far as this, constants are looked for before they are added again.
const REMEMBERED: usize = 256;

pub struct Compiler<'a> {
    tree: &'a Tree,
    text: &'a Text,
    code: Code,
    /// Where the instructions that are being made come from.
    place: u32,
    /// The next free register of the frame, and how many it has.
    next: u32,
    most: u32,
    /// How many parameters the function has.
    locals: u32,
    loops: Vec<Loop>,
}

/// A loop or a switch: the jumps that leave it and that begin its next turn.
struct Loop {
    breaks: Vec<usize>,
    continues: Option<Vec<usize>>,
    /// An iteration over an array, which must be ended.
    over_array: bool,
}

/// Compiles the program.
#[inline(never)]
pub fn compile(tree: &Tree, text: &Text) -> Result<Code> {
    let mut code = Code { globals: tree.globals.clone(), ..Code::default() };
    for function in &tree.functions {
        code.names.push(function.name.clone());
    }
    code.wants_terminator = text.bytes.windows(2).any(|pair| pair == b"RT");
    let mut compiler = Compiler { tree, text, code, place: 0, next: 0, most: 0, locals: 0, loops: Vec::new() };
    let begin = compiler.rules(&|when| matches!(when, When::Begin))?;
    let main = compiler.rules(&|when| matches!(when, When::Always | When::If(_) | When::Range(..)))?;
    let end = compiler.rules(&|when| matches!(when, When::End))?;
    let begin_file = compiler.rules(&|when| matches!(when, When::BeginFile))?;
    let end_file = compiler.rules(&|when| matches!(when, When::EndFile))?;
    compiler.code.frame = compiler.most;
    compiler.code.widest = compiler.most;
    for function in &tree.functions {
        let parameters = u32::try_from(function.parameters.len()).unwrap_or(u32::MAX);
        compiler.locals = parameters;
        compiler.next = parameters;
        compiler.most = parameters;
        let entry = compiler.here();
        match function.body {
            Some(body) => compiler.stmt(body)?,
            None => {
                compiler.place = function.at;
                compiler.emit(Op::Undefined);
            }
        }
        let nothing = compiler.constant(Value::Unset);
        compiler.emit(Op::Return(nothing));
        // One is needed for the result where there is no parameter.
        let frame = compiler.most.max(1);
        compiler.code.widest = compiler.code.widest.max(frame);
        compiler.code.routines.push(Routine { entry, parameters, frame });
    }
    let mut code = compiler.code;
    Code { begin, main, end, begin_file, end_file, ops: core::mem::take(&mut code.ops), ..code }.finish()
}

impl Code {
    fn finish(self) -> Result<Code> {
        let registers = self.globals.len().saturating_add(self.constants.len());
        if registers >= 1 << 30 || self.ops.len() >= 1 << 30 {
            return Err(Error::message("program too large").with_status(2));
        }
        Ok(self)
    }
}

impl Compiler<'_> {
    fn error(&self, at: u32, what: &[u8]) -> Error {
        self.text.error(at as usize, what)
    }

    fn here(&self) -> u32 {
        u32::try_from(self.code.ops.len()).unwrap_or(u32::MAX)
    }

    fn emit(&mut self, op: Op) {
        self.code.ops.push(op);
        self.code.places.push(self.place);
    }

    /// Emits a jump whose target is not yet known.
    fn jump(&mut self, op: Op, jumps: &mut Vec<usize>) {
        jumps.push(self.code.ops.len());
        self.emit(op);
    }

    /// Lets jumps lead to `target`.
    fn patch_to(&mut self, jumps: &[usize], target: u32) {
        for jump in jumps {
            if let Some(
                Op::Jump(to)
                | Op::JumpIf(_, to)
                | Op::JumpUnless(_, to)
                | Op::JumpCompare(_, _, _, to)
                | Op::JumpCompareSmall(_, _, _, to)
                | Op::JumpNotPositive(_, to)
                | Op::ForNext(_, to)
                | Op::JumpInRange(_, to),
            ) = self.code.ops.get_mut(*jump)
            {
                *to = target;
            }
        }
    }

    fn patch(&mut self, jumps: &[usize]) {
        self.patch_to(jumps, self.here());
    }

    /// A register of the frame.
    fn temporary(&mut self) -> R {
        let register = self.next;
        self.next += 1;
        self.most = self.most.max(self.next);
        register | FRAME
    }

    fn constant(&mut self, value: Value) -> R {
        let base = self.code.globals.len();
        let same = |known: &Value| match (known, &value) {
            (Value::Number(a), Value::Number(b)) => a.to_bits() == b.to_bits(),
            (Value::Unset, Value::Unset) => true,
            (Value::Pattern(a), Value::Pattern(b)) => a == b,
            (Value::Short(_) | Value::Long(..), Value::Short(_) | Value::Long(..)) => {
                known.as_text() == value.as_text()
            }
            _ => false,
        };
        let found = self.code.constants.iter().take(REMEMBERED).position(same);
        let index = found.unwrap_or_else(|| {
            self.code.constants.push(value);
            self.code.constants.len() - 1
        });
        u32::try_from(base + index).unwrap_or(u32::MAX)
    }

    fn number(&mut self, number: f64) -> R {
        self.constant(Value::Number(number))
    }

    fn pattern(&mut self, text: &[u8]) -> u32 {
        let found = self.code.patterns.iter().take(REMEMBERED).position(|known| known == text);
        let index = found.unwrap_or_else(|| {
            self.code.patterns.push(text.to_vec());
            self.code.patterns.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    fn register(var: Var) -> R {
        match var {
            Var::Global(index) => index,
            Var::Local(index) => index | FRAME,
        }
    }

    /// Whether the register is a variable's, which what follows may change.
    fn is_variable(&self, register: R) -> bool {
        if register & FRAME != 0 {
            register & !FRAME < self.locals
        } else {
            (register as usize) < self.code.globals.len()
        }
    }

    /// The variable's number if the machine looks at it when it is set.
    fn watched(register: R) -> Option<u32> {
        (register < special::WATCHED).then_some(register)
    }

    fn set(&mut self, register: R) {
        if let Some(number) = Compiler::watched(register) {
            self.emit(Op::Watch(number));
        }
    }

    /// The rules of one kind, one after the other.
    fn rules(&mut self, kind: &dyn Fn(&When) -> bool) -> Result<Option<u32>> {
        let tree = self.tree;
        if !tree.rules.iter().any(|rule| kind(&rule.0)) {
            return Ok(None);
        }
        let entry = self.here();
        for (when, body) in &tree.rules {
            if !kind(when) {
                continue;
            }
            let mut skip = Vec::new();
            match *when {
                When::If(condition) => self.condition(condition, false, &mut skip)?,
                When::Range(first, last) => self.range(first, last, &mut skip)?,
                _ => {}
            }
            match body {
                Some(body) => self.stmt(*body)?,
                None => {
                    self.emit(Op::OutField(0));
                    self.emit(Op::OutEnd);
                }
            }
            self.patch(&skip);
        }
        self.emit(Op::Halt);
        Ok(Some(entry))
    }

    fn range(&mut self, first: E, last: E, skip: &mut Vec<usize>) -> Result<()> {
        let number = self.code.ranges;
        self.code.ranges += 1;
        let mut inside = Vec::new();
        self.jump(Op::JumpInRange(number, 0), &mut inside);
        self.condition(first, false, skip)?;
        self.emit(Op::SetRange(number, true));
        self.patch(&inside);
        let mut goes_on = Vec::new();
        self.condition(last, false, &mut goes_on)?;
        self.emit(Op::SetRange(number, false));
        self.patch(&goes_on);
        Ok(())
    }
}

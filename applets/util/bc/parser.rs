//! From tokens to code, by recursive descent. One line of the program, or a statement over several, is compiled at a time.

use super::code::{Argument, Binary, Call, Code, Constant, Local, Op, Place, Unary};
use super::lexer::{Lexer, Token, Word};
use crate::number::Number;
use base::{Context, Error};
use std::cell::RefCell;
use std::rc::Rc;

/// How deep expressions and statements may be nested: the stack must hold it.
const DEPTH: usize = 500;

/// The names of the program so far; their indices are the machine's.
#[derive(Default)]
pub struct Names {
    pub variables: Vec<Vec<u8>>,
    pub arrays: Vec<Vec<u8>>,
    pub functions: Vec<Vec<u8>>,
}

/// The index of `name`, which is added where it is new.
pub fn index_of(names: &mut Vec<Vec<u8>>, name: &[u8]) -> u32 {
    let index = names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_vec());
        names.len() - 1
    });
    index as u32
}

/// Why parsing ends early.
pub enum Stop {
    /// The program is wrong: a message for the line.
    Syntax(Vec<u8>),
    /// `quit` was read.
    Quit,
    Failed(Error),
}

impl From<Error> for Box<Stop> {
    fn from(error: Error) -> Box<Stop> {
        Box::new(Stop::Failed(error))
    }
}

/// Boxed, so that what succeeds has less to move.
type Parsed<T> = Result<T, Box<Stop>>;

/// What an expression is at its outermost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Value,
    Assignment,
    Call,
    /// `name[]`, which is good for an argument only.
    Array(u32),
}

/// What a line gave.
pub enum Item {
    /// Code to run.
    Code(Rc<Code>),
    /// A function: its index and code.
    Function(u32, Rc<Code>),
    /// The text is over.
    End,
}

/// How to take what POSIX does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extensions {
    Welcome,
    Warned,
    Refused,
}

#[derive(Default)]
struct Loop {
    breaks: Vec<usize>,
    continues: Vec<usize>,
}

pub struct Parser<'p, 'e> {
    pub cx: &'p mut Context<'e>,
    pub lexer: &'p mut Lexer,
    pub names: &'p mut Names,
    pub extensions: Extensions,
    code: Code,
    loops: Vec<Loop>,
    in_function: bool,
    depth: usize,
}

#[cold]
#[inline(never)]
fn fail<T>(text: &'static str) -> Parsed<T> {
    Err(Box::new(Stop::Syntax(text.as_bytes().to_vec())))
}

#[cold]
#[inline(never)]
fn syntax<T>() -> Parsed<T> {
    fail("syntax error")
}

impl<'p, 'e> Parser<'p, 'e> {
    pub fn new(
        cx: &'p mut Context<'e>,
        lexer: &'p mut Lexer,
        names: &'p mut Names,
        extensions: Extensions,
    ) -> Parser<'p, 'e> {
        let code = Code::default();
        Parser { cx, lexer, names, extensions, code, loops: Vec::new(), in_function: false, depth: 0 }
    }

    /// Parses the next line, with those that its last statement takes.
    pub fn item(mut self) -> Parsed<Item> {
        self.advance()?;
        if self.lexer.token == Token::Word(Word::Define) {
            return self.define();
        }
        loop {
            match self.lexer.token {
                Token::End if self.code.ops.is_empty() => return Ok(Item::End),
                Token::End | Token::Newline => return Ok(Item::Code(Rc::new(self.code))),
                Token::Sign(b';', 0) => self.advance()?,
                _ => {
                    self.statement()?;
                    if !matches!(self.lexer.token, Token::End | Token::Newline | Token::Sign(b';', 0)) {
                        return syntax();
                    }
                }
            }
        }
    }

    fn advance(&mut self) -> Parsed<()> {
        Ok(self.lexer.advance(self.cx)?)
    }

    fn accept(&mut self, token: Token) -> Parsed<bool> {
        if self.lexer.token != token {
            return Ok(false);
        }
        self.advance()?;
        Ok(true)
    }

    fn expect(&mut self, sign: u8) -> Parsed<()> {
        if self.accept(Token::Sign(sign, 0))? { Ok(()) } else { syntax() }
    }

    fn skip_newlines(&mut self) -> Parsed<()> {
        while self.accept(Token::Newline)? {}
        Ok(())
    }

    fn extension(&mut self, what: &'static str) -> Parsed<()> {
        match self.extensions {
            Extensions::Welcome => Ok(()),
            Extensions::Refused => {
                Err(Box::new(Stop::Syntax(base::bytes::fill("POSIX does not have this: %", &[what.as_bytes()]))))
            }
            Extensions::Warned => {
                let mut text = super::location(self.lexer);
                text.extend_from_slice(b"warning: ");
                text.extend_from_slice(what.as_bytes());
                self.cx.note(&Error::message(text));
                Ok(())
            }
        }
    }

    fn name(&mut self) -> Parsed<Vec<u8>> {
        let Token::Name(name) = &self.lexer.token else { return syntax() };
        let name = name.clone();
        self.advance()?;
        if name.len() > 1 {
            self.extension("a name of several letters")?;
        }
        Ok(name)
    }

    fn emit(&mut self, op: Op) -> usize {
        self.code.ops.push(op);
        self.code.ops.len() - 1
    }

    /// Makes the jump at `at` go to what comes next.
    fn land(&mut self, at: usize) {
        self.jump_to(at, self.code.ops.len());
    }

    fn jump_to(&mut self, at: usize, target: usize) {
        if let Some(Op::Jump(to) | Op::JumpIfZero(to) | Op::And(to) | Op::Or(to)) = self.code.ops.get_mut(at) {
            *to = target as i32 - at as i32;
        }
    }

    fn jump_back(&mut self, target: usize) {
        let at = self.emit(Op::Jump(0));
        self.jump_to(at, target);
    }

    fn text(&mut self, text: Vec<u8>) {
        self.code.texts.push(text);
        let index = self.code.texts.len() - 1;
        self.emit(Op::Text(index as u32));
    }

    #[inline(never)]
    fn define(mut self) -> Parsed<Item> {
        self.advance()?;
        let mut name = self.name()?;
        // `void` is a name like any other but where another name follows.
        if name == b"void" && matches!(self.lexer.token, Token::Name(_)) {
            self.extension("a void function")?;
            self.code.is_void = true;
            name = self.name()?;
        }
        self.expect(b'(')?;
        let mut parameters = Vec::new();
        if !self.accept(Token::Sign(b')', 0))? {
            self.locals(&mut parameters)?;
            self.expect(b')')?;
        }
        self.skip_newlines()?;
        self.expect(b'{')?;
        self.skip_newlines()?;
        let mut autos = Vec::new();
        while self.accept(Token::Word(Word::Auto))? {
            self.locals(&mut autos)?;
            if !matches!(self.lexer.token, Token::Newline | Token::Sign(b';' | b'}', 0)) {
                return syntax();
            }
            while matches!(self.lexer.token, Token::Newline | Token::Sign(b';', 0)) {
                self.advance()?;
            }
        }
        let slot = |local: &Local| match *local {
            Local::Variable(index) => (false, index),
            Local::Array(index) | Local::Reference(index) => (true, index),
        };
        let mut all = Vec::new();
        for local in parameters.iter().chain(&autos) {
            let one = slot(local);
            if all.contains(&one) {
                return fail("a parameter or auto variable is there twice");
            }
            all.push(one);
        }
        if autos.iter().any(|local| matches!(local, Local::Reference(_))) {
            return syntax();
        }
        self.code.parameters = parameters;
        self.code.autos = autos;
        self.in_function = true;
        self.block()?;
        self.emit(Op::ReturnVoid);
        if !matches!(self.lexer.token, Token::Newline | Token::End | Token::Sign(b';', 0)) {
            return syntax();
        }
        let index = index_of(&mut self.names.functions, &name);
        Ok(Item::Function(index, Rc::new(self.code)))
    }

    fn locals(&mut self, list: &mut Vec<Local>) -> Parsed<()> {
        loop {
            let reference = self.accept(Token::Sign(b'*', 0))?;
            let name = self.name()?;
            if self.accept(Token::Sign(b'[', 0))? {
                self.expect(b']')?;
                let index = index_of(&mut self.names.arrays, &name);
                list.push(if reference { Local::Reference(index) } else { Local::Array(index) });
            } else if reference {
                return syntax();
            } else {
                list.push(Local::Variable(index_of(&mut self.names.variables, &name)));
            }
            if !self.accept(Token::Sign(b',', 0))? {
                return Ok(());
            }
        }
    }

    /// Statements up to the closing brace; the opening one is read.
    fn block(&mut self) -> Parsed<()> {
        loop {
            match self.lexer.token {
                Token::Newline | Token::Sign(b';', 0) => self.advance()?,
                Token::Sign(b'}', 0) => return self.advance(),
                Token::End => return syntax(),
                _ => {
                    self.statement()?;
                    if !matches!(self.lexer.token, Token::Newline | Token::Sign(b';' | b'}', 0)) {
                        return syntax();
                    }
                }
            }
        }
    }

    fn statement(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return fail("nested too deeply");
        }
        let result = match self.lexer.token.clone() {
            Token::Text(text) => {
                self.advance()?;
                self.text(text);
                Ok(())
            }
            Token::Sign(b'{', 0) => {
                self.advance()?;
                self.block()
            }
            Token::Word(word) => self.word(word),
            _ => self.expression_statement(),
        };
        self.depth -= 1;
        result
    }

    fn expression_statement(&mut self) -> Parsed<()> {
        let op = match self.expression(1)? {
            Shape::Assignment => Op::Pop,
            Shape::Call => Op::PrintCall,
            Shape::Value => Op::Print,
            Shape::Array(_) => return syntax(),
        };
        self.emit(op);
        Ok(())
    }

    #[inline(never)]
    fn word(&mut self, word: Word) -> Parsed<()> {
        match word {
            Word::Ibase | Word::Obase | Word::Scale | Word::Last | Word::Length | Word::Sqrt | Word::Read => {
                return self.expression_statement();
            }
            Word::Auto | Word::Define | Word::Else => return syntax(),
            Word::Quit => return Err(Box::new(Stop::Quit)),
            _ => self.advance()?,
        }
        match word {
            Word::Print => self.print(),
            Word::If => self.condition(),
            Word::While => {
                let start = self.code.ops.len();
                self.expect(b'(')?;
                self.value()?;
                let out = self.emit(Op::JumpIfZero(0));
                self.expect(b')')?;
                let inner = self.loop_body()?;
                for at in inner.continues {
                    self.jump_to(at, start);
                }
                self.jump_back(start);
                self.land(out);
                for at in inner.breaks {
                    self.land(at);
                }
                Ok(())
            }
            Word::For => self.for_loop(),
            Word::Break | Word::Continue => {
                if word == Word::Continue {
                    self.extension("the statement continue")?;
                }
                let at = self.emit(Op::Jump(0));
                let Some(inner) = self.loops.last_mut() else {
                    return fail("break or continue outside of a loop");
                };
                if word == Word::Break {
                    inner.breaks.push(at)
                } else {
                    inner.continues.push(at)
                }
                Ok(())
            }
            Word::Return => {
                if !self.in_function {
                    return fail("return outside of a function");
                }
                if matches!(self.lexer.token, Token::Newline | Token::End | Token::Sign(b';' | b'}', 0)) {
                    self.emit(Op::ReturnVoid);
                    return Ok(());
                }
                if self.lexer.token == Token::Sign(b'(', 0) {
                    // `return ()` is POSIX for a return of zero; what is in parentheses may go on behind them.
                    self.advance()?;
                    if self.accept(Token::Sign(b')', 0))? {
                        self.emit(Op::ReturnVoid);
                        return Ok(());
                    }
                    self.value()?;
                    self.expect(b')')?;
                    self.operators(Shape::Value, 1)?;
                } else {
                    self.extension("return without parentheses")?;
                    self.value()?;
                }
                if self.code.is_void {
                    return fail("a void function returns a value");
                }
                self.emit(Op::Return);
                Ok(())
            }
            Word::Halt => {
                self.extension("the statement halt")?;
                self.emit(Op::Halt);
                Ok(())
            }
            Word::Warranty => {
                self.extension("the statement warranty")?;
                self.text(b"There is no warranty of any kind.\n".to_vec());
                Ok(())
            }
            _ => {
                self.extension("the statement limits")?;
                self.emit(Op::Limits);
                Ok(())
            }
        }
    }

    fn print(&mut self) -> Parsed<()> {
        self.extension("the statement print")?;
        loop {
            if let Token::Text(text) = &self.lexer.token {
                let text = unescape(text);
                self.advance()?;
                self.text(text);
            } else {
                self.value()?;
                self.emit(Op::PrintItem);
            }
            if !self.accept(Token::Sign(b',', 0))? {
                return Ok(());
            }
        }
    }

    fn condition(&mut self) -> Parsed<()> {
        self.expect(b'(')?;
        self.value()?;
        let skip = self.emit(Op::JumpIfZero(0));
        self.expect(b')')?;
        self.skip_newlines()?;
        self.statement()?;
        if self.lexer.token != Token::Word(Word::Else) {
            self.land(skip);
            return Ok(());
        }
        self.extension("else")?;
        self.advance()?;
        let end = self.emit(Op::Jump(0));
        self.land(skip);
        self.skip_newlines()?;
        self.statement()?;
        self.land(end);
        Ok(())
    }

    fn loop_body(&mut self) -> Parsed<Loop> {
        self.skip_newlines()?;
        self.loops.push(Loop::default());
        self.statement()?;
        Ok(self.loops.pop().unwrap_or_default())
    }

    #[inline(never)]
    fn for_loop(&mut self) -> Parsed<()> {
        self.expect(b'(')?;
        if self.lexer.token != Token::Sign(b';', 0) {
            self.value()?;
            self.emit(Op::Pop);
        }
        self.expect(b';')?;
        let start = self.code.ops.len();
        let mut out = None;
        if self.lexer.token != Token::Sign(b';', 0) {
            self.value()?;
            out = Some(self.emit(Op::JumpIfZero(0)));
        }
        self.expect(b';')?;
        // The update is run behind the body: it is moved there.
        let update = self.code.ops.len();
        if self.lexer.token != Token::Sign(b')', 0) {
            self.value()?;
            self.emit(Op::Pop);
        }
        let update = self.code.ops.split_off(update);
        self.expect(b')')?;
        let inner = self.loop_body()?;
        for at in inner.continues {
            self.land(at);
        }
        self.code.ops.extend_from_slice(&update);
        self.jump_back(start);
        for at in out.into_iter().chain(inner.breaks) {
            self.land(at);
        }
        Ok(())
    }

    /// An expression that gives a number.
    fn value(&mut self) -> Parsed<()> {
        let shape = self.expression(1)?;
        self.settle(shape)
    }

    /// Makes sure that what was parsed is a number.
    fn settle(&mut self, shape: Shape) -> Parsed<()> {
        match shape {
            Shape::Array(_) => return syntax(),
            Shape::Call => {
                self.emit(Op::Value);
            }
            _ => {}
        }
        Ok(())
    }

    /// An expression of operators that bind at least as tightly as `least`: 1 `||`, 2 `&&`, 3 `!`, 4 comparison,
    /// 5 assignment, 6 sum, 7 product, 8 power, 9 sign.
    fn expression(&mut self, least: u8) -> Parsed<Shape> {
        self.depth += 1;
        if self.depth > DEPTH {
            return fail("nested too deeply");
        }
        let first = match self.lexer.token {
            Token::Sign(b'!', 0) => {
                self.extension("the operator !")?;
                self.advance()?;
                let shape = self.expression(3)?;
                self.settle(shape)?;
                self.emit(Op::Unary(Unary::Not));
                Shape::Value
            }
            Token::Sign(b'-', 0) => {
                self.advance()?;
                let shape = self.expression(9)?;
                self.settle(shape)?;
                self.emit(Op::Unary(Unary::Negate));
                Shape::Value
            }
            _ => self.primary()?,
        };
        let shape = self.operators(first, least)?;
        self.depth -= 1;
        Ok(shape)
    }

    /// The operators behind the first operand, with theirs.
    fn operators(&mut self, mut shape: Shape, least: u8) -> Parsed<Shape> {
        loop {
            let Token::Sign(first, second) = self.lexer.token else { return Ok(shape) };
            let (level, op) = match (first, second) {
                (b'|', b'|') => (1, Binary::Set),
                (b'&', b'&') => (2, Binary::Set),
                (b'=', b'=') => (4, Binary::Equal),
                (b'!', b'=') => (4, Binary::NotEqual),
                (b'<', 0) => (4, Binary::Less),
                (b'<', b'=') => (4, Binary::LessOrEqual),
                (b'>', 0) => (4, Binary::Greater),
                (b'>', b'=') => (4, Binary::GreaterOrEqual),
                (b'+', 0) => (6, Binary::Add),
                (b'-', 0) => (6, Binary::Subtract),
                (b'*', 0) => (7, Binary::Multiply),
                (b'/', 0) => (7, Binary::Divide),
                (b'%', 0) => (7, Binary::Remainder),
                (b'^', 0) => (8, Binary::Power),
                _ => return Ok(shape),
            };
            if level < least {
                return Ok(shape);
            }
            self.settle(shape)?;
            if level <= 2 {
                self.extension("the operators && and ||")?;
            }
            let jump = match level {
                1 => Some(self.emit(Op::Or(0))),
                2 => Some(self.emit(Op::And(0))),
                _ => None,
            };
            self.advance()?;
            // All but the power group from the left.
            let right = self.expression(if level == 8 { 8 } else { level + 1 })?;
            self.settle(right)?;
            match jump {
                Some(at) => {
                    self.emit(Op::Unary(Unary::Truth));
                    self.land(at);
                }
                None => {
                    self.emit(Op::Binary(op));
                }
            }
            shape = Shape::Value;
        }
    }

    #[inline(never)]
    fn primary(&mut self) -> Parsed<Shape> {
        let token = self.lexer.token.clone();
        match token {
            Token::Number(digits) => {
                self.advance()?;
                self.code.constants.push(Constant { digits, known: RefCell::new((0, Number::ZERO)) });
                let index = self.code.constants.len() - 1;
                self.emit(Op::Constant(index as u32));
                Ok(Shape::Value)
            }
            Token::Sign(b'(', 0) => {
                self.advance()?;
                self.value()?;
                self.expect(b')')?;
                Ok(Shape::Value)
            }
            Token::Sign(sign @ (b'+' | b'-'), second) if second == sign => {
                self.advance()?;
                match self.place()? {
                    Ok(place) => {
                        self.emit(Op::Step { place, down: sign == b'-', after: true });
                        Ok(Shape::Value)
                    }
                    Err(_) => syntax(),
                }
            }
            Token::Word(Word::Length | Word::Sqrt) => {
                self.advance()?;
                self.expect(b'(')?;
                let shape = self.expression(1)?;
                if let (Shape::Array(index), Token::Word(Word::Length)) = (shape, &token) {
                    self.extension("the length of an array")?;
                    self.expect(b')')?;
                    self.emit(Op::ArrayLength(index));
                    return Ok(Shape::Value);
                }
                self.settle(shape)?;
                self.expect(b')')?;
                let op = if token == Token::Word(Word::Sqrt) { Unary::Root } else { Unary::Length };
                self.emit(Op::Unary(op));
                Ok(Shape::Value)
            }
            Token::Word(Word::Read) => {
                self.extension("read()")?;
                self.advance()?;
                self.expect(b'(')?;
                self.expect(b')')?;
                self.emit(Op::Read);
                Ok(Shape::Value)
            }
            _ => match self.place()? {
                Ok(place) => self.with_place(place),
                Err(shape) => Ok(shape),
            },
        }
    }

    /// A place is read: what is done to it?
    #[inline(never)]
    fn with_place(&mut self, place: Place) -> Parsed<Shape> {
        let Token::Sign(first, second) = self.lexer.token else {
            self.emit(Op::Load(place));
            return Ok(Shape::Value);
        };
        let op = match (first, second) {
            (b'=', 0) => Binary::Set,
            (b'+', b'=') => Binary::Add,
            (b'-', b'=') => Binary::Subtract,
            (b'*', b'=') => Binary::Multiply,
            (b'/', b'=') => Binary::Divide,
            (b'%', b'=') => Binary::Remainder,
            (b'^', b'=') => Binary::Power,
            (b'+' | b'-', _) if first == second => {
                self.advance()?;
                self.emit(Op::Step { place, down: first == b'-', after: false });
                return Ok(Shape::Value);
            }
            _ => {
                self.emit(Op::Load(place));
                return Ok(Shape::Value);
            }
        };
        self.advance()?;
        let shape = self.expression(5)?;
        self.settle(shape)?;
        self.emit(Op::Assign(place, op));
        Ok(Shape::Assignment)
    }

    /// A variable of some kind; what begins like one and is none gives its shape.
    fn place(&mut self) -> Parsed<Result<Place, Shape>> {
        let word = match &self.lexer.token {
            Token::Name(_) => {
                let name = self.name()?;
                return self.named(&name);
            }
            Token::Word(word) => *word,
            _ => return syntax(),
        };
        let place = match word {
            Word::Ibase => Place::Ibase,
            Word::Obase => Place::Obase,
            Word::Scale => Place::Scale,
            Word::Last => {
                self.extension("last")?;
                Place::Last
            }
            _ => return syntax(),
        };
        self.advance()?;
        if word == Word::Scale && self.accept(Token::Sign(b'(', 0))? {
            self.value()?;
            self.expect(b')')?;
            self.emit(Op::Unary(Unary::ScaleOf));
            return Ok(Err(Shape::Value));
        }
        Ok(Ok(place))
    }

    #[inline(never)]
    fn named(&mut self, name: &[u8]) -> Parsed<Result<Place, Shape>> {
        if self.accept(Token::Sign(b'[', 0))? {
            let index = index_of(&mut self.names.arrays, name);
            if self.accept(Token::Sign(b']', 0))? {
                return Ok(Err(Shape::Array(index)));
            }
            self.value()?;
            self.expect(b']')?;
            return Ok(Ok(Place::Element(index)));
        }
        if !self.accept(Token::Sign(b'(', 0))? {
            return Ok(Ok(Place::Variable(index_of(&mut self.names.variables, name))));
        }
        let mut arguments = Vec::new();
        if !self.accept(Token::Sign(b')', 0))? {
            loop {
                let shape = self.expression(1)?;
                if let Shape::Array(index) = shape {
                    arguments.push(Argument::Array(index));
                } else {
                    self.settle(shape)?;
                    arguments.push(Argument::Number);
                }
                if !self.accept(Token::Sign(b',', 0))? {
                    break;
                }
            }
            self.expect(b')')?;
        }
        let function = index_of(&mut self.names.functions, name);
        self.code.calls.push(Call { function, arguments });
        let index = self.code.calls.len() - 1;
        self.emit(Op::Call(index as u32));
        Ok(Err(Shape::Call))
    }
}

/// The text of `print`, with its backslashes understood.
#[inline(never)]
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'\\' {
            result.push(*byte);
            continue;
        }
        match bytes.next() {
            Some(b'a') => result.push(7),
            Some(b'b') => result.push(8),
            Some(b'f') => result.push(12),
            Some(b'n') => result.push(b'\n'),
            Some(b'q') => result.push(b'"'),
            Some(b'r') => result.push(b'\r'),
            Some(b't') => result.push(b'\t'),
            // `\e` is of BusyBox's bc and its kin.
            Some(b'e' | b'\\') => result.push(b'\\'),
            Some(_) => {}
            None => result.push(b'\\'),
        }
    }
    result
}

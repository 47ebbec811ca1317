//! The instructions that the parser makes and the machine runs. Jumps are relative, so that code can be moved.

use crate::number::Number;
use std::cell::RefCell;

/// An operator with two operands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// Takes the second operand: plain assignment.
    Set,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What can be assigned to. The index of an element is on the stack.
#[derive(Clone, Copy)]
pub enum Place {
    Variable(u32),
    Element(u32),
    Ibase,
    Obase,
    Scale,
    Last,
}

/// A function of one number on the stack.
#[derive(Clone, Copy)]
pub enum Unary {
    Negate,
    Not,
    /// 1 where it is not zero.
    Truth,
    Length,
    ScaleOf,
    Root,
}

/// An instruction.
#[derive(Clone, Copy)]
pub enum Op {
    /// Pushes the constant of this index.
    Constant(u32),
    Load(Place),
    /// Combines the place with the value on the stack, and leaves the result on the stack.
    Assign(Place, Binary),
    /// Adds 1 or -1; leaves the value from before or after it.
    Step {
        place: Place,
        down: bool,
        after: bool,
    },
    Binary(Binary),
    Unary(Unary),
    /// Pushes one more than the largest index that the array was given.
    ArrayLength(u32),
    Pop,
    Jump(i32),
    /// Pops a number and jumps where it is zero.
    JumpIfZero(i32),
    /// Jumps over the second operand of `&&`, leaving 0.
    And(i32),
    /// Jumps over the second operand of `||`, leaving 1.
    Or(i32),
    /// Calls by the call of this index.
    Call(u32),
    /// Checks that the function just left gave a value.
    Value,
    /// Leaves the function with the number on the stack.
    Return,
    /// Leaves it without one.
    ReturnVoid,
    Read,
    /// Prints the number on the stack and a newline, and makes it `last`.
    Print,
    /// As `Print`, unless the function just left was void.
    PrintCall,
    /// Prints a number as the statement `print` does.
    PrintItem,
    /// Prints the text of this index.
    Text(u32),
    Limits,
    Halt,
}

/// A number in the program: what it is depends on `ibase` when it is met, and is worked out once for each.
pub struct Constant {
    pub digits: Vec<u8>,
    /// The base and the number in it.
    pub known: RefCell<(u64, Number)>,
}

/// An argument of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    Number,
    Array(u32),
}

/// A call: the function and the arguments.
pub struct Call {
    pub function: u32,
    pub arguments: Vec<Argument>,
}

/// A parameter or an `auto` variable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Local {
    Variable(u32),
    Array(u32),
    /// An array by reference.
    Reference(u32),
}

/// A compiled function, or a line of the program.
#[derive(Default)]
pub struct Code {
    pub ops: Vec<Op>,
    pub constants: Vec<Constant>,
    pub texts: Vec<Vec<u8>>,
    pub calls: Vec<Call>,
    pub parameters: Vec<Local>,
    pub autos: Vec<Local>,
    pub is_void: bool,
}

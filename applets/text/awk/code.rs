//! The program as instructions for a machine with registers.
//!
//! The registers are one row: the global variables, the constants, then a frame for the rules and one for each call. A frame
//! holds a function's parameters and what is being computed.

use super::tree::Arith;
use super::value::Value;

/// A register: with [`FRAME`] set counted from the current frame, else from the beginning of the row.
pub type R = u32;
pub const FRAME: u32 = 1 << 31;

/// [`Op::ElemInc`]: gives the old value.
pub const POST: u8 = 1;
/// [`Op::ElemInc`]: subtracts one.
pub const DOWN: u8 = 2;

/// An instruction. The first register is where the result goes; a `u32` beside a register is a place in the code, a number
/// of a field or of a pattern.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    Move(R, R),
    Add(R, R, R),
    /// Adds a small whole number.
    AddSmall(R, R, i32),
    Sub(R, R, R),
    Mul(R, R, R),
    Div(R, R, R),
    Mod(R, R, R),
    Jump(u32),
    JumpIf(R, u32),
    JumpUnless(R, u32),
    /// Jumps where the comparison holds. The number is as in `Compare`, or all others for the opposite.
    JumpCompare(u8, R, R, u32),
    /// As `JumpCompare`, with a small whole number.
    JumpCompareSmall(u8, R, i32, u32),
    /// Function, the register of its first argument and of its result, how many are given.
    Call(u32, R, u32),
    Return(R),
    /// The end of a piece of code.
    Halt,
    // Those up to here are run in a row, the others are calls.
    Elem(R, R, R),
    SetElem(R, R, R),
    /// Adds one to an element; see [`POST`] and [`DOWN`].
    ElemInc(u8, R, R, R),
    Field(R, R),
    FieldK(R, u32),
    FieldNumber(R, u32),
    FetchNf,
    MatchRecord(R, u32),
    CatPush(R),
    /// Appends the second to the first, in place.
    Append(R, R),
    Out(R),
    OutField(u32),
    OutSeparator,
    OutEnd,
    Printf(R, u32),
    /// As `Call`.
    Builtin(super::builtin::Builtin, R, u32),
    // The others are rare.
    Pow(R, R, R),
    Minus(R, R),
    Plus(R, R),
    Not(R, R),
    /// A comparison as a value. The first number is that of [`super::tree::Compare`].
    Compare(u8, R, R, R),
    Cat(R, R, R),
    CatStart,
    CatField(u32),
    CatEnd(R),
    AppendField(R, u32),
    /// Unless it is a number above 0.
    JumpNotPositive(R, u32),
    MatchField(R, u32, u32),
    Match(R, R, R),
    SetField(R, R),
    /// A variable that the machine looks at was set.
    Watch(u32),
    /// Makes sure that the second is an array, and copies its name.
    Array(R, R),
    /// The register holds the right operand, and gets the result.
    ElemArith(Arith, R, R, R),
    In(R, R, R),
    /// So many registers, joined to a subscript.
    Key(R, R, u32),
    Delete(R, R),
    DeleteAll(R),
    ForStart(R),
    ForNext(R, u32),
    ForEnd,
    /// The whole of a function that is called and nowhere defined.
    Undefined,
    /// Where from (see `tree::Source`), whether a variable is set, the status, the name. A line comes into the register after
    /// the status.
    Getline(super::tree::Source, bool, R, R),
    OutTo(super::tree::Dest, R),
    /// Jumps if the range is open.
    JumpInRange(u32, u32),
    SetRange(u32, bool),
    Next,
    NextFile,
    Exit,
    ExitWith(R),
}

/// A function.
#[derive(Clone, Copy, Default, Debug)]
pub struct Routine {
    pub entry: u32,
    pub parameters: u32,
    /// How many registers its frame has.
    pub frame: u32,
}

/// The whole program.
#[derive(Default)]
pub struct Code {
    pub ops: Vec<Op>,
    /// Where in the text each instruction comes from.
    pub places: Vec<u32>,
    pub constants: Vec<Value>,
    pub patterns: Vec<Vec<u8>>,
    pub routines: Vec<Routine>,
    pub globals: Vec<Vec<u8>>,
    /// The names of the functions, for PROCINFO["sorted_in"].
    pub names: Vec<Vec<u8>>,
    pub ranges: u32,
    pub begin: Option<u32>,
    pub main: Option<u32>,
    pub end: Option<u32>,
    pub begin_file: Option<u32>,
    pub end_file: Option<u32>,
    /// The size of the rules' frame, and of the largest of all.
    pub frame: u32,
    pub widest: u32,
    /// Whether RT is read.
    pub wants_terminator: bool,
}

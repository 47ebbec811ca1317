//! arith - arithmetic expressions: `$((…))`, `((…))`, `let`, substring offsets.
//!
//! An expression whose text is known is parsed with the script; one that is made by expansion, when it is evaluated.
//! Numbers are 64 bits and wrap around, as C's do on every system cairn runs on.

mod eval;
mod parse;

use crate::names::{Names, in_name};
use crate::stack::Stack;
use crate::tree::{Expr, Of, Param, Part, Word};
use std::rc::Rc;

/// Stands for a parameter in the text; scripts cannot hold it.
pub(crate) const MARK: u8 = 0;

/// Why an expression has no value.
#[derive(Debug, Clone, Copy)]
pub enum ArithError {
    /// It is none: what is wrong with it.
    Bad(Wrong),
    /// An assignment to this variable failed: it is read-only.
    ReadOnly(crate::names::Sym),
    /// A parameter in it is not set, and `set -u` holds.
    Unset(crate::names::Sym),
    /// The error was told where it was found.
    Told(crate::flow::Unwind),
    /// A parameter's value is not a number: the text must be expanded and parsed again.
    NeedsText,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Syntax,
    TooDeep,
    Subscript,
    Loop,
    Zero,
    Exponent,
}

impl Wrong {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Wrong::Syntax => "arithmetic syntax error",
            Wrong::TooDeep => "arithmetic expression nested too deeply",
            Wrong::Subscript => "bad array subscript",
            Wrong::Loop => "expression recursion loop detected",
            Wrong::Zero => "divide by zero",
            Wrong::Exponent => "exponent less than 0",
        }
    }
}

/// The tree of an expression whose parameters are all simple; None where it has to wait for its expansion (also when it is
/// wrong: then it is the evaluation that fails).
pub fn compile(word: &Word, names: &mut Names, stack: Stack) -> Option<Box<Expr>> {
    let mut text = Vec::new();
    let mut params: Vec<Rc<Param>> = Vec::new();
    for part in &word.parts {
        match part {
            Part::Literal(bytes, _) | Part::Quoted(bytes) => {
                if text.last() == Some(&MARK) && bytes.first().is_some_and(|byte| in_name(*byte) || *byte == b'#') {
                    return None;
                }
                text.extend_from_slice(bytes);
            }
            Part::Param(param) if param.is_plain() && !matches!(param.of, Of::Special(b'@' | b'*')) => {
                if text.last().is_some_and(|byte| in_name(*byte) || *byte == MARK || *byte == b'#') {
                    return None;
                }
                text.push(MARK);
                params.push(Rc::clone(param));
            }
            _ => return None,
        }
    }
    parse::parse(&text, params, names, stack).ok()
}

/// Parses an expression that was expanded already.
pub fn parse(text: &[u8], names: &mut Names, stack: Stack) -> Result<Box<Expr>, Wrong> {
    parse::parse(text, Vec::new(), names, stack)
}

/// A number as C writes it, with sign and blanks around; None where the text is something else.
#[cfg_attr(speed_marks, optimize(speed))]
pub fn number(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii();
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let value = unsigned(digits)?;
    Some(if negative { value.wrapping_neg() } else { value })
}

/// A number that counts something.
pub fn index(text: &[u8]) -> Option<usize> {
    usize::try_from(number(text)?).ok()
}

/// Digits with an optional `0x`, `0` or `base#` in front.
fn unsigned(text: &[u8]) -> Option<i64> {
    let (base, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', rest @ ..] if !rest.is_empty() && !rest.contains(&b'#') => (8, rest),
        _ => match text.iter().position(|byte| *byte == b'#') {
            Some(at) => {
                let base = digits_in(text.get(..at)?, 10)?;
                (u8::try_from(base).ok().filter(|base| (2..=64).contains(base))?, text.get(at.checked_add(1)?..)?)
            }
            None => (10, text),
        },
    };
    digits_in(digits, base)
}

fn digits_in(digits: &[u8], base: u8) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let mut value = 0i64;
    for byte in digits {
        let digit = match byte {
            b'0'..=b'9' => byte.wrapping_sub(b'0'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(10),
            b'A'..=b'Z' if base <= 36 => byte.wrapping_sub(b'A').wrapping_add(10),
            b'A'..=b'Z' => byte.wrapping_sub(b'A').wrapping_add(36),
            b'@' => 62,
            b'_' => 63,
            _ => return None,
        };
        if digit >= base {
            return None;
        }
        value = value.wrapping_mul(i64::from(base)).wrapping_add(i64::from(digit));
    }
    Some(value)
}

/// A number's decimal digits, written to the end of `room`.
#[cfg_attr(speed_marks, optimize(speed))]
pub fn decimal(number: i64, room: &mut [u8; 20]) -> &[u8] {
    let mut left = number.unsigned_abs();
    let mut at = room.len();
    for (index, digit) in room.iter_mut().enumerate().rev() {
        at = index;
        if left == 0 && number < 0 {
            *digit = b'-';
            break;
        }
        *digit = b'0'.wrapping_add((left % 10) as u8);
        left /= 10;
        if left == 0 && number >= 0 {
            break;
        }
    }
    room.get(at..).unwrap_or_default()
}

/// Adds a number's decimal digits to `out`.
#[cfg_attr(speed_marks, optimize(speed))]
pub fn push_number(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(decimal(number, &mut [0; 20]));
}

/// A number's decimal digits as a text of their own.
pub fn number_text(number: i64) -> Vec<u8> {
    decimal(number, &mut [0; 20]).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number(b" 12 "), Some(12));
        assert_eq!(number(b"-0x1F"), Some(-31));
        assert_eq!(number(b"010"), Some(8));
        assert_eq!(number(b"2#101"), Some(5));
        assert_eq!(number(b"64#_"), Some(63));
        assert_eq!(number(b"08"), None);
        assert_eq!(number(b"1+1"), None);
        assert_eq!(number(b""), None);
        assert_eq!(number(b"9223372036854775808"), Some(i64::MIN));
    }

    #[test]
    fn printing() {
        for n in [0, 7, -7, i64::MAX, i64::MIN, 1000] {
            let mut out = Vec::new();
            push_number(&mut out, n);
            assert_eq!(out, n.to_string().as_bytes());
        }
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let mut names = Names::new();
        let text = [b"(".repeat(200_000), b"1".to_vec(), b")".repeat(200_000)].concat();
        assert!(parse(&text, &mut names, Stack::here()).is_err());
        let text = [b"-".repeat(200_000), b"1".to_vec()].concat();
        let _ = parse(&text, &mut names, Stack::here());
    }
}

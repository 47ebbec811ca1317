//! expr - compute an expression
//! Spec: POSIX.1-2024. Extras: match, substr, index, length, `+ TOKEN` (GNU), `quote TOKEN` (BusyBox), numbers of any length.
//! Deviations: `quote` is a word like any other where an operator or nothing follows it.

use crate::number::{Digits, Number};
use base::pattern::{Options, Pattern, Syntax};
use base::{Applet, Args, Context, Declaration, Error, Exec, Order, Result, Status};
use core::cmp::Ordering;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "expr",
    exec: Exec::no_fork("works on its arguments and writes"),
    summary: "Print the value of EXPRESSION",
    operands: "EXPRESSION",
    notes: "From the weakest, each level's operators from left to right:\n\
            \x20 A | B                  A, or B where A is null or 0\n\
            \x20 A & B                  A, or 0 where one is null or 0\n\
            \x20 A = B  != < <= >= >    1 or 0; by number where both are numbers\n\
            \x20 A + B  A - B\n\
            \x20 A * B  A / B  A % B\n\
            \x20 TEXT : REGEX           what \\(...\\) matched, or how much was matched, from the start\n\
            \x20 match TEXT REGEX       the same\n\
            \x20 substr TEXT POS LEN    LEN characters from POS, counted from 1\n\
            \x20 index TEXT CHARS       where the first of CHARS is, or 0\n\
            \x20 length TEXT            the number of characters\n\
            \x20 + TOKEN, quote TOKEN   TOKEN as text, whatever it is\n\
            \x20 ( EXPRESSION )\n\
            The status is 0, 1 where the value is null or 0, 2 for a wrong expression, 3 for another failure.",
    order: Order::Raw,
    usage_status: 2,
    failure: 3,
    run,
    ..Declaration::DEFAULT
});

/// Parentheses and prefix words may nest this deep: the parser recurses, and no argument list may exhaust the stack.
const DEPTH: usize = 1000;
/// The level of the operands of `:`, above all operators.
const HIGHEST: u8 = 7;
/// How closely operators bind.
const OR: u8 = 1;
const AND: u8 = 2;
const COMPARISON: u8 = 3;
const MATCH: u8 = 6;

enum Value {
    Number(Number),
    Text(Vec<u8>),
}

impl Value {
    fn truth(truth: bool) -> Value {
        Value::Number(Number::of(i64::from(truth)))
    }

    fn text(self) -> Vec<u8> {
        match self {
            Value::Text(text) => text,
            Value::Number(number) => {
                let mut text = Vec::new();
                number.push(&mut text, Digits { base: 10, leading_zero: false });
                text
            }
        }
    }

    fn is_null(&self) -> bool {
        match self {
            Value::Number(number) => number.is_zero(),
            Value::Text(text) => {
                let digits = text.strip_prefix(b"-").unwrap_or(text);
                text.is_empty() || !digits.is_empty() && digits.iter().all(|byte| *byte == b'0')
            }
        }
    }

    /// The number, where it looks like one.
    fn number(&self) -> Option<Number> {
        match self {
            Value::Number(number) => Some(number.clone()),
            Value::Text(text) => parse_number(text),
        }
    }

    fn needed_number(&self) -> Result<Number> {
        self.number().ok_or_else(|| wrong("non-integer argument"))
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut tokens = args.operands.as_slice();
    if let [b"--", rest @ ..] = tokens {
        tokens = rest;
    }
    if tokens.is_empty() {
        return Err(Error::usage("missing operand"));
    }
    let mut parser = Parser { tokens, at: 0, utf8: cx.is_utf8(), depth: 0 };
    let value = parser.expression(1, true)?;
    if let Some(extra) = parser.peek() {
        return Err(wrong(base::error::quoted("syntax error: unexpected argument", extra)));
    }
    let status = Status::truth(!value.is_null());
    let mut line = value.text();
    line.push(b'\n');
    cx.stdout.put(&line)?;
    Ok(status)
}

/// A wrong expression: status 2.
fn wrong(text: impl Into<Vec<u8>>) -> Error {
    Error::message(text).with_status(2)
}

struct Parser<'a> {
    tokens: &'a [&'a [u8]],
    at: usize,
    utf8: bool,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a [u8]> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Result<&'a [u8]> {
        let token = self.peek().ok_or_else(|| {
            let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).copied().unwrap_or_default();
            wrong(base::error::quoted("syntax error: missing argument after", before))
        })?;
        self.at = self.at.saturating_add(1);
        Ok(token)
    }

    /// Reads operators of `level` and above. Where `live` is false, what is read is not computed.
    fn expression(&mut self, level: u8, live: bool) -> Result<Value> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH {
            return Err(wrong("expression is nested too deeply"));
        }
        let mut left = self.primary(live)?;
        while let Some(operator) = self.peek() {
            let own = precedence(operator);
            if own < level {
                break;
            }
            self.at = self.at.saturating_add(1);
            let live = live
                && match own {
                    OR => left.is_null(),
                    AND => !left.is_null(),
                    _ => true,
                };
            let right = self.expression(own.saturating_add(1), live)?;
            let null = (left.is_null(), right.is_null());
            left = match own {
                OR if null == (true, true) => Value::Number(Number::ZERO),
                OR if null.0 => right,
                AND if null != (false, false) => Value::Number(Number::ZERO),
                OR | AND => left,
                _ if !live => left,
                MATCH => self.matched(&left.text(), &right.text())?,
                COMPARISON => compare(operator, left, right)?,
                _ => arithmetic(operator, &left, &right)?,
            };
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(left)
    }

    fn primary(&mut self, live: bool) -> Result<Value> {
        let token = self.next()?;
        Ok(match base::bytes::word(token) {
            "(" => {
                let value = self.expression(1, live)?;
                match self.peek() {
                    Some(b")") => self.at = self.at.saturating_add(1),
                    other => {
                        let before = self.tokens.get(self.at.saturating_sub(1)).copied().unwrap_or_default();
                        return Err(wrong(match other {
                            None => base::error::quoted("syntax error: expecting ')' after", before),
                            Some(other) => base::error::quoted("syntax error: expecting ')' instead of", other),
                        }));
                    }
                }
                value
            }
            ")" => return Err(wrong("syntax error: unexpected ')'")),
            "+" => Value::Text(self.next()?.to_vec()),
            "quote" if self.peek().is_some_and(|next| precedence(next) == 0 && next != b")") => {
                Value::Text(self.next()?.to_vec())
            }
            "length" => {
                let text = self.operand(live)?;
                number_of(self.characters(&text).len())
            }
            "match" => {
                let text = self.operand(live)?;
                let pattern = self.operand(live)?;
                if live { self.matched(&text, &pattern)? } else { Value::Number(Number::ZERO) }
            }
            "index" => {
                let text = self.operand(live)?;
                let wanted = self.operand(live)?;
                let wanted = self.characters(&wanted);
                let place = self.characters(&text).iter().position(|character| wanted.contains(character));
                number_of(place.map_or(0, |place| place.saturating_add(1)))
            }
            "substr" => {
                let text = self.operand(live)?;
                let bounds = [Value::Text(self.operand(live)?), Value::Text(self.operand(live)?)];
                let [from, length] = bounds.map(|bound| match bound.number() {
                    Some(number) if !number.is_negative() => number.to_i64().unwrap_or(i64::MAX) as usize,
                    _ => 0,
                });
                let characters = self.characters(&text);
                let part = match from.checked_sub(1) {
                    Some(before) => characters.into_iter().skip(before).take(length).collect::<Vec<_>>().concat(),
                    None => Vec::new(),
                };
                Value::Text(part)
            }
            _ => Value::Text(token.to_vec()),
        })
    }

    /// An operand of a word such as `length`: no operator binds as closely.
    fn operand(&mut self, live: bool) -> Result<Vec<u8>> {
        Ok(self.expression(HIGHEST, live)?.text())
    }

    /// The characters of `text`: bytes where it is not UTF-8.
    fn characters<'t>(&self, text: &'t [u8]) -> Vec<&'t [u8]> {
        let mut characters = Vec::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let length = if self.utf8 { base::term::width::next_char(rest).1 } else { 1 };
            let (character, after) = rest.split_at_checked(length.max(1)).unwrap_or((rest, &[]));
            characters.push(character);
            rest = after;
        }
        characters
    }

    /// What `\(...\)` matched, or the number of characters that were matched, from the start of the text.
    fn matched(&self, text: &[u8], pattern: &[u8]) -> Result<Value> {
        let options = Options { utf8: self.utf8, ..Options::default() };
        let pattern = Pattern::new(pattern, Syntax::Basic, &options).map_err(|error| wrong(error.message()))?;
        let mut slots = Vec::new();
        // Of all matches this finds the leftmost; one that begins later is none.
        let found = pattern.captures_at(text, 0, &mut slots) && slots.first() == Some(&0);
        if pattern.gave_up() {
            return Err(Error::message("regular expression too complex"));
        }
        if pattern.groups() > 0 {
            let group = match slots.get(2..4) {
                Some([start, end]) if found => text.get(*start..*end).unwrap_or_default(),
                _ => b"",
            };
            return Ok(Value::Text(group.to_vec()));
        }
        let matched = slots.get(1).filter(|_| found).and_then(|end| text.get(..*end)).unwrap_or_default();
        Ok(number_of(self.characters(matched).len()))
    }
}

/// How closely an operator binds; 0 for what is none.
fn precedence(token: &[u8]) -> u8 {
    match base::bytes::place("| & = == != < <= > >= + - * / % :", token) {
        None => 0,
        Some(0) => OR,
        Some(1) => AND,
        Some(2..9) => COMPARISON,
        Some(9 | 10) => 4,
        Some(11..14) => 5,
        Some(_) => MATCH,
    }
}

fn number_of(count: usize) -> Value {
    Value::Number(Number::of(i64::try_from(count).unwrap_or(i64::MAX)))
}

/// An optional minus and digits; None where it is something else.
fn parse_number(text: &[u8]) -> Option<Number> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = Number::parse(digits, 10, false);
    Some(if digits.len() < text.len() { number.negated() } else { number })
}

fn arithmetic(operator: &[u8], left: &Value, right: &Value) -> Result<Value> {
    let (left, right) = (left.needed_number()?, right.needed_number()?);
    let result = match operator {
        b"+" => Ok(left.add(&right)),
        b"-" => Ok(left.subtract(&right)),
        b"*" => Ok(left.multiply(&right, 0)),
        b"/" => left.divide(&right, 0),
        _ => left.remainder(&right, 0),
    };
    // Nothing else can go wrong with whole numbers.
    result.map(Value::Number).map_err(|_| wrong("division by zero"))
}

fn compare(operator: &[u8], left: Value, right: Value) -> Result<Value> {
    let order = match (left.number(), right.number()) {
        (Some(left), Some(right)) => left.compare(&right),
        _ => left.text().cmp(&right.text()),
    };
    Ok(Value::truth(match operator {
        b"=" | b"==" => order == Ordering::Equal,
        b"!=" => order != Ordering::Equal,
        b"<" => order == Ordering::Less,
        b"<=" => order != Ordering::Greater,
        b">" => order == Ordering::Greater,
        _ => order != Ordering::Less,
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert!(parse_number(b"").is_none());
        assert!(parse_number(b"-").is_none());
        assert!(parse_number(b"+1").is_none());
        assert!(parse_number(b"-0").unwrap().is_zero());
        assert_eq!(Value::Number(parse_number(&[b'9'; 60]).unwrap()).text(), [b'9'; 60]);
    }

    #[test]
    fn deep_nesting_is_refused() {
        let tokens = vec![&b"("[..]; 100_000];
        let mut parser = Parser { tokens: &tokens, at: 0, utf8: true, depth: 0 };
        assert!(parser.expression(1, true).is_err());
    }
}

//! eval - the value of an expression's tree.

use super::{ArithError, Wrong, number, parse};
use crate::names::Sym;
use crate::shell::Shell;
use crate::tree::{Binary, Expr, Of, Place, Unary};
use crate::vars::array::Key;

type Value = Result<i64, ArithError>;

/// How often a variable's value may be an expression that leads to another.
const DEEPEST: u32 = 64;

impl Shell {
    /// The value of an expression.
    pub fn evaluate(&mut self, expr: &Expr) -> Value {
        self.evaluate_at(expr, 0)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn evaluate_at(&mut self, expr: &Expr, depth: u32) -> Value {
        match expr {
            Expr::Number(value) => Ok(*value),
            Expr::Variable(sym) => self.variable_number(*sym, depth),
            Expr::Param(param) => {
                let value = match param.of {
                    Of::Var(sym) => {
                        let sym = self.resolve(sym);
                        self.refresh(sym);
                        self.vars.get(sym)
                    }
                    Of::Positional(at) => self.positional.get(at.saturating_sub(1)),
                    Of::Special(b'#') => return Ok(i64::try_from(self.positional.len()).unwrap_or(i64::MAX)),
                    Of::Special(b'?') => return Ok(i64::from(self.status)),
                    Of::Special(_) => return Err(ArithError::NeedsText),
                };
                match value.map(number) {
                    Some(Some(value)) => Ok(value),
                    _ => Err(ArithError::NeedsText),
                }
            }
            Expr::Unary(op, operand) => {
                let value = self.evaluate_at(operand, depth)?;
                Ok(match op {
                    Unary::Minus => value.wrapping_neg(),
                    Unary::Plus => value,
                    Unary::Not => i64::from(value == 0),
                    Unary::Complement => !value,
                })
            }
            Expr::Binary(op, left, right) => {
                let left = self.evaluate_at(left, depth)?;
                let right = self.evaluate_at(right, depth)?;
                apply(*op, left, right)
            }
            Expr::Chain(first, rest) => {
                let mut value = self.evaluate_at(first, depth)?;
                for (op, right) in rest {
                    let right = self.evaluate_at(right, depth)?;
                    value = apply(*op, value, right)?;
                }
                Ok(value)
            }
            Expr::And(left, right) => {
                Ok(i64::from(self.evaluate_at(left, depth)? != 0 && self.evaluate_at(right, depth)? != 0))
            }
            Expr::Or(left, right) => {
                Ok(i64::from(self.evaluate_at(left, depth)? != 0 || self.evaluate_at(right, depth)? != 0))
            }
            Expr::Ternary(condition, yes, no) => {
                let chosen = if self.evaluate_at(condition, depth)? != 0 { yes } else { no };
                self.evaluate_at(chosen, depth)
            }
            Expr::Assign(sym, op, value) => {
                let value = match op {
                    Some(op) => {
                        let old = self.variable_number(*sym, depth)?;
                        let operand = self.evaluate_at(value, depth)?;
                        apply(*op, old, operand)?
                    }
                    None => self.evaluate_at(value, depth)?,
                };
                self.set_number(*sym, value)
            }
            Expr::Step(sym, by, old_counts) => {
                let old = self.variable_number(*sym, depth)?;
                let new = self.set_number(*sym, old.wrapping_add(*by))?;
                Ok(if *old_counts { old } else { new })
            }
            Expr::Element(place) | Expr::AssignElement(place, ..) | Expr::StepElement(place, ..) => {
                self.evaluate_element(expr, place, depth)
            }
        }
    }

    /// An expression about an element of an array.
    #[inline(never)]
    fn evaluate_element(&mut self, expr: &Expr, place: &Place, depth: u32) -> Value {
        let (sym, key) = self.element_of(place, depth)?;
        match expr {
            Expr::AssignElement(_, op, value) => {
                let mut value = self.evaluate_at(value, depth)?;
                if let Some(op) = op {
                    value = apply(*op, self.element_number(sym, &key, depth)?, value)?;
                }
                self.set_element_number(sym, &key, value)
            }
            Expr::StepElement(_, by, old_counts) => {
                let old = self.element_number(sym, &key, depth)?;
                let new = self.set_element_number(sym, &key, old.wrapping_add(*by))?;
                Ok(if *old_counts { old } else { new })
            }
            _ => self.element_number(sym, &key, depth),
        }
    }

    /// The array's element that is meant.
    fn element_of(&mut self, place: &Place, depth: u32) -> Result<(Sym, Key), ArithError> {
        let sym = self.resolve(place.sym);
        self.refresh(sym);
        if self.vars.array_kind(sym) == Some(true) {
            if place.text.contains(&super::MARK) {
                return Err(ArithError::NeedsText);
            }
            let text = place.text.as_slice();
            let inner = text.strip_prefix(b"'").and_then(|text| text.strip_suffix(b"'"));
            return Ok((sym, Key::Text(inner.unwrap_or(text).to_vec())));
        }
        let Some(index) = &place.index else { return Err(ArithError::Bad(Wrong::Syntax)) };
        let index = self.evaluate_at(index, depth)?;
        match self.index_key(sym, index) {
            Some(key) => Ok((sym, key)),
            None => Err(ArithError::Bad(Wrong::Subscript)),
        }
    }

    fn element_number(&mut self, sym: Sym, key: &Key, depth: u32) -> Value {
        let Some(text) = self.vars.element(sym, key) else { return Ok(0) };
        match number(text) {
            Some(value) => Ok(value),
            None => {
                let text = text.to_vec();
                self.text_number(&text, depth)
            }
        }
    }

    fn set_element_number(&mut self, sym: Sym, key: &Key, value: i64) -> Value {
        self.set_element(sym, key, super::number_text(value), false).map_err(ArithError::Told)?;
        Ok(value)
    }

    fn set_number(&mut self, sym: Sym, value: i64) -> Value {
        let sym = self.resolve(sym);
        self.vars.set_number(sym, value).map_err(|_| ArithError::ReadOnly(sym))?;
        Ok(value)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn variable_number(&mut self, sym: Sym, depth: u32) -> Value {
        let sym = self.resolve(sym);
        self.refresh(sym);
        let Some(text) = self.vars.get(sym) else {
            if self.options.nounset {
                return Err(ArithError::Unset(sym));
            }
            return Ok(0);
        };
        if let Some(value) = number(text) {
            return Ok(value);
        }
        let text = text.to_vec();
        self.text_number(&text, depth)
    }

    /// A value may be an expression itself, as in `a=b; b=3; $((a))`.
    fn text_number(&mut self, text: &[u8], depth: u32) -> Value {
        if depth >= DEEPEST || self.stack.is_deep() {
            return Err(ArithError::Bad(Wrong::Loop));
        }
        let expr = parse(text, &mut self.names, self.stack).map_err(ArithError::Bad)?;
        self.evaluate_at(&expr, depth.saturating_add(1))
    }
}

#[cfg_attr(speed_marks, optimize(speed))]
fn apply(op: Binary, left: i64, right: i64) -> Value {
    Ok(match op {
        Binary::Multiply => left.wrapping_mul(right),
        Binary::Divide if right == 0 => return Err(ArithError::Bad(Wrong::Zero)),
        Binary::Remainder if right == 0 => return Err(ArithError::Bad(Wrong::Zero)),
        Binary::Divide => left.wrapping_div(right),
        Binary::Remainder => left.wrapping_rem(right),
        Binary::Add => left.wrapping_add(right),
        Binary::Subtract => left.wrapping_sub(right),
        Binary::ShiftLeft => left.wrapping_shl((right & 63) as u32),
        Binary::ShiftRight => left.wrapping_shr((right & 63) as u32),
        Binary::Less => i64::from(left < right),
        Binary::LessEqual => i64::from(left <= right),
        Binary::Greater => i64::from(left > right),
        Binary::GreaterEqual => i64::from(left >= right),
        Binary::Equal => i64::from(left == right),
        Binary::NotEqual => i64::from(left != right),
        Binary::BitAnd => left & right,
        Binary::BitXor => left ^ right,
        Binary::BitOr => left | right,
        Binary::Comma => right,
        Binary::Power => return power(left, right),
    })
}

fn power(base: i64, exponent: i64) -> Value {
    if exponent < 0 {
        return Err(ArithError::Bad(Wrong::Exponent));
    }
    let (mut result, mut square, mut left) = (1i64, base, exponent);
    while left > 0 {
        if left & 1 == 1 {
            result = result.wrapping_mul(square);
        }
        square = square.wrapping_mul(square);
        left >>= 1;
    }
    Ok(result)
}

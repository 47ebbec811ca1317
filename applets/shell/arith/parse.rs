//! parse - an expression's text to its tree, by precedence climbing.

use super::{MARK, Wrong, unsigned};
use crate::names::{Names, Sym, in_name, starts_name};
use crate::stack::Stack;
use crate::tree::{Binary, Expr, Of, Param, Place, Unary};
use std::rc::Rc;

type Parsed = Result<Box<Expr>, Wrong>;

struct Reader<'a> {
    text: &'a [u8],
    params: std::vec::IntoIter<Rc<Param>>,
    names: &'a mut Names,
    stack: Stack,
    /// Subscripts around the position: each keeps its text, so that many would need too much of it.
    subscripts: u32,
    /// The variables that it changes, where there are parameters.
    assigned: Vec<Sym>,
    has_params: bool,
}

/// Subscripts in subscripts deeper than this are refused.
const DEEPEST: u32 = 64;

/// An operator with two operands, as the loop in `binary` meets it.
#[derive(Clone, Copy)]
enum Infix {
    Plain(Binary),
    And,
    Or,
}

/// Operators with two operands (the short ones have a blank behind them), how tightly they bind, and whether an `=` may follow. What
/// begins with another comes before it.
static INFIX: [([u8; 2], Infix, u8, bool); 19] = [
    (*b"||", Infix::Or, 1, false),
    (*b"&&", Infix::And, 2, false),
    (*b"| ", Infix::Plain(Binary::BitOr), 3, true),
    (*b"^ ", Infix::Plain(Binary::BitXor), 4, true),
    (*b"& ", Infix::Plain(Binary::BitAnd), 5, true),
    (*b"==", Infix::Plain(Binary::Equal), 6, false),
    (*b"!=", Infix::Plain(Binary::NotEqual), 6, false),
    (*b"<<", Infix::Plain(Binary::ShiftLeft), 8, true),
    (*b">>", Infix::Plain(Binary::ShiftRight), 8, true),
    (*b"<=", Infix::Plain(Binary::LessEqual), 7, false),
    (*b">=", Infix::Plain(Binary::GreaterEqual), 7, false),
    (*b"< ", Infix::Plain(Binary::Less), 7, false),
    (*b"> ", Infix::Plain(Binary::Greater), 7, false),
    (*b"+ ", Infix::Plain(Binary::Add), 9, true),
    (*b"- ", Infix::Plain(Binary::Subtract), 9, true),
    (*b"**", Infix::Plain(Binary::Power), POWER, true),
    (*b"* ", Infix::Plain(Binary::Multiply), 10, true),
    (*b"/ ", Infix::Plain(Binary::Divide), 10, true),
    (*b"% ", Infix::Plain(Binary::Remainder), 10, true),
];

/// How tightly `**` binds, which groups from the right.
const POWER: u8 = 11;

pub(super) fn parse(text: &[u8], params: Vec<Rc<Param>>, names: &mut Names, stack: Stack) -> Parsed {
    let mut reader = Reader {
        text,
        params: params.clone().into_iter(),
        names,
        stack,
        subscripts: 0,
        assigned: Vec::new(),
        has_params: !params.is_empty(),
    };
    reader.blanks();
    if reader.text.is_empty() {
        // `$(( ))` is 0, as everywhere.
        return Ok(Box::new(Expr::Number(0)));
    }
    let expr = reader.comma()?;
    // `$x` is what it was before the expression, whatever this does to `x` first.
    if params.iter().any(|param| matches!(param.of, Of::Var(sym) if reader.assigned.contains(&sym))) {
        return Err(Wrong::Syntax);
    }
    if reader.text.is_empty() { Ok(expr) } else { Err(Wrong::Syntax) }
}

impl<'a> Reader<'a> {
    fn changes(&mut self, sym: Sym) {
        if self.has_params {
            self.assigned.push(sym);
        }
    }

    fn blanks(&mut self) {
        self.text = self.text.trim_ascii_start();
    }

    fn accept(&mut self, token: &[u8]) -> bool {
        match self.text.strip_prefix(token) {
            Some(rest) => {
                self.text = rest;
                self.blanks();
                true
            }
            None => false,
        }
    }

    fn comma(&mut self) -> Parsed {
        if self.stack.is_deep() {
            return Err(Wrong::TooDeep);
        }
        let mut left = self.assignment()?;
        let mut rest = Vec::new();
        while self.accept(b",") {
            rest.push((Binary::Comma, *self.assignment()?));
        }
        if !rest.is_empty() {
            left = Box::new(Expr::Chain(left, rest));
        }
        Ok(left)
    }

    fn assignment(&mut self) -> Parsed {
        if self.stack.is_deep() {
            return Err(Wrong::TooDeep);
        }
        if self.text.first().is_some_and(|byte| starts_name(*byte)) {
            let saved = self.text;
            let params = self.params.clone();
            let sym = self.name();
            if let Some(place) = self.place(sym)? {
                if let Some(op) = self.assignment_operator() {
                    let value = self.assignment()?;
                    return Ok(Box::new(Expr::AssignElement(place, op, value)));
                }
                self.params = params;
            } else if let Some(op) = self.assignment_operator() {
                let value = self.assignment()?;
                self.changes(sym);
                return Ok(Box::new(Expr::Assign(sym, op, value)));
            }
            self.text = saved;
        }
        self.ternary()
    }

    fn ternary(&mut self) -> Parsed {
        if self.stack.is_deep() {
            return Err(Wrong::TooDeep);
        }
        let condition = self.binary(0)?;
        if !self.accept(b"?") {
            return Ok(condition);
        }
        let yes = self.comma()?;
        if !self.accept(b":") {
            return Err(Wrong::Syntax);
        }
        let no = self.ternary()?;
        Ok(Box::new(Expr::Ternary(condition, yes, no)))
    }

    fn name(&mut self) -> crate::names::Sym {
        let length = self.text.iter().position(|byte| !in_name(*byte)).unwrap_or(self.text.len());
        let (name, rest) = self.text.split_at_checked(length).unwrap_or((b"", b""));
        let sym = self.names.intern(name);
        self.text = rest;
        self.blanks();
        sym
    }

    /// The element of `sym` whose bracket is next, if one is.
    fn place(&mut self, sym: crate::names::Sym) -> Result<Option<Box<Place>>, Wrong> {
        let Some(rest) = self.text.strip_prefix(b"[") else { return Ok(None) };
        let mut depth = 0u32;
        let end = rest.iter().position(|byte| match byte {
            b'[' => {
                depth = depth.saturating_add(1);
                false
            }
            b']' if depth == 0 => true,
            b']' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => false,
        });
        let Some((inner, rest)) = end.and_then(|end| rest.split_at_checked(end)) else { return Err(Wrong::Syntax) };
        if self.stack.is_deep() || self.subscripts >= DEEPEST {
            return Err(Wrong::TooDeep);
        }
        let params = self.params.clone();
        self.text = inner.trim_ascii_start();
        self.subscripts = self.subscripts.saturating_add(1);
        let index = self.comma();
        self.subscripts = self.subscripts.saturating_sub(1);
        let index = match index {
            Ok(expr) if self.text.is_empty() => Some(expr),
            Err(Wrong::TooDeep) => return Err(Wrong::TooDeep),
            // Perhaps the key of an associative array.
            _ => {
                self.params = params;
                for _ in inner.iter().filter(|byte| **byte == MARK) {
                    self.params.next();
                }
                None
            }
        };
        self.text = rest.get(1..).unwrap_or_default();
        self.blanks();
        Ok(Some(Box::new(Place { sym, text: inner.to_vec(), index })))
    }

    fn assignment_operator(&mut self) -> Option<Option<Binary>> {
        let op = match self.infix() {
            Some((Infix::Plain(op), _, true, rest)) if rest.first() == Some(&b'=') => {
                self.text = rest;
                Some(op)
            }
            Some(_) => return None,
            None => None,
        };
        self.text = self.text.strip_prefix(b"=")?;
        self.blanks();
        Some(op)
    }

    /// The operator next, how tightly it binds, whether an assignment may be made of it, and what follows.
    fn infix(&self) -> Option<(Infix, u8, bool, &'a [u8])> {
        let (first, rest) = self.text.split_first()?;
        for ([one, two], op, tightness, assigns) in &INFIX {
            let rest = if *two == b' ' { Some(rest) } else { rest.strip_prefix(&[*two]) };
            if one == first
                && let Some(rest) = rest
            {
                return Some((*op, *tightness, *assigns, rest));
            }
        }
        None
    }

    fn binary(&mut self, least: u8) -> Parsed {
        let mut left = self.unary()?;
        let mut last = 0u8;
        let mut steps = 0u32;
        while let Some((op, tightness, _, rest)) = self.infix().filter(|(_, tightness, ..)| *tightness > least) {
            self.text = rest;
            self.blanks();
            let right = self.binary(if tightness == POWER { POWER - 1 } else { tightness })?;
            match (op, &mut *left) {
                (Infix::Plain(op), Expr::Chain(_, rest)) if last == tightness => rest.push((op, *right)),
                (Infix::Plain(op), Expr::Binary(..)) if last == tightness => {
                    if let Expr::Binary(first_op, first, second) = *left {
                        left = Box::new(Expr::Chain(first, vec![(first_op, *second), (op, *right)]));
                    }
                }
                (Infix::Plain(op), _) => left = Box::new(Expr::Binary(op, left, right)),
                (Infix::And, _) => left = Box::new(Expr::And(left, right)),
                (Infix::Or, _) => left = Box::new(Expr::Or(left, right)),
            }
            // Where levels alternate, the tree grows to the left: it must stay walkable.
            if last != tightness || matches!(*left, Expr::And(..) | Expr::Or(..)) {
                steps = steps.saturating_add(1);
                if steps > 2000 {
                    return Err(Wrong::TooDeep);
                }
            }
            last = tightness;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        if self.stack.is_deep() {
            return Err(Wrong::TooDeep);
        }
        let step = match self.text {
            [b'+', b'+', ..] => 1,
            [b'-', b'-', ..] => -1,
            _ => 0,
        };
        if step != 0 {
            let after = self.text.get(2..).unwrap_or_default().trim_ascii_start();
            if after.first().is_some_and(|byte| starts_name(*byte)) {
                self.text = after;
                let sym = self.name();
                self.changes(sym);
                return Ok(Box::new(match self.place(sym)? {
                    Some(place) => Expr::StepElement(place, step, false),
                    None => Expr::Step(sym, step, false),
                }));
            }
        }
        let Some((first, rest)) = self.text.split_first() else { return Err(Wrong::Syntax) };
        let op = match first {
            b'-' => Unary::Minus,
            b'+' => Unary::Plus,
            b'!' => Unary::Not,
            b'~' => Unary::Complement,
            _ => return self.primary(),
        };
        self.text = rest;
        self.blanks();
        Ok(Box::new(Expr::Unary(op, self.unary()?)))
    }

    fn primary(&mut self) -> Parsed {
        let Some((first, rest)) = self.text.split_first() else { return Err(Wrong::Syntax) };
        match *first {
            b'(' => {
                self.text = rest;
                self.blanks();
                let inner = self.comma()?;
                if self.accept(b")") { Ok(inner) } else { Err(Wrong::Syntax) }
            }
            MARK => {
                self.text = rest;
                self.blanks();
                match self.params.next() {
                    Some(param) => Ok(Box::new(Expr::Param(param))),
                    None => Err(Wrong::Syntax),
                }
            }
            b'0'..=b'9' => {
                let length = self
                    .text
                    .iter()
                    .position(|byte| !in_name(*byte) && *byte != b'#' && *byte != b'@')
                    .unwrap_or(self.text.len());
                let (digits, rest) = self.text.split_at_checked(length).unwrap_or((b"", b""));
                let value = unsigned(digits).ok_or(Wrong::Syntax)?;
                self.text = rest;
                self.blanks();
                Ok(Box::new(Expr::Number(value)))
            }
            byte if starts_name(byte) => {
                let sym = self.name();
                let place = self.place(sym)?;
                let step = if self.accept(b"++") {
                    1
                } else if self.accept(b"--") {
                    -1
                } else {
                    0
                };
                if step != 0 {
                    self.changes(sym);
                }
                Ok(Box::new(match place {
                    Some(place) if step != 0 => Expr::StepElement(place, step, true),
                    Some(place) => Expr::Element(place),
                    None if step != 0 => Expr::Step(sym, step, true),
                    None => Expr::Variable(sym),
                }))
            }
            _ => Err(Wrong::Syntax),
        }
    }
}

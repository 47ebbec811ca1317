//! What is sorted: the subscripts of a loop by PROCINFO["sorted_in"], and arrays by asort and asorti.

use super::run::{OUTSIDE, compare, key_text};
use super::{Frame, Vm, fatal};
use crate::parse::special;
use crate::table::Key;
use crate::value::Value;
use base::error::Result;
use base::order;
use core::cmp::Ordering;

/// What two elements are compared by.
#[derive(Clone, Copy)]
enum By {
    KeyText,
    KeyNumber,
    /// Numbers before strings.
    Type,
    Text,
    Number,
    /// A function of the user's.
    Function(u32),
}

type Pair = (Value, Value);

impl Vm<'_, '_> {
    /// The subscripts of an array, in the order that a loop is to have.
    pub fn keys(&mut self, array: usize) -> Result<Vec<Value>> {
        let how = match self.regs[special::PROCINFO as usize] {
            Value::Array(info) => self.tables[info as usize].get(&Key::Text(b"sorted_in")).cloned(),
            _ => None,
        };
        if let Some(how) = how {
            let mut text = Vec::new();
            how.push(&mut text, &self.convfmt);
            if !text.is_empty() && text != b"@unsorted" {
                let mut pairs = self.pairs(array);
                self.sort(&mut pairs, &text)?;
                return Ok(pairs.into_iter().map(|pair| pair.0).collect());
            }
        }
        let mut keys = Vec::with_capacity(self.tables[array].len());
        self.tables[array].each(&mut |key, _| keys.push(key));
        Ok(keys)
    }

    fn pairs(&self, array: usize) -> Vec<Pair> {
        let mut pairs = Vec::with_capacity(self.tables[array].len());
        self.tables[array].each(&mut |key, value| pairs.push((key, value.clone())));
        pairs
    }

    fn sort(&mut self, pairs: &mut [Pair], how: &[u8]) -> Result<()> {
        let name = how.strip_suffix(b"_desc").or_else(|| how.strip_suffix(b"_asc")).unwrap_or(how);
        let by = match base::bytes::word(name) {
            "@ind_str" => By::KeyText,
            "@ind_num" => By::KeyNumber,
            "@val_type" => By::Type,
            "@val_str" => By::Text,
            "@val_num" => By::Number,
            _ => match self.code.names.iter().position(|function| function == how) {
                Some(number) => By::Function(u32::try_from(number).unwrap_or(0)),
                None => return Err(fatal("an order that does not exist, and no function of that name")),
            },
        };
        let descending = how.ends_with(b"_desc");
        let mut failed = None;
        order::sort(pairs, &mut |a, b| {
            if failed.is_some() {
                return Ordering::Equal;
            }
            let order = match self.compare_pairs(by, a, b) {
                Ok(order) => order,
                Err(error) => {
                    failed = Some(error);
                    Ordering::Equal
                }
            };
            if descending { order.reverse() } else { order }
        });
        failed.map_or(Ok(()), Err)
    }

    fn compare_pairs(&mut self, by: By, a: &Pair, b: &Pair) -> Result<Ordering> {
        let text = |x: &Value, y: &Value| {
            let (mut one, mut two) = (Vec::new(), Vec::new());
            self.convfmt.order(x.bytes(&mut one, &self.convfmt), y.bytes(&mut two, &self.convfmt))
        };
        let number = |x: &Value, y: &Value| x.number().partial_cmp(&y.number()).unwrap_or(Ordering::Equal);
        Ok(match by {
            By::KeyText => text(&a.0, &b.0),
            By::KeyNumber => number(&a.0, &b.0).then_with(|| text(&a.0, &b.0)),
            By::Text => text(&a.1, &b.1).then_with(|| number(&a.0, &b.0)),
            By::Number => number(&a.1, &b.1).then_with(|| text(&a.1, &b.1)),
            By::Type => match (a.1.numeric().is_some(), b.1.numeric().is_some()) {
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                _ => compare(&a.1, &b.1, &self.convfmt).unwrap_or(Ordering::Equal),
            },
            By::Function(function) => {
                let arguments = [key_text(&a.0), a.1.clone(), key_text(&b.0), b.1.clone()];
                let result = self.call(function, &arguments)?;
                result.number().partial_cmp(&0.0).unwrap_or(Ordering::Equal)
            }
        })
    }

    /// Calls a function of the user's from outside the instructions.
    fn call(&mut self, function: u32, arguments: &[Value]) -> Result<Value> {
        let code = std::rc::Rc::clone(&self.code);
        let Some(routine) = code.routines.get(function as usize) else { return Err(fatal("no such function")) };
        let (base, chosen) = (self.regs.base, self.chosen);
        let new = self.above(arguments.len().max(routine.frame as usize));
        for number in 0..routine.parameters as usize {
            self.regs[new + number] = arguments.get(number).cloned().unwrap_or_default();
        }
        let given = routine.parameters.min(u32::try_from(arguments.len()).unwrap_or(u32::MAX));
        let loops = self.loops.len();
        self.frames.push(Frame { pc: OUTSIDE, base, parameters: routine.parameters, given, loops });
        self.regs.base = new;
        let flow = self.run(routine.entry as usize);
        (self.regs.base, self.chosen) = (base, chosen);
        flow?;
        if self.ended {
            return Err(base::error::Error::quiet(self.status.unwrap_or(2)));
        }
        Ok(core::mem::take(&mut self.regs[new]))
    }

    /// asort and asorti: how many elements there are.
    pub fn asort(&mut self, by_key: bool, first: usize, count: usize) -> Result<f64> {
        let Value::Array(source) = self.regs[first] else { return Err(fatal("asort wants an array")) };
        let target = match self.regs[first + usize::from(count > 1)] {
            Value::Array(target) => target,
            _ => source,
        };
        let how = if count > 2 {
            self.bytes_of(first + 2)
        } else if by_key {
            b"@ind_str_asc".to_vec()
        } else {
            b"@val_type_asc".to_vec()
        };
        let mut pairs = self.pairs(source as usize);
        if !how.is_empty() {
            self.sort(&mut pairs, &how)?;
        }
        let found = pairs.len();
        let mut values = pairs.into_iter().map(|(key, value)| if by_key { key_text(&key) } else { value });
        self.tables[target as usize].set_row(found, |_, place| *place = Some(values.next().unwrap_or_default()));
        Ok(found as f64)
    }
}

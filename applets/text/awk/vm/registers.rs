//! The registers, which all values of a program that runs are in.

use super::run::{number, set_number};
use crate::code::{FRAME, R};
use crate::value::Value;
use core::ops::{Deref, DerefMut};

/// One row: what is there for all of the program first, then a frame for each call.
pub struct Registers {
    pub row: Vec<Value>,
    /// Where the current frame begins.
    pub base: usize,
}

/// A register's place in the row; `base` is where its frame begins.
#[inline(always)]
pub fn index(base: usize, register: R) -> usize {
    // The top bit, spread over all bits, lets the base in or not.
    let mask = (register.cast_signed() >> 31) as isize as usize;
    (register & !FRAME) as usize + (base & mask)
}

/// These are calls: instructions that are not run in a row with others take less room so.
impl Registers {
    pub fn index(&self, register: R) -> usize {
        index(self.base, register)
    }

    #[inline(never)]
    pub fn value(&self, register: R) -> &Value {
        &self.row[self.index(register)]
    }

    #[inline(never)]
    pub fn number(&self, register: R) -> f64 {
        number(self.value(register))
    }

    #[inline(never)]
    pub fn set(&mut self, register: R, value: Value) {
        let index = self.index(register);
        self.row[index] = value;
    }

    #[inline(never)]
    pub fn set_number(&mut self, register: R, value: f64) {
        let index = self.index(register);
        set_number(&mut self.row[index], value);
    }
}

impl Deref for Registers {
    type Target = [Value];

    #[inline]
    fn deref(&self) -> &[Value] {
        &self.row
    }
}

impl DerefMut for Registers {
    #[inline]
    fn deref_mut(&mut self) -> &mut [Value] {
        &mut self.row
    }
}

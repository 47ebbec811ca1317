//! vars - the values of variables, in slots by symbol; scopes for `local` and for assignments before a command.

pub mod array;

use crate::arith::push_number;
use crate::names::{Names, Sym, is_name};
use base::Environment;
use std::ffi::CString;
use std::rc::Rc;

/// A variable.
#[derive(Default, Clone)]
pub struct Slot {
    value: Option<Vec<u8>>,
    exported: bool,
    read_only: bool,
    /// Its value is made when it is asked for (LINENO, RANDOM, SECONDS, …) until it is unset.
    dynamic: bool,
    /// What is done to values that are assigned: bits of [`kind`].
    kind: u8,
    /// The elements but the first, where it is an array.
    array: Option<Box<array::Array>>,
    /// The journal that has the variable as it was before.
    noted: u32,
}

/// What `declare` says of a variable beside `-a`, `-A`, `-r` and `-x`.
pub mod kind {
    /// Values are arithmetic expressions.
    pub const INTEGER: u8 = 1;
    /// Letters of values become small.
    pub const LOWER: u8 = 2;
    /// Letters of values become capitals.
    pub const UPPER: u8 = 4;
    /// The value is the name of the variable that is meant.
    pub const REFERENCE: u8 = 8;
}

/// Where the changes of a subshell in this process begin.
pub struct Mark {
    noting: u32,
    journal: usize,
    hidden: usize,
}

/// The variable cannot be changed.
#[derive(Debug)]
pub struct ReadOnly;

/// Variables by symbol. The names are the shell's; see [`View`] for both together.
#[derive(Default)]
pub struct Vars {
    slots: Vec<Slot>,
    /// Values that were hidden by a scope, innermost last.
    hidden: Vec<(Sym, Slot)>,
    /// Bits of well-known variables that changed since somebody looked (`Sym::index`, below 32).
    touched: u32,
    /// Variables as they were before a subshell in this process changed them.
    journal: Vec<(Sym, Slot)>,
    /// The number of the running subshell's journal, 0 where there is none; and of the last that was begun.
    noting: u32,
    last_noted: u32,
    /// Environment entries whose names no shell variable can have: handed on as they are.
    pub foreign: Vec<CString>,
}

impl Vars {
    #[cfg_attr(speed_marks, optimize(speed))]
    fn slot(&mut self, sym: Sym) -> &mut Slot {
        let index = sym.index();
        if index >= self.slots.len() {
            self.slots.resize_with(index.saturating_add(64), Slot::default);
        }
        self.touched |= 1u32.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)).unwrap_or(0);
        match self.slots.get_mut(index) {
            Some(slot) => {
                if self.noting != 0 && slot.noted != self.noting {
                    note(sym, slot, self.noting, &mut self.journal);
                }
                slot
            }
            // Not reached: the table was grown above. A leaked slot keeps the type simple.
            None => Box::leak(Box::default()),
        }
    }

    /// The value, if it is set.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn get(&self, sym: Sym) -> Option<&[u8]> {
        self.slots.get(sym.index())?.value.as_deref()
    }

    /// A copy of the value; nothing if it is not set.
    #[inline(never)]
    pub fn copy(&self, sym: Sym) -> Vec<u8> {
        self.get(sym).unwrap_or_default().to_vec()
    }

    /// Whether one of the well-known variables changed since the last call; the mark is taken away.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn take_touched(&mut self, sym: Sym) -> bool {
        let bit = 1u32.checked_shl(u32::try_from(sym.index()).unwrap_or(u32::MAX)).unwrap_or(0);
        let touched = self.touched & bit != 0;
        self.touched &= !bit;
        touched
    }

    /// Sets a value.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn set(&mut self, sym: Sym, value: &[u8]) -> Result<(), ReadOnly> {
        let slot = self.slot(sym);
        if slot.read_only {
            return Err(ReadOnly);
        }
        match &mut slot.value {
            Some(old) => {
                old.clear();
                // A value that shrank much should not keep its memory.
                if old.capacity() > 4096 && value.len() < old.capacity() / 4 {
                    *old = value.to_vec();
                } else {
                    old.extend_from_slice(value);
                }
            }
            None => slot.value = Some(value.to_vec()),
        }
        Ok(())
    }

    /// Sets a value that is given away.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn set_owned(&mut self, sym: Sym, value: Vec<u8>) -> Result<(), ReadOnly> {
        let slot = self.slot(sym);
        if slot.read_only {
            return Err(ReadOnly);
        }
        slot.value = Some(value);
        Ok(())
    }

    /// Sets a number.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn set_number(&mut self, sym: Sym, number: i64) -> Result<(), ReadOnly> {
        let slot = self.slot(sym);
        if slot.read_only {
            return Err(ReadOnly);
        }
        let value = slot.value.get_or_insert_default();
        value.clear();
        push_number(value, number);
        Ok(())
    }

    /// Puts a text behind the value.
    pub fn append(&mut self, sym: Sym, text: &[u8]) -> Result<(), ReadOnly> {
        let slot = self.slot(sym);
        if slot.read_only {
            return Err(ReadOnly);
        }
        slot.value.get_or_insert_default().extend_from_slice(text);
        Ok(())
    }

    /// Removes a variable with its attributes.
    pub fn unset(&mut self, sym: Sym) -> Result<(), ReadOnly> {
        let slot = self.slot(sym);
        if slot.read_only {
            return Err(ReadOnly);
        }
        *slot = Slot { noted: slot.noted, ..Slot::default() };
        Ok(())
    }

    /// Marks it for the environment of commands, or not.
    pub fn export(&mut self, sym: Sym, exported: bool) {
        self.slot(sym).exported = exported;
    }

    /// Forbids changes.
    pub fn protect(&mut self, sym: Sym) {
        self.slot(sym).read_only = true;
    }

    /// Whether changes are forbidden.
    pub fn is_read_only(&self, sym: Sym) -> bool {
        self.slots.get(sym.index()).is_some_and(|slot| slot.read_only)
    }

    /// Declares a variable whose value the shell makes when it is asked for.
    pub fn make_dynamic(&mut self, sym: Sym) {
        self.slot(sym).dynamic = true;
    }

    /// Whether the shell makes the value when it is asked for.
    #[inline]
    pub fn is_dynamic(&self, sym: Sym) -> bool {
        self.slots.get(sym.index()).is_some_and(|slot| slot.dynamic)
    }

    /// The bits of [`kind`].
    #[inline]
    pub fn kind(&self, sym: Sym) -> u8 {
        self.slots.get(sym.index()).map_or(0, |slot| slot.kind)
    }

    /// Sets the bits of [`kind`].
    pub fn set_kind(&mut self, sym: Sym, kind: u8) {
        self.slot(sym).kind = kind;
    }

    /// Whether it is exported.
    pub fn is_exported(&self, sym: Sym) -> bool {
        self.slots.get(sym.index()).is_some_and(|slot| slot.exported)
    }

    /// Allows or forbids changes; gives how it was.
    pub fn set_read_only(&mut self, sym: Sym, read_only: bool) -> bool {
        core::mem::replace(&mut self.slot(sym).read_only, read_only)
    }

    /// How many values are hidden: the mark of a scope that begins now.
    pub fn scope(&self) -> usize {
        self.hidden.len()
    }

    /// Hides the value until the scope ends. The variable keeps it or loses it, and keeps its attributes.
    pub fn hide(&mut self, sym: Sym, keep: bool) {
        let slot = self.slot(sym);
        let old = if keep {
            slot.clone()
        } else {
            let (value, array) = (slot.value.take(), slot.array.take());
            Slot { value, array, ..slot.clone() }
        };
        self.hidden.push((sym, old));
    }

    /// Whether the variable was hidden since `scope` already.
    pub fn is_hidden(&self, sym: Sym, scope: usize) -> bool {
        self.hidden.get(scope..).is_some_and(|hidden| hidden.iter().any(|(other, _)| *other == sym))
    }

    /// Exchanges a variable with the one of that name outside of all functions, if it is hidden.
    pub fn swap_global(&mut self, sym: Sym) {
        let index = sym.index();
        if let (Some((_, outer)), Some(slot)) =
            (self.hidden.iter_mut().find(|(other, _)| *other == sym), self.slots.get_mut(index))
        {
            core::mem::swap(outer, slot);
        }
    }

    /// Ends a scope: what was hidden since the mark comes back.
    pub fn leave(&mut self, scope: usize) {
        while self.hidden.len() > scope {
            if let Some((sym, old)) = self.hidden.pop() {
                let slot = self.slot(sym);
                *slot = Slot { noted: slot.noted, ..old };
            }
        }
    }

    /// Begins to note how variables were before they change; give the mark to [`forget_changes`](Vars::forget_changes).
    pub fn note_changes(&mut self) -> Mark {
        self.last_noted = self.last_noted.wrapping_add(1).max(1);
        let noting = core::mem::replace(&mut self.noting, self.last_noted);
        Mark { noting, journal: self.journal.len(), hidden: self.hidden.len() }
    }

    /// Makes all variables what they were at the mark.
    pub fn forget_changes(&mut self, mark: &Mark) {
        self.hidden.truncate(mark.hidden);
        // What is put back is not noted again; the outer journal, if there is one, noted it before or has yet to.
        self.noting = 0;
        while self.journal.len() > mark.journal {
            if let Some((sym, old)) = self.journal.pop() {
                *self.slot(sym) = old;
            }
        }
        self.noting = mark.noting;
    }

    /// Every variable that has a value or an attribute.
    pub fn each(&self) -> impl Iterator<Item = Sym> + '_ {
        (0..self.slots.len()).map(Sym::at).filter(|sym| self.is_known(*sym))
    }

    /// Whether a variable has a value or an attribute.
    pub fn is_known(&self, sym: Sym) -> bool {
        self.slots.get(sym.index()).is_some_and(|slot| {
            slot.value.is_some() || slot.exported || slot.read_only || slot.kind != 0 || slot.array.is_some()
        })
    }

    /// Takes the environment over.
    pub fn import(&mut self, names: &mut Names, entries: &[CString]) {
        for entry in entries {
            let bytes = entry.as_bytes();
            let at = memchr::memchr(b'=', bytes).unwrap_or(bytes.len());
            let (name, rest) = bytes.split_at_checked(at).unwrap_or((bytes, b""));
            if is_name(name) && !rest.is_empty() {
                let sym = names.intern(name);
                let slot = self.slot(sym);
                slot.value = Some(rest.get(1..).unwrap_or_default().to_vec());
                slot.exported = true;
            } else {
                self.foreign.push(entry.clone());
            }
        }
    }

    /// Puts a function into the environment in the form that bash reads, `() {` and what follows; without a text takes it out.
    #[inline(never)]
    pub fn export_function(&mut self, name: &[u8], text: &[u8]) {
        let start = [b"BASH_FUNC_", name, b"%%="].concat();
        if let Some(at) = self.foreign.iter().position(|entry| entry.as_bytes().starts_with(&start)) {
            self.foreign.remove(at);
        }
        let behind_word = || text.strip_prefix(b"function")?.trim_ascii_start().strip_prefix(name);
        let Some(rest) = text.strip_prefix(name).or_else(behind_word) else { return };
        let rest = rest.trim_ascii_start();
        let body =
            rest.strip_prefix(b"(").map_or(rest, |rest| rest.trim_ascii_start().strip_prefix(b")").unwrap_or(rest));
        self.foreign.extend(CString::new(base::bytes::fill("%() { %\n}", &[&start, body.trim_ascii_start()])));
    }
}

/// Keeps a variable as it is before it changes.
#[inline(never)]
fn note(sym: Sym, slot: &mut Slot, noting: u32, journal: &mut Vec<(Sym, Slot)>) {
    journal.push((sym, slot.clone()));
    slot.noted = noting;
}

/// The exported variables, as an environment for applets and programs.
pub struct View<'a> {
    pub vars: &'a Vars,
    pub names: &'a Names,
}

impl Environment for View<'_> {
    #[cfg_attr(speed_marks, optimize(speed))]
    fn get(&self, name: &[u8]) -> Option<&[u8]> {
        let sym = self.names.find(name)?;
        let slot = self.vars.slots.get(sym.index())?;
        if slot.exported && slot.array.is_none() { slot.value.as_deref() } else { None }
    }

    fn list(&self) -> Vec<CString> {
        let mut list = self.vars.foreign.clone();
        for (index, slot) in self.vars.slots.iter().enumerate() {
            // Arrays have no form in the environment.
            if let (Some(value), true) = (&slot.value, slot.exported && slot.array.is_none()) {
                let name = self.names.text(Sym::at(index));
                let mut entry = Vec::with_capacity(name.len().saturating_add(value.len()).saturating_add(2));
                entry.extend_from_slice(name);
                entry.push(b'=');
                entry.extend_from_slice(value);
                list.extend(CString::new(entry));
            }
        }
        list
    }
}

/// A function's place among the symbols.
pub type Functions = Vec<Option<Rc<crate::tree::Function>>>;

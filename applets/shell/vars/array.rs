//! array - the elements of array variables, indexed and associative, beside element 0, which is the variable's own value.
//!
//! So `$a` is `${a[0]}` at no cost, and what only knows plain variables keeps working on arrays.

use super::{ReadOnly, Vars};
use crate::arith::push_number;
use crate::few;
use crate::names::{Names, Sym};
use crate::strings::Strings;

/// Which element: a number, or an associative array's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Index(i64),
    Text(Vec<u8>),
}

impl Key {
    /// Whether this is the element that is the variable's own value.
    fn is_first(&self) -> bool {
        match self {
            Key::Index(index) => *index == 0,
            Key::Text(text) => text == b"0",
        }
    }

    /// Adds the key as it is written.
    pub fn push(&self, out: &mut Vec<u8>) {
        match self {
            Key::Index(index) => push_number(out, *index),
            Key::Text(text) => out.extend_from_slice(text),
        }
    }
}

/// The elements of an array but the first.
#[derive(Clone)]
pub(super) enum Array {
    /// By index, in their order.
    Indexed(Vec<(i64, Vec<u8>)>),
    /// Keys as symbols of a table of their own, in the order they came; the values by symbol.
    Keyed(Names, Vec<Option<Vec<u8>>>),
}

impl Array {
    fn new(keyed: bool) -> Array {
        if keyed { Array::Keyed(Names::empty(), Vec::new()) } else { Array::Indexed(Vec::new()) }
    }

    fn get(&self, key: &Key) -> Option<&Vec<u8>> {
        match (self, key) {
            (Array::Indexed(list), Key::Index(index)) => {
                let at = place(list, *index).ok()?;
                list.get(at).map(|(_, value)| value)
            }
            (Array::Keyed(names, values), Key::Text(text)) => values.get(names.find(text)?.index())?.as_ref(),
            _ => None,
        }
    }

    #[inline(never)]
    fn set(&mut self, key: &Key, value: Vec<u8>) {
        match (self, key) {
            (Array::Indexed(list), Key::Index(index)) => match place(list, *index) {
                Ok(at) => {
                    if let Some((_, old)) = list.get_mut(at) {
                        *old = value;
                    }
                }
                Err(at) => few::insert(list, at, (*index, value)),
            },
            (Array::Keyed(names, values), Key::Text(text)) => {
                let at = names.intern(text).index();
                while values.len() <= at {
                    values.push(None);
                }
                if let Some(slot) = values.get_mut(at) {
                    *slot = Some(value);
                }
            }
            _ => {}
        }
    }

    fn remove(&mut self, key: &Key) {
        match (self, key) {
            (Array::Indexed(list), Key::Index(index)) => {
                if let Ok(at) = place(list, *index) {
                    few::remove(list, at);
                }
            }
            (Array::Keyed(names, values), Key::Text(text)) => {
                if let Some(slot) = names.find(text).and_then(|sym| values.get_mut(sym.index())) {
                    *slot = None;
                }
            }
            _ => {}
        }
    }
}

/// Where an index is in the list, or belongs: at once where the array has no gaps.
fn place(list: &[(i64, Vec<u8>)], index: i64) -> Result<usize, usize> {
    if list.last().is_none_or(|(last, _)| *last < index) {
        return Err(list.len());
    }
    if let Ok(at) = usize::try_from(index.saturating_sub(1))
        && list.get(at).is_some_and(|(there, _)| *there == index)
    {
        return Ok(at);
    }
    list.binary_search_by(|(there, _)| there.cmp(&index))
}

impl Vars {
    /// Whether the variable is an array: Some(true) is an associative one.
    #[inline(never)]
    pub fn array_kind(&self, sym: Sym) -> Option<bool> {
        let array = self.slots.get(sym.index())?.array.as_deref()?;
        Some(matches!(array, Array::Keyed(..)))
    }

    /// Makes the variable an array, unless it is one; what it has stays its element 0.
    pub fn make_array(&mut self, sym: Sym, keyed: bool) {
        let slot = self.slot(sym);
        if slot.array.is_none() {
            slot.array = Some(Box::new(Array::new(keyed)));
        }
    }

    /// Makes the variable an array without elements, of the kind it had or indexed.
    pub fn clear_array(&mut self, sym: Sym) -> Result<(), ReadOnly> {
        let keyed = self.array_kind(sym).unwrap_or(false);
        let slot = self.slot(sym);
        if slot.read_only {
            return Err(ReadOnly);
        }
        slot.value = None;
        slot.array = Some(Box::new(Array::new(keyed)));
        Ok(())
    }

    /// One element's value.
    pub fn element(&self, sym: Sym, key: &Key) -> Option<&[u8]> {
        if key.is_first() {
            return self.get(sym);
        }
        self.slots.get(sym.index())?.array.as_deref()?.get(key).map(Vec::as_slice)
    }

    /// Sets an element; a plain variable becomes an indexed array by that.
    pub fn set_element(&mut self, sym: Sym, key: &Key, value: Vec<u8>) -> Result<(), ReadOnly> {
        let slot = self.slot(sym);
        if slot.read_only {
            return Err(ReadOnly);
        }
        let array = slot.array.get_or_insert_with(|| Box::new(Array::new(matches!(key, Key::Text(_)))));
        if key.is_first() {
            slot.value = Some(value);
        } else {
            array.set(key, value);
        }
        Ok(())
    }

    /// Removes an element.
    pub fn unset_element(&mut self, sym: Sym, key: &Key) -> Result<(), ReadOnly> {
        let slot = self.slot(sym);
        if slot.read_only {
            return Err(ReadOnly);
        }
        if key.is_first() {
            slot.value = None;
        } else if let Some(array) = &mut slot.array {
            array.remove(key);
        }
        Ok(())
    }

    /// How many elements there are; a plain variable counts as one.
    pub fn count(&self, sym: Sym) -> usize {
        let Some(slot) = self.slots.get(sym.index()) else { return 0 };
        let rest = match slot.array.as_deref() {
            None => 0,
            Some(Array::Indexed(list)) => list.len(),
            Some(Array::Keyed(_, values)) => values.iter().filter(|value| value.is_some()).count(),
        };
        rest.saturating_add(usize::from(slot.value.is_some()))
    }

    /// The index behind the last element.
    pub fn next_index(&self, sym: Sym) -> i64 {
        let Some(slot) = self.slots.get(sym.index()) else { return 0 };
        match slot.array.as_deref() {
            Some(Array::Indexed(list)) if !list.is_empty() => {
                list.last().map_or(0, |(index, _)| index.saturating_add(1))
            }
            _ => i64::from(slot.value.is_some()),
        }
    }

    /// Hands on all elements with their keys, in order.
    pub fn each_element(&self, sym: Sym, each: &mut dyn FnMut(&Key, &[u8])) {
        let Some(slot) = self.slots.get(sym.index()) else { return };
        if let Some(value) = &slot.value {
            let keyed = matches!(slot.array.as_deref(), Some(Array::Keyed(..)));
            each(&if keyed { Key::Text(b"0".to_vec()) } else { Key::Index(0) }, value);
        }
        match slot.array.as_deref() {
            None => {}
            Some(Array::Indexed(rest)) => {
                // Negative indices are none: they were counted from the end before.
                for (index, value) in rest {
                    each(&Key::Index(*index), value);
                }
            }
            Some(Array::Keyed(names, values)) => {
                for (at, value) in values.iter().enumerate() {
                    if let Some(value) = value {
                        each(&Key::Text(names.text(Sym::at(at)).to_vec()), value);
                    }
                }
            }
        }
    }

    /// Makes the variable an indexed array of these values.
    pub fn set_list(&mut self, sym: Sym, values: &Strings) -> Result<(), ReadOnly> {
        self.clear_array(sym)?;
        let slot = self.slot(sym);
        let mut rest = Vec::with_capacity(values.len());
        let mut index = 0i64;
        for value in values.iter() {
            if index == 0 {
                slot.value = Some(value.to_vec());
            } else {
                rest.push((index, value.to_vec()));
            }
            index = index.saturating_add(1);
        }
        slot.array = Some(Box::new(Array::Indexed(rest)));
        Ok(())
    }

    /// A plain variable again, with element 0 for its value.
    pub fn drop_array(&mut self, sym: Sym) {
        self.slot(sym).array = None;
    }
}

//! element - which variable or element a name means: references, subscripts, and assignments to elements and whole arrays.

use super::pattern::char_length;
use crate::arith::number_text;
use crate::flow::Flow;
use crate::names::{Sym, is_name};
use crate::shell::Shell;
use crate::tree::{Arithmetic, ArrayPart, Assignment, Of, Param, Subscript};
use crate::vars::array::Key;
use crate::vars::kind;

/// What of a parameter is meant.
pub enum Which {
    /// It itself.
    Whole,
    One(Key),
    /// `[@]` or `[*]`.
    All(u8),
}

/// What a list in parentheses says: keys, values, and whether each is added to what is there.
pub type Elements = Vec<(Key, Vec<u8>, bool)>;

/// References may lead to others, this often.
const DEEPEST: u32 = 16;

impl Shell {
    /// The variable that is meant: another one where this one is a reference.
    #[inline]
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn resolve(&mut self, sym: Sym) -> Sym {
        if self.vars.kind(sym) & kind::REFERENCE == 0 { sym } else { self.follow(sym) }
    }

    #[inline(never)]
    fn follow(&mut self, sym: Sym) -> Sym {
        let mut sym = sym;
        for _ in 0..DEEPEST {
            if self.vars.kind(sym) & kind::REFERENCE == 0 {
                break;
            }
            match self.vars.get(sym) {
                Some(name) if is_name(name) => sym = self.names.intern(name),
                _ => break,
            }
        }
        sym
    }

    /// The key of an index, which counts from the end if negative; None where that is before the beginning.
    pub fn index_key(&self, sym: Sym, index: i64) -> Option<Key> {
        let index = if index < 0 { self.vars.next_index(sym).checked_add(index)? } else { index };
        (index >= 0).then_some(Key::Index(index))
    }

    /// What the text in brackets comes to for this variable.
    fn key(&mut self, sym: Sym, subscript: &Arithmetic, keyed: bool) -> Flow<Key> {
        if keyed {
            return Ok(Key::Text(self.expand_text(&subscript.text)?));
        }
        let index = self.arithmetic(subscript)?;
        self.checked_key(sym, index)
    }

    fn checked_key(&mut self, sym: Sym, index: i64) -> Flow<Key> {
        match self.index_key(sym, index) {
            Some(key) => Ok(key),
            None => Err(self.fail_about(sym, "%: bad array subscript")),
        }
    }

    fn which(&mut self, sym: Sym, subscript: Option<&Subscript>) -> Flow<Which> {
        Ok(match subscript {
            None => Which::Whole,
            Some(Subscript::All(which)) => Which::All(*which),
            Some(Subscript::At(text)) => {
                let keyed = self.vars.array_kind(sym) == Some(true);
                Which::One(self.key(sym, text, keyed)?)
            }
        })
    }

    /// What a parameter expansion is of, with its subscript evaluated and `!` followed; None where what `!` follows is unset.
    #[inline(never)]
    pub(super) fn target(&mut self, param: &Param) -> Flow<Option<(Of, Which)>> {
        let Of::Var(sym) = param.of else {
            return if param.indirect {
                self.pointed(param.of, &Which::Whole)
            } else {
                Ok(Some((param.of, Which::Whole)))
            };
        };
        let is_reference = param.indirect && self.vars.kind(sym) & kind::REFERENCE != 0;
        let resolved = self.resolve(sym);
        self.refresh(resolved);
        let which = self.which(resolved, param.subscript.as_deref())?;
        // `${!r}` of a reference is the name it refers to.
        if param.indirect && !is_reference {
            return self.pointed(Of::Var(resolved), &which);
        }
        Ok(Some((Of::Var(if is_reference { sym } else { resolved }), which)))
    }

    /// What the value of a parameter names.
    fn pointed(&mut self, of: Of, which: &Which) -> Flow<Option<(Of, Which)>> {
        let Some(name) = self.value(of, which).map(std::borrow::Cow::into_owned) else { return Ok(None) };
        if let Some((sym, which)) = self.place_of(&name)? {
            return Ok(Some((Of::Var(sym), which)));
        }
        let of = match name.as_slice() {
            [byte @ (b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'0')] => Of::Special(*byte),
            text => match crate::arith::index(text) {
                Some(number) if number > 0 => Of::Positional(number),
                _ => return Err(self.fail("${!%}: bad substitution", text)),
            },
        };
        Ok(Some((of, Which::Whole)))
    }

    /// The variable or element that a text names: `x`, `x[1]`, `x[@]`. None where it is no such name.
    pub fn place_of(&mut self, text: &[u8]) -> Flow<Option<(Sym, Which)>> {
        let at = memchr::memchr(b'[', text).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(at).unwrap_or((text, b""));
        if !is_name(name) {
            return Ok(None);
        }
        let sym = self.names.intern(name);
        let sym = self.resolve(sym);
        self.refresh(sym);
        if rest.is_empty() {
            return Ok(Some((sym, Which::Whole)));
        }
        let Some(inner) = rest.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) else { return Ok(None) };
        Ok(match inner {
            b"" => None,
            [which @ (b'@' | b'*')] => Some((sym, Which::All(*which))),
            _ if self.vars.array_kind(sym) == Some(true) => Some((sym, Which::One(Key::Text(inner.to_vec())))),
            _ => {
                let index = self.arithmetic_text(inner)?;
                Some((sym, Which::One(self.checked_key(sym, index)?)))
            }
        })
    }

    /// Whether `-v name` holds: the variable or the element is set.
    pub fn is_set(&mut self, text: &[u8]) -> Flow<bool> {
        Ok(match self.place_of(text)? {
            Some((sym, Which::All(_))) => self.vars.count(sym) > 0,
            Some((sym, which)) => self.value(Of::Var(sym), &which).is_some(),
            None => match crate::arith::index(text) {
                Some(number) if number > 0 => self.positional.get(number.saturating_sub(1)).is_some(),
                _ => false,
            },
        })
    }

    /// Assigns to what a text names, as `read` and `printf -v` do; false where it is no name.
    pub fn assign_named(&mut self, text: &[u8], value: &[u8]) -> Flow<bool> {
        match self.place_of(text)? {
            Some((sym, Which::Whole)) => self.assign(sym, value)?,
            Some((sym, Which::One(key))) => self.set_element(sym, &key, value.to_vec(), false)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Sets an element, as the variable's attributes ask.
    pub fn set_element(&mut self, sym: Sym, key: &Key, value: Vec<u8>, append: bool) -> Flow<()> {
        let mut value = value;
        let kinds = self.vars.kind(sym);
        if append {
            let old = self.vars.element(sym, key).unwrap_or_default().to_vec();
            value = self.joined(sym, old, &value)?;
        } else if kinds != 0 {
            value = self.shaped(sym, value)?;
        }
        let result = self.vars.set_element(sym, key, value);
        self.written(sym, result)
    }

    /// A value with another behind it: as numbers are added where the variable holds such.
    pub fn joined(&mut self, sym: Sym, old: Vec<u8>, value: &[u8]) -> Flow<Vec<u8>> {
        if self.vars.kind(sym) & kind::INTEGER == 0 {
            let mut whole = old;
            whole.extend_from_slice(value);
            return self.shaped(sym, whole);
        }
        let sum = self.arithmetic_text(&old)?.wrapping_add(self.arithmetic_text(value)?);
        Ok(number_text(sum))
    }

    /// A value as the variable's attributes make it.
    pub fn shaped(&mut self, sym: Sym, value: Vec<u8>) -> Flow<Vec<u8>> {
        let kinds = self.vars.kind(sym);
        if kinds & kind::INTEGER != 0 {
            let number = self.arithmetic_text(&value)?;
            return Ok(number_text(number));
        }
        Ok(match kinds & (kind::LOWER | kind::UPPER) {
            kind::LOWER => change_case(&value, false, self.is_utf8(), true, &mut |_| true),
            kind::UPPER => change_case(&value, true, self.is_utf8(), true, &mut |_| true),
            _ => value,
        })
    }

    /// An assignment to an element, or of a list.
    #[inline(never)]
    pub fn assign_array(&mut self, assignment: &Assignment, part: &ArrayPart) -> Flow<()> {
        let sym = self.resolve(assignment.name);
        if let Some(subscript) = &part.subscript {
            let Which::One(key) = self.which(sym, Some(subscript))? else {
                return Err(self.fail_about(sym, "%: bad array subscript"));
            };
            let value = self.expand_text(&assignment.value)?;
            return self.set_element(sym, &key, value, assignment.append);
        }
        // All is expanded before anything changes: `a=("${a[@]}" x)`.
        let keyed = self.vars.array_kind(sym) == Some(true);
        let values = self.expand_list(sym, part, assignment.append, keyed)?;
        self.store_list(sym, values, assignment.append, keyed)
    }

    /// The elements of a list in parentheses, for an array that is or will be `keyed`.
    pub fn expand_list(&mut self, sym: Sym, part: &ArrayPart, append: bool, keyed: bool) -> Flow<Elements> {
        let mut next = if append { self.vars.next_index(sym) } else { 0 };
        let mut values: Elements = Vec::new();
        let mut words = crate::strings::Strings::new();
        for element in part.list.iter().flatten() {
            if let Some(subscript) = &element.subscript {
                let Subscript::At(text) = &**subscript else { continue };
                let key = self.key(sym, text, keyed)?;
                if let Key::Index(index) = key {
                    next = index.saturating_add(1);
                }
                values.push((key, self.expand_text(&element.word)?, element.append));
                continue;
            }
            words.clear();
            self.expand_word(&element.word, &mut words)?;
            if keyed {
                // `m=(k1 v1 k2 v2)`: keys and values in turn.
                for word in words.iter() {
                    match values.last_mut() {
                        Some((Key::Text(_), value, waits @ true)) => {
                            value.extend_from_slice(word);
                            *waits = false;
                        }
                        _ => values.push((Key::Text(word.to_vec()), Vec::new(), true)),
                    }
                }
                continue;
            }
            for word in words.iter() {
                values.push((Key::Index(next), word.to_vec(), false));
                next = next.saturating_add(1);
            }
        }
        Ok(values)
    }

    /// Makes them the array's.
    pub fn store_list(&mut self, sym: Sym, values: Elements, append: bool, keyed: bool) -> Flow<()> {
        if append {
            if self.vars.is_read_only(sym) {
                return Err(self.read_only(sym));
            }
            self.vars.make_array(sym, keyed);
        } else {
            self.vars.clear_array(sym).map_err(|_| self.read_only(sym))?;
        }
        for (key, value, append) in values {
            self.set_element(sym, &key, value, append)?;
        }
        Ok(())
    }
}

/// A text with the letters that `wanted` chooses in the other case; where not `all`, the first character only.
pub fn change_case(text: &[u8], upper: bool, utf8: bool, all: bool, wanted: &mut dyn FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (one, after) = rest.split_at_checked(char_length(rest, utf8).max(1)).unwrap_or((rest, b""));
        rest = after;
        if wanted(one) {
            match core::str::from_utf8(one) {
                Ok(letters) if utf8 && !one.is_ascii() => {
                    for letter in letters.chars() {
                        let changed: &mut dyn Iterator<Item = char> =
                            if upper { &mut letter.to_uppercase() } else { &mut letter.to_lowercase() };
                        for letter in changed {
                            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                        }
                    }
                }
                _ => {
                    out.extend(one.iter().map(|b| if upper { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() }))
                }
            }
        } else {
            out.extend_from_slice(one);
        }
        if !all {
            out.extend_from_slice(rest);
            break;
        }
    }
    out
}

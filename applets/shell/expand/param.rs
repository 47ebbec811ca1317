//! param - `$x`, `${x…}` with all operators.

use super::element::Which;
use super::fields::{Builder, Wanted};
use super::pattern::{char_count, char_length, find};
use crate::arith;
use crate::flow::{Flow, Unwind};
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{Of, Op, Param, Word};
use crate::vars::array::Key;
use std::borrow::Cow;

impl Shell {
    /// Expands one parameter into the builder.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn param(&mut self, param: &Param, builder: &mut Builder) -> Flow<()> {
        if param.is_plain() && !matches!(param.of, Of::Special(_)) {
            let of = self.made(param.of);
            // The common case: nothing is copied but into the field.
            return match self.plain_value(of) {
                Some(value) => {
                    if param.quoted {
                        builder.quoted(value);
                    } else {
                        builder.expanded(value, &self.ifs);
                    }
                    Ok(())
                }
                None => self.unset(param.of, param, builder),
            };
        }
        self.param_with(param, builder)
    }

    /// The same for what is not so simple.
    #[inline(never)]
    fn param_with(&mut self, param: &Param, builder: &mut Builder) -> Flow<()> {
        if self.stack.is_deep() {
            return Err(self.fail("expansion nested too deeply", b""));
        }
        if let (Op::Names(which), Of::Var(sym)) = (&param.op, param.of) {
            let prefix = self.names.text(sym);
            let mut values = Strings::new();
            for &sym in &self.variables_by_name() {
                let name = self.names.text(sym);
                if name.starts_with(prefix) {
                    values.push(name);
                }
            }
            return self.put_all(param, *which, &values, builder);
        }
        let Some((of, which)) = self.target(param)? else { return self.unset(param.of, param, builder) };
        match (of, &which) {
            (Of::Special(all @ (b'@' | b'*')), _) => {
                if let Op::Get = param.op {
                    return self.put_all(param, all, &self.positional, builder);
                }
                let values = self.positional.clone();
                return self.all(param, of, all, values, builder);
            }
            (Of::Var(sym), Which::All(all)) => {
                let mut values = Strings::new();
                match &param.op {
                    Op::Keys => self.vars.each_element(sym, &mut |key, _| {
                        key.push(values.open());
                        values.close();
                    }),
                    Op::Length => {
                        let count = self.vars.count(sym);
                        return self.put_count(count, param, builder);
                    }
                    Op::Substring { offset, length } => {
                        // The offset is an index, the length a number of elements.
                        let mut from = self.arithmetic(offset)?;
                        if from < 0 {
                            from = from.saturating_add(self.vars.next_index(sym));
                        }
                        let mut left = match length {
                            Some(length) => self.arithmetic(length)?,
                            None => i64::MAX,
                        };
                        if left < 0 {
                            return Err(self.fail("substring expression < 0", b""));
                        }
                        let mut at = 0i64;
                        self.vars.each_element(sym, &mut |key, value| {
                            let index = if let Key::Index(index) = key { *index } else { at };
                            at = at.saturating_add(1);
                            if from >= 0 && index >= from && left > 0 {
                                left = left.saturating_sub(1);
                                values.push(value);
                            }
                        });
                        return self.put_all(param, *all, &values, builder);
                    }
                    Op::Transform(letter @ (b'A' | b'K' | b'k' | b'a')) => {
                        let text = self.described(sym, *letter);
                        put(&text, param, builder, self);
                        return Ok(());
                    }
                    _ => self.vars.each_element(sym, &mut |_, value| values.push(value)),
                }
                return self.all(param, of, *all, values, builder);
            }
            _ => {}
        }
        match &param.op {
            Op::Get => match self.value(of, &which) {
                Some(value) => {
                    put(&value, param, builder, self);
                    Ok(())
                }
                None => self.unset(of, param, builder),
            },
            Op::Bad(text) => Err(self.bad_substitution(text)),
            Op::Keys | Op::Names(_) => Err(self.fail("bad substitution", b"")),
            Op::Length => {
                let Some(value) = self.value(of, &which) else {
                    if self.options.nounset {
                        return Err(self.unset_error(of));
                    }
                    put(b"0", param, builder, self);
                    return Ok(());
                };
                let length = char_count(&value, self.is_utf8());
                self.put_count(length, param, builder)
            }
            Op::Default(colon, word)
            | Op::Alternative(colon, word)
            | Op::Assign(colon, word)
            | Op::Error(colon, word) => {
                let filled = self.value(of, &which).is_some_and(|value| !(*colon && value.is_empty()));
                if !self.replaced(param, of, Some(&which), (*colon, word), filled, builder)? {
                    put(&self.value(of, &which).unwrap_or_default(), param, builder, self);
                }
                Ok(())
            }
            Op::Transform(letter @ (b'a' | b'A'))
                if *letter == b'a' || matches!((of, &which), (Of::Var(_), Which::Whole)) =>
            {
                let text = if let Of::Var(sym) = of { self.described(sym, *letter) } else { Vec::new() };
                put(&text, param, builder, self);
                Ok(())
            }
            Op::Trim { .. } | Op::Substring { .. } | Op::Replace { .. } | Op::Case { .. } | Op::Transform(_) => {
                let Some(value) = self.value(of, &which).map(Cow::into_owned) else {
                    return self.unset(of, param, builder);
                };
                let result = self.changed(&value, &param.op)?;
                put(&result, param, builder, self);
                Ok(())
            }
        }
    }

    /// What is meant by a parameter without an operator, its value made where the shell makes it.
    #[inline]
    pub(super) fn made(&mut self, of: Of) -> Of {
        let Of::Var(sym) = of else { return of };
        let sym = self.resolve(sym);
        self.refresh(sym);
        Of::Var(sym)
    }

    /// Its value, where it need not be put together first.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn plain_value(&self, of: Of) -> Option<&[u8]> {
        match of {
            Of::Var(sym) => self.vars.get(sym),
            Of::Positional(number) => self.positional.get(number.wrapping_sub(1)),
            Of::Special(_) => None,
        }
    }

    /// What is wrong with `${text}`; no text where it does not even begin as a parameter.
    fn bad_substitution(&mut self, text: &[u8]) -> Unwind {
        if text.is_empty() {
            return self.fail("syntax error: bad substitution", b"");
        }
        if text.ends_with(b":") {
            return self.fail("syntax error: missing '}'", b"");
        }
        self.fail("${%}: bad substitution", text)
    }

    fn put_count(&mut self, count: usize, param: &Param, builder: &mut Builder) -> Flow<()> {
        put(arith::decimal(i64::try_from(count).unwrap_or(i64::MAX), &mut [0; 20]), param, builder, self);
        Ok(())
    }

    /// The value after trimming, cutting or replacing.
    fn changed<'v>(&mut self, value: &'v [u8], op: &Op) -> Flow<Cow<'v, [u8]>> {
        Ok(match op {
            Op::Trim { suffix, longest, pattern } => {
                let glob = self.compiled(pattern, false)?;
                Cow::Borrowed(if *suffix {
                    let length = glob.suffix(value, *longest).unwrap_or(0);
                    value.get(..value.len().saturating_sub(length)).unwrap_or(value)
                } else {
                    let start = glob.prefix(value, *longest).unwrap_or(0);
                    value.get(start..).unwrap_or(value)
                })
            }
            Op::Substring { offset, length } => {
                let offset = self.arithmetic(offset)?;
                let length = length.as_ref().map(|length| self.arithmetic(length)).transpose()?;
                let utf8 = self.is_utf8() && !value.is_ascii();
                let count = char_count(value, utf8);
                let Some((from, to)) = slice(count, offset, length) else { return Ok(Cow::Borrowed(b"")) };
                let (from, to) = (byte_offset(value, from, utf8), byte_offset(value, to, utf8));
                Cow::Borrowed(value.get(from..to).unwrap_or_default())
            }
            Op::Replace { all, anchor, pattern, with } => {
                let glob = self.compiled(pattern, true)?;
                let with = self.expand_text(with)?;
                if glob.literal() == Some(b"") && anchor.is_none() {
                    return Ok(Cow::Borrowed(value));
                }
                let utf8 = self.is_utf8();
                let mut result = Vec::with_capacity(value.len());
                match anchor {
                    Some(b'#') => {
                        let Some(end) = glob.prefix(value, true) else { return Ok(Cow::Borrowed(value)) };
                        result.extend_from_slice(&with);
                        result.extend_from_slice(value.get(end..).unwrap_or_default());
                    }
                    Some(_) => {
                        let Some(length) = glob.suffix(value, true) else {
                            return Ok(Cow::Borrowed(value));
                        };
                        result.extend_from_slice(value.get(..value.len().saturating_sub(length)).unwrap_or_default());
                        result.extend_from_slice(&with);
                    }
                    None => {
                        let mut at = 0usize;
                        while let Some((from, to)) = find(&glob, value, at, utf8) {
                            result.extend_from_slice(value.get(at..from).unwrap_or_default());
                            result.extend_from_slice(&with);
                            at = to;
                            if from == to {
                                // An empty match replaces nothing twice: one character goes through.
                                let left = value.get(at..).unwrap_or_default();
                                let step = char_length(left, utf8);
                                result.extend_from_slice(left.get(..step).unwrap_or_default());
                                at = at.saturating_add(step);
                            }
                            if !*all || at >= value.len() {
                                break;
                            }
                        }
                        result.extend_from_slice(value.get(at..).unwrap_or_default());
                    }
                }
                Cow::Owned(result)
            }
            Op::Case { upper, all, pattern } => {
                let glob = if pattern.word.parts.is_empty() { None } else { Some(self.compiled(pattern, false)?) };
                let mut wanted = |one: &[u8]| glob.as_ref().is_none_or(|glob| glob.matches(one));
                Cow::Owned(super::element::change_case(value, *upper, self.is_utf8(), *all, &mut wanted))
            }
            Op::Transform(letter) => Cow::Owned(self.transformed(value, *letter)),
            _ => Cow::Borrowed(value),
        })
    }

    /// What `-`, `+`, `=` and `?` make of a value that is `filled` or not; false where the value is what is wanted. A list has no
    /// `which`.
    fn replaced(
        &mut self,
        param: &Param,
        of: Of,
        which: Option<&Which>,
        (colon, word): (bool, &Word),
        filled: bool,
        builder: &mut Builder,
    ) -> Flow<bool> {
        match (&param.op, which) {
            (Op::Alternative(..), _) if !filled => self.nothing(param, builder)?,
            (Op::Alternative(..), _) => self.word(word, param, builder)?,
            _ if filled => return Ok(false),
            (Op::Default(..), _) => self.word(word, param, builder)?,
            (Op::Assign(..), Some(which)) => self.assign_default(of, which, word, param, builder)?,
            (Op::Assign(..), None) => return Err(self.bad_name(of)),
            _ => return Err(self.missing(of, word, colon && which.is_some())),
        }
        Ok(true)
    }

    /// `${x=word}` of what is unset.
    #[inline(never)]
    fn assign_default(&mut self, of: Of, which: &Which, word: &Word, param: &Param, builder: &mut Builder) -> Flow<()> {
        let Of::Var(sym) = of else { return Err(self.bad_name(of)) };
        let text = self.expand_text(word)?;
        match which {
            Which::One(key) => self.set_element(sym, key, text, false)?,
            _ => self.assign(sym, &text)?,
        }
        put(&self.value(of, which).unwrap_or_default(), param, builder, self);
        Ok(())
    }

    fn bad_name(&mut self, of: Of) -> Unwind {
        let name = self.name_of(of);
        self.fail("%: bad variable name", &name)
    }

    /// No value: in quotes, a field all the same.
    fn nothing(&self, param: &Param, builder: &mut Builder) -> Flow<()> {
        if param.quoted {
            builder.quoted(b"");
        }
        Ok(())
    }

    /// The word of an operator, in the place of the value.
    fn word(&mut self, word: &Word, param: &Param, builder: &mut Builder) -> Flow<()> {
        self.nothing(param, builder)?;
        self.parts(&word.parts, builder, !param.quoted && builder.wanted == Wanted::Fields)
    }

    /// `$@`, `$*` and the elements of an array with what may be done to them.
    fn all(&mut self, param: &Param, of: Of, which: u8, values: Strings, builder: &mut Builder) -> Flow<()> {
        let mut values = values;
        let count = values.len();
        match &param.op {
            Op::Length => return self.put_count(count, param, builder),
            Op::Default(colon, word)
            | Op::Alternative(colon, word)
            | Op::Assign(colon, word)
            | Op::Error(colon, word) => {
                // Joined they are nothing, or there is but one.
                let is_null =
                    values.iter().all(<[u8]>::is_empty) && (count == 1 || (which == b'*' && self.ifs.join.is_empty()));
                let filled = count > 0 && !(*colon && is_null);
                if self.replaced(param, of, None, (*colon, word), filled, builder)? {
                    return Ok(());
                }
            }
            Op::Substring { offset, length } => {
                let offset = self.arithmetic(offset)?;
                let length = length.as_ref().map(|length| self.arithmetic(length)).transpose()?;
                // Offset 0 begins with `$0`.
                let (from, to) = slice(count.saturating_add(1), offset, length).unwrap_or_default();
                let mut chosen = Strings::new();
                for index in from..to {
                    chosen.push(match index.checked_sub(1) {
                        Some(index) => values.get(index).unwrap_or_default(),
                        None => &self.arg0,
                    });
                }
                values = chosen;
            }
            Op::Trim { .. } | Op::Replace { .. } | Op::Case { .. } | Op::Transform(_) => {
                let mut changed = Strings::new();
                for value in values.iter() {
                    changed.push(&self.changed(value, &param.op)?);
                }
                values = changed;
            }
            Op::Bad(text) => return Err(self.bad_substitution(text)),
            Op::Names(_) => return Err(self.fail("bad substitution", b"")),
            _ => {}
        }
        self.put_all(param, which, &values, builder)
    }

    /// Fields of several values.
    fn put_all(&self, param: &Param, which: u8, values: &Strings, builder: &mut Builder) -> Flow<()> {
        put_each(param, which, values, self, builder);
        Ok(())
    }

    /// The value of a single parameter, if it is set.
    pub(super) fn value(&self, of: Of, which: &Which) -> Option<Cow<'_, [u8]>> {
        Some(match of {
            Of::Var(sym) => Cow::Borrowed(match which {
                Which::One(key) => self.vars.element(sym, key)?,
                _ => self.vars.get(sym)?,
            }),
            Of::Positional(number) => Cow::Borrowed(self.positional.get(number.checked_sub(1)?)?),
            Of::Special(b'0') => Cow::Borrowed(&self.arg0),
            Of::Special(which) => {
                let number = match which {
                    b'#' => i64::try_from(self.positional.len()).unwrap_or(i64::MAX),
                    b'?' => i64::from(self.status),
                    b'$' => i64::from(self.pid),
                    b'!' => i64::from(self.jobs.last_background?),
                    _ => return Some(Cow::Owned(self.options.letters())),
                };
                Cow::Owned(arith::number_text(number))
            }
        })
    }

    /// An unset parameter: nothing, or an error under `set -u`.
    fn unset(&mut self, of: Of, param: &Param, builder: &mut Builder) -> Flow<()> {
        if self.options.nounset {
            return Err(self.unset_error(of));
        }
        self.nothing(param, builder)
    }

    fn unset_error(&mut self, of: Of) -> Unwind {
        self.missing(of, &Word::default(), false)
    }

    /// The error of a parameter that must be set. It ends a script in bash too, where most errors do not.
    fn missing(&mut self, of: Of, word: &Word, colon: bool) -> Unwind {
        let text = match self.expand_text(word) {
            Ok(text) => text,
            Err(unwind) => return unwind,
        };
        let name = self.name_of(of);
        let text = match word.parts.is_empty() {
            false => text.as_slice(),
            true if colon => b"parameter not set or null",
            true => b"parameter not set",
        };
        let unwind = self.fail("%", &[&name, &b": "[..], text].concat());
        if self.bash && !self.options.interactive { Unwind::Exit(1) } else { unwind }
    }

    fn name_of(&self, of: Of) -> Vec<u8> {
        match of {
            Of::Var(sym) => self.names.text(sym).to_vec(),
            Of::Positional(number) => arith::number_text(i64::try_from(number).unwrap_or(i64::MAX)),
            Of::Special(which) => vec![which],
        }
    }
}

#[cfg_attr(speed_marks, optimize(speed))]
fn put(value: &[u8], param: &Param, builder: &mut Builder, shell: &Shell) {
    if param.quoted {
        builder.quoted(value);
    } else {
        builder.expanded(value, &shell.ifs);
    }
}

/// Fields of several values: one each for `"$@"`, one of them all for `"$*"`.
fn put_each(param: &Param, which: u8, values: &Strings, shell: &Shell, builder: &mut Builder) {
    let ifs = &shell.ifs;
    // bash puts a blank between the parts of `$@` where these become one.
    let join: &[u8] = if shell.bash && which == b'@' { b" " } else { &ifs.join };
    let joins = builder.wanted != Wanted::Fields || (param.quoted && which == b'*');
    if joins && param.quoted {
        builder.quoted(b"");
    }
    let mut first = true;
    for value in values.iter() {
        if !first && joins {
            put(join, param, builder, shell);
        } else if !first {
            builder.next_parameter();
        }
        first = false;
        put(value, param, builder, shell);
    }
}

/// What `:offset:length` takes of `count` elements: from and to. Negative numbers count from the end.
fn slice(count: usize, offset: i64, length: Option<i64>) -> Option<(usize, usize)> {
    let total = i64::try_from(count).ok()?;
    let from = if offset < 0 { total.checked_add(offset)? } else { offset };
    if from < 0 || from > total {
        return None;
    }
    let to = match length {
        None => total,
        Some(length) if length < 0 => total.checked_add(length)?,
        Some(length) => from.saturating_add(length).min(total),
    };
    if to < from {
        return None;
    }
    Some((usize::try_from(from).ok()?, usize::try_from(to).ok()?))
}

fn byte_offset(text: &[u8], chars: usize, utf8: bool) -> usize {
    if !utf8 {
        return chars.min(text.len());
    }
    let mut at = 0usize;
    for _ in 0..chars {
        at = at.saturating_add(char_length(text.get(at..).unwrap_or_default(), true));
    }
    at
}

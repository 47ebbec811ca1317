//! param - `$x`, `${x…}` with all operators.

use super::element::Which;
use super::fields::{Builder, Wanted};
use super::pattern::{char_count, char_length, find};
use crate::arith::push_number;
use crate::flow::{Flow, Unwind};
use crate::shell::Shell;
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
        if self.stack.is_deep() {
            return Err(self.fail(&[b"expansion nested too deeply"]));
        }
        if let (Op::Names(which), Of::Var(sym)) = (&param.op, param.of) {
            let prefix = self.names.text(sym);
            let names = self.vars.each().map(|(sym, ..)| self.names.text(sym)).filter(|name| name.starts_with(prefix));
            let mut names: Vec<Vec<u8>> = names.map(<[u8]>::to_vec).collect();
            base::order::sort(&mut names, &mut Ord::cmp);
            return self.put_all(param, *which, names, builder);
        }
        let Some((of, which)) = self.target(param)? else { return self.unset(param.of, param, builder) };
        match (of, &which) {
            (Of::Special(all @ (b'@' | b'*')), _) => {
                if let Op::Get = param.op {
                    return self.put_positional(param, all, builder);
                }
                let values = self.positional.iter().map(<[u8]>::to_vec).collect();
                return self.all(param, of, all, values, builder);
            }
            (Of::Var(sym), Which::All(all)) => {
                let mut values: Vec<Vec<u8>> = Vec::new();
                match &param.op {
                    Op::Keys => {
                        for (key, _) in self.vars.elements(sym) {
                            let mut text = Vec::new();
                            key.push(&mut text);
                            values.push(text);
                        }
                    }
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
                            return Err(self.fail(&[b"substring expression < 0"]));
                        }
                        for (at, (key, value)) in (0i64..).zip(self.vars.elements(sym)) {
                            let index = if let Key::Index(index) = key { index } else { at };
                            if from >= 0 && index >= from && left > 0 {
                                left = left.saturating_sub(1);
                                values.push(value);
                            }
                        }
                        return self.put_all(param, *all, values, builder);
                    }
                    Op::Transform(letter @ (b'A' | b'K' | b'k' | b'a')) => {
                        let text = self.described(sym, *letter);
                        put(&text, param, builder, self);
                        return Ok(());
                    }
                    _ => values = self.vars.elements(sym).into_iter().map(|(_, value)| value).collect(),
                }
                return self.all(param, of, *all, values, builder);
            }
            _ => {}
        }
        let filled =
            |value: &Option<Cow<[u8]>>, colon: bool| value.as_ref().is_some_and(|value| !(colon && value.is_empty()));
        match &param.op {
            Op::Get => match self.value(of, &which) {
                Some(value) => {
                    put(&value, param, builder, self);
                    Ok(())
                }
                None => self.unset(of, param, builder),
            },
            Op::Bad(text) => Err(self.bad_substitution(text)),
            Op::Keys | Op::Names(_) => Err(self.fail(&[b"bad substitution"])),
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
            Op::Default(colon, word) => {
                let value = self.value(of, &which);
                if filled(&value, *colon) {
                    put(&value.unwrap_or_default(), param, builder, self);
                    Ok(())
                } else {
                    drop(value);
                    self.word(word, param, builder)
                }
            }
            Op::Alternative(colon, word) => {
                let value = self.value(of, &which);
                if filled(&value, *colon) {
                    drop(value);
                    self.word(word, param, builder)
                } else {
                    if param.quoted {
                        builder.quoted(b"");
                    }
                    Ok(())
                }
            }
            Op::Assign(colon, word) => {
                let value = self.value(of, &which);
                if filled(&value, *colon) {
                    put(&value.unwrap_or_default(), param, builder, self);
                    return Ok(());
                }
                drop(value);
                let Of::Var(sym) = of else {
                    let name = self.name_of(of);
                    return Err(self.fail(&[&name, b": bad variable name"]));
                };
                let text = self.expand_text(word)?;
                match &which {
                    Which::One(key) => self.set_element(sym, key, text, false)?,
                    _ => self.assign(sym, &text)?,
                }
                let value = self.value(of, &which).unwrap_or_default();
                put(&value, param, builder, self);
                Ok(())
            }
            Op::Error(colon, word) => {
                let value = self.value(of, &which);
                if filled(&value, *colon) {
                    put(&value.unwrap_or_default(), param, builder, self);
                    return Ok(());
                }
                drop(value);
                let default: &[u8] = if *colon { b"parameter not set or null" } else { b"parameter not set" };
                Err(self.missing(of, word, default))
            }
            Op::Transform(b'a') => {
                let text = if let Of::Var(sym) = of { self.attributes(sym) } else { Vec::new() };
                put(&text, param, builder, self);
                Ok(())
            }
            Op::Transform(b'A') if matches!((of, &which), (Of::Var(_), Which::Whole)) => {
                let text = if let Of::Var(sym) = of { self.described(sym, b'A') } else { Vec::new() };
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
            return self.fail(&[b"syntax error: bad substitution"]);
        }
        self.fail(&[b"${", text, b"}: bad substitution"])
    }

    fn put_count(&mut self, count: usize, param: &Param, builder: &mut Builder) -> Flow<()> {
        let mut text = Vec::new();
        push_number(&mut text, i64::try_from(count).unwrap_or(i64::MAX));
        put(&text, param, builder, self);
        Ok(())
    }

    /// The value after trimming, cutting or replacing.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn changed<'v>(&mut self, value: &'v [u8], op: &Op) -> Flow<Cow<'v, [u8]>> {
        Ok(match op {
            Op::Trim { suffix, longest, pattern } => {
                let glob = self.compiled(pattern)?;
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
                let length = match length {
                    Some(length) => Some(self.arithmetic(length)?),
                    None => None,
                };
                let utf8 = self.is_utf8() && !value.is_ascii();
                let count = char_count(value, utf8);
                let Some((from, to)) = slice(count, offset, length) else { return Ok(Cow::Borrowed(b"")) };
                let (from, to) = (byte_offset(value, from, utf8), byte_offset(value, to, utf8));
                Cow::Borrowed(value.get(from..to).unwrap_or_default())
            }
            Op::Replace { all, anchor, pattern, with } => {
                let glob = self.compiled(pattern)?;
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
                let glob = if pattern.word.parts.is_empty() { None } else { Some(self.compiled(pattern)?) };
                let mut wanted = |one: &[u8]| glob.as_ref().is_none_or(|glob| glob.matches(one));
                Cow::Owned(super::element::change_case(value, *upper, self.is_utf8(), *all, &mut wanted))
            }
            Op::Transform(letter) => Cow::Owned(self.transformed(value, *letter)),
            _ => Cow::Borrowed(value),
        })
    }

    /// The word of an operator, in the place of the value.
    fn word(&mut self, word: &Word, param: &Param, builder: &mut Builder) -> Flow<()> {
        if param.quoted {
            builder.quoted(b"");
        }
        self.parts(&word.parts, builder, !param.quoted && builder.wanted == Wanted::Fields)
    }

    /// `$@`, `$*` and the elements of an array with what may be done to them.
    fn all(&mut self, param: &Param, of: Of, which: u8, values: Vec<Vec<u8>>, builder: &mut Builder) -> Flow<()> {
        let mut values = values;
        let count = values.len();
        // Joined they are nothing, or there is but one.
        let is_null = values.iter().all(Vec::is_empty) && (count == 1 || (which == b'*' && self.ifs.join.is_empty()));
        let is_empty = |colon: bool| count == 0 || (colon && is_null);
        match &param.op {
            Op::Length => return self.put_count(count, param, builder),
            Op::Default(colon, word) if is_empty(*colon) => return self.word(word, param, builder),
            Op::Assign(colon, _) if is_empty(*colon) => {
                let name = self.name_of(of);
                return Err(self.fail(&[&name, b": bad variable name"]));
            }
            Op::Error(colon, word) if is_empty(*colon) => {
                return Err(self.missing(of, word, b"parameter not set"));
            }
            Op::Alternative(colon, word) => {
                if is_empty(*colon) {
                    if param.quoted {
                        builder.quoted(b"");
                    }
                    return Ok(());
                }
                return self.word(word, param, builder);
            }
            Op::Substring { offset, length } => {
                let offset = self.arithmetic(offset)?;
                let length = match length {
                    Some(length) => Some(self.arithmetic(length)?),
                    None => None,
                };
                // Offset 0 begins with `$0`.
                values.insert(0, self.arg0.clone());
                values = match slice(values.len(), offset, length) {
                    Some((from, to)) => values.get(from..to).unwrap_or_default().to_vec(),
                    None => Vec::new(),
                };
            }
            Op::Trim { .. } | Op::Replace { .. } | Op::Case { .. } | Op::Transform(_) => {
                for value in &mut values {
                    *value = self.changed(value, &param.op)?.into_owned();
                }
            }
            Op::Bad(text) => return Err(self.bad_substitution(text)),
            Op::Names(_) => return Err(self.fail(&[b"bad substitution"])),
            _ => {}
        }
        self.put_all(param, which, values, builder)
    }

    fn put_positional(&mut self, param: &Param, which: u8, builder: &mut Builder) -> Flow<()> {
        put_each(param, which, &mut |index| self.positional.get(index), self, builder);
        Ok(())
    }

    fn put_all(&mut self, param: &Param, which: u8, values: Vec<Vec<u8>>, builder: &mut Builder) -> Flow<()> {
        put_each(param, which, &mut |index| values.get(index).map(Vec::as_slice), self, builder);
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
                let mut text = Vec::new();
                push_number(&mut text, number);
                Cow::Owned(text)
            }
        })
    }

    /// An unset parameter: nothing, or an error under `set -u`.
    fn unset(&mut self, of: Of, param: &Param, builder: &mut Builder) -> Flow<()> {
        if self.options.nounset {
            return Err(self.unset_error(of));
        }
        if param.quoted {
            builder.quoted(b"");
        }
        Ok(())
    }

    fn unset_error(&mut self, of: Of) -> Unwind {
        self.missing(of, &Word::default(), b"parameter not set")
    }

    /// The error of a parameter that must be set. It ends a script in bash too, where most errors do not.
    fn missing(&mut self, of: Of, word: &Word, default: &[u8]) -> Unwind {
        let text = match self.expand_text(word) {
            Ok(text) => text,
            Err(unwind) => return unwind,
        };
        let name = self.name_of(of);
        let text = if word.parts.is_empty() { default } else { &text };
        let unwind = self.fail(&[&name, b": ", text]);
        if self.bash && !self.options.interactive { Unwind::Exit(1) } else { unwind }
    }

    fn name_of(&self, of: Of) -> Vec<u8> {
        match of {
            Of::Var(sym) => self.names.text(sym).to_vec(),
            Of::Positional(number) => {
                let mut text = Vec::new();
                push_number(&mut text, i64::try_from(number).unwrap_or(i64::MAX));
                text
            }
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
fn put_each<'v>(
    param: &Param,
    which: u8,
    get: &mut dyn FnMut(usize) -> Option<&'v [u8]>,
    shell: &Shell,
    builder: &mut Builder,
) {
    let ifs = &shell.ifs;
    // bash puts a blank between the parts of `$@` where these become one.
    let join: &[u8] = if shell.bash && which == b'@' { b" " } else { &ifs.join };
    let joins = builder.wanted != Wanted::Fields || (param.quoted && which == b'*');
    if joins && param.quoted {
        builder.quoted(b"");
    }
    let mut index = 0usize;
    while let Some(value) = get(index) {
        if index > 0 {
            if !joins {
                builder.next_parameter();
            } else if param.quoted {
                builder.quoted(join);
            } else {
                builder.expanded(join, ifs);
            }
        }
        if param.quoted {
            builder.quoted(value)
        } else {
            builder.expanded(value, ifs)
        }
        index = index.saturating_add(1);
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

//! param - `$x`, `${x…}` with all operators.

use super::fields::{Builder, Wanted};
use super::pattern::{char_count, char_length, find};
use crate::arith::push_number;
use crate::flow::{Flow, Unwind};
use crate::names::is_name;
use crate::shell::Shell;
use crate::tree::{Of, Op, Param, Word};
use std::borrow::Cow;

impl Shell {
    /// Expands one parameter into the builder.
    pub(super) fn param(&mut self, param: &Param, builder: &mut Builder) -> Flow<()> {
        if let Of::Var(sym) = param.of {
            self.refresh(sym);
            if let Op::Get = param.op {
                // The common case: nothing is copied but into the field.
                return match self.vars.get(sym) {
                    Some(value) => {
                        if param.quoted {
                            builder.quoted(value);
                        } else {
                            builder.expanded(value, &self.ifs);
                        }
                        Ok(())
                    }
                    None => self.unset(param, builder),
                };
            }
        }
        if self.stack.is_deep() {
            return Err(self.fail(&[b"expansion nested too deeply"]));
        }
        if let Of::Special(which @ (b'@' | b'*')) = param.of {
            return self.all(param, which, builder);
        }
        let filled =
            |value: &Option<Cow<[u8]>>, colon: bool| value.as_ref().is_some_and(|value| !(colon && value.is_empty()));
        match &param.op {
            Op::Get => match self.value(param.of) {
                Some(value) => {
                    put(&value, param, builder, self);
                    Ok(())
                }
                None => self.unset(param, builder),
            },
            Op::Bad(text) => Err(self.fail(&[b"${", text, b"}: bad substitution"])),
            Op::Length => {
                let Some(value) = self.value(param.of) else {
                    if self.options.nounset {
                        return Err(self.unset_error(param.of));
                    }
                    put(b"0", param, builder, self);
                    return Ok(());
                };
                let length = char_count(&value, self.is_utf8());
                let mut text = Vec::new();
                push_number(&mut text, i64::try_from(length).unwrap_or(i64::MAX));
                put(&text, param, builder, self);
                Ok(())
            }
            Op::Indirect => {
                let Some(name) = self.value(param.of) else { return self.unset(param, builder) };
                let name = name.into_owned();
                let of = match name.as_slice() {
                    text if is_name(text) => Of::Var(self.names.intern(text)),
                    [byte @ (b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'0')] => Of::Special(*byte),
                    text => match crate::arith::number(text).and_then(|n| usize::try_from(n).ok()) {
                        Some(number) if number > 0 => Of::Positional(number),
                        _ => return Err(self.fail(&[b"${!", text, b"}: bad substitution"])),
                    },
                };
                self.param(&Param { of, op: Op::Get, quoted: param.quoted }, builder)
            }
            Op::Default(colon, word) => {
                let value = self.value(param.of);
                if filled(&value, *colon) {
                    put(&value.unwrap_or_default(), param, builder, self);
                    Ok(())
                } else {
                    drop(value);
                    self.word(word, param, builder)
                }
            }
            Op::Alternative(colon, word) => {
                let value = self.value(param.of);
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
                let value = self.value(param.of);
                if filled(&value, *colon) {
                    put(&value.unwrap_or_default(), param, builder, self);
                    return Ok(());
                }
                drop(value);
                let Of::Var(sym) = param.of else {
                    let name = self.name_of(param.of);
                    return Err(self.fail(&[&name, b": bad variable name"]));
                };
                let text = self.expand_text(word)?;
                self.assign(sym, &text)?;
                put(&text, param, builder, self);
                Ok(())
            }
            Op::Error(colon, word) => {
                let value = self.value(param.of);
                if filled(&value, *colon) {
                    put(&value.unwrap_or_default(), param, builder, self);
                    return Ok(());
                }
                drop(value);
                let text = self.expand_text(word)?;
                let name = self.name_of(param.of);
                let default: &[u8] = if *colon { b"parameter not set or null" } else { b"parameter not set" };
                let text = if word.parts.is_empty() { default } else { &text };
                Err(self.fail(&[&name, b": ", text]))
            }
            Op::Trim { .. } | Op::Substring { .. } | Op::Replace { .. } => {
                let Some(value) = self.value(param.of).map(Cow::into_owned) else {
                    return self.unset(param, builder);
                };
                let result = self.changed(&value, &param.op)?;
                put(&result, param, builder, self);
                Ok(())
            }
        }
    }

    /// The value after trimming, cutting or replacing.
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
            _ => Cow::Borrowed(value),
        })
    }

    /// The word of an operator, in the place of the value.
    fn word(&mut self, word: &Word, param: &Param, builder: &mut Builder) -> Flow<()> {
        if param.quoted && word.parts.is_empty() {
            builder.quoted(b"");
        }
        self.parts(&word.parts, builder, !param.quoted && builder.wanted == Wanted::Fields)
    }

    /// `$@` and `$*` with all that may be done to them.
    fn all(&mut self, param: &Param, which: u8, builder: &mut Builder) -> Flow<()> {
        let count = self.positional.len();
        let mut changed: Option<Vec<Vec<u8>>> = None;
        match &param.op {
            Op::Get => {}
            Op::Length => {
                let mut text = Vec::new();
                push_number(&mut text, i64::try_from(count).unwrap_or(i64::MAX));
                put(&text, param, builder, self);
                return Ok(());
            }
            Op::Default(colon, word) | Op::Assign(colon, word) | Op::Error(colon, word) => {
                let empty = count == 0 || (*colon && count == 1 && self.positional.get(0) == Some(b""));
                if empty {
                    return match param.op {
                        Op::Default(..) => self.word(word, param, builder),
                        Op::Assign(..) => Err(self.fail(&[&[which], b": bad variable name"])),
                        _ => {
                            let text = self.expand_text(word)?;
                            let text: &[u8] = if word.parts.is_empty() { b"parameter not set" } else { &text };
                            Err(self.fail(&[&[which], b": ", text]))
                        }
                    };
                }
            }
            Op::Alternative(colon, word) => {
                let empty = count == 0 || (*colon && count == 1 && self.positional.get(0) == Some(b""));
                if empty {
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
                let mut values = vec![self.arg0.clone()];
                values.extend(self.positional.iter().map(<[u8]>::to_vec));
                let values = match slice(values.len(), offset, length) {
                    Some((from, to)) => values.get(from..to).unwrap_or_default().to_vec(),
                    None => Vec::new(),
                };
                changed = Some(values);
            }
            Op::Trim { .. } | Op::Replace { .. } => {
                let values: Vec<Vec<u8>> = self.positional.iter().map(<[u8]>::to_vec).collect();
                let mut results = Vec::new();
                for value in values {
                    results.push(self.changed(&value, &param.op)?.into_owned());
                }
                changed = Some(results);
            }
            Op::Indirect | Op::Bad(_) => return Err(self.fail(&[b"bad substitution"])),
        }
        let get = |index: usize| match &changed {
            Some(values) => values.get(index).map(Vec::as_slice),
            None => self.positional.get(index),
        };
        let count = changed.as_ref().map_or(count, Vec::len);
        if builder.wanted != Wanted::Fields || (param.quoted && which == b'*') {
            let join: &[u8] = &self.ifs.join;
            if param.quoted {
                builder.quoted(b"");
            }
            for index in 0..count {
                if index > 0 {
                    if param.quoted { builder.quoted(join) } else { builder.expanded(join, &self.ifs) }
                }
                let value = get(index).unwrap_or_default();
                if param.quoted { builder.quoted(value) } else { builder.expanded(value, &self.ifs) }
            }
            return Ok(());
        }
        for index in 0..count {
            if index > 0 {
                builder.next_parameter();
            }
            let value = get(index).unwrap_or_default();
            if param.quoted { builder.quoted(value) } else { builder.expanded(value, &self.ifs) }
        }
        Ok(())
    }

    /// The value of a single parameter, if it is set.
    pub(super) fn value(&self, of: Of) -> Option<Cow<'_, [u8]>> {
        Some(match of {
            Of::Var(sym) => Cow::Borrowed(self.vars.get(sym)?),
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
    fn unset(&mut self, param: &Param, builder: &mut Builder) -> Flow<()> {
        if self.options.nounset {
            return Err(self.unset_error(param.of));
        }
        if param.quoted {
            builder.quoted(b"");
        }
        Ok(())
    }

    fn unset_error(&mut self, of: Of) -> Unwind {
        let name = self.name_of(of);
        self.fail(&[&name, b": parameter not set"])
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

fn put(value: &[u8], param: &Param, builder: &mut Builder, shell: &Shell) {
    if param.quoted {
        builder.quoted(value);
    } else {
        builder.expanded(value, &shell.ifs);
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

//! count - `for ((…))` and `select`.

use super::After;
use crate::flow::Flow;
use crate::names::Sym;
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{Arithmetic, Count, For, Shown};
use base::number::{decimal_width, push_radix};
use base::sys;
use base::term::width::display_width;

impl Shell {
    #[inline(never)]
    pub(super) fn run_count(&mut self, count: &Count, line: u32) -> Flow<u8> {
        let [start, condition, step] = &count.parts;
        self.run_part(start, line)?;
        self.loops = self.loops.saturating_add(1);
        let mut status = 0;
        let result = loop {
            match self.run_part(condition, line) {
                Ok(0) => break Ok(status),
                Ok(_) => {}
                Err(unwind) => break Err(unwind),
            }
            let body = self.run_list(&count.body, false);
            match self.after_round(body) {
                Ok(After::Next) => status = 0,
                Ok(After::Leave) => break Ok(0),
                Ok(After::Status(body)) => status = body,
                Err(unwind) => break Err(unwind),
            }
            if let Err(unwind) = self.run_part(step, line) {
                break Err(unwind);
            }
            if base::sys::signal::pending()
                && let Err(unwind) = self.run_traps()
            {
                break Err(unwind);
            }
        };
        self.loops = self.loops.saturating_sub(1);
        let status = result?;
        self.status = status;
        Ok(status)
    }

    /// The value of a part of `for ((…))`, 1 where it is missing.
    fn run_part(&mut self, (part, shown): &(Option<Box<Arithmetic>>, Shown), line: u32) -> Flow<i64> {
        self.line = line;
        self.announce(shown)?;
        match part {
            Some(part) => self.traced_arithmetic(part),
            None => Ok(1),
        }
    }

    #[inline(never)]
    pub(super) fn run_select(&mut self, each: &For, line: u32) -> Flow<u8> {
        self.line = line;
        self.announce(&each.shown)?;
        let mut words = Strings::new();
        match &each.words {
            Some(list) => self.expand_words(list, &mut words)?,
            None => words = self.positional.clone(),
        }
        if words.len() == 0 {
            return Ok(0);
        }
        self.loops = self.loops.saturating_add(1);
        let result = self.select_rounds(each, &words);
        self.loops = self.loops.saturating_sub(1);
        let status = result?;
        self.status = status;
        Ok(status)
    }

    #[inline(never)]
    fn select_rounds(&mut self, each: &For, words: &Strings) -> Flow<u8> {
        let mut shows = true;
        loop {
            let mut text = Vec::new();
            if shows {
                let width = self.variable(b"COLUMNS").and_then(crate::arith::index).unwrap_or(80);
                push_menu(&mut text, words, width, self.is_utf8());
            }
            let prompt = match self.variable(b"PS3") {
                Some(prompt) => prompt.to_vec(),
                None => b"#? ".to_vec(),
            };
            text.extend_from_slice(&prompt);
            crate::shell::tell(&text);
            let Some(read) = crate::builtin::find(b"read") else { return Ok(1) };
            if self.run_builtin(read, &[], &Strings::from_slices(&[b"read", b"REPLY"]))? != 0 {
                let _ = base::io::write_all(sys::descriptor(1), b"\n");
                return Ok(1);
            }
            let reply = self.vars.copy(Sym::REPLY);
            shows = reply.is_empty();
            if shows {
                continue;
            }
            let index = crate::arith::index(&reply).and_then(|number| number.checked_sub(1));
            let chosen = index.and_then(|index| words.get(index)).unwrap_or_default();
            self.assign(each.variable, chosen)?;
            let body = self.run_list(&each.body, false);
            match self.after_round(body) {
                Ok(After::Leave) => return Ok(0),
                Ok(_) => {}
                Err(unwind) => return Err(unwind),
            }
            self.run_traps()?;
        }
    }
}

/// Adds the words with their numbers, in columns downwards that fill the width, filled up with tabs as bash does.
#[inline(never)]
fn push_menu(text: &mut Vec<u8>, words: &Strings, width: usize, utf8: bool) {
    let count = words.len();
    let digits = |number: usize| decimal_width(number as u64);
    let longest = words.iter().map(|word| display_width(word, utf8)).max().unwrap_or(0);
    let column = digits(count).saturating_add(longest).saturating_add(4);
    let mut rows = count.div_ceil(width.checked_div(column).unwrap_or(1).max(1));
    if rows == 1 {
        rows = count;
    }
    for row in 0..rows {
        let (mut index, mut at, mut begin) = (row, 0usize, 0usize);
        while let Some(word) = words.get(index) {
            while at < begin {
                let tab = begin / 8 > at / 8;
                text.push(if tab { b'\t' } else { b' ' });
                at = if tab { (at / 8).saturating_add(1).saturating_mul(8) } else { at.saturating_add(1) };
            }
            let wide = digits(if begin == 0 { rows } else { count });
            push_radix(text, index.saturating_add(1) as u64, 10, wide, b' ');
            text.extend_from_slice(b") ");
            text.extend_from_slice(word);
            at = begin.saturating_add(wide).saturating_add(2).saturating_add(display_width(word, utf8));
            begin = begin.saturating_add(column);
            index = index.saturating_add(rows);
        }
        text.push(b'\n');
    }
}

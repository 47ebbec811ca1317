//! count - `for ((…))` and `select`.

use super::After;
use crate::flow::Flow;
use crate::names::Sym;
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{Count, For};
use base::sys;

impl Shell {
    #[inline(never)]
    pub(super) fn run_count(&mut self, count: &Count, line: u32) -> Flow<u8> {
        self.line = line;
        let [start, condition, step] = &count.parts;
        if let Some(start) = start {
            self.traced_arithmetic(start)?;
        }
        self.loops = self.loops.saturating_add(1);
        let mut status = 0;
        let result = loop {
            let rounds = match condition {
                Some(condition) => self.traced_arithmetic(condition),
                None => Ok(1),
            };
            match rounds {
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
            if let Some(step) = step
                && let Err(unwind) = self.traced_arithmetic(step)
            {
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

    #[inline(never)]
    pub(super) fn run_select(&mut self, each: &For, line: u32) -> Flow<u8> {
        self.line = line;
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
                for (number, word) in (1i64..).zip(words.iter()) {
                    crate::arith::push_number(&mut text, number);
                    text.extend_from_slice(b") ");
                    text.extend_from_slice(word);
                    text.push(b'\n');
                }
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

//! The commands `g`, `v`, `G` and `V`.

use super::address::Range;
use super::command::Print;
use super::{Ed, Flow, wrong};
use crate::buffer::ONCE as FLAG;
use crate::delimited::delimited;
use base::Result;

impl Ed<'_, '_> {
    /// `name` is the command's letter, `text` what follows it.
    pub(super) fn global(&mut self, name: u8, range: Range, text: &[u8]) -> Result<Flow> {
        let Some((delimiter, rest)) = text.split_first().filter(|(byte, _)| !matches!(byte, b' ' | b'\n')) else {
            return wrong("Invalid pattern delimiter");
        };
        let (source, length, _) = delimited(rest, *delimiter, true);
        let mut list = rest.get(length..).unwrap_or_default().to_vec();
        let inverse = matches!(name, b'v' | b'V');
        let interactive = matches!(name, b'G' | b'V');
        let pattern = self.compile(&source, false)?;
        if interactive && !list.is_empty() {
            return wrong("Invalid command suffix");
        }
        // All but the last line of the list end in a backslash.
        while !interactive && list.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1 {
            list.pop();
            let Some(line) = self.read_line()? else { break };
            list.push(b'\n');
            list.extend_from_slice(&line);
        }
        if list.is_empty() {
            list.push(b'p');
        }
        for n in range.first..=range.last {
            let at = n.saturating_sub(1);
            let chosen = n > 0 && pattern.is_match(self.buf.line(at)) != inverse;
            if n > 0 {
                self.buf.flag(at, if chosen { FLAG } else { 0 });
            }
        }
        self.in_global = true;
        let result = self.each(&list, interactive);
        self.in_global = false;
        self.pending = None;
        if result.is_err() {
            while let Some(at) = self.buf.flagged(0, FLAG) {
                self.buf.flag(at, 0);
            }
        }
        result
    }

    fn each(&mut self, list: &[u8], interactive: bool) -> Result<Flow> {
        let mut last = Vec::new();
        let mut from = 0;
        loop {
            // A command may have moved lines up to where one has been.
            let next = self.buf.flagged(from, FLAG).or_else(|| self.buf.flagged(0, FLAG));
            let Some(at) = next else { return Ok(Flow::Go) };
            self.check_signals()?;
            self.buf.flag(at, 0);
            self.cur = at + 1;
            let count = self.buf.count();
            if interactive {
                self.pending = None;
                self.print(Range { first: self.cur, last: self.cur, given: 1 }, Print::default())?;
                self.cx.stdout.finish()?;
                let Some(line) = self.read_input()? else { return wrong("Unexpected end-of-file") };
                if line.is_empty() {
                    continue;
                }
                if line != b"&" {
                    last = line;
                } else if last.is_empty() {
                    return wrong("No previous command");
                }
                if self.command(&last.clone(), false)? == Flow::Quit {
                    return Ok(Flow::Quit);
                }
            } else {
                self.pending = Some(list.to_vec());
                while let Some(line) = self.read_line()? {
                    if self.command(&line, false)? == Flow::Quit {
                        return Ok(Flow::Quit);
                    }
                }
            }
            from = at.saturating_sub(count.saturating_sub(self.buf.count()));
        }
    }
}

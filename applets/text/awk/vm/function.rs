//! awk's functions.

use super::run::output;
use super::{Vm, fatal};
use crate::builtin::Builtin;
use crate::code::R;
use crate::stream;
use crate::value::{EXACT, Value, push_char};
use base::error::Result;
use base::float::math;
use base::pattern::character_length;
use base::time::{Civil, Stamp, Zone, now, push_time};

impl Vm<'_, '_> {
    /// The string in a register, as bytes of one's own.
    pub fn bytes_of(&self, register: usize) -> Vec<u8> {
        let mut out = Vec::new();
        self.regs[register].push(&mut out, &self.convfmt);
        out
    }

    /// Calls a function with `count` arguments from register `first` on, which gets the result.
    #[inline(never)]
    pub fn builtin(&mut self, builtin: Builtin, first: R, count: usize) -> Result<()> {
        let value = self.value_of(builtin, self.regs.index(first), count)?;
        self.regs.set(first, value);
        Ok(())
    }

    fn value_of(&mut self, builtin: Builtin, first: usize, count: usize) -> Result<Value> {
        let number = |at: usize| self.regs[first + at].number();
        Ok(Value::Number(match builtin {
            Builtin::Sin => math::sin(number(0)),
            Builtin::Cos => math::cos(number(0)),
            Builtin::Atan2 => number(0).atan2(number(1)),
            Builtin::Exp => math::exp(number(0)),
            Builtin::Log => math::ln(number(0)),
            Builtin::Sqrt => number(0).sqrt(),
            Builtin::Int => number(0).trunc(),
            Builtin::Rand => self.rand(),
            Builtin::Srand => {
                let new = if count > 0 { number(0) } else { now().sec as f64 };
                self.random = new.to_bits();
                core::mem::replace(&mut self.seed, new)
            }
            Builtin::And | Builtin::Or | Builtin::Xor => self.bits(builtin, first, count)?,
            Builtin::Compl => (!self.word(number(0))? & ((1 << 53) - 1)) as f64,
            Builtin::Lshift | Builtin::Rshift => {
                let (value, shift) = (self.word(number(0))?, self.word(number(1))?);
                let shift = u32::try_from(shift).unwrap_or(64);
                let shifted =
                    if builtin == Builtin::Lshift { value.checked_shl(shift) } else { value.checked_shr(shift) };
                shifted.unwrap_or(0) as f64
            }
            Builtin::Length => return self.length(first, count),
            Builtin::Isarray => f64::from(matches!(self.regs[first], Value::Array(_))),
            Builtin::Typeof => return Ok(self.type_of(first)),
            Builtin::Strtonum => self.strtonum(first),
            Builtin::Systime => now().sec as f64,
            Builtin::Mktime => self.mktime(first, count),
            Builtin::Strftime => return Ok(self.strftime(first, count)),
            Builtin::System => {
                self.outside("'system' function")?;
                let line = self.bytes_of(first);
                self.flush_all()?;
                stream::system(self.cx, &line)?
            }
            Builtin::Close => self.close(first),
            Builtin::Fflush => self.fflush(first, count)?,
            Builtin::Tolower | Builtin::Toupper => return Ok(self.change_case(first, builtin == Builtin::Toupper)),
            Builtin::Substr => return Ok(self.substr(first, count)),
            Builtin::Index => self.index_of(first),
            Builtin::Sprintf => {
                let mut out = Vec::new();
                self.format(&mut out, first, count)?;
                return Ok(Value::text(&out));
            }
            Builtin::Sub | Builtin::Gsub => self.substitute(builtin == Builtin::Gsub, first, count)?,
            Builtin::Gensub => return self.gensub(first, count),
            Builtin::Match => self.match_function(first, count)?,
            Builtin::Split | Builtin::Patsplit => self.split(builtin == Builtin::Patsplit, first, count)?,
            Builtin::Asort | Builtin::Asorti => self.asort(builtin == Builtin::Asorti, first, count)?,
        }))
    }

    /// splitmix64: small, and good enough for what awk is asked for.
    fn rand(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / EXACT
    }

    /// A number whose bits are wanted.
    fn word(&self, number: f64) -> Result<u64> {
        if number < 0.0 { Err(fatal("a function on bits got a negative number")) } else { Ok(number as u64) }
    }

    fn bits(&self, builtin: Builtin, first: usize, count: usize) -> Result<f64> {
        let mut result = self.word(self.regs[first].number())?;
        for register in &self.regs[first + 1..first + count] {
            let word = self.word(register.number())?;
            result = match builtin {
                Builtin::And => result & word,
                Builtin::Or => result | word,
                _ => result ^ word,
            };
        }
        Ok(result as f64)
    }

    fn length(&mut self, first: usize, count: usize) -> Result<Value> {
        if count > 0
            && let Value::Array(number) = self.regs[first]
        {
            return Ok(Value::Number(self.tables[number as usize].len() as f64));
        }
        let utf8 = self.utf8;
        let mut room = Vec::new();
        let text = if count == 0 {
            self.record.text(&self.ofs, &self.convfmt)
        } else {
            self.regs[first].bytes(&mut room, &self.convfmt)
        };
        Ok(Value::Number(characters(text, utf8) as f64))
    }

    fn type_of(&self, register: usize) -> Value {
        let value = &self.regs[register];
        let name = match value {
            Value::Array(_) => "array",
            Value::Number(_) => "number",
            Value::Unset => "untyped",
            Value::Pattern(_) => "regexp",
            _ if value.numeric().is_some() => "strnum",
            _ => "string",
        };
        Value::text(name.as_bytes())
    }

    fn strtonum(&self, register: usize) -> f64 {
        let value = &self.regs[register];
        let Some(text) = value.as_text() else { return value.number() };
        let text = text.trim_ascii_start();
        let (negative, body) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let (radix, digits) = match body {
            [b'0', b'x' | b'X', rest @ ..] => (16, rest),
            [b'0', rest @ ..]
                if rest.iter().take_while(|b| b.is_ascii_digit()).all(|b| *b < b'8') && !body.contains(&b'.') =>
            {
                (8, rest)
            }
            _ => return value.number(),
        };
        let mut result = 0.0;
        for digit in digits.iter().map_while(|byte| char::from(*byte).to_digit(radix)) {
            result = result * f64::from(radix) + f64::from(digit);
        }
        if negative { -result } else { result }
    }

    fn zone(&self, utc: bool) -> Zone {
        if utc { Zone::utc() } else { Zone::load(self.cx.env.get(b"TZ")) }
    }

    fn mktime(&self, first: usize, count: usize) -> f64 {
        let text = self.bytes_of(first);
        let utc = count > 1 && self.regs[first + 1].truth();
        let mut numbers = [0i64; 7];
        let mut found = 0;
        for (place, word) in numbers.iter_mut().zip(text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()))
        {
            let Ok(number) = base::number::parse_i64(word) else { return -1.0 };
            *place = number;
            found += 1;
        }
        if found < 6 {
            return -1.0;
        }
        let [year, month, day, hour, minute, second, dst] = numbers;
        // What lies outside its range carries over, as mktime(3) has it.
        let months = month.saturating_sub(1);
        let year = year.saturating_add(months.div_euclid(12));
        let civil =
            Civil { year, month: u32::try_from(months.rem_euclid(12) + 1).unwrap_or(1), day: 1, ..Civil::default() };
        let Some(start) = civil.seconds() else { return -1.0 };
        let days = day.saturating_sub(1).saturating_mul(86400);
        let rest = hour.saturating_mul(3600).saturating_add(minute.saturating_mul(60)).saturating_add(second);
        let wall = Civil::from_seconds(start.saturating_add(days).saturating_add(rest));
        let dst = if found > 6 && dst >= 0 { Some(dst > 0) } else { None };
        self.zone(utc).seconds(&wall, dst).map_or(-1.0, |seconds| seconds as f64)
    }

    fn strftime(&self, first: usize, count: usize) -> Value {
        let format = if count > 0 { self.bytes_of(first) } else { b"%a %b %e %H:%M:%S %Z %Y".to_vec() };
        let at = if count > 1 { Stamp { sec: self.regs[first + 1].number() as i64, nsec: 0 } } else { now() };
        let utc = count > 2 && self.regs[first + 2].truth();
        let mut out = Vec::new();
        push_time(&mut out, &format, at, &self.zone(utc));
        Value::text(&out)
    }

    fn close(&mut self, first: usize) -> f64 {
        let name = self.bytes_of(first);
        let mut status = -1.0;
        // A failure of standard output shows when it is used again.
        let _ = self.cx.stdout.finish();
        while let Some(number) = self.writers.iter().position(|stream| stream.name == name) {
            status = self.writers.remove(number).close();
        }
        while let Some(number) = self.readers.iter().position(|stream| stream.name == name) {
            status = self.readers.remove(number).close();
        }
        status
    }

    fn fflush(&mut self, first: usize, count: usize) -> Result<f64> {
        if count == 0 {
            self.flush_all()?;
            return Ok(0.0);
        }
        let name = self.bytes_of(first);
        if name.is_empty() {
            self.flush_all()?;
            return Ok(0.0);
        }
        if name == b"/dev/stdout" {
            self.cx.stdout.finish()?;
            return Ok(0.0);
        }
        let mut status = -1.0;
        for stream in self.writers.iter_mut().filter(|stream| stream.name == name) {
            if let Some(output) = &mut stream.output {
                status = if output.finish().is_ok() { 0.0 } else { -1.0 };
            }
        }
        Ok(status)
    }

    fn change_case(&self, first: usize, upper: bool) -> Value {
        let mut text = self.bytes_of(first);
        if !self.utf8 || text.is_ascii() {
            if upper {
                text.make_ascii_uppercase();
            } else {
                text.make_ascii_lowercase();
            }
            return Value::text(&text);
        }
        let mut out = Vec::with_capacity(text.len());
        let mut rest = &text[..];
        while !rest.is_empty() {
            let length = character_length(rest, true).max(1);
            let (here, after) = rest.split_at_checked(length).unwrap_or((rest, b""));
            match core::str::from_utf8(here).ok().and_then(|text| text.chars().next()) {
                Some(char) => {
                    let mut changed = char;
                    if upper {
                        let mut all = char.to_uppercase();
                        // What has no single capital stays.
                        if let (Some(one), None) = (all.next(), all.next()) {
                            changed = one;
                        }
                    } else if let Some(one) = char.to_lowercase().next() {
                        changed = one;
                    }
                    push_char(&mut out, u64::from(u32::from(changed)));
                }
                None => out.extend_from_slice(here),
            }
            rest = after;
        }
        Value::text(&out)
    }

    /// Adds what printf makes of the registers: the format, then its arguments.
    fn format(&self, out: &mut Vec<u8>, first: usize, count: usize) -> Result<()> {
        let mut room = Vec::new();
        let text = self.regs[first].bytes(&mut room, &self.convfmt);
        self.formatter().push(out, text, &self.regs[first + 1..first + count])
    }

    #[inline(never)]
    pub fn printf(&mut self, first: R, count: usize) -> Result<()> {
        let mut out = core::mem::take(&mut self.scratch);
        out.clear();
        let result = self.format(&mut out, self.regs.index(first), count);
        let result = result.and_then(|()| output(self.chosen, &mut self.cx.stdout, &mut self.writers).put(&out));
        self.scratch = out;
        result?;
        self.written()
    }
}

/// How many characters (or bytes) a text has.
pub fn characters(text: &[u8], utf8: bool) -> usize {
    if !utf8 || text.is_ascii() {
        return text.len();
    }
    let (mut at, mut count) = (0, 0);
    while at < text.len() {
        at += character_length(&text[at..], true).max(1);
        count += 1;
    }
    count
}

/// Where the character with this number begins; the end where there are fewer.
pub fn offset(text: &[u8], count: usize, utf8: bool) -> usize {
    if !utf8 || text.is_ascii() {
        return count.min(text.len());
    }
    let mut at = 0;
    for _ in 0..count {
        if at >= text.len() {
            break;
        }
        at += character_length(&text[at..], true).max(1);
    }
    at.min(text.len())
}

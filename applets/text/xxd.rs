//! xxd - dump bytes in hexadecimal, or the reverse
//! Spec: vim's xxd. Extras: BusyBox's way with bad bytes in -r. Deviations: no colours (-R).

use base::applet::{Applet, Dashed, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::{Input, Output};
use base::number::{parse_i64_c, push_radix, push_u64};
use rustix::fs::SeekFrom;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "xxd",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Dump the bytes of INFILE in hexadecimal, or turn a dump back into bytes",
    operands: "[INFILE [OUTFILE]]",
    options: &[
        Opt::flag("r", "revert", "turn a dump back into bytes"),
        Opt::flag("p", "postscript", "digits only"),
        Opt::hidden("", "ps"),
        Opt::hidden("", "plain"),
        Opt::flag("a", "autoskip", "* for lines of NULs"),
        Opt::flag("E", "EBCDIC", "the characters are EBCDIC"),
        Opt::flag("b", "bits", "bits, not hexadecimal"),
        Opt::flag("e", "", "groups are little-endian numbers"),
        Opt::flag("i", "include", "as an array in C"),
        Opt::flag("C", "capitalize", "the array's name in capitals"),
        Opt::value("n", "name", "NAME", Kind::Text, "the array's name"),
        Opt::value("c", "cols", "NUM", Kind::Text, "NUM bytes a line (default 16; 12 -i; 30 -p; 6 -b)"),
        Opt::value("g", "groupsize", "NUM", Kind::Text, "NUM bytes a group (default 2; 1 -b; 4 -e)"),
        Opt::value("l", "len", "NUM", Kind::Text, "stop after NUM bytes"),
        Opt::value("s", "seek", "[+-]NUM", Kind::Text, "begin at NUM, - counts from the end"),
        Opt::value("o", "", "NUM", Kind::Text, "add NUM to the offsets shown"),
        Opt::flag("d", "", "offsets in decimal"),
        Opt::flag("u", "", "digits in capitals"),
    ],
    dashed: Dashed::Plain,
    run,
    ..Declaration::DEFAULT
});

/// `-ps` means `-p`, not `-p -s`: the one word that vim's xxd takes whole.
struct Dump<'a> {
    columns: usize,
    group: usize,
    digits: &'a [u8; 16],
    decimal: bool,
    bits: bool,
    little: bool,
    shift: u64,
    ebcdic: bool,
}

/// What EBCDIC has from 0x40 on, as far as it can be shown.
const EBCDIC: &[u8; 192] =
    b" ...........<(+|&.........!$*);~-/.........,%_>?.........`:#@'=\".abcdefghi.......jklmnopqr^.....\
..stuvwxyz...[...............]..{ABCDEFGHI......}JKLMNOPQR......\\.STUVWXYZ......0123456789......";

/// Lines of NULs that follow one another: the first is shown, of the others only the last, or a mark.
#[derive(Default)]
struct Zeros {
    count: usize,
    second: Vec<u8>,
    last: Vec<u8>,
}

impl Zeros {
    /// Takes the line that `out` has from `start` on, if it is to wait.
    fn hold(&mut self, out: &mut Vec<u8>, start: usize) {
        self.count += 1;
        if self.count > 1 {
            self.last = out.split_off(start);
            if self.count == 2 {
                self.second.clone_from(&self.last);
            }
        }
    }

    /// What stands for the lines that waited; the last one itself where nothing follows.
    fn flush(&mut self, out: &mut Vec<u8>, at_end: bool) {
        match self.count.saturating_sub(usize::from(at_end)) {
            0 | 1 => {}
            2 => out.extend_from_slice(&self.second),
            _ => out.extend_from_slice(b"*\n"),
        }
        if at_end {
            out.append(&mut self.last);
        }
        self.last.clear();
        self.count = 0;
    }
}

fn number(args: &Args, id: &str) -> Result<Option<i64>> {
    let Some(text) = args.text(id) else { return Ok(None) };
    let bad = || Error::message_of("invalid number: '%'", &[text]);
    parse_i64_c(text).map(Some).map_err(|_| bad())
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let plain = args.operands.iter().any(|operand| Dashed::Plain.takes(operand));
    args.operands.retain(|operand| !Dashed::Plain.takes(operand));
    let operands = args.between(0, 2)?;
    let path = operands.first().copied().unwrap_or(b"-");
    let mut output = match operands.get(1).copied() {
        Some(b"-") | None => core::mem::replace(&mut cx.stdout, Output::null()),
        Some(path) => Output::create(path)?,
    };
    let mut input = cx.open(path)?;
    let result = work(args, plain, path, &mut input, &mut output);
    cx.close(path, input);
    let finished = if operands.get(1).is_some_and(|path| *path != b"-") {
        output.finish()
    } else {
        cx.stdout = output;
        Ok(())
    };
    result.and(finished)?;
    Ok(cx.status())
}

fn work(args: &Args, plain: bool, path: &[u8], input: &mut Input, output: &mut Output) -> Result<()> {
    let plain = plain || args.has("p") || args.has("ps") || args.has("plain");
    let (include, bits, little) = (args.has("i"), args.has("b"), args.has("e"));
    let default = if plain {
        30
    } else if include {
        12
    } else if bits {
        6
    } else {
        16
    };
    let positive = |value: i64| usize::try_from(value).ok();
    let columns = match number(args, "c")?.and_then(positive) {
        None => default,
        Some(0) if plain => usize::MAX,
        Some(0) => default,
        Some(columns) if columns <= 256 || plain => columns,
        Some(_) => return Err(Error::message("invalid number of columns (max. 256)")),
    };
    let seek = number(args, "s")?;
    if args.has("r") {
        let shift = seek.unwrap_or(0);
        return if plain { revert_plain(input, output) } else { revert(input, output, shift, columns) };
    }
    let mut left = match number(args, "l")? {
        Some(length) => u64::try_from(length).unwrap_or(u64::MAX),
        None => u64::MAX,
    };
    let start = skip(input, seek.unwrap_or(0), args.text("s"))?;
    let shift = number(args, "o")?.unwrap_or(0).cast_unsigned();
    let group = match number(args, "g")?.and_then(positive) {
        None if bits => 1,
        None if little => 4,
        None => 2,
        Some(0) => columns.max(1),
        Some(group) => group,
    };
    if little && !group.is_power_of_two() {
        return Err(Error::message("number of octets per group must be a power of 2 with -e."));
    }
    let digits = if args.has("u") { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let dump = Dump { columns, group, digits, decimal: args.has("d"), bits, little, shift, ebcdic: args.has("E") };
    let mut zeros = args.has("a").then(Zeros::default);
    let mut name = None;
    if include && (path != b"-" || args.has("n")) {
        let text = args.text("n").unwrap_or(path);
        let mut made: Vec<u8> = Vec::new();
        if text.first().is_some_and(u8::is_ascii_digit) {
            made.extend_from_slice(b"__");
        }
        made.extend(text.iter().map(|byte| if byte.is_ascii_alphanumeric() { *byte } else { b'_' }));
        if args.has("C") {
            made.make_ascii_uppercase();
        }
        output.put(&[b"unsigned char ", made.as_slice(), b"[] = {\n"].concat())?;
        name = Some(made);
    }
    let mut offset = start;
    let mut out = Vec::new();
    let mut total = 0u64;
    loop {
        // Whole lines straight out of the buffer.
        let want = columns.min(4096);
        while input.buffered().len() < want && input.more()? {}
        let chunk = input.buffered();
        let length = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let length = if length > want { length.saturating_sub(length % want) } else { length };
        let Some(chunk) = chunk.get(..length).filter(|chunk| !chunk.is_empty()) else { break };
        for line in chunk.chunks(want) {
            if include {
                push_array(&mut out, line, digits, total, columns as u64);
            } else if plain {
                for byte in line {
                    push_hex(&mut out, *byte, digits);
                }
                if columns <= 4096 {
                    out.push(b'\n');
                }
            } else {
                let zero = line.iter().all(|byte| *byte == 0);
                if let Some(zeros) = zeros.as_mut().filter(|_| !zero) {
                    zeros.flush(&mut out, false);
                }
                let start = out.len();
                push_line(&mut out, &dump, line, offset);
                if let Some(zeros) = zeros.as_mut().filter(|_| zero) {
                    zeros.hold(&mut out, start);
                }
            }
            offset = offset.wrapping_add(line.len() as u64);
            total = total.saturating_add(line.len() as u64);
        }
        output.put(&out)?;
        out.clear();
        left = left.saturating_sub(length as u64);
        input.consume(length);
    }
    if include {
        if total > 0 {
            out.push(b'\n');
        }
        if let Some(name) = name {
            let length: &[u8] = if args.has("C") { b"_LEN = " } else { b"_len = " };
            for part in [b"};\nunsigned int ", name.as_slice(), length] {
                out.extend_from_slice(part);
            }
            push_u64(&mut out, total);
            out.extend_from_slice(b";\n");
        }
    } else if plain && columns > 4096 && total > 0 {
        out.push(b'\n');
    }
    if let Some(zeros) = &mut zeros {
        zeros.flush(&mut out, true);
    }
    output.put(&out)
}

/// Goes to where the dump begins, by seeking where that can be; gives the offset.
fn skip(input: &mut Input, seek: i64, text: Option<&[u8]>) -> Result<u64> {
    let relative = text.is_some_and(|text| text.starts_with(b"+"));
    if let Some(fd) = input.fd().filter(|_| input.buffered().is_empty() && text.is_some()) {
        let to = match u64::try_from(seek) {
            Err(_) => SeekFrom::End(seek),
            Ok(_) if relative => SeekFrom::Current(seek),
            Ok(seek) => SeekFrom::Start(seek),
        };
        if let Ok(offset) = rustix::fs::seek(fd, to) {
            return Ok(offset);
        }
    }
    let Ok(mut left) = usize::try_from(seek) else { return Err(Error::message("cannot seek")) };
    while left > 0 {
        let length = input.chunk()?.len().min(left);
        if length == 0 {
            return Err(Error::message("cannot seek"));
        }
        input.consume(length);
        left = left.saturating_sub(length);
    }
    Ok(u64::try_from(seek).unwrap_or(0))
}

fn push_hex(out: &mut Vec<u8>, byte: u8, digits: &[u8; 16]) {
    let digit = |value: u8| digits.get(usize::from(value & 15)).copied().unwrap_or(b'0');
    out.extend_from_slice(&[digit(byte >> 4), digit(byte)]);
}

fn push_line(out: &mut Vec<u8>, dump: &Dump, line: &[u8], offset: u64) {
    let shown = offset.wrapping_add(dump.shift);
    if dump.decimal {
        push_radix(out, shown, 10, 8, b'0');
    } else {
        for shift in (0..if shown >> 32 == 0 { 4u32 } else { 8 }).rev() {
            push_hex(out, (shown >> shift.wrapping_mul(8)) as u8, b"0123456789abcdef");
        }
    }
    out.extend_from_slice(b": ");
    let width = if dump.bits { 8usize } else { 2 };
    let start = out.len();
    let columns = dump.columns;
    for group in line.chunks(dump.group) {
        if dump.little {
            // The missing bytes of the last number are its highest.
            let missing = dump.group.min(columns).saturating_sub(group.len());
            out.resize(out.len().saturating_add(missing.saturating_mul(2)), b' ');
            for byte in group.iter().rev() {
                push_hex(out, *byte, dump.digits);
            }
        } else if dump.bits {
            for byte in group {
                for bit in (0..8).rev() {
                    out.push(b'0' | (byte >> bit) & 1);
                }
            }
        } else {
            for byte in group {
                push_hex(out, *byte, dump.digits);
            }
        }
        out.push(b' ');
    }
    let groups = columns.div_ceil(dump.group.max(1));
    let full = columns.saturating_mul(width).saturating_add(groups).saturating_add(1);
    out.resize(start.saturating_add(full), b' ');
    let shown = |byte: &u8| {
        let byte = if dump.ebcdic {
            *usize::from(*byte).checked_sub(64).and_then(|at| EBCDIC.get(at)).unwrap_or(&b'.')
        } else {
            *byte
        };
        if (b' '..=b'~').contains(&byte) { byte } else { b'.' }
    };
    out.extend(line.iter().map(shown));
    out.push(b'\n');
}

fn push_array(out: &mut Vec<u8>, line: &[u8], digits: &[u8; 16], before: u64, columns: u64) {
    for (index, byte) in line.iter().enumerate() {
        let at = before.saturating_add(index as u64);
        out.extend_from_slice(if at == 0 {
            b"  "
        } else if at.is_multiple_of(columns) {
            b",\n  "
        } else {
            b", "
        });
        out.extend_from_slice(if digits.contains(&b'A') { b"0X" } else { b"0x" });
        push_hex(out, *byte, digits);
    }
}

/// The bytes of a run of digits. Blanks do not matter; a bad byte throws away a half byte, two in a row end the line.
fn push_bytes(out: &mut Vec<u8>, text: &[u8], plain: bool, most: usize) {
    let mut half: Option<u8> = None;
    let (mut bad, mut blanks, mut count) = (0, 0, 0usize);
    for byte in text {
        if count >= most {
            return;
        }
        match (*byte as char).to_digit(16) {
            Some(digit) => {
                let digit = digit as u8;
                (bad, blanks) = (0, 0);
                half = match half {
                    None => Some(digit),
                    Some(high) => {
                        out.push(high << 4 | digit);
                        count += 1;
                        None
                    }
                };
            }
            None if byte.is_ascii_whitespace() => {
                blanks += 1;
                if blanks > 1 && !plain {
                    return;
                }
            }
            None => {
                half = None;
                bad += 1;
                if bad > 1 {
                    return;
                }
            }
        }
    }
}

fn revert_plain(input: &mut Input, output: &mut Output) -> Result<()> {
    let mut out = Vec::new();
    while let Some(line) = input.line(b'\n')? {
        out.clear();
        push_bytes(&mut out, line, true, usize::MAX);
        output.put(&out)?;
    }
    Ok(())
}

fn revert(input: &mut Input, output: &mut Output, shift: i64, columns: usize) -> Result<()> {
    let mut at = 0u64;
    let mut out = Vec::new();
    while let Some(line) = input.line(b'\n')? {
        let line = line.trim_ascii_start();
        let (offset, used) = base::number::digits(line, 16);
        let Some(offset) = offset.filter(|_| used > 0) else { continue };
        let Some(rest) = line.get(used..).and_then(|rest| rest.strip_prefix(b":").or(Some(rest))) else { continue };
        let offset = offset.checked_add_signed(shift).ok_or_else(|| Error::message("cannot seek backwards"))?;
        out.clear();
        push_bytes(&mut out, rest.strip_prefix(b" ").unwrap_or(rest), false, columns.max(16));
        if out.is_empty() {
            continue;
        }
        let Some(gap) = offset.checked_sub(at) else { return Err(Error::message("cannot seek backwards")) };
        fill(output, gap)?;
        output.put(&out)?;
        at = offset.saturating_add(out.len() as u64);
    }
    Ok(())
}

/// Leaves a gap of NULs: a hole where the output can seek.
fn fill(output: &mut Output, gap: u64) -> Result<()> {
    if gap > 4096 {
        output.finish()?;
        let by = i64::try_from(gap).unwrap_or(i64::MAX);
        if output.fd().is_some_and(|fd| rustix::fs::seek(fd, SeekFrom::Current(by)).is_ok()) {
            return Ok(());
        }
    }
    let zeros = [0u8; 4096];
    let mut left = gap;
    while left > 0 {
        let now = zeros.get(..usize::try_from(left.min(4096)).unwrap_or(0)).unwrap_or_default();
        output.put(now)?;
        left = left.saturating_sub(now.len() as u64);
    }
    Ok(())
}

//! mapfile - lines of standard input into an array.

use super::preview::{Preview, take_line};
use super::{Io, Options};
use crate::exec::redirect::Stream;
use crate::flow::Flow;
use crate::names::{Sym, is_name};
use crate::shell::Shell;
use crate::strings::Strings;
use crate::vars::array::Key;
use base::error::Errno;
use base::sys;
use rustix::fd::BorrowedFd;

pub fn mapfile(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"tn:s:u:d:O:C:c:");
    let (mut trim, mut most, mut skip, mut origin, mut delimiter) = (false, 0usize, 0usize, None, b'\n');
    let mut descriptor = None;
    let mut callback = None;
    let mut quantum = 5000usize;
    loop {
        match options.next(shell) {
            None => break,
            Some(Options::WRONG) => return Ok(2),
            Some(b't') => trim = true,
            Some(b'd') => delimiter = options.value.first().copied().unwrap_or(0),
            Some(b'C') => callback = Some(options.value),
            Some(letter) => {
                let Some(number) = super::count(shell, options.value) else { return Ok(1) };
                match letter {
                    b'n' => most = number,
                    b's' => skip = number,
                    b'O' => origin = Some(number),
                    b'c' if number == 0 => {
                        shell.complain("%: invalid callback quantum", options.value);
                        return Ok(1);
                    }
                    b'c' => quantum = number,
                    _ => descriptor = Some(i32::try_from(number).unwrap_or(-1)),
                }
            }
        }
    }
    let sym = match args.get(options.index) {
        None => Sym::MAPFILE,
        Some(name) if is_name(name) => shell.names.intern(name),
        Some(name) => {
            shell.complain("%: bad variable name", name);
            return Ok(1);
        }
    };
    let sym = shell.resolve(sym);
    let mut text = Vec::new();
    match io.take_input(descriptor) {
        Stream::Text(whole) => text = whole,
        Stream::Fd(fd) => {
            let fd = sys::descriptor(fd);
            // With a limit, what is not wanted stays for whoever reads next.
            let wanted = if most > 0 { most.saturating_add(skip) } else { 0 };
            if let Err(errno) = take(fd, delimiter, wanted, &mut shell.preview, &mut text) {
                shell.complain_of("", b"", errno);
                return Ok(1);
            }
        }
        Stream::Closed | Stream::Capture => {
            shell.complain_of("", b"", Errno::BADF);
            return Ok(1);
        }
    }
    let mut lines = Strings::new();
    let mut rest = text.as_slice();
    let mut left = skip;
    while !rest.is_empty() && (most == 0 || lines.len() < most) {
        let end = memchr::memchr(delimiter, rest);
        let length = end.map_or(rest.len(), |end| end.saturating_add(1));
        let (line, after) = rest.split_at_checked(length).unwrap_or((rest, b""));
        rest = after;
        if left > 0 {
            left = left.saturating_sub(1);
            continue;
        }
        let drops = end.is_some() && (trim || delimiter == 0);
        let line = if drops { line.get(..length.saturating_sub(1)).unwrap_or_default() } else { line };
        for byte in line {
            if *byte != 0 {
                lines.open().push(*byte);
            }
        }
        lines.close();
    }
    if origin.is_none() {
        let none = Strings::new();
        let result = shell.vars.set_list(sym, if callback.is_some() { &none } else { &lines });
        shell.written(sym, result)?;
        if callback.is_none() {
            lines.clear();
        }
    }
    let origin = i64::try_from(origin.unwrap_or(0)).unwrap_or(i64::MAX);
    shell.vars.make_array(sym, false);
    let (mut index, mut left) = (origin, quantum);
    for line in lines.iter() {
        left = left.saturating_sub(1);
        if let Some(command) = callback
            && left == 0
        {
            left = quantum;
            let mut text = command.to_vec();
            text.push(b' ');
            crate::arith::push_number(&mut text, index);
            text.push(b' ');
            base::quote::push_single_quoted(&mut text, line);
            shell.run_string(&text, shell.line)?;
        }
        shell.set_element(sym, &Key::Index(index), line.to_vec(), false)?;
        index = index.saturating_add(1);
    }
    Ok(0)
}

/// Reads all, or where `wanted` is not 0, so many lines and not a byte more.
#[inline(never)]
fn take(
    fd: BorrowedFd,
    delimiter: u8,
    wanted: usize,
    kept: &mut Option<Preview>,
    text: &mut Vec<u8>,
) -> Result<(), Errno> {
    let mut buffer = [0u8; 16 * 1024];
    let mut lines = 0usize;
    loop {
        let old = text.len();
        if wanted == 0 {
            let count = base::io::read(fd, &mut buffer)?;
            text.extend_from_slice(buffer.get(..count).unwrap_or_default());
        } else {
            take_line(fd, delimiter, kept, text)?;
            lines = lines.saturating_add(1);
        }
        if text.len() == old || wanted > 0 && lines >= wanted {
            return Ok(());
        }
    }
}

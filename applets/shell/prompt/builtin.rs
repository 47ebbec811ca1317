//! builtin - history and fc: the commands that were typed, listed, edited, run again.

use crate::builtin::{Io, Options};
use crate::flow::Flow;
use crate::shell::Shell;
use crate::strings::Strings;
use rustix::fs::{Mode, OFlags};

pub fn history(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"cd:awrn");
    let mut done = false;
    let mut files = Vec::new();
    loop {
        match options.next(shell) {
            None => break,
            Some(Options::WRONG) => return Ok(2),
            Some(b'c') => {
                shell.prompt.history.clear();
                done = true;
            }
            Some(b'd') => {
                let count = shell.prompt.history.len();
                let index = match crate::arith::number(options.value) {
                    Some(number @ ..=-1) => {
                        usize::try_from(number.unsigned_abs()).ok().and_then(|back| count.checked_sub(back))
                    }
                    _ => crate::arith::index(options.value).and_then(|number| shell.prompt.history.index(number)),
                };
                let Some(index) = index else {
                    shell.complain("%: history position out of range", options.value);
                    return Ok(1);
                };
                shell.prompt.history.remove(index);
                done = true;
            }
            Some(letter) => files.push(letter),
        }
    }
    for letter in &files {
        done = true;
        let path = args.get(options.index).map(<[u8]>::to_vec).or_else(|| shell.history_file());
        let Some(path) = path else { continue };
        let size = shell.limit(b"HISTSIZE", super::history::SIZE);
        let history = &mut shell.prompt.history;
        let result = match letter {
            b'a' => history.append(&path),
            b'w' => history.write(&path),
            _ => history.read(&path, size),
        };
        if let Err(errno) = result {
            shell.complain_of("%: ", &path, errno);
            return Ok(1);
        }
    }
    if done {
        return Ok(0);
    }
    let count = shell.prompt.history.len();
    let wanted = match args.get(options.index) {
        None => count,
        Some(text) => match crate::arith::index(text) {
            Some(number) => number,
            None => {
                shell.complain("%: numeric argument required", text);
                return Ok(1);
            }
        },
    };
    let mut out = Vec::new();
    for index in count.saturating_sub(wanted)..count {
        let mut number = Vec::new();
        base::number::push_u64(&mut number, shell.prompt.history.number(index) as u64);
        out.extend(core::iter::repeat_n(b' ', 5usize.saturating_sub(number.len())));
        out.extend_from_slice(&number);
        out.extend_from_slice(b"  ");
        out.extend_from_slice(shell.prompt.history.get(index).unwrap_or_default());
        out.push(b'\n');
    }
    Ok(io.print(shell, &out))
}

/// What `fc` was asked for.
#[derive(Default)]
struct Request<'a> {
    list: bool,
    bare: bool,
    reverse: bool,
    again: bool,
    editor: Option<&'a [u8]>,
    /// Where the operands begin.
    operands: usize,
}

/// POSIX's options by hand, for `-5` is an operand.
fn request<'a>(shell: &mut Shell, args: &'a Strings) -> Option<Request<'a>> {
    let mut request = Request { operands: 1, ..Request::default() };
    while let Some(arg) = args.get(request.operands) {
        let Some(letters) = arg.strip_prefix(b"-").filter(|rest| rest.first().is_some_and(|b| !b.is_ascii_digit()))
        else {
            break;
        };
        request.operands = request.operands.saturating_add(1);
        if letters == b"-" {
            break;
        }
        for (at, letter) in letters.iter().enumerate() {
            match letter {
                b'l' => request.list = true,
                b'n' => request.bare = true,
                b'r' => request.reverse = true,
                b's' => request.again = true,
                b'e' => {
                    let attached = letters.get(at.saturating_add(1)..).filter(|rest| !rest.is_empty());
                    let Some(editor) = attached.or_else(|| args.get(request.operands)) else {
                        shell.complain("no arg for -e option", b"");
                        return None;
                    };
                    if attached.is_none() {
                        request.operands = request.operands.saturating_add(1);
                    }
                    request.again |= editor == b"-";
                    request.editor = Some(editor);
                    break;
                }
                _ => {
                    shell.complain("illegal option -%", &[*letter]);
                    return None;
                }
            }
        }
    }
    Some(request)
}

pub fn fc(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(mut request) = request(shell, args) else { return Ok(2) };
    // The command itself does not count.
    let count = shell.prompt.history.len().saturating_sub(usize::from(shell.prompt.current));
    let mut change = None;
    if request.again
        && let Some(first) = args.get(request.operands)
        && let Some(at) = memchr::memchr(b'=', first)
    {
        change = first.split_at_checked(at).map(|(old, new)| (old, new.get(1..).unwrap_or_default()));
        request.operands = request.operands.saturating_add(1);
    }
    if count == 0 {
        if request.list {
            return Ok(0);
        }
        shell.complain("history is empty", b"");
        return Ok(1);
    }
    let last_index = count.saturating_sub(1);
    let mut ends = [if request.list { count.saturating_sub(16) } else { last_index }, last_index];
    for (operand, end) in args.from(request.operands).zip(&mut ends) {
        match position(shell, operand, count) {
            Some(index) => *end = index,
            None => {
                shell.complain("%: no such command in the history", operand);
                return Ok(1);
            }
        }
    }
    if args.len() == request.operands.saturating_add(1) && !request.list {
        ends = [ends[0], ends[0]];
    }
    let [first, last] = ends;
    let backwards = (first > last) != request.reverse;
    let mut text = Vec::new();
    for step in 0..=first.abs_diff(last) {
        let index = if backwards { first.max(last).saturating_sub(step) } else { first.min(last).saturating_add(step) };
        if request.list {
            if !request.bare {
                base::number::push_u64(&mut text, shell.prompt.history.number(index) as u64);
            }
            text.push(b'\t');
        }
        for byte in shell.prompt.history.get(index).unwrap_or_default() {
            text.push(*byte);
            if *byte == b'\n' && request.list {
                text.push(b'\t');
            }
        }
        text.push(b'\n');
    }
    if request.list {
        return Ok(io.print(shell, &text));
    }
    if request.again {
        if let Some((old, new)) = change
            && let Some(at) = memchr::memmem::find(&text, old)
        {
            let tail = text.split_off(at);
            text.extend_from_slice(new);
            text.extend_from_slice(tail.get(old.len()..).unwrap_or_default());
        }
    } else {
        let editor = request.editor.unwrap_or(b"${FCEDIT:-${EDITOR:-ed}}");
        match shell.edit_text(&text, editor) {
            Some(edited) => text = edited,
            None => return Ok(1),
        }
    }
    // What is run takes the place of `fc` in the history.
    if shell.prompt.current {
        let own = shell.prompt.history.len().saturating_sub(1);
        shell.prompt.history.remove(own);
    }
    shell.remember(&text);
    crate::shell::tell(&text);
    shell.run_string(&text, 1)
}

/// The index that an operand of `fc` means: a number, a negative one from the end, the beginning of a command.
fn position(shell: &Shell, operand: &[u8], count: usize) -> Option<usize> {
    let history = &shell.prompt.history;
    match crate::arith::number(operand) {
        Some(number @ ..=-1) => {
            let back = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
            Some(count.saturating_sub(back))
        }
        Some(0) => Some(count.saturating_sub(1)),
        Some(number) => {
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            // Beyond the ends means the ends.
            let first = history.number(0);
            Some(number.saturating_sub(first).min(count.saturating_sub(1)))
        }
        None => (0..count).rev().find(|index| history.get(*index).is_some_and(|entry| entry.starts_with(operand))),
    }
}

impl Shell {
    /// Lets an editor, named by shell text, change a text; None where it fails.
    pub fn edit_text(&mut self, text: &[u8], editor: &[u8]) -> Option<Vec<u8>> {
        let directory = self.variable(b"TMPDIR").filter(|path| !path.is_empty()).unwrap_or(b"/tmp").to_vec();
        let mut path = Vec::new();
        let mut made = None;
        for _ in 0..100 {
            path.clone_from(&directory);
            path.extend_from_slice(b"/sh-edit-");
            let mut random = [0u8; 6];
            let _ = rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty());
            path.extend(random.iter().map(|byte| b'a'.saturating_add(byte % 26)));
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            match base::fs::open(path.as_slice(), flags, Mode::from_raw_mode(0o600)) {
                Ok(fd) => {
                    made = Some(fd);
                    break;
                }
                Err(rustix::io::Errno::EXIST) => {}
                Err(errno) => {
                    self.complain_of("%: ", &path, errno);
                    return None;
                }
            }
        }
        let fd = made?;
        let mut written = text.to_vec();
        if !written.ends_with(b"\n") {
            written.push(b'\n');
        }
        let _ = base::io::write_all(rustix::fd::AsFd::as_fd(&fd), &written);
        drop(fd);
        let mut command = editor.to_vec();
        command.push(b' ');
        crate::builtin::push_quoted(&mut command, &path);
        let outcome = self.run_string(&command, 1);
        let result = if outcome == Ok(0) { base::slurp::read(&path, 16 << 20).ok() } else { None };
        let _ = base::fs::unlink(path.as_slice());
        result
    }
}

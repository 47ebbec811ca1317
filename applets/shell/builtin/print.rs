//! print - echo, printf, test: the engines are the layer's, shared with the applets of those names.

use super::Io;
use crate::exec::redirect::Stream;
use crate::flow::Flow;
use crate::options::shopt;
use crate::shell::Shell;
use crate::strings::Strings;

pub fn echo(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut list = shell.list();
    base::echo::format(args.from(1), shell.options.shopt & shopt::XPG_ECHO != 0, list.open());
    let status = io.print(shell, list.open());
    shell.keep(list);
    Ok(status)
}

pub fn printf(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let slices = args.slices();
    let mut rest = slices.get(1..).unwrap_or_default();
    let mut target = None;
    // `-v name`: into a variable.
    if let [b"-v", name, after @ ..] = rest
        && !after.is_empty()
    {
        (target, rest) = (Some(*name), after);
    }
    if let [b"--", after @ ..] = rest {
        rest = after;
    }
    let Some((format, arguments)) = rest.split_first() else {
        shell.complain("usage: printf FORMAT [ARGUMENT]...", b"");
        return Ok(2);
    };
    let mut list = shell.list();
    let out = list.open();
    let tz = shell.variable(b"TZ");
    let outcome = base::printf::format(format, arguments, tz, &mut |bytes| {
        out.extend_from_slice(bytes);
        Ok(())
    });
    let mut status = match target {
        Some(name) => {
            crate::input::strip_zeros(out, 0);
            if shell.assign_named(name, out)? {
                0
            } else {
                shell.complain("%: bad variable name", name);
                2
            }
        }
        None => io.print(shell, out),
    };
    shell.keep(list);
    if let Ok(outcome) = &outcome {
        for error in &outcome.errors {
            shell.complain("%", error);
            status = 1;
        }
    }
    Ok(status)
}

#[cfg_attr(speed_marks, optimize(speed))]
pub fn test(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    // Most expressions are short: they are looked at where they are, without a list being allocated.
    let mut few: [&[u8]; 8] = [b""; 8];
    let many: Vec<&[u8]>;
    let mut count = 0usize;
    for text in args.from(1) {
        if let Some(place) = few.get_mut(count) {
            *place = text;
        }
        count = count.saturating_add(1);
    }
    let slices = if let Some(slices) = few.get(..count) {
        slices
    } else {
        many = args.slices();
        many.get(1..).unwrap_or_default()
    };
    let slices = if args.get(0) == Some(b"[") {
        match slices.split_last() {
            Some((last, rest)) if *last == b"]" => rest,
            _ => {
                shell.complain("missing ]", b"");
                return Ok(2);
            }
        }
    } else {
        slices
    };
    let real: Strings;
    let replaced: Vec<&[u8]>;
    let moved = !matches!((&io.input, &io.output), (Stream::Fd(0), Stream::Fd(1)));
    let slices = if moved && slices.contains(&&b"-t"[..]) {
        real = of_streams(slices, io);
        replaced = real.slices();
        &replaced
    } else {
        slices
    };
    if let [rest @ .., b"-v", name] = slices
        && matches!(rest, [] | [b"!"])
    {
        return Ok(u8::from(shell.is_set(name)? != rest.is_empty()));
    }
    match base::test::evaluate(slices) {
        Ok(value) => Ok(u8::from(!value)),
        Err(wrong) => {
            shell.complain("%", &wrong);
            Ok(2)
        }
    }
}

/// The arguments with 0 and 1 behind `-t` replaced by the descriptors that the streams are; one that is never open for the
/// others. `-t` asks about the stream that a redirection or a substitution gives this command, not about the shell's own.
#[inline(never)]
fn of_streams(slices: &[&[u8]], io: &Io) -> Strings {
    let mut out = Strings::new();
    let mut after = false;
    for slice in slices {
        let stream = match *slice {
            b"0" if after => Some(&io.input),
            b"1" if after => Some(&io.output),
            _ => None,
        };
        match stream {
            Some(Stream::Fd(fd)) => out.push_number(i64::from(*fd)),
            Some(_) => out.push_number(i64::from(i32::MAX)),
            None => out.push(slice),
        }
        after = *slice == b"-t";
    }
    out
}

//! print - echo, printf, test: the engines are the layer's, shared with the applets of those names.

use super::Io;
use crate::exec::redirect::Stream;
use crate::flow::Flow;
use crate::shell::Shell;
use crate::strings::Strings;

pub fn echo(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut list = shell.spare.pop().unwrap_or_default();
    base::echo::format(args.iter().skip(1), list.open());
    let status = io.print(shell, args, list.open());
    shell.keep(list);
    Ok(status)
}

pub fn printf(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut slices = args.slices();
    if slices.get(1) == Some(&&b"--"[..]) {
        slices.remove(1);
    }
    // `-v name`: into a variable.
    let mut target = None;
    if slices.get(1) == Some(&&b"-v"[..]) && slices.len() > 3 {
        target = slices.get(2).map(|name| name.to_vec());
        slices.drain(1..3);
    }
    let Some((format, arguments)) = slices.get(1..).and_then(<[&[u8]]>::split_first) else {
        shell.builtin_error(args, &[b"usage: printf FORMAT [ARGUMENT]..."]);
        return Ok(2);
    };
    let mut list = shell.spare.pop().unwrap_or_default();
    let out = list.open();
    let tz = shell.names.find(b"TZ").and_then(|sym| shell.vars.get(sym));
    let outcome = base::printf::format(format, arguments, tz, &mut |bytes| {
        out.extend_from_slice(bytes);
        Ok(())
    });
    let mut status = match target {
        Some(name) => {
            out.retain(|byte| *byte != 0);
            if shell.assign_named(&name, out)? {
                0
            } else {
                shell.builtin_error(args, &[&name, b": bad variable name"]);
                2
            }
        }
        None => io.print(shell, args, out),
    };
    shell.keep(list);
    for error in outcome.unwrap_or_default().errors {
        shell.builtin_error(args, &[&error]);
        status = 1;
    }
    Ok(status)
}

#[cfg_attr(speed_marks, optimize(speed))]
pub fn test(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    // Most expressions are short: they are looked at where they are, without a list being allocated.
    let mut few: [&[u8]; 8] = [b""; 8];
    let many: Vec<&[u8]>;
    let count = args.len().saturating_sub(1);
    let slices = if count <= few.len() {
        for (place, text) in few.iter_mut().zip(args.iter().skip(1)) {
            *place = text;
        }
        few.get(..count).unwrap_or_default()
    } else {
        many = args.iter().skip(1).collect();
        &many
    };
    let slices = if args.get(0) == Some(b"[") {
        match slices.split_last() {
            Some((last, rest)) if *last == b"]" => rest,
            _ => {
                shell.builtin_error(args, &[b"missing ]"]);
                return Ok(2);
            }
        }
    } else {
        slices
    };
    // `-t` asks about the stream that a redirection or a substitution gives this command, not about the shell's own.
    let real: Vec<Vec<u8>>;
    let replaced: Vec<&[u8]>;
    let moved = io.input != Stream::Fd(0) || io.output != Stream::Fd(1);
    let slices = if moved && slices.contains(&&b"-t"[..]) {
        real = of_streams(slices, io);
        replaced = real.iter().map(Vec::as_slice).collect();
        &replaced
    } else {
        slices
    };
    if let [b"-v", name] = slices {
        return Ok(u8::from(!shell.is_set(name)?));
    }
    if let [b"!", b"-v", name] = slices {
        return Ok(u8::from(shell.is_set(name)?));
    }
    match base::test::evaluate(slices) {
        Ok(value) => Ok(u8::from(!value)),
        Err(wrong) => {
            shell.complain(&[&wrong]);
            Ok(2)
        }
    }
}

/// The arguments with 0 and 1 behind `-t` replaced by the descriptors that the streams are; one that is never open for the
/// others.
fn of_streams(slices: &[&[u8]], io: &Io) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = Vec::with_capacity(slices.len());
    for slice in slices {
        let after = out.last().is_some_and(|last| last == b"-t");
        let stream = match *slice {
            b"0" if after => &io.input,
            b"1" if after => &io.output,
            _ => {
                out.push(slice.to_vec());
                continue;
            }
        };
        let fd = if let Stream::Fd(fd) = stream { *fd } else { i32::MAX };
        let mut text = Vec::new();
        crate::arith::push_number(&mut text, i64::from(fd));
        out.push(text);
    }
    out
}

//! job - jobs, fg, bg, wait, kill.

use super::{Io, Letters, Options};
use crate::arith::number_text;
use crate::flow::Flow;
use crate::jobs::State;
use crate::shell::Shell;
use crate::strings::Strings;
use base::sys::signal;
use rustix::process::{Pid, Signal, kill_process_group};

pub fn jobs(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"lpnrs") else { return Ok(2) };
    let pids = options.has(b'p');
    shell.reap();
    let mut numbers: Vec<usize> = Vec::new();
    for operand in args.from(options.index) {
        match shell.jobs.find(operand) {
            Some(number) => numbers.push(number),
            None => {
                shell.complain("%: no such job", operand);
                return Ok(2);
            }
        }
    }
    if numbers.is_empty() {
        shell.jobs.list.iter().for_each(|job| numbers.push(job.number));
    }
    let mut out = Vec::new();
    for number in numbers {
        if pids {
            if let Some(process) = shell.jobs.numbered(number).and_then(|job| job.processes.first()) {
                crate::arith::push_number(&mut out, i64::from(process.pid));
                out.push(b'\n');
            }
        } else {
            shell.describe(number, &mut out, options.has(b'l'));
        }
        if !pids && shell.jobs.numbered(number).is_some_and(|job| job.is_done()) {
            shell.jobs.remove(number);
        }
    }
    Ok(io.print(shell, &out))
}

fn the_job(shell: &mut Shell, operand: Option<&[u8]>) -> Option<usize> {
    let found = shell.jobs.find(operand.unwrap_or(b"%%"));
    if found.is_none() {
        shell.complain("%: no such job", operand.unwrap_or(b"%%"));
    }
    found
}

/// Sends CONT to a job and counts its processes as running.
fn resume(shell: &mut Shell, number: usize) {
    let Some(job) = shell.jobs.numbered(number) else { return };
    for process in &mut job.processes {
        if matches!(process.state, State::Stopped(_)) {
            process.state = State::Running;
        }
    }
    let group = job.group.or_else(|| job.processes.first().map(|process| process.pid));
    if let Some(group) = group.and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::CONT);
    }
}

pub fn fg(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    if !shell.options.monitor {
        shell.complain("no job control", b"");
        return Ok(2);
    }
    let Some(number) = the_job(shell, args.get(1)) else { return Ok(2) };
    let (text, group) = match shell.jobs.numbered(number) {
        Some(job) => (job.text.clone(), job.group),
        None => return Ok(2),
    };
    io.print(shell, &[&text[..], b"\n"].concat());
    if let Some(group) = group {
        shell.give_terminal(group);
    }
    shell.give_modes(number);
    resume(shell, number);
    let status = shell.wait_job(number, false).unwrap_or(127);
    shell.take_terminal();
    shell.after_front(number);
    Ok(status)
}

pub fn bg(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    if !shell.options.monitor {
        shell.complain("no job control", b"");
        return Ok(2);
    }
    let Some(number) = the_job(shell, args.get(1)) else { return Ok(2) };
    resume(shell, number);
    let text = shell.jobs.numbered(number).map(|job| job.text.clone()).unwrap_or_default();
    let mut line = b"[".to_vec();
    crate::arith::push_number(&mut line, i64::try_from(number).unwrap_or(0));
    line.extend_from_slice(b"] ");
    line.extend_from_slice(&text);
    line.push(b'\n');
    Ok(io.print(shell, &line))
}

pub fn wait(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"nfp:");
    let mut any = false;
    let mut variable = None;
    loop {
        match options.next(shell) {
            None => break,
            Some(Options::WRONG) => return Ok(2),
            Some(b'p') => variable = Some(options.value),
            Some(b'n') => any = true,
            Some(_) => {}
        }
    }
    if any {
        return wait_next(shell, variable);
    }
    if args.len() <= options.index {
        let running =
            |shell: &Shell| shell.jobs.list.iter().find(|job| job.state() == State::Running).map(|job| job.number);
        while let Some(number) = running(shell) {
            if shell.wait_job(number, true).is_none() {
                return interrupted(shell);
            }
        }
        while let Some(number) = shell.jobs.done() {
            shell.jobs.remove(number);
        }
        return Ok(0);
    }
    let mut status = 0;
    for operand in args.from(options.index) {
        let is_number = crate::arith::number(operand).is_some();
        if !operand.starts_with(b"%") && !is_number {
            shell.complain("Illegal number: %", operand);
            return Ok(2);
        }
        let Some(number) = shell.jobs.find(operand) else {
            let pid = crate::arith::number(operand).and_then(|number| i32::try_from(number).ok());
            status = shell.wait_substitution(pid.unwrap_or(0));
            if signal::pending() {
                return interrupted(shell);
            }
            continue;
        };
        match shell.wait_job(number, true) {
            Some(result) => status = result,
            None => return interrupted(shell),
        }
        note_process(shell, number, variable)?;
        // Its status stays known, for whoever asks again, until there are many.
        if let Some(job) = shell.jobs.numbered(number) {
            job.told = true;
        }
    }
    Ok(status)
}

/// `wait -p name`: the process of the job that was waited for.
fn note_process(shell: &mut Shell, number: usize, variable: Option<&[u8]>) -> Flow<()> {
    let Some(name) = variable else { return Ok(()) };
    let pid = shell.jobs.numbered(number).and_then(|job| job.processes.last()).map_or(0, |process| process.pid);
    shell.assign_named(name, &number_text(i64::from(pid))).map(|_| ())
}

/// `wait -n`: the next job that ends.
fn wait_next(shell: &mut Shell, variable: Option<&[u8]>) -> Flow<u8> {
    loop {
        let done = shell.jobs.list.iter().find(|job| job.is_done() && !job.told);
        if let Some(job) = done {
            let (number, status) = (job.number, job.status());
            note_process(shell, number, variable)?;
            shell.jobs.remove(number);
            return Ok(status);
        }
        if !shell.jobs.list.iter().any(|job| job.state() == State::Running) {
            return Ok(127);
        }
        if !shell.wait_any() && signal::pending() {
            return interrupted(shell);
        }
    }
}

/// A signal with a trap came while waiting: its number and 128.
fn interrupted(shell: &mut Shell) -> Flow<u8> {
    let mut number = 0;
    for candidate in 1..=64 {
        if signal::is_pending(candidate) {
            number = candidate;
            break;
        }
    }
    shell.run_traps()?;
    Ok(u8::try_from(number).unwrap_or(0).saturating_add(128))
}

pub fn kill(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    // A child that has ended must not look alive.
    shell.reap();
    let mut index = 1usize;
    let mut signal = 15;
    let mut name = None;
    match args.get(1) {
        Some(b"-l" | b"-L") => return list(shell, io, args),
        Some(b"-s" | b"-n") => {
            name = Some(args.get(2).unwrap_or_default());
            index = 3;
        }
        Some(b"--") => index = 2,
        Some([b'-', rest @ ..]) if !rest.is_empty() => {
            name = Some(rest);
            index = 2;
        }
        _ => {}
    }
    if let Some(name) = name {
        let Some(number) = base::signal::parse(name) else {
            shell.complain("bad signal name '%'", name);
            return Ok(1);
        };
        signal = number;
    }
    if args.get(index) == Some(b"--") {
        index = index.saturating_add(1);
    }
    if args.len() <= index {
        shell.complain("you need to specify whom to kill", b"");
        return Ok(1);
    }
    let mut status = 0;
    let mut targets: Vec<i32> = Vec::new();
    for operand in args.from(index) {
        if operand.starts_with(b"%") {
            let job = the_job(shell, Some(operand)).and_then(|number| shell.jobs.numbered(number));
            if let Some(job) = job {
                match job.group.filter(|_| shell.options.monitor) {
                    Some(group) => targets.push(group.saturating_neg()),
                    None => job.processes.iter().for_each(|process| targets.push(process.pid)),
                }
            }
        } else if operand.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') {
            let number = crate::arith::number(operand).and_then(|number| i32::try_from(number).ok());
            targets.extend(number);
        }
        if targets.is_empty() {
            if !operand.starts_with(b"%") {
                shell.complain("invalid number '%'", operand);
            }
            status = 1;
        }
        for pid in targets.drain(..) {
            if let Err(errno) = base::sys::process::kill(pid, signal) {
                shell.complain_of("can't kill pid %: ", operand, errno);
                status = 1;
            }
        }
    }
    Ok(status)
}

fn list(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut out = Vec::new();
    let mut status = 0;
    if args.len() == 2 {
        for number in 1..=31 {
            if shell.bash {
                crate::arith::push_number(&mut out, i64::from(number));
                out.extend_from_slice(b") SIG");
            }
            base::signal::push_name(&mut out, number);
            out.push(b'\n');
        }
    }
    for operand in args.from(2) {
        let number = crate::arith::number(operand);
        match number {
            Some(number) => {
                // A status above 128 means the signal that ended the process.
                let signal = if number > 128 { number.saturating_sub(128) } else { number };
                base::signal::push_name(&mut out, i32::try_from(signal).unwrap_or(0));
                out.push(b'\n');
            }
            None => match base::signal::by_name(operand) {
                Some(number) => {
                    crate::arith::push_number(&mut out, i64::from(number));
                    out.push(b'\n');
                }
                None => {
                    shell.complain("unknown signal '%'", operand);
                    status = 1;
                }
            },
        }
    }
    Ok(io.finish(shell, &out, status))
}

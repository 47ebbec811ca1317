//! who, w, users - say who is logged in
//! Spec: POSIX.1-2024 (who). Extras: none. Deviations: POSIX's options that list other records than sessions are few here.

use base::number::{push_right, push_zeros};
use base::time::{Stamp, Zone, now, push_time};
use base::utmp::{self, Login};
use base::{Applet, Args, Context, Declaration, Exec, Opt, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "who",
    aliases: &["users", "w"],
    exec: Exec::no_fork("reads the login records and writes"),
    summary: "Say who is logged in",
    operands: "[FILE]",
    notes: "FILE holds the records (/var/run/utmp). `users` prints the names alone, `w` the table of `who -uH`.",
    options: &[
        Opt::flag("a", "all", "records of every kind"),
        Opt::flag("b", "boot", "when the system was started"),
        Opt::flag("H", "heading", "a line of headings first"),
        Opt::flag("m", "", "only the terminal on standard input"),
        Opt::flag("q", "count", "names and their number alone"),
        Opt::hidden("s", "short"),
        Opt::flag("u", "users", "how long nothing was typed, and the process"),
        Opt::flag("T", "mesg", "whether messages may be written to it"),
        Opt::hidden("w", ""),
        Opt::hidden("h", "no-header"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    // `who am i` is `who -m`, whatever the two words are.
    let am_i = args.operands.len() == 2 && cx.is_called("who");
    let file = if am_i { None } else { args.between(0, 1)?.first().copied() };
    let logins = utmp::read(file.unwrap_or(utmp::PATH));
    if cx.is_called("users") || args.has("q") {
        return names(cx, &logins, args.has("q"));
    }
    let wide = cx.is_called("w");
    let own = (am_i || args.has("m")).then(|| {
        let name = cx.stdin.fd().and_then(|fd| rustix::termios::ttyname(fd, Vec::new()).ok());
        name.and_then(|name| name.to_bytes().strip_prefix(b"/dev/").map(<[u8]>::to_vec)).unwrap_or_default()
    });
    let detailed = wide || args.has("u") || args.has("a");
    let mut out = Vec::new();
    if args.has("H") || wide && !args.has("h") {
        push_row(&mut out, [b"USER", b"TTY", if detailed { b"IDLE" } else { b"" }, b"TIME", b"HOST"]);
    }
    let zone = Zone::load(cx.env.get(b"TZ"));
    for login in &logins {
        let wanted = match login.kind {
            utmp::USER_PROCESS => login.is_user() && (args.has("a") || !args.has("b")),
            utmp::BOOT_TIME => args.has("b") || args.has("a"),
            0 => false,
            _ => args.has("a"),
        };
        if !wanted || own.as_ref().is_some_and(|own| *own != login.line) {
            continue;
        }
        let (idle, writable) = if login.is_user() { terminal(&login.line) } else { (b"?".to_vec(), b'?') };
        let user = match login.kind {
            utmp::BOOT_TIME => b"system".to_vec(),
            _ if login.user.is_empty() => b"LOGIN".to_vec(),
            _ if args.has("T") || args.has("w") => [login.user.as_slice(), b" ", &[writable]].concat(),
            _ => login.user.clone(),
        };
        let line: &[u8] = if login.kind == utmp::BOOT_TIME { b"boot" } else { &login.line };
        let mut time = Vec::new();
        push_time(&mut time, b"%b %e %H:%M:%S", Stamp { sec: login.time, nsec: 0 }, &zone);
        push_row(&mut out, [&user, line, if detailed { &idle } else { b"" }, &time, &login.host]);
    }
    cx.stdout.put(&out)?;
    Ok(cx.status())
}

/// Names alone on a line, sorted; with their number where it is asked for.
fn names(cx: &mut Context, logins: &[Login], count: bool) -> Result<Status> {
    let mut names: Vec<&[u8]> = Vec::new();
    for login in logins {
        if login.is_user() {
            names.push(&login.user);
        }
    }
    if !count {
        base::order::sort(&mut names, &mut Ord::cmp);
    }
    let mut out = base::bytes::join(&names, b" ");
    if count {
        out.extend_from_slice(b"\n# users=");
        base::number::push_u64(&mut out, u64::try_from(names.len()).unwrap_or(u64::MAX));
    }
    if count || !names.is_empty() {
        out.push(b'\n');
    }
    cx.stdout.put(&out)?;
    Ok(cx.status())
}

fn push_row(out: &mut Vec<u8>, [user, line, idle, time, host]: [&[u8]; 5]) {
    for (text, width) in [(user, 16), (line, 16), (idle, if idle.is_empty() { 0 } else { 8 }), (time, 16)] {
        let end = out.len().saturating_add(width);
        push_clean(out, text);
        if width > 0 {
            out.resize(end.max(out.len().saturating_add(1)), b' ');
        }
    }
    push_clean(out, host);
    while out.last() == Some(&b' ') {
        out.pop();
    }
    out.push(b'\n');
}

/// Control characters in the records do not reach the terminal.
fn push_clean(out: &mut Vec<u8>, text: &[u8]) {
    out.extend(text.iter().map(|byte| if byte.is_ascii_control() { b'?' } else { *byte }));
}

/// How long nothing was typed on the terminal (`.` for a minute, `old` for a day), and whether messages may be written there.
fn terminal(line: &[u8]) -> (Vec<u8>, u8) {
    let path = base::bytes::fill("/dev/%", &[line]);
    let Ok(status) = base::fs::stat(path.as_slice()) else { return (b"?".to_vec(), b'?') };
    let writable = if status.st_mode & 0o20 != 0 { b'+' } else { b'-' };
    let idle = now().sec.saturating_sub(status.st_atime).max(0).unsigned_abs();
    let mut text = Vec::new();
    match idle {
        0..60 => text.push(b'.'),
        60..86400 => {
            push_right(&mut text, idle / 3600, 2);
            text.push(b':');
            push_zeros(&mut text, idle / 60 % 60, 2);
        }
        _ => text.extend_from_slice(b"old"),
    }
    (text, writable)
}

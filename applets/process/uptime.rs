//! uptime - say how long the system has been running
//! Spec: BusyBox, procps. Extras: -p, -s. Deviations: none known.

use crate::proc;
use base::number::{push_right, push_u64, push_zeros};
use base::time::{Stamp, Zone, now, push_time};
use base::{Applet, Args, Context, Declaration, Exec, Opt, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "uptime",
    exec: Exec::no_fork("reads /proc and writes"),
    summary: "Say how long the system has been running, and its load",
    options: &[Opt::flag("p", "pretty", "only how long, in words"), Opt::flag("s", "since", "only since when")],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    let zone = Zone::load(cx.env.get(b"TZ"));
    let seconds = proc::uptime_hundredths() / 100;
    let moment = now();
    let mut out = Vec::new();
    if args.has("s") {
        let since = Stamp { sec: moment.sec.saturating_sub_unsigned(seconds), nsec: 0 };
        push_time(&mut out, b"%Y-%m-%d %H:%M:%S", since, &zone);
    } else if args.has("p") {
        push_words(&mut out, seconds);
    } else {
        push_line(&mut out, seconds, moment, &zone);
    }
    out.push(b'\n');
    cx.stdout.put(&out)?;
    Ok(cx.status())
}

/// ` 12:52:39 up  1:44,  0 users,  load average: 2.16, 2.02, 1.63`
pub fn push_line(out: &mut Vec<u8>, seconds: u64, moment: Stamp, zone: &Zone) {
    push_time(out, b" %H:%M:%S up ", moment, zone);
    let days = seconds / 86400;
    if days > 0 {
        push_u64(out, days);
        out.extend_from_slice(if days == 1 { b" day, " } else { b" days, " });
    }
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    if hours > 0 {
        push_right(out, hours, 2);
        out.push(b':');
        push_zeros(out, minutes, 2);
    } else {
        push_u64(out, minutes);
        out.extend_from_slice(b" min");
    }
    out.extend_from_slice(b",  ");
    let users = base::utmp::read(base::utmp::PATH).iter().filter(|login| login.is_user()).count();
    push_u64(out, u64::try_from(users).unwrap_or(0));
    out.extend_from_slice(if users == 1 { b" user" } else { b" users" });
    out.extend_from_slice(b",  load average: ");
    let loads = base::slurp::read(b"/proc/loadavg", 128).unwrap_or_default();
    let loads = base::bytes::split(&loads, b' ');
    out.extend_from_slice(&base::bytes::join(loads.get(..3).unwrap_or(&loads), b", "));
}

fn push_words(out: &mut Vec<u8>, seconds: u64) {
    out.extend_from_slice(b"up ");
    let start = out.len();
    let parts = [
        (seconds / 604_800, " week"),
        (seconds / 86400 % 7, " day"),
        (seconds / 3600 % 24, " hour"),
        (seconds / 60 % 60, " minute"),
    ];
    for (number, word) in parts {
        let alone = word == " minute" && out.len() == start;
        if number == 0 && !alone {
            continue;
        }
        if out.len() > start {
            out.extend_from_slice(b", ");
        }
        push_u64(out, number);
        out.extend_from_slice(word.as_bytes());
        if number != 1 {
            out.push(b's');
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::push_words;

    #[test]
    fn words() {
        let shown = |seconds| {
            let mut out = Vec::new();
            push_words(&mut out, seconds);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(5), "up 0 minutes");
        assert_eq!(shown(6300), "up 1 hour, 45 minutes");
        assert_eq!(shown(694_861), "up 1 week, 1 day, 1 hour, 1 minute");
    }
}

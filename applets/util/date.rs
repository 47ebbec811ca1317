//! date - print the time, or set the clock
//! Spec: POSIX.1-2024. Extras: -d, -D, -I, -R, -f, -r, -s, --rfc-3339 (GNU, BusyBox). Deviations: names are English always.

use base::args::Value;
use base::time::{self, Civil, Stamp, Zone};
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Place, Result, ResultExt, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "date",
    place: Place::Bin,
    exec: Exec::no_fork("asks the kernel and writes"),
    summary: "Print the time, or set the clock",
    operands: "[+FORMAT]\n[MMDDhhmm[[CC]YY][.ss]]",
    notes: "TIME is as in '@1700000000', '2024-01-02 03:04:05', '2 days ago', 'next month', '01.02-03:04'.",
    options: &[
        Opt::value("d", "date", "TIME", Kind::Text, "print TIME, not now"),
        Opt::value("D", "", "FORMAT", Kind::Text, "read the TIME of -d and -s by FORMAT (strptime)"),
        Opt::value("f", "file", "FILE", Kind::Text, "print each line of FILE as -d would"),
        Opt::value("I", "iso-8601", "SPEC", Kind::OptionalChoice(SPECS), "print date, hours, minutes, seconds or ns"),
        Opt::flag("R", "rfc-email", "print as in mail: Mon, 14 Aug 2006 02:34:56 -0600"),
        Opt::hidden("", "rfc-822"),
        Opt::hidden("", "rfc-2822"),
        Opt::value("", "rfc-3339", "SPEC", Kind::Choice(&["date", "seconds", "ns"]), "print date, seconds or ns"),
        Opt::value("r", "reference", "FILE", Kind::Text, "print when FILE was modified last"),
        Opt::value("s", "set", "TIME", Kind::Text, "set the clock to TIME"),
        Opt::flag("u", "utc", "use universal time"),
        Opt::hidden("", "universal"),
        Opt::hidden("", "uct"),
        Opt::hidden("", "debug"),
        Opt::flag("", "resolution", "print how fine the clock is"),
    ],
    run,
    ..Declaration::DEFAULT
});

const SPECS: &[&str] = &["date", "hours", "minutes", "seconds", "ns"];
const DEFAULT: &[u8] = b"%a %b %e %H:%M:%S %Z %Y";

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let universal = args.has("u") || args.has("universal") || args.has("uct");
    let zone = if universal { Zone::utc() } else { Zone::load(cx.env.get(b"TZ")) };
    let mut format = args.given.iter().rev().find_map(|given| {
        Some(match (given.id, given.value) {
            ("I", Value::Choice("hours")) => b"%Y-%m-%dT%H%:z".as_slice(),
            ("I", Value::Choice("minutes")) => b"%Y-%m-%dT%H:%M%:z",
            ("I", Value::Choice("seconds")) => b"%Y-%m-%dT%H:%M:%S%:z",
            ("I", Value::Choice("ns")) => b"%Y-%m-%dT%H:%M:%S,%N%:z",
            ("rfc-3339", Value::Choice("seconds")) => b"%Y-%m-%d %H:%M:%S%:z",
            ("rfc-3339", Value::Choice("ns")) => b"%Y-%m-%d %H:%M:%S.%N%:z",
            ("I" | "rfc-3339", _) => b"%Y-%m-%d",
            ("R" | "rfc-822" | "rfc-2822", _) => b"%a, %d %b %Y %H:%M:%S %z",
            _ => return None,
        })
    });
    let mut operand = None;
    for argument in &args.operands {
        if let Some(own) = argument.strip_prefix(b"+") {
            if format.replace(own).is_some() {
                return Err(Error::usage("multiple output formats specified"));
            }
        } else if operand.replace(*argument).is_some() {
            return Err(Error::usage_about("extra operand", argument));
        }
    }
    let mut sources = args.given.iter().filter(|given| matches!(given.id, "d" | "f" | "r" | "resolution"));
    let source = sources.next_back();
    if sources.any(|other| source.is_none_or(|source| source.id != other.id)) {
        return Err(Error::usage("the options to specify dates for printing are mutually exclusive"));
    }
    let reader = Reader { now: time::now(), zone: &zone, format: args.text("D") };
    let wanted = args.text("s");
    if (wanted.is_some() || operand.is_some()) && source.is_some() {
        return Err(match operand {
            // `date -d TIME %c` with the plus forgotten; BusyBox says so too.
            Some(operand) => invalid(operand),
            None => Error::usage("the options to print and set the time may not be used together"),
        });
    }
    let set = match (wanted, operand) {
        (Some(text), None) => Some(reader.read(text)?),
        (None, Some(text)) => Some(positional(text, &reader)?),
        (Some(_), Some(text)) => return Err(Error::usage_about("extra operand", text)),
        (None, None) => None,
    };
    if let Some(stamp) = set {
        let time = rustix::time::Timespec { tv_sec: stamp.sec, tv_nsec: i64::from(stamp.nsec) };
        if let Err(errno) = rustix::time::clock_settime(rustix::time::ClockId::Realtime, time) {
            cx.warn(Error::system("cannot set date", errno));
        }
    }
    let stamp = match source.map(|source| (source.id, source.value)) {
        Some(("d", Value::Text(text))) => reader.read(text)?,
        Some(("r", Value::Text(path))) => {
            let status = base::fs::stat(path).at(path)?;
            Stamp { sec: status.st_mtime, nsec: u32::try_from(status.st_mtime_nsec).unwrap_or(0) }
        }
        Some(("f", Value::Text(path))) => return each_line(cx, path, &reader, format.unwrap_or(DEFAULT)),
        Some(("resolution", _)) => {
            let grain = rustix::time::clock_getres(rustix::time::ClockId::Realtime);
            format = format.or(Some(b"%s.%N"));
            Stamp { sec: grain.tv_sec, nsec: u32::try_from(grain.tv_nsec).unwrap_or(0) }
        }
        _ => set.unwrap_or(reader.now),
    };
    print(cx, format.unwrap_or(DEFAULT), stamp, &zone)?;
    Ok(cx.status())
}

fn print(cx: &mut Context, format: &[u8], stamp: Stamp, zone: &Zone) -> Result<()> {
    let mut line = Vec::new();
    time::push_time(&mut line, format, stamp, zone);
    line.push(b'\n');
    cx.stdout.put(&line)
}

fn each_line(cx: &mut Context, path: &[u8], reader: &Reader, format: &[u8]) -> Result<Status> {
    let mut input = cx.open(path)?;
    while let Some(line) = input.line(b'\n')? {
        match reader.read(base::io::chomp(line, b'\n')) {
            Ok(stamp) => print(cx, format, stamp, reader.zone)?,
            Err(error) => cx.warn(error),
        }
    }
    cx.close(path, input);
    Ok(cx.status())
}

/// How a date is read: against which moment, by whose clock, and by which format if by one.
struct Reader<'a> {
    now: Stamp,
    zone: &'a Zone,
    format: Option<&'a [u8]>,
}

impl Reader<'_> {
    fn read(&self, text: &[u8]) -> Result<Stamp> {
        let stamp = match self.format {
            Some(format) => {
                // What the format leaves open is midnight of today.
                let today = Civil { hour: 0, minute: 0, second: 0, ..self.zone.civil(self.now.sec) };
                let parsed = time::strptime(text, format, today).filter(|parsed| parsed.used == text.len());
                parsed.and_then(|parsed| parsed.seconds(self.zone)).map(|sec| Stamp { sec, nsec: 0 })
            }
            None => time::parse_date(text, self.now, self.zone).ok(),
        };
        stamp.ok_or_else(|| invalid(text))
    }
}

fn invalid(text: &[u8]) -> Error {
    Error::message_about("invalid date", text)
}

/// `MMDDhhmm[[CC]YY][.ss]`, which POSIX and `touch -t` order differently; BusyBox takes the forms of `-d` here too.
fn positional(text: &[u8], reader: &Reader) -> Result<Stamp> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (front, seconds) = text.split_at_checked(digits).unwrap_or((text, &[]));
    let plain = matches!(digits, 8 | 10 | 12) && (seconds.is_empty() || seconds.first() == Some(&b'.'));
    if !plain || reader.format.is_some() {
        // A word, or nothing at all, is a slip and no time to set: `date "$unset"`.
        if reader.format.is_none() && !text.starts_with(b"@") && digits == 0 {
            return Err(invalid(text));
        }
        return reader.read(text);
    }
    let (rest, year) = front.split_at_checked(8).unwrap_or((front, &[]));
    let text_of_touch = [year, rest, seconds].concat();
    time::parse_touch(&text_of_touch, reader.now.sec, reader.zone).map_err(|_| invalid(text))
}

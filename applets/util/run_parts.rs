//! run-parts - run the programs in a directory
//! Spec: BusyBox, Debian. Extras: none. Deviations: no --report, --lsbsysinit, --new-session, --stdin.

use base::command;
use base::pattern::{Options, Pattern, Syntax};
use base::sys::process::{SpawnOptions, Wait};
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Order, Place, Result, ResultExt, Status};
use rustix::fs::{Access, FileType, Mode};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "run-parts",
    place: Place::Bin,
    exec: Exec::no_exec("may change the umask"),
    summary: "Run the programs in DIRECTORY, in the order of their names",
    operands: "DIRECTORY",
    notes: "Only names made of letters, digits, - and _ count, or those that match RE.",
    options: &[
        Opt::value("a", "arg", "ARG", Kind::Text, "hand ARG to each program"),
        Opt::value("u", "umask", "MASK", Kind::Text, "set the umask to MASK first"),
        Opt::flag("t", "test", "print the names of what would be run"),
        Opt::flag("l", "list", "print the names of all files, runnable or not"),
        Opt::flag("v", "verbose", "say what is run"),
        Opt::flag("", "reverse", "run them in reverse order"),
        Opt::value("", "regex", "RE", Kind::Text, "run what matches this extended regular expression"),
        Opt::flag("", "exit-on-error", "stop at the first program that fails"),
    ],
    order: Order::Any,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let directory = args.between(1, 1)?.first().copied().unwrap_or_default();
    if let Some(mask) = args.text("u") {
        let mask = base::number::parse_radix(mask, 8).ok().and_then(|mask| u32::try_from(mask).ok());
        let mask = mask.filter(|mask| *mask <= 0o777).ok_or_else(|| Error::usage("bad umask value"))?;
        rustix::process::umask(Mode::from_raw_mode(mask));
    }
    let pattern = match args.text("regex") {
        Some(text) => {
            let options = Options { utf8: cx.is_utf8(), ..Options::default() };
            Some(Pattern::new(text, Syntax::Extended, &options).map_err(|error| Error::message(error.message()))?)
        }
        None => None,
    };
    let mut names = names(directory, pattern.as_ref())?;
    if args.has("reverse") {
        names.reverse();
    }
    let environment = cx.env.list();
    for name in names {
        let path = if directory.ends_with(b"/") {
            [directory, name.as_slice()].concat()
        } else {
            [directory, b"/", name.as_slice()].concat()
        };
        let mode = match base::fs::stat(path.as_slice()) {
            Ok(status) => status.st_mode,
            Err(errno) => {
                cx.warn(Error::system(path, errno));
                continue;
            }
        };
        if !FileType::from_raw_mode(mode).is_file() {
            continue;
        }
        let runs = base::fs::access(path.as_slice(), Access::EXEC_OK).is_ok();
        if args.has("l") || (args.has("t") && runs) {
            cx.stdout.put(&path)?;
            cx.stdout.byte(b'\n')?;
            continue;
        }
        if !runs || args.has("t") {
            continue;
        }
        if args.has("v") {
            cx.note(&Error::message(base::bytes::fill("executing %", &[path.as_slice()])));
        }
        let mut argv = vec![path.as_slice()];
        argv.extend(args.texts("a"));
        let ended = command::spawn(cx, &argv, &environment, &SpawnOptions::default()).and_then(command::wait);
        let (what, number) = match ended {
            Ok(Wait::Exited(0)) => continue,
            Ok(Wait::Signalled(signal, _)) => (&b" exited because of uncaught signal "[..], signal.unsigned_abs()),
            Ok(other) => (&b" exited with return code "[..], u32::from(other.shell_status())),
            Err(error) => {
                cx.warn(error.with_status(1));
                if args.has("exit-on-error") {
                    break;
                }
                continue;
            }
        };
        let mut text = [path.as_slice(), what].concat();
        base::number::push_u64(&mut text, u64::from(number));
        cx.warn(Error::message(text));
        if args.has("exit-on-error") {
            break;
        }
    }
    Ok(cx.status())
}

/// The valid names in the directory, sorted.
fn names(directory: &[u8], pattern: Option<&Pattern>) -> Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    base::fs::each_entry(directory, &mut |name, _| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if pattern.map_or_else(|| name.iter().all(plain), |pattern| pattern.is_match(name)) {
            names.push(name.to_vec());
        }
    })
    .at(directory)?;
    base::order::sort(&mut names, &mut Ord::cmp);
    Ok(names)
}

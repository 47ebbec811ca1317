//! watch - run a command again and again and show its output
//! Spec: BusyBox, procps. Extras: -e, -g, -x, -b. Deviations: -d and -c are taken and do nothing.

use base::sys::process::{self, SpawnOptions, Wait};
use base::time::{Zone, now, push_time};
use base::{Applet, Args, Context, Error, Exec, Kind, Opt, Order, Place, Result, Status};
use core::time::Duration;
use rustix::fd::AsRawFd;

pub static APPLET: Applet = Applet {
    name: "watch",
    place: Place::Bin,
    exec: Exec::fork("runs until it is interrupted, and fills the screen"),
    summary: "Run COMMAND again and again, and show its output on the whole screen",
    operands: "COMMAND [ARGUMENT]...",
    options: base::options![
        Opt::value("n", "interval", "TIME", Kind::Duration, "wait TIME between (default 2 seconds)"),
        Opt::flag("t", "no-title", "show no title"),
        Opt::flag("e", "errexit", "end when COMMAND fails"),
        Opt::flag("g", "chgexit", "end when the output changes"),
        Opt::flag("b", "beep", "beep when COMMAND fails"),
        Opt::flag("x", "exec", "run COMMAND itself, not a shell with it"),
        Opt::hidden("p", "precise"),
    ],
    order: Order::OptionsFirst,
    run,
    ..Applet::DEFAULT
};

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let operands = args.between(1, usize::MAX)?;
    let script = operands.join(&b' ');
    let argv: Vec<&[u8]> = if args.has("x") { operands.to_vec() } else { vec![b"sh", b"-c", &script] };
    // Less than a tenth of a second only burns the processor.
    let pause = args.duration("n").unwrap_or(Duration::from_secs(2)).max(Duration::from_millis(100));
    let zone = Zone::load(cx.env.get(b"TZ"));
    let mut before: Option<Vec<u8>> = None;
    loop {
        let (rows, columns) = cx.stdout.fd().and_then(base::term::size).unwrap_or((24, 80));
        let mut screen = b"\x1b[H\x1b[J".to_vec();
        let mut left = rows;
        if !args.has("t") {
            push_title(&mut screen, &script, pause, columns, &zone);
            left = left.saturating_sub(2);
        }
        let (output, ended) = capture(cx, &argv)?;
        let utf8 = cx.is_utf8();
        for (index, line) in output.split(|byte| *byte == b'\n').take(left).enumerate() {
            if index > 0 {
                screen.push(b'\n');
            }
            screen.extend_from_slice(base::term::width::truncate(line, columns, utf8));
        }
        let failed = ended != Wait::Exited(0);
        if failed && args.has("b") {
            screen.push(7);
        }
        cx.stdout.put(&screen)?;
        cx.stdout.finish()?;
        let changed = before.as_ref().is_some_and(|before| *before != output);
        if args.has("g") && changed {
            return Ok(cx.status());
        }
        if args.has("e") && failed {
            return Ok(Status(ended.shell_status()));
        }
        before = Some(output);
        base::time::pause(pause);
    }
}

/// `Every 2.0s: COMMAND` on the left, the time on the right, and an empty line.
fn push_title(screen: &mut Vec<u8>, script: &[u8], pause: Duration, columns: usize, zone: &Zone) {
    let mut title = b"Every ".to_vec();
    base::number::push_u64(&mut title, pause.as_secs());
    title.push(b'.');
    base::number::push_u64(&mut title, u64::from(pause.subsec_millis() / 100));
    title.extend_from_slice(b"s: ");
    title.extend(script.iter().map(|byte| if byte.is_ascii_control() { b' ' } else { *byte }));
    let mut time = Vec::new();
    push_time(&mut time, b"%Y-%m-%d %H:%M:%S", now(), zone);
    let room = columns.saturating_sub(time.len()).saturating_sub(1);
    let kept = base::term::width::truncate(&title, room, true);
    screen.extend_from_slice(kept);
    let used = base::term::width::display_width(kept, true);
    screen.resize(screen.len().saturating_add(columns.saturating_sub(time.len()).saturating_sub(used)), b' ');
    screen.extend_from_slice(&time);
    screen.extend_from_slice(b"\n\n");
}

/// Runs the command; its output, as much as any screen holds, and how it ended.
fn capture(cx: &mut Context, argv: &[&[u8]]) -> Result<(Vec<u8>, Wait)> {
    const MOST: usize = 1 << 20;
    let failed = |errno| Error::system("pipe", errno);
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(failed)?;
    let dup = [(writer.as_raw_fd(), 1), (writer.as_raw_fd(), 2)];
    let environment = cx.env.list();
    let options = SpawnOptions { dup: &dup, ..SpawnOptions::default() };
    let child: process::Pid = base::command::spawn(cx, argv, &environment, &options)?;
    drop(writer);
    let mut input = base::io::Input::owned(reader, b"pipe");
    let mut output = Vec::new();
    loop {
        let chunk = input.chunk()?;
        let count = chunk.len();
        if count == 0 {
            break;
        }
        // The rest is read and dropped, so that the command can end.
        let room = MOST.saturating_sub(output.len()).min(count);
        output.extend_from_slice(chunk.get(..room).unwrap_or_default());
        input.consume(count);
    }
    Ok((output, base::command::wait(child)?))
}

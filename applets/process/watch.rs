//! watch - run a command again and again and show its output
//! Spec: BusyBox, procps. Extras: -e, -g, -x, -b. Deviations: -c is taken and does nothing.

use base::sys::process::{self, SpawnOptions, Wait};
use base::time::{Zone, now, push_time};
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Order, Place, Result, Status};
use core::time::Duration;
use rustix::fd::AsRawFd;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "watch",
    place: Place::Bin,
    exec: Exec::fork("runs until it is interrupted, and fills the screen"),
    summary: "Run COMMAND again and again, and show its output on the whole screen",
    operands: "COMMAND [ARGUMENT]...",
    options: &[
        Opt::value("n", "interval", "TIME", Kind::Duration, "wait TIME between (default 2 seconds)"),
        Opt::flag("t", "no-title", "show no title"),
        Opt::value(
            "d",
            "differences",
            "permanent",
            Kind::Optional,
            "show what has changed since the last run, or ever"
        ),
        Opt::flag("e", "errexit", "end when COMMAND fails"),
        Opt::flag("g", "chgexit", "end when the output changes"),
        Opt::flag("b", "beep", "beep when COMMAND fails"),
        Opt::flag("x", "exec", "run COMMAND itself, not a shell with it"),
        Opt::hidden("p", "precise"),
    ],
    order: Order::OptionsFirst,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let operands = args.between(1, usize::MAX)?;
    let script = base::bytes::join(operands, b" ");
    let argv: Vec<&[u8]> = if args.has("x") { operands.to_vec() } else { vec![b"sh", b"-c", &script] };
    // Less than a tenth of a second only burns the processor.
    let pause = args.duration("n").unwrap_or(Duration::from_secs(2)).max(Duration::from_millis(100));
    let zone = Zone::load(cx.env.get(b"TZ"));
    let mut before: Option<Vec<u8>> = None;
    let mut differences = args.has("d").then(|| Differences {
        permanent: args.text("d").is_some_and(|word| !word.is_empty()),
        ..Differences::default()
    });
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
        let mut lines = base::bytes::split(&output, b'\n');
        lines.truncate(left);
        let rows = differences.as_ref().map_or(0, |differences| differences.rows.len()).clamp(lines.len(), left);
        for index in 0..rows {
            if index > 0 {
                screen.push(b'\n');
            }
            let line = base::term::width::truncate(lines.get(index).copied().unwrap_or_default(), columns, utf8);
            match &mut differences {
                Some(differences) => differences.push_line(&mut screen, index, line, utf8, before.is_none()),
                None => screen.extend_from_slice(line),
            }
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

/// What the screen showed, for showing what is new on it.
#[derive(Default)]
struct Differences {
    /// What has once changed stays marked.
    permanent: bool,
    rows: Vec<Vec<Cell>>,
}

/// A character, and whether it is marked; none is past the end of the line.
#[derive(Clone, Copy, Default)]
struct Cell {
    shown: Option<char>,
    marked: bool,
}

impl Differences {
    /// Appends a line, what differs from the last time in reverse: blanks too, where something was. At the `first` time nothing does.
    #[inline(never)]
    fn push_line(&mut self, screen: &mut Vec<u8>, row: usize, line: &[u8], utf8: bool, first: bool) {
        if row >= self.rows.len() {
            self.rows.push(Vec::new());
        }
        let Some(cells) = self.rows.get_mut(row) else { return };
        let (mut rest, mut at, mut reverse) = (line, 0usize, false);
        while !rest.is_empty() || at < cells.len() {
            let (shown, len) = match rest.first() {
                Some(_) if utf8 => base::term::width::next_char(rest),
                Some(byte) => (Some(char::from(*byte)), 1),
                None => (None, 0),
            };
            let (bytes, after) = rest.split_at_checked(len).unwrap_or((rest, b""));
            rest = after;
            if cells.len() == at {
                cells.push(Cell::default());
            }
            let Some(cell) = cells.get_mut(at) else { break };
            let changed = !first && cell.shown.unwrap_or(' ') != shown.unwrap_or(' ');
            *cell = Cell { shown, marked: changed || self.permanent && cell.marked };
            if cell.marked != reverse {
                reverse = cell.marked;
                screen.extend_from_slice(if reverse { b"\x1b[7m" } else { b"\x1b[27m" });
            }
            screen.extend_from_slice(if bytes.is_empty() { b" " } else { bytes });
            at = at.saturating_add(1);
        }
        if reverse {
            screen.extend_from_slice(b"\x1b[27m");
        }
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
#[inline(never)]
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

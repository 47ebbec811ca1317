//! run - runs one case in a fresh directory and compares what it printed.

use crate::parse::Case;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The user that cases run as when the runner itself is root, so that permissions count for them as for anybody.
pub const NOBODY: u32 = 65534;

/// Where and with what cases run.
pub struct Setup {
    /// A folder of this run alone; every case gets its own below it.
    pub scratch: PathBuf,
    /// The value of PATH.
    pub path: String,
    /// The shell that runs the steps.
    pub shell: PathBuf,
    /// Words of the command that enters name spaces of its own for `root` blocks; empty when there is none.
    pub enter: Vec<String>,
    pub timeout: Duration,
    /// True when the runner is root and cases run as somebody else.
    pub demote: bool,
}

/// How a case ended.
pub enum Outcome {
    Passed,
    /// With a text that shows the difference.
    Failed(String),
    /// With the reason.
    Skipped(String),
}

/// Runs `case`, the `number`th of this run.
pub fn run(case: &Case, number: usize, setup: &Setup) -> Outcome {
    if case.root && setup.enter.is_empty() {
        return Outcome::Skipped("no user name spaces here".to_string());
    }
    let dir = setup.scratch.join(number.to_string()).join("work");
    let outcome = match &case.terminal {
        Some(terminal) => prepare(&dir, setup)
            .and_then(|()| crate::terminal::run(case, terminal, &dir, setup))
            .map(|report| if report.is_empty() { Outcome::Passed } else { Outcome::Failed(report) }),
        None => execute(case, &dir, number, setup).map(|transcript| judge(case, &transcript, number)),
    };
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Failed(format!("    the runner failed: {error}\n")),
    };
    if let Some(parent) = dir.parent() {
        remove(parent);
    }
    match (case.known_failure, outcome) {
        (true, Outcome::Passed) => {
            Outcome::Failed("    passes, but is marked known-failure: take the mark away\n".to_string())
        }
        (true, Outcome::Failed(_)) => Outcome::Skipped("known failure".to_string()),
        (_, outcome) => outcome,
    }
}

/// What came out of the shell.
struct Transcript {
    bytes: Vec<u8>,
    /// As a shell reports it: 128 + the signal for a death by signal. None: it ran out of time.
    status: Option<i32>,
    after: Duration,
}

/// Marks the end of a step in the output; a number keeps the cases apart.
fn marker(number: usize) -> String {
    format!("=-=cairn-case-{number}=-=")
}

/// Makes the directory of a case.
fn prepare(dir: &Path, setup: &Setup) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    if setup.demote {
        chown(dir, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(())
}

fn execute(case: &Case, dir: &Path, number: usize, setup: &Setup) -> std::io::Result<Transcript> {
    prepare(dir, setup)?;
    // One shell for the whole block. After each step the shell prints the marker and the status; descriptor 9 is the
    // output as it was at the start, so that a step may redirect or close its own.
    let mark = marker(number);
    let mut script = String::from("exec 9>&1\n");
    for (index, step) in case.steps.iter().enumerate() {
        script.push_str(&step.command);
        let next_asks = case.steps.get(index + 1).is_some_and(|next| next.command.contains("$?"));
        if next_asks {
            script.push_str(&format!("\ncairn_status=$?; echo \"{mark} $cairn_status\" >&9; (exit $cairn_status)\n"));
        } else {
            script.push_str(&format!("\necho \"{mark} $?\" >&9\n"));
        }
    }
    let mut words: Vec<&str> = Vec::new();
    if case.root {
        words.extend(setup.enter.iter().map(String::as_str));
    }
    let shell = setup.shell.to_string_lossy();
    words.extend([shell.as_ref(), "-c", &script, "sh"]);
    let (reader, writer) = std::io::pipe()?;
    let mut command = Command::new(words.first().copied().unwrap_or("sh"));
    command.args(words.iter().skip(1)).current_dir(dir).env_clear();
    if !case.root {
        command.arg0("sh");
    }
    command.env("PATH", &setup.path).env("HOME", dir).env("TERM", "dumb").env("TZ", "UTC0").env("PWD", dir);
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
    if setup.demote {
        command.uid(NOBODY).gid(NOBODY);
    }
    let start = Instant::now();
    let mut child = command.spawn()?;
    // The command holds the pipe's writing ends: without this the reader would never see the end.
    drop(command);
    let output = read_in_thread(reader);
    let mut transcript = Transcript { bytes: Vec::new(), status: None, after: Duration::ZERO };
    let in_time = collect(&output, &mut transcript.bytes, start + setup.timeout, &mut child);
    let status = if in_time { Some(child.wait()?) } else { None };
    transcript.status = status.map(|status| status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)));
    transcript.after = start.elapsed();
    // Whatever the case left running ends with it.
    if let Some(group) = rustix::process::Pid::from_raw(child.id() as i32) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.wait();
    collect(&output, &mut transcript.bytes, Instant::now() + Duration::from_millis(300), &mut child);
    Ok(transcript)
}

/// Passes on what arrives, until the last writer is gone.
fn read_in_thread(mut reader: std::io::PipeReader) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut buffer = vec![0; 65536];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer.iter().take(count).copied().collect()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Gathers output until its end, or until the shell is gone and a background job alone holds the pipe. False: out of time.
fn collect(output: &Receiver<Vec<u8>>, bytes: &mut Vec<u8>, deadline: Instant, child: &mut Child) -> bool {
    // A case that prints without end must not fill the memory.
    const LIMIT: usize = 64 << 20;
    loop {
        match output.recv_timeout(Duration::from_millis(50)) {
            Ok(chunk) if bytes.len() < LIMIT => bytes.extend(chunk),
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => {
                while Instant::now() < deadline {
                    if matches!(child.try_wait(), Ok(Some(_))) {
                        return true;
                    }
                    thread::sleep(Duration::from_millis(2));
                }
                return false;
            }
            Err(RecvTimeoutError::Timeout) if matches!(child.try_wait(), Ok(Some(_))) => return true,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if Instant::now() >= deadline {
            return false;
        }
    }
}

/// Compares a transcript with the case.
fn judge(case: &Case, transcript: &Transcript, number: usize) -> Outcome {
    let mark = marker(number);
    let mut rest = transcript.bytes.as_slice();
    let mut report = String::new();
    for (index, step) in case.steps.iter().enumerate() {
        let (output, status, reached) = match split_at_mark(rest, mark.as_bytes()) {
            Some((output, status, after)) => {
                rest = after;
                (output, Some(status), true)
            }
            None => (rest.to_vec(), transcript.status, false),
        };
        let same = output == step.output.as_bytes() && status == Some(step.status);
        if !same {
            report.push_str(&describe(case, index, &output, status, transcript.after));
        }
        if !reached {
            // The shell ended in this step: right only when it is the last one.
            if index + 1 < case.steps.len() {
                report.push_str(&format!(
                    "    the shell ended here: {} steps did not run\n",
                    case.steps.len() - index - 1
                ));
            }
            break;
        }
    }
    if report.is_empty() { Outcome::Passed } else { Outcome::Failed(report) }
}

/// Splits before the first marker: the output, the status that the marker carries, what follows.
fn split_at_mark<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(Vec<u8>, i32, &'a [u8])> {
    let mut output = Vec::new();
    let mut rest = bytes;
    loop {
        let at = rest.windows(mark.len()).position(|window| window == mark)?;
        let (before, found) = rest.split_at_checked(at)?;
        let (_, tail) = found.split_at_checked(mark.len())?;
        let end = tail.iter().position(|&byte| byte == b'\n')?;
        let (number, after) = tail.split_at_checked(end)?;
        let after = after.get(1..).unwrap_or_default();
        output.extend_from_slice(before);
        // `set -x` shows the marker's own command: that is the runner's and not the case's.
        if let Some(trace) = [b"+ echo '".as_slice(), b"+ echo \"", b"+ echo "].iter().find(|t| output.ends_with(t)) {
            output.truncate(output.len() - trace.len());
            rest = after;
            continue;
        }
        let status = std::str::from_utf8(number).ok()?.trim().parse().ok()?;
        return Some((output, status, after));
    }
}

/// Shows a step, what it should have printed and what it did.
fn describe(case: &Case, index: usize, output: &[u8], status: Option<i32>, after: Duration) -> String {
    let Some(step) = case.steps.get(index) else { return String::new() };
    let mut text = format!("  {}:{}\n", case.file.display(), step.line);
    for (number, line) in step.command.lines().enumerate() {
        text.push_str(&format!("    {} {line}\n", if number == 0 { '$' } else { '>' }));
    }
    let actual = visible(output);
    let (expected, actual): (Vec<String>, Vec<String>) = (visible(step.output.as_bytes()), actual);
    // The lines that both share at the start and at the end are shown once.
    let head = expected.iter().zip(&actual).take_while(|(a, b)| a == b).count();
    let room = expected.len().min(actual.len()) - head;
    let tail = expected.iter().rev().zip(actual.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
    let mut show = |sign: char, lines: &[String]| {
        for line in lines.iter().take(40) {
            text.push_str(&format!("    {sign}{line}\n"));
        }
        if lines.len() > 40 {
            text.push_str(&format!("    {sign}… {} more lines\n", lines.len() - 40));
        }
    };
    let part = |lines: &[String], from: usize, to: usize| lines.get(from..to).unwrap_or_default().to_vec();
    show(' ', &part(&expected, head.saturating_sub(3), head));
    show('-', &part(&expected, head, expected.len() - tail));
    show('+', &part(&actual, head, actual.len() - tail));
    match status {
        None => text.push_str(&format!("    ran out of time after {:.1} s\n", after.as_secs_f32())),
        Some(status) if status != step.status => {
            text.push_str(&format!("    -[{}]\n    +[{status}]\n", step.status));
        }
        Some(_) => {}
    }
    text
}

/// Output as lines that can be shown: control characters escaped, a missing last newline named as a case writes it.
fn visible(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            line.chars()
                .map(|c| if c.is_control() && c != '\t' { format!("{}", c.escape_default()) } else { c.to_string() })
                .collect()
        })
        .collect();
    match lines.pop() {
        Some(last) if !last.is_empty() => lines.push(format!("{last} (no-eol)")),
        _ => {}
    }
    lines
}

/// Removes a case's directory even when the case took permissions away in it.
fn remove(dir: &Path) {
    if fs::remove_dir_all(dir).is_ok() {
        return;
    }
    open_up(dir);
    let _ = fs::remove_dir_all(dir);
}

fn open_up(dir: &Path) {
    let _ = fs::set_permissions(dir, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_the_marker_and_drops_its_trace() {
        assert!(split_at_mark(b"no mark", b"MARK").is_none());
        let (output, status, after) = split_at_mark(b"out\n+ echo 'MARK 0'\nMARK 7\nrest", b"MARK").unwrap();
        assert_eq!((output.as_slice(), status, after), (b"out\n".as_slice(), 7, b"rest".as_slice()));
        let (output, status, _) = split_at_mark(b"abc+ echo MARK 0\nMARK 0\n", b"MARK").unwrap();
        assert_eq!((output.as_slice(), status), (b"abc".as_slice(), 0));
    }

    #[test]
    fn names_a_missing_newline() {
        assert_eq!(visible(b"a\nb"), ["a", "b (no-eol)"]);
        assert_eq!(visible(b"a\n"), ["a"]);
        assert_eq!(visible(b"\x1b[m\n"), ["\\u{1b}[m"]);
    }
}

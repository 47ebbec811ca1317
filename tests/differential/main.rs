//! differential - runs generated inputs through cairn and through other implementations, and says where they differ.
//!
//! usage: differential [--bin CAIRN] [--seed N] [--runs N] [TARGET]...
//! A target is an applet with the programs it is compared with and a generator of cases: options, input and files, made so that
//! the semantics agree. Where several programs serve, a case counts only if all that are installed give the same answer.
//! Standard output is compared, and whether the status is 0 where a target says so. The same seed gives the same cases. A target none of whose
//! programs is installed is skipped.
//!
//! To add a target: write a generator in a file beside this one, and a line in its list.

mod awk;
mod calculators;
#[path = "../harness.rs"]
mod harness;
mod layout;
#[path = "../random.rs"]
mod random;
mod shell;
mod text;

use harness::Options;
use random::Random;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How long a program may run.
const LIMIT: Duration = Duration::from_secs(5);
/// How many differences of a target are shown.
const SHOWN: usize = 5;

/// What is compared with what.
pub struct Target {
    pub name: &'static str,
    /// The programs that cairn's applet is compared with: each a command with its first arguments.
    pub peers: &'static [&'static [&'static str]],
    /// What is expected of the status.
    pub status: Status,
    /// How many cases are tried.
    pub runs: u64,
    /// Makes a case.
    pub generate: fn(&mut Random) -> Case,
}

/// What the statuses of the programs are good for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Whether it is 0 is part of the answer.
    Compared,
    /// Nothing.
    Ignored,
    /// A case that is not 0 counts for nothing: others may well take what one refuses.
    Success,
}

/// An input.
#[derive(Default)]
pub struct Case {
    /// The applet of cairn's with the arguments that only it needs; empty means the target's name.
    pub applet: &'static [&'static str],
    /// The arguments of all.
    pub arguments: Vec<Vec<u8>>,
    pub input: Vec<u8>,
    /// Files in the working directory: name and contents.
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// LC_ALL; empty means C.
    pub locale: &'static str,
}

impl Case {
    /// A case of arguments.
    pub fn new(arguments: &[&str]) -> Case {
        Case { arguments: arguments.iter().map(|text| text.as_bytes().to_vec()).collect(), ..Case::default() }
    }

    /// Adds an argument.
    pub fn push(&mut self, argument: impl Into<Vec<u8>>) {
        self.arguments.push(argument.into());
    }
}

/// What a program gave.
#[derive(PartialEq, Eq)]
struct Answer {
    output: Vec<u8>,
    succeeded: bool,
}

/// Runs a program; None where it did not end, or could not be started.
fn run(program: &Path, name: &str, first: &[&str], case: &Case, dir: &Path) -> Option<Answer> {
    let (input, output) = (dir.join("stdin"), dir.join("stdout"));
    fs::write(&input, &case.input).ok()?;
    let mut command = Command::new(program);
    command.arg0(name).args(first);
    command.args(case.arguments.iter().map(|argument| std::ffi::OsStr::from_bytes(argument)));
    let work = dir.join("work");
    let locale = if case.locale.is_empty() { "C" } else { case.locale };
    command.current_dir(&work).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", &work).env("LC_ALL", locale);
    command.stdin(fs::File::open(input).ok()?).stdout(fs::File::create(&output).ok()?).stderr(Stdio::null());
    let mut child = command.process_group(0).spawn().ok()?;
    let status = harness::wait(&mut child, LIMIT)?;
    Some(Answer { output: fs::read(output).ok()?, succeeded: status.success() })
}

/// Where a command of the host is.
fn find(name: &str) -> Option<PathBuf> {
    ["/usr/bin", "/bin", "/usr/local/bin"].iter().map(|dir| Path::new(dir).join(name)).find(|path| path.exists())
}

fn show(case: &Case, seed: u64, wanted: &Answer, found: Option<&Answer>) {
    let quoted = |text: &[u8]| text.escape_ascii().to_string().chars().take(600).collect::<String>();
    let arguments: Vec<String> = case.arguments.iter().map(|argument| format!("'{}'", quoted(argument))).collect();
    println!("  {} (seed {seed}, locale {:?})", arguments.join(" "), case.locale);
    println!("    stdin: {}", quoted(&case.input));
    for (name, contents) in &case.files {
        println!("    {name}: {}", quoted(contents));
    }
    println!("    wanted: {} ({})", quoted(&wanted.output), wanted.succeeded);
    match found {
        Some(found) => println!("    found:  {} ({})", quoted(&found.output), found.succeeded),
        None => println!("    found:  it did not end"),
    }
}

/// Runs a target; gives the differences and the cases that the peers had one answer to.
fn compare(target: &Target, bin: &Path, dir: &Path, seed: u64, runs: u64) -> (usize, usize) {
    let peers: Vec<(PathBuf, &[&str])> =
        target.peers.iter().filter_map(|peer| Some((find(peer.first()?)?, peer.get(1..)?))).collect();
    let (mut differences, mut agreed) = (0, 0);
    for number in 0..runs {
        let seed = seed.wrapping_mul(1_000_003).wrapping_add(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let case = (target.generate)(&mut Random(seed));
        let work = dir.join("work");
        let _ = fs::remove_dir_all(&work);
        let made = fs::create_dir_all(&work)
            .and_then(|()| case.files.iter().try_for_each(|(name, contents)| fs::write(work.join(name), contents)));
        if let Err(error) = made {
            println!("{}: {error}", work.display());
            return (1, 0);
        }
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut answers = peers.iter().map(|(path, first)| run(path, &name(path), first, &case, dir));
        let Some(Some(wanted)) = answers.next() else { continue };
        if !answers.all(|answer| answer.as_ref() == Some(&wanted))
            || target.status == Status::Success && !wanted.succeeded
        {
            continue;
        }
        agreed += 1;
        let applet = case.applet.first().copied().unwrap_or(target.name);
        let mut found = run(bin, applet, case.applet.get(1..).unwrap_or_default(), &case, dir);
        if let (Some(found), Status::Ignored) = (&mut found, target.status) {
            found.succeeded = wanted.succeeded;
        }
        if found.as_ref() != Some(&wanted) {
            differences += 1;
            if differences <= SHOWN {
                show(&case, seed, &wanted, found.as_ref());
            }
        }
    }
    (differences, agreed)
}

fn main() -> ExitCode {
    let all: Vec<&Target> = calculators::TARGETS
        .iter()
        .chain(shell::TARGETS)
        .chain(text::TARGETS)
        .chain(layout::TARGETS)
        .chain(awk::TARGETS)
        .collect();
    let names: Vec<&str> = all.iter().map(|target| target.name).collect();
    let options = match Options::of_process("differential", "", &names) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut targets: Vec<&Target> =
        options.targets.iter().filter_map(|name| all.iter().find(|target| target.name == name).copied()).collect();
    let dir = std::env::temp_dir().join(format!("cairn-differential-{}", std::process::id()));
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    if !options.bin.exists() {
        println!("{} is not there", options.bin.display());
        failed = 1;
        targets.clear();
    }
    for target in targets {
        let missing: Vec<&str> =
            target.peers.iter().filter_map(|peer| peer.first().copied()).filter(|name| find(name).is_none()).collect();
        if missing.len() == target.peers.len() {
            println!("{}: skipped, {} is not installed", target.name, missing.join(" or "));
            skipped += 1;
            continue;
        }
        let start = Instant::now();
        let runs = options.runs.unwrap_or(target.runs);
        let (differences, agreed) = compare(target, &options.bin, &dir, options.seed, runs);
        let time = start.elapsed().as_millis();
        println!("{}: {differences} differences in {agreed} of {runs} cases ({time} ms)", target.name);
        // Without an answer to compare with, nothing was tested.
        if differences == 0 && agreed > 0 { passed += 1 } else { failed += 1 }
    }
    let _ = fs::remove_dir_all(&dir);
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    ExitCode::from(u8::from(failed > 0))
}

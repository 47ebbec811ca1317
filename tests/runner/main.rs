//! cases - runs the transcripts of tests/cases against a cairn binary, or against another userland.
//!
//! usage: cases [--bin CAIRN] [--sh SHELL] [--peer busybox|gnu] [--list] [FILTER]...
//! A FILTER is a part of `family/applet.md: name of the case`.

mod parse;
mod run;
mod screen;
mod terminal;

use parse::Case;
use run::{Outcome, Setup};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(terminal::ENTER) {
        return terminal::enter();
    }
    // A runner that was started by nohup, or in the background, must not hand on what it ignores: cases send these signals.
    for signal in [1, 2, 3, 15] {
        let _ = base::sys::signal::set(signal, base::sys::signal::Action::Default);
    }
    match options().and_then(|options| work(&options)) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("cases: {message}");
            ExitCode::from(2)
        }
    }
}

struct Options {
    root: PathBuf,
    bin: PathBuf,
    shell: Option<PathBuf>,
    peer: Option<String>,
    list: bool,
    timeout: u64,
    filters: Vec<String>,
}

fn options() -> Result<Options, String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest.parent().unwrap_or(manifest).to_path_buf();
    let bin = root.join(format!("target/out/{}/cairn", std::env::consts::ARCH));
    let mut options = Options { root, bin, shell: None, peer: None, list: false, timeout: 10, filters: Vec::new() };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "--bin" => options.bin = PathBuf::from(value()?),
            "--sh" => options.shell = Some(PathBuf::from(value()?)),
            "--peer" => options.peer = Some(value()?),
            "--timeout" => options.timeout = value()?.parse().map_err(|_| "--timeout wants seconds".to_string())?,
            "--list" => options.list = true,
            _ if arg.starts_with('-') => return Err(format!("unknown option {arg}")),
            _ => options.filters.push(arg),
        }
    }
    Ok(options)
}

fn work(options: &Options) -> Result<ExitCode, String> {
    let cases_dir = options.root.join("tests/cases");
    let mut files = Vec::new();
    find_files(&cases_dir, &mut files);
    files.sort();
    let mut cases = Vec::new();
    for path in &files {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let short = path.strip_prefix(&cases_dir).unwrap_or(path);
        cases.extend(parse::parse(short, &text)?);
    }
    let wanted = |case: &Case| {
        let name = title(case);
        options.filters.is_empty() || options.filters.iter().any(|filter| name.contains(filter.as_str()))
    };
    cases.retain(wanted);
    if options.list {
        cases.iter().for_each(|case| println!("{}", title(case)));
        return Ok(ExitCode::SUCCESS);
    }
    let setup = prepare(options)?;
    let outcomes = run_all(&cases, &setup);
    let _ = fs::remove_dir_all(&setup.scratch);
    Ok(report(&cases, &outcomes, options))
}

fn title(case: &Case) -> String {
    format!("{}: {}", case.file.display(), case.name)
}

fn find_files(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            find_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
}

/// Makes the scratch folder, with the userland under test in a folder `bin` of it.
fn prepare(options: &Options) -> Result<Setup, String> {
    let scratch = std::env::temp_dir().join(format!("cairn-cases-{}", std::process::id()));
    let bin = scratch.join("bin");
    let fail = |error: std::io::Error| format!("{}: {error}", scratch.display());
    fs::create_dir_all(&bin).map_err(fail)?;
    // Cases may run as another user, who must reach the binary and not more.
    fs::set_permissions(&scratch, fs::Permissions::from_mode(0o755)).map_err(fail)?;
    let demote = rustix::process::geteuid().is_root();
    let cairn = scratch.join("cairn");
    fs::copy(&options.bin, &cairn)
        .map_err(|error| format!("{}: {error} (scripts/build makes it)", options.bin.display()))?;
    let mut names = list(&cairn)?;
    let mut path = bin.display().to_string();
    let mut shell = bin.join("sh");
    let mut target = cairn.clone();
    match options.peer.as_deref() {
        None => {}
        Some("busybox") => {
            target = find_program("busybox").ok_or("busybox is not installed")?;
            names = list(&target)?;
        }
        Some("gnu") => {
            path = "/usr/bin:/bin:/usr/sbin:/sbin".to_string();
            shell = find_program("dash").ok_or("dash is not installed")?;
            names.clear();
        }
        Some(other) => return Err(format!("unknown peer '{other}': busybox and gnu are known")),
    }
    for name in &names {
        symlink(&target, bin.join(name)).map_err(fail)?;
    }
    if let Some(other) = &options.shell {
        shell = other.clone();
    } else if options.peer.is_none() && !names.iter().any(|name| name == "sh") {
        shell = find_program("dash").ok_or("cairn has no sh yet, and dash is not installed")?;
        eprintln!("cases: this cairn has no sh: {} runs the cases", shell.display());
    }
    // cairn's own unshare where it is there; the host's while it is not, and for peers.
    let enter = [bin.join("unshare"), PathBuf::from("unshare")]
        .iter()
        .map(|program| {
            let mut words = vec![program.display().to_string()];
            words.extend(["--user", "--map-root-user", "--mount", "--pid", "--fork"].map(String::from));
            words
        })
        .find(|words| works(words))
        .unwrap_or_default();
    Ok(Setup { scratch, path, shell, enter, timeout: Duration::from_secs(options.timeout), demote })
}

/// The names that `PROGRAM --list` prints.
fn list(program: &Path) -> Result<Vec<String>, String> {
    let output =
        Command::new(program).arg("--list").output().map_err(|error| format!("{}: {error}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text
        .lines()
        .map(|line| line.rsplit('/').next().unwrap_or(line).to_string())
        .filter(|name| !name.is_empty())
        .collect())
}

fn find_program(name: &str) -> Option<PathBuf> {
    ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].iter().map(|dir| Path::new(dir).join(name)).find(|path| path.exists())
}

fn works(words: &[String]) -> bool {
    let Some((program, args)) = words.split_first() else { return false };
    let mut command = Command::new(program);
    command
        .args(args)
        .arg("/bin/sh")
        .args(["-c", ":"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs the cases on all processors; outcomes come in the order of the cases.
fn run_all(cases: &[Case], setup: &Setup) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new((0..cases.len()).map(|_| None).collect::<Vec<Option<Outcome>>>());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(number) else { break };
                    let outcome = run::run(case, number, setup);
                    if let Some(slot) = outcomes.lock().ok().as_mut().and_then(|all| all.get_mut(number)) {
                        *slot = Some(outcome);
                    }
                }
            });
        }
    });
    let all = outcomes.into_inner().unwrap_or_default();
    all.into_iter()
        .map(|slot| slot.unwrap_or_else(|| Outcome::Failed("    the runner lost this case\n".into())))
        .collect()
}

fn report(cases: &[Case], outcomes: &[Outcome], options: &Options) -> ExitCode {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (case, outcome) in cases.iter().zip(outcomes) {
        match outcome {
            Outcome::Passed => passed += 1,
            Outcome::Skipped(reason) => {
                skipped += 1;
                println!("SKIP {}: {reason}", title(case));
            }
            Outcome::Failed(text) => {
                failed += 1;
                let word = if options.peer.is_some() { "DIFFERS" } else { "FAIL" };
                print!("{word} {}\n{text}", title(case));
            }
        }
    }
    if let Some(peer) = &options.peer {
        println!("{passed} the same with {peer}, {failed} different");
        return ExitCode::SUCCESS;
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

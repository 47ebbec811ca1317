//! What `fuzz` and `differential` share: their arguments, and waiting for a program that may not end.

use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, ExitStatus};
use std::time::{Duration, Instant};

/// `[--bin CAIRN] [--seed N] [--runs N] [TARGET]...`
pub struct Options {
    pub bin: PathBuf,
    pub seed: u64,
    pub runs: Option<u64>,
    /// All there are, where none is given.
    pub targets: Vec<String>,
}

/// The folder of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

impl Options {
    /// Reads the arguments of the process. The binary is `target/out/ARCH` with `suffix` unless they say another; `names` are
    /// the targets. The error is the status to end with, after a message.
    pub fn of_process(program: &str, suffix: &str, names: &[&str]) -> Result<Options, ExitCode> {
        let bin = root().join(format!("target/out/{}{suffix}/cairn", std::env::consts::ARCH));
        let mut options = Options { bin, seed: 1, runs: None, targets: Vec::new() };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut number = || args.next().and_then(|text| text.parse().ok());
            match arg.as_str() {
                "--seed" => options.seed = number().unwrap_or(options.seed),
                "--runs" => options.runs = number(),
                "--bin" => options.bin = args.next().map_or(options.bin, PathBuf::from),
                name if names.contains(&name) => options.targets.push(arg),
                _ => {
                    eprintln!("{program}: the targets are {}", names.join(" "));
                    return Err(ExitCode::from(2));
                }
            }
        }
        if options.targets.is_empty() {
            options.targets = names.iter().map(|name| (*name).to_string()).collect();
        }
        options.bin = options.bin.canonicalize().unwrap_or(options.bin);
        Ok(options)
    }
}

/// Waits for the end of `child`, which is killed when it takes longer than `limit`: None then.
pub fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if start.elapsed() < limit => std::thread::sleep(Duration::from_micros(100)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

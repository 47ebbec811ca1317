//! parse - reads case files: headings name cases, `console` blocks hold commands and what they print.

use std::path::{Path, PathBuf};

/// One `$ ` command of a block with what it must print.
pub struct Step {
    /// The command, its continuation lines joined by newlines.
    pub command: String,
    /// Exactly what standard output and standard error must receive.
    pub output: String,
    /// The status of the command.
    pub status: i32,
    /// The line of the `$ `, counted from 1.
    pub line: usize,
}

/// One `console` block: steps that share a shell and a directory.
pub struct Case {
    pub file: PathBuf,
    /// The heading above the block, with a number behind it from the second block on.
    pub name: String,
    pub steps: Vec<Step>,
    /// `console root`: runs as the root of name spaces of its own.
    pub root: bool,
    /// `console known-failure`: must fail until it is mended, and is an error once it passes.
    pub known_failure: bool,
}

/// Reads one file. A block that cannot be understood is an error with its line.
pub fn parse(path: &Path, text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    let mut heading = String::from("(no heading)");
    let mut blocks = 0;
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim().to_string();
            blocks = 0;
        }
        let Some(info) = line.strip_prefix("```") else { continue };
        let mut words = info.split_whitespace();
        let console = words.next() == Some("console");
        let (mut root, mut known_failure) = (false, false);
        for word in words.filter(|_| console) {
            match word {
                "root" => root = true,
                "known-failure" => known_failure = true,
                _ => return Err(format!("{}:{}: unknown word '{word}' after console", path.display(), number + 1)),
            }
        }
        let mut body = Vec::new();
        loop {
            match lines.next() {
                None => return Err(format!("{}:{}: a block without its end", path.display(), number + 1)),
                Some((_, "```")) => break,
                Some((number, line)) => body.push((number + 1, line)),
            }
        }
        if !console {
            continue;
        }
        blocks += 1;
        let name = if blocks == 1 { heading.clone() } else { format!("{heading} ({blocks})") };
        let steps = steps(&body).map_err(|line| format!("{}:{line}: output before any `$ ` line", path.display()))?;
        if steps.is_empty() {
            return Err(format!("{}:{}: a console block without a command", path.display(), number + 1));
        }
        cases.push(Case { file: path.to_path_buf(), name, steps, root, known_failure });
    }
    Ok(cases)
}

/// Splits a block's lines into steps; the error is the line of output that no command precedes.
fn steps(body: &[(usize, &str)]) -> Result<Vec<Step>, usize> {
    let mut steps: Vec<Step> = Vec::new();
    let mut in_command = false;
    for &(line, text) in body {
        if let Some(command) = text.strip_prefix("$ ") {
            steps.push(Step { command: command.to_string(), output: String::new(), status: 0, line });
            in_command = true;
            continue;
        }
        let step = steps.last_mut().ok_or(line)?;
        match text.strip_prefix("> ").or(if text == ">" { Some("") } else { None }) {
            Some(more) if in_command => {
                step.command.push('\n');
                step.command.push_str(more);
            }
            _ => {
                in_command = false;
                step.output.push_str(text);
                step.output.push('\n');
            }
        }
    }
    for step in &mut steps {
        take_status(step);
        // `text (no-eol)` as the last line: the output ends without a newline.
        if let Some(rest) = step.output.strip_suffix(" (no-eol)\n") {
            step.output = rest.to_string();
        }
    }
    Ok(steps)
}

/// A last line `[N]` is the status and not output.
fn take_status(step: &mut Step) {
    let body = step.output.strip_suffix('\n').unwrap_or_default();
    let (before, last) = match body.rfind('\n') {
        Some(at) => body.split_at(at + 1),
        None => ("", body),
    };
    if let Some(status) = last.strip_prefix('[').and_then(|s| s.strip_suffix(']')).and_then(|s| s.parse().ok()) {
        step.status = status;
        step.output = before.to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_commands_output_and_status() {
        let text = "# t\n## one\n```console\n$ a\n> b\n> c\nout\n> not a continuation\n[3]\n$ d\nx (no-eol)\n```\n";
        let cases = parse(Path::new("f"), text).unwrap();
        assert_eq!(cases.len(), 1);
        let case = &cases[0];
        assert_eq!((case.name.as_str(), case.steps.len()), ("one", 2));
        assert_eq!(case.steps[0].command, "a\nb\nc");
        assert_eq!((case.steps[0].output.as_str(), case.steps[0].status), ("out\n> not a continuation\n", 3));
        assert_eq!((case.steps[1].output.as_str(), case.steps[1].status, case.steps[1].line), ("x", 0, 10));
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        assert!(parse(Path::new("f"), "```console\nout\n```\n").is_err());
        assert!(parse(Path::new("f"), "```console\n$ a\n").is_err());
        assert!(parse(Path::new("f"), "```console rot\n$ a\n```\n").is_err());
        assert!(parse(Path::new("f"), "```sh\nanything\n```\n").unwrap().is_empty());
    }
}

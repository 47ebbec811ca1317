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
    /// A `terminal` block: what happens on its screen; `steps` is empty then.
    pub terminal: Option<Terminal>,
    /// `console root`: runs as the root of name spaces of its own.
    pub root: bool,
    /// `console known-failure`: must fail until it is mended, and is an error once it passes.
    pub known_failure: bool,
}

/// A `terminal` block: a script that runs on a terminal of its own, keys, and screens.
pub struct Terminal {
    pub columns: usize,
    pub rows: usize,
    /// The commands of the `$ ` lines at the front.
    pub script: String,
    pub acts: Vec<(Act, usize)>,
}

/// One line or group of lines of a `terminal` block.
pub enum Act {
    /// `keys: ` typed.
    Keys(Vec<u8>),
    /// `size: COLUMNSxROWS`: the window gets another size.
    Size(usize, usize),
    /// `| ` lines: the whole screen.
    Screen(Vec<String>),
    /// `cursor: ROW,COLUMN`, from 1.
    Cursor(usize, usize),
    /// `style: NUMBERS TEXT`: the SGR numbers (`-` for none) of the first place where the text stands.
    Style(String, String),
    /// `exit: STATUS`: the script ends.
    Exit(i32),
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
        let kind = words.next().unwrap_or_default();
        let (console, terminal) = (kind == "console", kind == "terminal");
        let (mut root, mut known_failure) = (false, false);
        let mut window = (80, 24);
        for word in words.filter(|_| console || terminal) {
            match word {
                _ if terminal && size(word).is_some() => window = size(word).unwrap_or(window),
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
        if !console && !terminal {
            continue;
        }
        blocks += 1;
        let name = if blocks == 1 { heading.clone() } else { format!("{heading} ({blocks})") };
        if terminal {
            let fail = |line| format!("{}:{line}: not a line of a terminal block", path.display());
            let terminal = Some(acts(&body, window).map_err(fail)?);
            cases.push(Case { file: path.to_path_buf(), name, steps: Vec::new(), terminal, root, known_failure });
            continue;
        }
        let steps = steps(&body).map_err(|line| format!("{}:{line}: output before any `$ ` line", path.display()))?;
        if steps.is_empty() {
            return Err(format!("{}:{}: a console block without a command", path.display(), number + 1));
        }
        cases.push(Case { file: path.to_path_buf(), name, steps, terminal: None, root, known_failure });
    }
    Ok(cases)
}

/// `COLUMNSxROWS`
fn size(word: &str) -> Option<(usize, usize)> {
    let (columns, rows) = word.split_once('x')?;
    let (columns, rows) = (columns.parse().ok()?, rows.parse().ok()?);
    (columns > 0 && rows > 0).then_some((columns, rows))
}

/// Reads a `terminal` block; the error is the line that means nothing.
fn acts(body: &[(usize, &str)], (columns, rows): (usize, usize)) -> Result<Terminal, usize> {
    let mut terminal = Terminal { columns, rows, script: String::new(), acts: Vec::new() };
    for &(line, text) in body {
        if terminal.acts.is_empty()
            && let Some(command) = text.strip_prefix("$ ").or(text.strip_prefix("> "))
        {
            terminal.script.push_str(command);
            terminal.script.push('\n');
        } else if text == "|" || text.starts_with("| ") {
            let shown = text.get(2..).unwrap_or_default().trim_end().to_string();
            match terminal.acts.last_mut() {
                Some((Act::Screen(lines), _)) => lines.push(shown),
                _ => terminal.acts.push((Act::Screen(vec![shown]), line)),
            }
        } else if let Some(act) = act(text) {
            terminal.acts.push((act, line));
        } else {
            return Err(line);
        }
    }
    Ok(terminal)
}

fn act(text: &str) -> Option<Act> {
    let (word, rest) = text.split_once(": ")?;
    Some(match word {
        "keys" => Act::Keys(keys(rest)?),
        "size" => {
            let (columns, rows) = size(rest)?;
            Act::Size(columns, rows)
        }
        "cursor" => {
            let (row, column) = rest.split_once(',')?;
            Act::Cursor(row.parse().ok()?, column.parse().ok()?)
        }
        "style" => {
            let (style, text) = rest.split_once(' ')?;
            Act::Style(style.trim_matches('-').to_string(), text.to_string())
        }
        "exit" => Act::Exit(rest.parse().ok()?),
        _ => return None,
    })
}

/// The bytes of keys: text as it is, `<CR>`, `<C-a>`, `<M-b>`, `<Up>`, `<S-Tab>`; `<lt>` is `<`.
pub fn keys(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tail) = rest.split_at(at);
        bytes.extend_from_slice(before.as_bytes());
        let (name, after) = tail.get(1..)?.split_once('>')?;
        named_key(name, &mut bytes)?;
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

fn named_key(name: &str, bytes: &mut Vec<u8>) -> Option<()> {
    if let Some(rest) = name.strip_prefix("M-") {
        bytes.push(0x1b);
        if rest.chars().count() == 1 {
            bytes.extend_from_slice(rest.as_bytes());
            return Some(());
        }
        return named_key(rest, bytes);
    }
    let sequence: &[u8] = match name {
        "CR" => b"\r",
        "NL" => b"\n",
        "Tab" => b"\t",
        "S-Tab" => b"\x1b[Z",
        "Esc" => b"\x1b",
        "BS" => b"\x7f",
        "Space" => b" ",
        "lt" => b"<",
        "Up" => b"\x1b[A",
        "Down" => b"\x1b[B",
        "Right" => b"\x1b[C",
        "Left" => b"\x1b[D",
        "C-Right" => b"\x1b[1;5C",
        "C-Left" => b"\x1b[1;5D",
        "Home" => b"\x1b[H",
        "End" => b"\x1b[F",
        "Insert" => b"\x1b[2~",
        "Del" => b"\x1b[3~",
        "PageUp" => b"\x1b[5~",
        "PageDown" => b"\x1b[6~",
        "Paste" => b"\x1b[200~",
        "/Paste" => b"\x1b[201~",
        _ => {
            let [letter] = name.strip_prefix("C-")?.as_bytes() else { return None };
            bytes.push(letter.to_ascii_uppercase() ^ 0x40);
            return Some(());
        }
    };
    bytes.extend_from_slice(sequence);
    Some(())
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

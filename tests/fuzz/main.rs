//! fuzz - feeds damaged programs and random keys to a cairn binary, and says which made it die of a signal or panic.
//!
//! usage: fuzz [--bin CAIRN] [--seed N] [--runs N] [TARGET]...
//! The targets: `bc` (damaged programs); `parser` (sh -n on damaged scripts of the case files), `expander` (words of `${…}` and quotes), `awk` and `sed`
//! (damaged programs of the case files), `pattern` (grep -E and -P), `patch` (what diff says of two files makes one the other),
//! `dump` (xxd and od show bytes so that they can be had back), `vi` (keys). The same seed gives the same inputs. It is meant for the development
//! binary, where what would abort silently speaks first.

#[path = "../harness.rs"]
mod harness;
#[path = "../random.rs"]
mod random;

use harness::Options;
use random::Random;
use std::fs;
use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

const TARGETS: [&str; 9] = ["parser", "expander", "awk", "sed", "bc", "pattern", "patch", "dump", "vi"];

/// How long an input may run. A damaged awk or sed program may well loop for ever: that ends it, and is no failure there.
const LIMIT: Duration = Duration::from_secs(3);

/// The `$ ` lines of the case files, with their continuations.
fn commands(cases: &Path) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let folders = fs::read_dir(cases).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = folders
        .flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten())
        .map(|f| f.path())
        .collect();
    files.sort();
    for file in files {
        let mut open = false;
        for line in fs::read_to_string(&file).unwrap_or_default().lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                found.push(command.to_string());
                open = true;
            } else if let (true, Some(more), Some(last)) = (open, line.strip_prefix("> "), found.last_mut()) {
                last.push('\n');
                last.push_str(more);
            } else {
                open = false;
            }
        }
    }
    found
}

/// The text between single quotes behind `name` and its options: the programs of `awk '…'` and `sed -n '…'`.
fn programs(commands: &[String], name: &str) -> Vec<String> {
    let quoted = |command: &String| {
        let behind = command.get(command.find(&format!("{name} "))?..)?;
        let mut parts = behind.split('\'');
        parts.next();
        parts.next().map(str::to_string)
    };
    // What runs a command or writes a file is left alone: a damaged one could do anything.
    commands.iter().filter_map(quoted).filter(|p| !p.contains("system") && !p.contains(['|', '>'])).collect()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// `text` with one to four pieces put in, taken out, or brought in from another text.
fn damage(random: &mut Random, texts: &[String], tokens: &[&str]) -> Vec<u8> {
    let mut text = random.pick(texts).map(|text| text.clone().into_bytes()).unwrap_or_default();
    for _ in 0..=random.below(4) {
        let at = random.below(text.len() + 1);
        let end = (at + 1 + random.below(5)).min(text.len());
        match random.below(8) {
            0..=3 => drop(text.splice(at..at, random.pick(tokens).copied().unwrap_or("").bytes())),
            4 => drop(text.splice(at..at, [1 + random.below(255) as u8])),
            5 | 6 => drop(text.drain(at..end)),
            _ => {
                let other = random.pick(texts).map(String::as_bytes).unwrap_or_default();
                let from = random.below(other.len() + 1);
                let piece: Vec<u8> = other.iter().skip(from).take(20).copied().collect();
                text.splice(at..at, piece);
            }
        }
    }
    text.retain(|byte| *byte != 0);
    text
}

/// Pieces of `pieces` after one another.
fn assemble(random: &mut Random, count: usize, pieces: &[&[u8]]) -> Vec<u8> {
    (0..count).flat_map(|_| random.pick(pieces).copied().unwrap_or_default().to_vec()).collect()
}

/// What is wrong with how `cairn` ended, if anything.
fn run(bin: &Path, dir: &Path, args: &[&[u8]], input: &[u8], may_loop: bool) -> Option<String> {
    use std::os::unix::ffi::OsStrExt;
    let mut command = Command::new(bin);
    command.arg0(std::ffi::OsStr::from_bytes(args.first()?));
    command.args(args.iter().skip(1).map(|arg| std::ffi::OsStr::from_bytes(arg)));
    command.current_dir(dir).env_clear().env("PATH", "/nonexistent").env("HOME", dir).process_group(0);
    let errors = fs::File::create(dir.join("errors")).ok()?;
    let output = fs::File::create(dir.join("output")).ok()?;
    let mut child = command.stdin(Stdio::piped()).stdout(output).stderr(errors).spawn().ok()?;
    if let Some(mut stdin) = child.stdin.take() {
        // It may well have ended without reading.
        let _ = stdin.write_all(input);
    }
    let Some(status) = harness::wait(&mut child, LIMIT) else {
        return (!may_loop).then(|| "ran out of time".to_string());
    };
    let errors = String::from_utf8_lossy(&fs::read(dir.join("errors")).unwrap_or_default()).into_owned();
    if let Some(at) = errors.find("panicked") {
        return errors.get(at..).map(str::to_string);
    }
    status.signal().map(|signal| format!("died of signal {signal}"))
}

/// Two files of a few lines that have much in common: diff tells how they differ, and patch makes the one the other.
fn patch(random: &mut Random, bin: &Path, dir: &Path) -> (Vec<u8>, Option<String>) {
    let words: [&[u8]; 9] = [b"a\n", b"b\n", b"c\n", b"\n", b"--- x\n", b"@@ -1 +1 @@\n", b"\\ No\n", b"+\n", b"\t \n"];
    let count = random.below(30);
    let lines: Vec<&[u8]> = (0..count).filter_map(|_| random.pick(&words).copied()).collect();
    let mut other = lines.clone();
    for _ in 0..=random.below(5) {
        let at = random.below(other.len() + 1);
        if random.below(2) == 0 {
            other.splice(at..at, random.pick(&words).copied());
        } else {
            other.drain(at..(at + random.below(3)).min(other.len()));
        }
    }
    let (mut a, mut b) = (lines.concat(), other.concat());
    for text in [&mut a, &mut b] {
        if random.below(4) == 0 {
            text.pop();
        }
    }
    let forms: [&[u8]; 4] = [b"-u", b"-c", b"-U0", b"--normal"];
    let form = random.pick(&forms).copied().unwrap_or(b"-u");
    let input = [form, b"\n--\n", a.as_slice(), b"\n--\n", b.as_slice()].concat();
    let write = |name: &str, text: &[u8]| fs::write(dir.join(name), text).is_ok();
    if !write("a", &a) || !write("b", &b) {
        return (input, Some("cannot write".to_string()));
    }
    if let Some(wrong) = run(bin, dir, &[b"diff", form, b"a", b"b"], b"", false) {
        return (input, Some(wrong));
    }
    let difference = fs::read(dir.join("output")).unwrap_or_default();
    if let Some(wrong) = run(bin, dir, &[b"patch", b"-s", b"a"], &difference, false) {
        return (input, Some(wrong));
    }
    // A file that became empty may be removed.
    let made = fs::read(dir.join("a")).unwrap_or_default();
    (input, (made != b).then(|| "the patched file is not the other".to_string()))
}

/// Bytes through xxd and back, and by od.
fn dump(random: &mut Random, bin: &Path, dir: &Path) -> (Vec<u8>, Option<String>) {
    let count = random.below(200);
    let bytes: Vec<u8> = (0..count).map(|_| if random.below(3) == 0 { 0 } else { random.below(256) as u8 }).collect();
    let forms: [&[&[u8]]; 4] = [&[b"xxd"], &[b"xxd", b"-p"], &[b"xxd", b"-c", b"7", b"-g", b"3"], &[b"xxd", b"-a"]];
    let form = random.pick(&forms).copied().unwrap_or(&[b"xxd"]);
    if let Some(wrong) = run(bin, dir, form, &bytes, false) {
        return (bytes, Some(wrong));
    }
    let shown = fs::read(dir.join("output")).unwrap_or_default();
    let wrong = run(bin, dir, &[form, &[b"-r"]].concat(), &shown, false);
    if wrong.is_some() || fs::read(dir.join("output")).unwrap_or_default() != bytes {
        return (bytes, wrong.or(Some("xxd -r gives other bytes".to_string())));
    }
    let wrong = run(bin, dir, &[b"od", b"-An", b"-v", b"-tu1"], &bytes, false);
    let text = String::from_utf8_lossy(&fs::read(dir.join("output")).unwrap_or_default()).into_owned();
    let read: Vec<u8> = text.split_ascii_whitespace().filter_map(|number| number.parse().ok()).collect();
    let same = read == bytes;
    (bytes, wrong.or((!same).then(|| "od shows other bytes".to_string())))
}

/// grep with a pattern of pieces on a text of letters: it ends, and soon.
fn pattern(random: &mut Random, bin: &Path, dir: &Path) -> (Vec<u8>, Option<String>) {
    let pieces: [&[u8]; 48] = [
        b"a",
        b"b",
        b"c",
        b".",
        b"(",
        b")",
        b"|",
        b"*",
        b"+",
        b"?",
        b"{2}",
        b"{1,3}",
        b"{0,}",
        b"[ab]",
        b"[^a]",
        b"^",
        b"$",
        b"\\b",
        b"\\w",
        b"\\1",
        b"\\2",
        b"(?=",
        b"(?!",
        b"(?<=",
        b"(?<!",
        b"(?>",
        b"(?:",
        b"(?i)",
        b"\\K",
        b"\\Q",
        b"\\E",
        b"(?R)",
        b"(?1)",
        b"(?(1)",
        b"(?<n>",
        b"\\k<n>",
        b"\\x{61}",
        b"\\p{L}",
        b"[[:alpha:]]",
        b"[a-",
        b"]",
        b"\\",
        b"*?",
        b"++",
        b"(*SKIP)",
        b"(?|",
        b"\\d",
        "é".as_bytes(),
    ];
    let count = 1 + random.below(14);
    let pattern = assemble(random, count, &pieces);
    let letters: [&[u8]; 8] = [b"a", b"b", b"c", b"ab", b"a a", b"\n", "é".as_bytes(), b"\xff"];
    let count = random.below(300);
    let text = assemble(random, count, &letters);
    let options: [&[u8]; 6] = [b"-P", b"-oP", b"-E", b"-oE", b"-wiP", b"-o"];
    let option = random.pick(&options).copied().unwrap_or(b"-P");
    let found = run(bin, dir, &[b"grep", option, b"-e", &pattern], &text, false);
    ([option, b" ", &pattern, b"\n--\n", &text].concat(), found)
}

fn fuzz(target: &str, bin: &Path, dir: &Path, seed: u64, commands: &[String]) -> (Vec<u8>, Option<String>) {
    let random = &mut Random(seed | 1);
    let shell = [
        "(",
        ")",
        "{",
        "}",
        "$(",
        "${",
        "}",
        "`",
        "\"",
        "'",
        "\\",
        "<<E\n",
        "<<-",
        "&&",
        ";;",
        ";&",
        "case x in",
        "esac",
        "if",
        "fi",
        "for",
        "do",
        "done",
        "function f",
        "[[",
        "]]",
        "((",
        "))",
        "<(",
        "|&",
        "a=(",
        "!",
        "\n",
        "#",
        "$'",
        "select",
    ];
    let awk = [
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "$",
        "+",
        "-",
        "^",
        "%",
        "~",
        "!",
        "=",
        "<",
        "&&",
        "?",
        ":",
        ",",
        ";",
        "\n",
        "\"",
        "\\",
        "0x",
        "1e999",
        "$-1",
        "NF=-1",
        "getline",
        "in",
        "delete",
        "function f(",
        "return",
        "next",
        "printf \"%*d\"",
        "%c",
        "substr(",
        "split(",
        "gsub(",
        "/(/",
        "[[:",
        "++",
        "while(",
        "for(",
        "switch",
        "case",
        "BEGIN",
        "length",
        "asort(",
        "FPAT=",
        "RS=\"\"",
        "9999999999999999999",
    ];
    let sed = [
        "s/", "\\(", "\\)", "\\1", "\\{1,", "\\}", "[", "[[:", "*", "^", "$", "{", "}", ";", "\n", "y/", "/g", "/I",
        "b", "t", ":a", "N", "D", "G", "H", "x", "1,", "0~3", "+5", "a\\", "i\\", "c\\", "\\U", "\\n", "\\x", "!", "#",
        "=", "l 1", "q", "/e/",
    ];
    let lines = b"alice 30\nbob:20,7\n\n(foo) [bar]\n\xff\xc3 \xe6\x97\xa5\nlast";
    match target {
        "parser" => {
            let script = damage(random, commands, &shell);
            let found = run(bin, dir, &[b"sh", b"-n"], &script, false);
            (script, found)
        }
        "expander" => {
            // Nothing here can start a command: no parenthesis, no backquote, no separator.
            let pieces: [&[u8]; 36] = [
                b"$",
                b"${",
                b"}",
                b"#",
                b"%",
                b"/",
                b":",
                b"-",
                b"+",
                b"=",
                b"*",
                b"?",
                b"[",
                b"]",
                b"!",
                b"~",
                b"\"",
                b"'",
                b"\\",
                b"@",
                b"^",
                b",",
                b"a",
                b"b",
                b"1",
                b"-1",
                b"99999999999999999999",
                b" ",
                b"${a[",
                b"${#",
                b"${!",
                b"@Q",
                b"\xff",
                "é".as_bytes(),
                b"$'",
                b"{1..9}",
            ];
            let count = 1 + random.below(24);
            let word = assemble(random, count, &pieces);
            let script = [b"a='x y'; b=(1 2 3); set -- p q; printf '[%s]' ".as_slice(), &word, b"\n"].concat();
            let found = run(bin, dir, &[if random.below(2) == 0 { b"sh" } else { b"bash" }], &script, false);
            (script, found)
        }
        "bc" => {
            let tokens = [
                "(",
                ")",
                "{",
                "}",
                "[",
                "]",
                "+",
                "-",
                "^",
                "%",
                "/",
                "*",
                "=",
                "==",
                "<",
                "&&",
                "||",
                "!",
                "++",
                "--",
                ";",
                "\n",
                "\"",
                "/*",
                "*/",
                "#",
                "\\\n",
                "scale=",
                "ibase=",
                "obase=",
                "last",
                ".",
                "9999",
                "-1",
                "0",
                "define f(",
                "auto a[]",
                "*a[]",
                "return",
                "if(",
                "else",
                "while(",
                "for(",
                "break",
                "print ",
                "read()",
                "sqrt(",
                "length(",
                "a[]",
                "e(",
                "l(",
                "s(",
                "j(",
                "void",
                "halt",
            ];
            let texts = [
                "scale=5;1/3",
                "define f(x){auto y;y=x*2;return(y)}\nf(3)",
                "for(i=0;i<3;i++)a[i]=i^2\na[2]",
                "a=b=3;a+=2",
            ];
            let program = damage(random, &texts.map(str::to_string), &tokens);
            let found = run(bin, dir, &[b"bc", b"-l"], &program, true);
            (program, found)
        }
        "awk" | "sed" => {
            let tokens: &[&str] = if target == "awk" { &awk } else { &sed };
            let program = damage(random, &programs(commands, target), tokens);
            // What may by now name a file or a command is not run: it could do anything.
            let unsafe_bytes: &[u8] = if target == "awk" { b"|>" } else { b"wWerR" };
            if program.iter().any(|byte| unsafe_bytes.contains(byte)) || contains(&program, b"system") {
                return (program, None);
            }
            let found = run(bin, dir, &[target.as_bytes(), &program], lines, true);
            (program, found)
        }
        "patch" => patch(random, bin, dir),
        "dump" => dump(random, bin, dir),
        "pattern" => pattern(random, bin, dir),
        _ => {
            let mut pieces: Vec<Vec<u8>> =
                (32..127u8).filter(|byte| !b"!:ZQ".contains(byte)).map(|byte| vec![byte]).collect();
            pieces.extend([1u8, 2, 4, 5, 6, 8, 13, 14, 16, 18, 20, 21, 22, 23, 24, 25].map(|byte| vec![byte]));
            pieces.extend(["\x1b[A", "\x1b[B", "\x1b[3~", "é", "日"].map(|text| text.as_bytes().to_vec()));
            pieces.extend(std::iter::repeat_n(b"\x1b".to_vec(), 12));
            let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            let keys = assemble(random, 600, &pieces);
            let _ = fs::write(dir.join("file"), lines);
            let found = run(bin, dir, &[b"vi", b"file"], &keys, false);
            (keys, found)
        }
    }
}

fn main() -> ExitCode {
    let mut options = match Options::of_process("fuzz", "-dev", &TARGETS) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let runs = options.runs.unwrap_or(4000);
    let commands = commands(&harness::root().join("tests/cases"));
    let dir = std::env::temp_dir().join(format!("cairn-fuzz-{}", std::process::id()));
    let (mut passed, mut failed) = (0, 0);
    if commands.len() < 100 || !options.bin.exists() {
        println!("{}: no binary, or no case files to begin with", options.bin.display());
        failed = 1;
        options.targets.clear();
    }
    for target in &options.targets {
        let before = failed;
        // Keys are many an input.
        for run in 0..if target == "vi" { runs / 10 } else { runs } {
            let _ = fs::remove_dir_all(&dir);
            if let Err(error) = fs::create_dir(&dir) {
                println!("{}: {error}", dir.display());
                return ExitCode::FAILURE;
            }
            let number = options.seed.wrapping_mul(1_000_003).wrapping_add(run).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            if let (input, Some(what)) = fuzz(target, &options.bin, &dir, number, &commands) {
                println!("{target}: {what}\n    input: {}", input.escape_ascii());
                failed += 1;
            }
        }
        passed += i32::from(failed == before);
    }
    let _ = fs::remove_dir_all(&dir);
    println!("{passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}

//! Tools that lay lines out or show parts of them: wc, head, tail, nl, fold, expand, unexpand, paste, tac, rev, fmt, pr, csplit, xxd,
//! hexdump, diff.

use super::random::Random;
use super::text::{lines, options};
use super::{Case, Status, Target};

pub const TARGETS: &[Target] = &[
    Target { name: "wc", peers: &[&["wc"]], status: Status::Success, runs: 150, generate: wc },
    Target { name: "head", peers: &[&["head"]], status: Status::Success, runs: 150, generate: ends },
    Target { name: "tail", peers: &[&["tail"]], status: Status::Success, runs: 150, generate: ends },
    Target { name: "nl", peers: &[&["nl"]], status: Status::Success, runs: 300, generate: nl },
    Target { name: "fold", peers: &[&["fold"]], status: Status::Success, runs: 200, generate: fold },
    Target { name: "expand", peers: &[&["expand"]], status: Status::Success, runs: 200, generate: expand },
    Target { name: "unexpand", peers: &[&["unexpand"]], status: Status::Success, runs: 200, generate: expand },
    Target { name: "paste", peers: &[&["paste"]], status: Status::Success, runs: 200, generate: paste },
    Target { name: "tac", peers: &[&["tac"]], status: Status::Success, runs: 200, generate: tac },
    Target { name: "rev", peers: &[&["rev"]], status: Status::Success, runs: 50, generate: rev },
    Target { name: "fmt", peers: &[&["fmt"]], status: Status::Success, runs: 200, generate: fmt },
    Target { name: "pr", peers: &[&["pr"]], status: Status::Success, runs: 300, generate: pr },
    Target { name: "csplit", peers: &[&["csplit"]], status: Status::Compared, runs: 200, generate: csplit },
    Target { name: "xxd", peers: &[&["xxd"]], status: Status::Success, runs: 200, generate: xxd },
    Target { name: "hexdump", peers: &[&["hexdump"]], status: Status::Success, runs: 200, generate: hexdump },
    Target { name: "diff", peers: &[&["diff"]], status: Status::Compared, runs: 300, generate: diff },
];

/// One of the words.
fn one(random: &mut Random, words: &[&str]) -> String {
    random.pick(words).copied().unwrap_or_default().into()
}

/// Standard input, or files as well.
fn inputs(random: &mut Random, case: &mut Case, most: usize) {
    case.input = lines(random, most);
    if random.below(2) == 0 {
        for name in ["one", "two"] {
            case.files.push((name, lines(random, most)));
            case.push(name);
        }
        if random.below(3) == 0 {
            case.push("-");
        }
    }
}

/// Lines without what is no printable ASCII: it is counted in other ways by others.
fn plain(random: &mut Random, most: usize) -> Vec<u8> {
    let mut text = lines(random, most);
    text.retain(u8::is_ascii);
    text
}

fn wc(random: &mut Random) -> Case {
    let mut case = Case { locale: ["C", "C.UTF-8"][random.below(2)], ..Case::default() };
    options(random, &mut case, 3, &["-l", "-w", "-c", "-m", "-L"]);
    inputs(random, &mut case, 9);
    case
}

fn ends(random: &mut Random) -> Case {
    let mut case = Case::default();
    let count = random.below(12).to_string();
    let sign = one(random, &["", "", "-", "+"]);
    let unit = one(random, &["-n", "-c", "-n"]);
    // tail of GNU's says nothing at all for no lines: not even the names.
    if count != "0" {
        case.push(format!("{unit}{sign}{count}"));
    }
    options(random, &mut case, 6, &["-q", "-v", "-z"]);
    inputs(random, &mut case, 14);
    case
}

fn nl(random: &mut Random) -> Case {
    let mut case = Case::default();
    let choices =
        ["-ba", "-bn", "-bpa", "-bp^.b", "-ha", "-fa", "-i3", "-l2", "-nln", "-nrz", "-p", "-s:", "-v5", "-w3", "-w1"];
    options(random, &mut case, 6, &choices);
    case.input = lines(random, 9);
    for _ in 0..random.below(4) {
        case.input.extend_from_slice([&b"\\:\\:\\:\n"[..], b"\\:\\:\n", b"\\:\n", b"\n\n"][random.below(4)]);
        case.input.extend(lines(random, 4));
    }
    case
}

fn fold(random: &mut Random) -> Case {
    let mut case = Case::default();
    options(random, &mut case, 3, &["-s", "-b"]);
    case.push(format!("-w{}", 1 + random.below(14)));
    case.input = lines(random, 8);
    for byte in &mut case.input {
        if *byte == b'*' {
            *byte = [8, b'\r', b'*'][random.below(3)];
        }
    }
    case
}

fn expand(random: &mut Random) -> Case {
    let mut case = Case::default();
    options(random, &mut case, 4, &["-i", "-a", "--first-only"]);
    if random.below(2) == 0 {
        case.push(one(random, &["-t4", "-t1", "-t3,7,20", "-t2,+5", "-t2,/6", "-t5", "-t 1,2"]));
    }
    case.input = lines(random, 9);
    let text = core::mem::take(&mut case.input);
    for byte in text {
        let repeated = [b' ', b'\t'].contains(&byte) && random.below(2) == 0;
        case.input.extend(core::iter::repeat_n(byte, if repeated { 1 + random.below(9) } else { 1 }));
    }
    case
}

fn paste(random: &mut Random) -> Case {
    let mut case = Case::default();
    options(random, &mut case, 3, &["-s"]);
    options(random, &mut case, 8, &["-z"]);
    if random.below(2) == 0 {
        case.push(one(random, &["-d:", "-d:,", "-d\\n", "-d\\0", "-d\\t:", "-d\\\\"]));
    }
    inputs(random, &mut case, 8);
    if case.files.is_empty() {
        case.push("-");
        case.push("-");
    }
    case
}

fn tac(random: &mut Random) -> Case {
    let mut case = Case::default();
    options(random, &mut case, 3, &["-b", "-s:", "-sb"]);
    inputs(random, &mut case, 8);
    case
}

fn rev(random: &mut Random) -> Case {
    Case { input: plain(random, 9), ..Case::default() }
}

fn fmt(random: &mut Random) -> Case {
    let mut case = Case::default();
    options(random, &mut case, 5, &["-s", "-u", "-c", "-t"]);
    if random.below(2) == 0 {
        case.push(format!("-w{}", 10 + random.below(40)));
    }
    let words = ["a", "the", "of", "word", "longer", "end.", "why?", "(see", "below)", "paragraph", "it;", "x", "No!"];
    for _ in 0..random.below(4) {
        let indent = [0, 0, 2, 5][random.below(4)];
        for _ in 0..1 + random.below(4) {
            case.input.extend(core::iter::repeat_n(b' ', indent));
            for index in 0..1 + random.below(12) {
                if index > 0 {
                    case.input.extend_from_slice([" ", " ", " ", "  "][random.below(4)].as_bytes());
                }
                case.input.extend_from_slice(one(random, &words).as_bytes());
            }
            case.input.push(b'\n');
        }
        if random.below(2) == 0 {
            case.input.push(b'\n');
        }
    }
    case
}

fn pr(random: &mut Random) -> Case {
    // GNU's counts of columns behind a separator (-s, -S, -J) and its blank lines at a page's end (-d) are left out.
    // Without a header, which has the time in it, or on pages that are too short for one.
    let mut case = Case::new(&[["-t", "-T", "-l8"][random.below(3)]]);
    let layout = one(random, &["", "-2", "-3", "-m"]);
    if !layout.is_empty() {
        case.push(layout.as_str());
    }
    if layout.len() == 2 && layout != "-m" && random.below(3) == 0 {
        case.push("-a");
    }
    let choices = ["-n", "-w40", "-w30", "-o3", "-e", "-e4", "-i", "-N5", "+2"];
    options(random, &mut case, 9, &choices);
    // With -i alone GNU's takes a tab of the text for nothing, and what follows it moves.
    if case.arguments.iter().any(|argument| argument == b"-i")
        && !case.arguments.iter().any(|argument| argument == b"-e4")
    {
        case.push("-e");
    }
    case.input = plain(random, 30);
    if case.arguments.contains(&b"-m".to_vec()) {
        // As many lines in both: where one ends first, GNU pads the first row that lacks it, and no other.
        let mut text = plain(random, 9);
        text.push(b'\n');
        let turned: Vec<u8> = text.split_inclusive(|byte| *byte == b'\n').rev().flatten().copied().collect();
        for (name, text) in [("one", text), ("two", turned)] {
            case.files.push((name, text));
            case.push(name);
        }
    }
    case
}

fn csplit(random: &mut Random) -> Case {
    let mut case = Case::default();
    options(random, &mut case, 6, &["-z", "--suppress-matched", "-n3", "-k"]);
    case.push("-");
    // What a line number means behind where the input is, and its repetition, is GNU's own.
    if random.below(3) == 0 && !case.arguments.iter().any(|argument| argument == b"--suppress-matched") {
        case.push(one(random, &["2", "4"]));
    }
    for _ in 0..1 + random.below(3) {
        case.push(one(random, &["/a/", "/foo/", "%b%", "/a/+1", "/b/-1", "/zz/", "%1%+1", "/^$/"]));
        if random.below(4) == 0 {
            case.push(one(random, &["{1}", "{2}", "{*}"]));
        }
    }
    // Nothing at all makes GNU's give up.
    case.input = [b"first\n".to_vec(), lines(random, 20)].concat();
    case
}

/// Bytes of all kinds, or many of one.
fn bytes(random: &mut Random) -> Vec<u8> {
    let repeated = random.below(3) == 0;
    (0..random.below(90)).map(|_| if repeated { 0 } else { random.below(256) as u8 }).collect()
}

fn xxd(random: &mut Random) -> Case {
    let mut case = Case::default();
    let kind = one(random, &["", "", "", "-p", "-b", "-i", "-e"]);
    // With -e, xxd shows what is not there where a line does not end with a group.
    let columns = if kind == "-e" { "-c8" } else { "-c5" };
    if !kind.is_empty() {
        case.push(kind);
    }
    options(random, &mut case, 5, &["-u", "-c8", columns, "-g1", "-g4", "-l20", "-s3", "-o16", "-a", "-d"]);
    case.input = bytes(random);
    case
}

fn hexdump(random: &mut Random) -> Case {
    let mut case = Case::default();
    options(random, &mut case, 4, &["-C", "-b", "-c", "-d", "-o", "-x", "-v"]);
    case.input = bytes(random);
    // Of what skips more than there is, the count is another for a file, for standard input and for a pipe.
    let skip = if case.input.len() > 5 { "-s5" } else { "-n5" };
    options(random, &mut case, 6, &["-n20", skip]);
    if random.below(4) == 0 {
        case.push("-e");
        case.push(one(
            random,
            &[
                "4/1 \"%02x \" \"\\n\"",
                "\"%08_ax \" 8/1 \"%3d\" \"\\n\"",
                "16/1 \"%_p\" \"\\n\"",
                "2/2 \"%x \" \"|\"",
                "\"%07.7_Ax\\n\"",
                "8/1 \"%_c\" \"\\n\"",
            ],
        ));
    }
    case
}

fn diff(random: &mut Random) -> Case {
    let mut case = Case::default();
    let kind = one(random, &["", "", "-U1", "-e", "-n", "-q", "-U0", "-y", "-U3"]);
    if !kind.is_empty() {
        case.push(kind);
    }
    options(random, &mut case, 6, &["-b", "-w", "-i", "-B", "-E"]);
    if case.arguments.iter().any(|argument| argument.starts_with(b"-U")) {
        case.push("--label=a");
        case.push("--label=b");
    }
    // Few lines with differences far from one another: where several edits are as short, any will do.
    let (mut old, mut new) = (String::new(), String::new());
    for number in 0..random.below(12) {
        let line = format!("line {number}\n");
        match random.below(6) {
            0 => old.push_str(&format!("gone {number}\n")),
            1 => new.push_str(&format!("New {number}\n")),
            2 => {
                old.push_str(&format!("Some  text {number}\n"));
                new.push_str(&format!("some text{} {number} \n", [" ", ""][random.below(2)]));
            }
            _ => {
                old.push_str(&line);
                new.push_str(&line);
            }
        }
    }
    // ed's commands cannot say that a newline is missing, and -y says it in its own way.
    if random.below(6) == 0 && !case.arguments.iter().any(|argument| argument == b"-e" || argument == b"-y") {
        new.pop();
    }
    case.files.push(("one", old.into_bytes()));
    case.files.push(("two", new.into_bytes()));
    case.push("one");
    case.push("two");
    case
}

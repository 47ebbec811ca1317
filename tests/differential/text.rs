//! Tools that read lines: sort, cut, tr, uniq, grep, sed, join, comm, od, printf.

use super::random::Random;
use super::{Case, Status, Target};

pub const TARGETS: &[Target] = &[
    Target { name: "sort", peers: &[&["sort"]], status: Status::Success, runs: 300, generate: sort },
    Target { name: "cut", peers: &[&["cut"]], status: Status::Success, runs: 200, generate: cut },
    Target { name: "tr", peers: &[&["tr"]], status: Status::Success, runs: 200, generate: tr },
    Target { name: "uniq", peers: &[&["uniq"]], status: Status::Success, runs: 200, generate: uniq },
    Target { name: "grep", peers: &[&["grep"]], status: Status::Compared, runs: 500, generate: grep },
    Target { name: "sed", peers: &[&["sed"]], status: Status::Success, runs: 500, generate: sed },
    Target { name: "join", peers: &[&["join"]], status: Status::Success, runs: 200, generate: join },
    Target { name: "comm", peers: &[&["comm"]], status: Status::Success, runs: 200, generate: comm },
    Target { name: "od", peers: &[&["od"]], status: Status::Success, runs: 300, generate: od },
    Target { name: "printf", peers: &[&["/usr/bin/printf"]], status: Status::Success, runs: 400, generate: printf },
    Target { name: "column", peers: &[&["column"]], status: Status::Success, runs: 200, generate: column },
];

/// Lines of fields, many of them alike.
pub(super) fn lines(random: &mut Random, most: usize) -> Vec<u8> {
    let words = [
        "a",
        "b",
        "B",
        "abc",
        "Abc",
        "ab",
        "10",
        "9",
        "-3",
        "1.5",
        "1e3",
        "007",
        "2K",
        "3M",
        "foo",
        "foo1",
        "foo10",
        "foo9",
        "x-y",
        "_",
        "",
        "Jan",
        "feb",
        "0x1F",
        "+5",
        "a.b",
        "(x)",
        "*",
        "zz",
        "tab\there",
        "éa",
    ];
    let mut text = Vec::new();
    for _ in 0..random.below(most) {
        for field in 0..random.below(5) {
            if field > 0 {
                text.extend_from_slice([" ", " ", ":", "\t", "  ", ","][random.below(6)].as_bytes());
            }
            text.extend_from_slice(random.pick(&words).copied().unwrap_or("").as_bytes());
        }
        text.push(b'\n');
    }
    if random.below(6) == 0 {
        text.pop();
    }
    text
}

/// Some of the options, each with a chance of one in `rarity`.
pub(super) fn options(random: &mut Random, case: &mut Case, rarity: usize, choices: &[&str]) {
    for option in choices {
        if random.below(rarity) == 0 {
            case.push(*option);
        }
    }
}

fn sort(random: &mut Random) -> Case {
    let mut case = Case::default();
    options(random, &mut case, 6, &["-r", "-u", "-s", "-b", "-f"]);
    options(random, &mut case, 12, &["-n", "-d", "-i", "-V", "-h", "-g", "-M", "-z"]);
    if random.below(3) == 0 {
        case.push(["-t:", "-t,", "-t "][random.below(3)]);
    }
    for _ in 0..random.below(3) {
        let mut key = format!("-k{}", 1 + random.below(3));
        if random.below(3) == 0 {
            key.push_str(&format!(".{}", 1 + random.below(3)));
        }
        key.push_str(["", "b", "n", "r", "f", "nr", "d"][random.below(7)]);
        if random.below(2) == 0 {
            key.push_str(&format!(",{}", 1 + random.below(3)));
            if random.below(3) == 0 {
                key.push_str(&format!(".{}", random.below(3)));
            }
        }
        case.push(key);
    }
    case.input = lines(random, 14);
    case
}

/// A list of positions, as `1,3-5,7-`.
fn list(random: &mut Random) -> String {
    let parts: Vec<String> = (0..=random.below(3))
        .map(|_| {
            let from = 1 + random.below(6);
            match random.below(4) {
                0 => format!("{from}-"),
                1 => format!("-{from}"),
                2 => format!("{from}-{}", from + random.below(4)),
                _ => from.to_string(),
            }
        })
        .collect();
    parts.join(",")
}

fn cut(random: &mut Random) -> Case {
    let mut case = Case::default();
    match random.below(3) {
        0 => case.push(format!("-b{}", list(random))),
        1 => case.push(format!("-c{}", list(random))),
        _ => {
            case.push(format!("-f{}", list(random)));
            case.push(["-d ", "-d:", "-d,", "-s", "-d\t"][random.below(5)]);
        }
    }
    options(random, &mut case, 5, &["--complement", "--output-delimiter=<>"]);
    case.input = lines(random, 10);
    case
}

fn tr(random: &mut Random) -> Case {
    let sets = [
        "a-c",
        "abc",
        "[:upper:]",
        "[:lower:]",
        "[:digit:]",
        "[:space:]",
        "[:alnum:]",
        "[:punct:]",
        "\\n",
        "a-zA-Z",
        "0-9",
        "x",
        "\\141-\\143",
        "[a*]",
        "[x*3]y",
        "[=a=]",
        "\\t ",
        "f-o",
        "-a",
        "a\\-z",
    ];
    let mut case = Case::default();
    options(random, &mut case, 4, &["-c", "-d", "-s"]);
    options(random, &mut case, 9, &["-C", "-t"]);
    for _ in 0..1 + random.below(2) {
        case.push(random.pick(&sets).copied().unwrap_or("x"));
    }
    case.input = lines(random, 8);
    case
}

fn uniq(random: &mut Random) -> Case {
    let mut case = Case::default();
    case.push(["-c", "-d", "-u", "-D", "--group", "--all-repeated=separate", "-cd", "-cu", "-i"][random.below(9)]);
    options(random, &mut case, 6, &["-i", "-f1", "-s1", "-w2", "-z"]);
    let text = lines(random, 8);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        for _ in 0..1 + random.below(3) {
            case.input.extend_from_slice(line);
        }
    }
    case
}

/// A regular expression out of pieces: of the extended kind, or of the basic one.
fn pattern(random: &mut Random, extended: bool) -> String {
    let atoms = [
        "a",
        "b",
        "o",
        "1",
        ".",
        "[a-c]",
        "[^a]",
        "[[:digit:]]",
        "foo",
        "ab",
        " ",
        "\\.",
        "x-y",
        "[]x]",
        "\\w",
        "\\<",
        "\\b",
    ];
    let mut text = String::new();
    if random.below(5) == 0 {
        text.push('^');
    }
    for _ in 0..1 + random.below(4) {
        let atom = random.pick(&atoms).copied().unwrap_or("a");
        let repeated = if atom.starts_with("\\<") || atom == "\\b" {
            ""
        } else if extended {
            ["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}"][random.below(9)]
        } else {
            ["", "", "", "*", "\\+", "\\?", "\\{2\\}", "\\{1,2\\}"][random.below(8)]
        };
        match (random.below(6), extended) {
            (0, true) => text.push_str(&format!("({atom}{repeated})")),
            (0, false) => text.push_str(&format!("\\({atom}{repeated}\\)")),
            (1, true) => text.push_str(&format!("({atom}|b{repeated})*")),
            _ => text.push_str(&format!("{atom}{repeated}")),
        }
    }
    if random.below(6) == 0 {
        text.push('$');
    }
    if extended && random.below(6) == 0 {
        text.push_str(&format!("|{}", random.pick(&atoms).copied().unwrap_or("a")));
    }
    text
}

fn grep(random: &mut Random) -> Case {
    let mut case = Case::default();
    let kind = random.below(5);
    case.push(["-E", "-E", "-E", "-G", "-F"][kind]);
    options(random, &mut case, 6, &["-i", "-n", "-c"]);
    // GNU's -o prints empty parts with -x, parts of the context with -v, and misses some with -w.
    let one = ["-o", "-x", "-v", "-w", "-vw", "-wx"][random.below(6)];
    options(random, &mut case, 2, &[one]);
    options(random, &mut case, 12, &["-b", "-l", "-q", "-m2", "-A1", "-B1", "-C1", "-s", "-h", "-H"]);
    for _ in 0..1 + usize::from(random.below(6) == 0) {
        case.push("-e");
        let text = if kind == 4 {
            ["a", "foo", ".", "ab", "zz", "x-y"][random.below(6)].into()
        } else {
            pattern(random, kind < 3)
        };
        case.push(text);
    }
    case.input = lines(random, 10);
    if random.below(3) == 0 {
        let text = case.input.clone();
        case.files.push(("one", text));
        case.files.push(("two", lines(random, 5)));
        case.push("one");
        case.push("two");
    }
    case
}

fn sed(random: &mut Random) -> Case {
    let mut case = Case::default();
    let extended = random.below(2) == 0;
    options(random, &mut case, 5, &["-n", "-s"]);
    if extended {
        case.push("-E");
    }
    let mut script = String::new();
    for _ in 0..1 + random.below(3) {
        let address = match random.below(9) {
            0 => format!("{}", 1 + random.below(5)),
            1 => "$".into(),
            // A range that a command has read past is one line for BusyBox, and its suite asks for that; for GNU it is none.
            2 => format!("{},{}", 1 + random.below(2), 4 + random.below(9)),
            3 => format!("/{}/", pattern(random, extended)),
            4 => format!("/{}/,/{}/", pattern(random, extended), pattern(random, extended)),
            5 => format!("{},+{}", 1 + random.below(3), random.below(3)),
            6 => format!("{}~{}", random.below(3), 1 + random.below(3)),
            _ => String::new(),
        };
        let negation = if !address.is_empty() && random.below(5) == 0 { "!" } else { "" };
        let command = match random.below(16) {
            0..=5 => {
                let replacement = ["<&>", "", "X", "&&", "a\\nb", "\\U&", "\\u&", "[\\0]", "\\&"][random.below(9)];
                let flags = ["", "g", "2", "p", "gp", "I", "2g", "3p"][random.below(8)];
                format!("s/{}/{replacement}/{flags}", pattern(random, extended))
            }
            6 => "p".into(),
            7 => "d".into(),
            8 => "y/abo/xyz/".into(),
            9 => "=".into(),
            10 => "N;P;D".into(),
            11 => "G".into(),
            12 => "h".into(),
            13 => "x".into(),
            14 => ["l", "l 20", "q", "n"][random.below(4)].into(),
            _ => ["a\\\nadded", "i\\\nbefore", "c\\\nchanged", "H;$!d;x"][random.below(4)].into(),
        };
        script.push_str(&format!("{address}{negation}{{{command}\n}}\n"));
    }
    case.push("-e");
    case.push(script);
    case.input = lines(random, 8);
    // GNU's \u and \U break bytes that are no ASCII.
    case.input.retain(u8::is_ascii);
    case
}

/// Lines sorted by bytes, as join and comm want them.
fn sorted(random: &mut Random, keys: bool) -> Vec<u8> {
    let words = ["a", "b", "c", "d", "e", "f"];
    let mut found: Vec<String> = (0..random.below(8))
        .map(|_| {
            let key = random.pick(&words).copied().unwrap_or("a");
            if keys {
                format!("{key} {} {}", random.below(4), random.pick(&words).copied().unwrap_or("a"))
            } else {
                key.into()
            }
        })
        .collect();
    found.sort();
    found.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
}

fn join(random: &mut Random) -> Case {
    let mut case = Case::default();
    options(random, &mut case, 5, &["-a1", "-a2", "-v1", "-v2", "-enone", "-o0,1.2,2.3", "-oauto", "-i"]);
    options(random, &mut case, 10, &["-t ", "--header", "-j1"]);
    case.push("one");
    case.push("two");
    case.files.push(("one", sorted(random, true)));
    case.files.push(("two", sorted(random, true)));
    case
}

fn comm(random: &mut Random) -> Case {
    let mut case = Case::default();
    options(random, &mut case, 3, &["-1", "-2", "-3"]);
    options(random, &mut case, 8, &["--total", "--output-delimiter=,"]);
    case.push("one");
    case.push("two");
    case.files.push(("one", sorted(random, false)));
    case.files.push(("two", sorted(random, false)));
    case
}

fn od(random: &mut Random) -> Case {
    let mut case = Case::default();
    options(random, &mut case, 4, &["-An", "-v", "-c", "-x", "-b"]);
    for _ in 0..random.below(3) {
        let kinds = [
            "x1", "x2", "x4", "x8", "o1", "o2", "d1", "d2", "d4", "d8", "u1", "u2", "u4", "c", "a", "f4", "f8", "x1z",
            "cz",
        ];
        case.push(format!("-t{}", random.pick(&kinds).copied().unwrap_or("x1")));
    }
    options(random, &mut case, 6, &["-Ad", "-Ax", "-w8", "-w4", "-j3", "-N10", "-N20"]);
    let length = random.below(70);
    let repeated = random.below(3) == 0;
    case.input = (0..length).map(|_| if repeated { 0 } else { random.below(256) as u8 }).collect();
    case
}

fn printf(random: &mut Random) -> Case {
    let mut format = String::new();
    let mut arguments = Vec::new();
    for _ in 0..1 + random.below(3) {
        let flags = ["", "", "-", "0", "+", " ", "#", "-+", "08", "+#"][random.below(10)];
        let width = ["", "", "5", "12", "1"][random.below(5)];
        let precision = ["", "", ".0", ".3", ".10"][random.below(5)];
        let letter = ["d", "i", "u", "o", "x", "X", "s", "c", "b", "e", "f", "g", "G", "E", "%"][random.below(15)];
        if letter == "%" {
            format.push_str("%%");
        } else {
            // The zero flag means nothing to text.
            let flags = if matches!(letter, "s" | "c" | "b") && flags != "-" { "" } else { flags };
            format.push_str(&format!("[%{flags}{width}{precision}{letter}]"));
            let number =
                ["0", "1", "-1", "42", "0x1f", "017", "'a", "1234567", "9223372036854775807", "-5"][random.below(10)];
            let float = ["0", "1", "-1.5", "3.14159", "1e10", "1e-5", "123456.789", "0.5", "99.995"][random.below(9)];
            let text = ["abc", "a\\tb", "x y", "\\101"][random.below(4)];
            arguments.push(match letter {
                "s" | "c" | "b" => text,
                "e" | "f" | "g" | "G" | "E" => float,
                _ => number,
            });
        }
        format.push_str(["", "\\n", "\\t", " ", "\\x41", "\\0101"][random.below(6)]);
    }
    let mut case = Case::default();
    case.push(format);
    for argument in arguments {
        case.push(argument);
    }
    case
}

fn column(random: &mut Random) -> Case {
    let mut case = Case::new(&["-c60"]);
    if random.below(3) == 0 {
        options(random, &mut case, 2, &["-x", "-c40"]);
    } else {
        case.push("-t");
        options(
            random,
            &mut case,
            5,
            &["-s:", "-o|", "-l2", "-NX,Y,Z", "-R2", "-R1,3", "-H2", "-O3,2", "-L", "-d", "-T2", "-W3"],
        );
    }
    case.input = lines(random, 12);
    // What is no printable ASCII is shown in other ways.
    case.input.retain(|byte| byte.is_ascii() && *byte != b'\t');
    case
}

//! bc, dc, expr, factor, numfmt: numbers and what is done to them.

use super::random::Random;
use super::{Case, Status, Target};

pub const TARGETS: &[Target] = &[
    Target { name: "bc", peers: &[&["bc"]], status: Status::Ignored, runs: 150, generate: bc },
    Target { name: "dc", peers: &[&["dc"]], status: Status::Ignored, runs: 150, generate: dc },
    Target { name: "expr", peers: &[&["expr"]], status: Status::Compared, runs: 300, generate: expr },
    Target { name: "factor", peers: &[&["factor"]], status: Status::Compared, runs: 40, generate: factor },
    Target { name: "numfmt", peers: &[&["numfmt"]], status: Status::Success, runs: 300, generate: numfmt },
];

/// A number, most of them small, some with a fraction, some long.
fn number(random: &mut Random) -> String {
    let digits = |random: &mut Random, most: usize| -> String {
        (0..=random.below(most)).map(|_| char::from(b'0' + random.below(10) as u8)).collect()
    };
    match random.below(8) {
        0..=3 => random.below(20).to_string(),
        4 => digits(random, 40),
        5 => format!("{}.{}", random.below(10), digits(random, 3)),
        6 => format!(".{}", digits(random, 30)),
        _ => format!("{}.{}", digits(random, 25), digits(random, 25)),
    }
}

/// An expression of bc's. Powers have small exponents, or they would not end.
fn expression(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.below(5) == 0 {
        return match random.below(8) {
            0 => "a".into(),
            1 => "b[2]".into(),
            _ => number(random),
        };
    }
    let left = expression(random, depth - 1);
    match random.below(12) {
        0 => format!("-{left}"),
        1 => format!("({left})"),
        // GNU's powers and roots of what is not whole may give -0, and sqrt(1) without the scale.
        2 => format!("(1 + {}) ^ {}", random.below(1000), random.below(8)),
        3 => format!("scale({left})"),
        4 => format!("sqrt({} + 2)", number(random)),
        5 => format!("f({left})"),
        6 => {
            let operator = ["<", "<=", ">", ">=", "==", "!="][random.below(6)];
            format!("({left} {operator} {})", expression(random, depth - 1))
        }
        _ => {
            let operator = ["+", "-", "*", "/", "%", "+", "-", "*"][random.below(8)];
            format!("{left} {operator} ({})", expression(random, depth - 1))
        }
    }
}

fn bc(random: &mut Random) -> Case {
    let mut case = Case::new(if random.below(3) == 0 { &["-ql"] } else { &["-q"] });
    let with_library = case.arguments.first().is_some_and(|argument| argument == b"-ql");
    let mut program =
        String::from("define f(x) { auto a; a = x; if (a > 1) return (a - 1); return (x * 2) }\na = 7.25\nb[2] = -3\n");
    for _ in 0..20 {
        match random.below(10) {
            0 => program.push_str(&format!("scale = {}\n", random.below(30))),
            1 => program.push_str(&format!("obase = {}\n", ["2", "16", "A", "17", "100", "1000"][random.below(6)])),
            2 => program.push_str(&format!("a {} {}\n", ["=", "+=", "-=", "*="][random.below(4)], number(random))),
            3 => {
                program.push_str(&format!("for (i = 0; i < {}; i++) {{ i * a; if (i > 3) break }}\n", random.below(6)))
            }
            4 if with_library => {
                let function = ["s", "c", "a", "l", "e"][random.below(5)];
                program.push_str(&format!("{function}({}.{})\n", random.below(30), random.below(1000)));
            }
            _ => program.push_str(&format!("{}\n", expression(random, 3))),
        }
    }
    case.input = program.into_bytes();
    case
}

fn dc(random: &mut Random) -> Case {
    let mut program = String::new();
    for _ in 0..30 {
        // Two numbers, so that there is always something to work on.
        let sign = |random: &mut Random| if random.below(4) == 0 { "_" } else { "" };
        let (a, b) = (sign(random), sign(random));
        program.push_str(&format!("{a}{} {b}{} ", number(random), number(random)));
        let what = [
            "+p",
            "-p",
            "*p",
            "/p",
            "%p",
            "~f",
            "d*2+v p",
            "rf",
            "sa lap",
            "Z p",
            "X p",
            "0k 2^p",
            "5k",
            "20k",
            "16o",
            "10o",
            "2o",
            "c z p",
            "[p]sb 2>b",
            "[p]sb 2!<b",
            "[p]sb=b",
            "K p",
            "O p",
            "1 d:r 1;rp",
            "[abc]n p",
            "Sx Sx Lx p",
        ];
        program.push_str(random.pick(&what).copied().unwrap_or(""));
        program.push_str(" c\n");
    }
    let mut case = Case::new(&["-e"]);
    case.push(program);
    case
}

fn expr(random: &mut Random) -> Case {
    let mut case = Case::default();
    let operand = |random: &mut Random, case: &mut Case| match random.below(8) {
        0 => case.push(["abc", "a1b2", "", "xyz"][random.below(4)]),
        1 => case.push(format!("-{}", random.below(100))),
        2 => case.push("123456789012345678901234567890"),
        3 => {
            case.push("length");
            case.push(["abc", "12345"][random.below(2)]);
        }
        4 => {
            for text in ["substr", "abcdef", &random.below(8).to_string(), &random.below(5).to_string()] {
                case.push(text);
            }
        }
        5 => {
            case.push(["abcabc", "x-y", "12ab"][random.below(3)]);
            case.push(":");
            case.push(["a.*b", "\\(.*\\)c", "[0-9]*", "\\([a-z]\\)-\\1", ".*", "x", "\\(b\\)*"][random.below(7)]);
        }
        _ => case.push(random.below(50).to_string()),
    };
    operand(random, &mut case);
    for _ in 0..random.below(4) {
        case.push(["+", "-", "*", "/", "%", "<", "<=", "=", "!=", ">", ">=", "|", "&"][random.below(13)]);
        operand(random, &mut case);
    }
    case
}

fn factor(random: &mut Random) -> Case {
    let mut case = Case::default();
    for _ in 0..20 {
        let bits = 1 + random.below(95);
        let number = (0..6).fold(0u128, |number, _| number << 31 | random.below(1 << 31) as u128);
        let number = number >> (127 - bits.min(126));
        case.input.extend_from_slice(format!("{number}\n").as_bytes());
    }
    case
}

/// Numbers of at most 15 digits: GNU's are floating point.
fn numfmt(random: &mut Random) -> Case {
    let mut case = Case::default();
    let choices: [&[&str]; 7] = [
        &["--to=si", "--to=iec", "--to=iec-i", "--to=none"],
        &["--from=si", "--from=iec", "--from=auto", "--from=none"],
        &["--round=up", "--round=down", "--round=from-zero", "--round=towards-zero", "--round=nearest"],
        &["--from-unit=512", "--to-unit=1000", "--to-unit=Ki", "--from-unit=4"],
        &["--padding=9", "--padding=-9", "--format=%.2f", "--format=<%8f>", "--format=%-8.1f|", "--format=%09f"],
        &["--suffix=B", "--field=2", "--field=1-2", "--header", "--invalid=ignore"],
        &["-d,", "--field=-"],
    ];
    for options in choices {
        if random.below(3) == 0 {
            case.push(*random.pick(options).unwrap_or(&"--to=si"));
        }
    }
    for _ in 0..1 + random.below(4) {
        let mut line = String::new();
        for field in 0..1 + random.below(3) {
            if field > 0 {
                line.push_str([" ", "   ", ",", "\t"][random.below(4)]);
            }
            let size = 10u64.pow(random.below(15) as u32) as usize;
            line.push_str(&(random.below(size) * 7 % size.max(1)).to_string());
            line.push_str(["", "", "", "K", "M", "Ki", ".5", ".25"][random.below(8)]);
        }
        case.input.extend_from_slice(format!("{line}\n").as_bytes());
    }
    case
}

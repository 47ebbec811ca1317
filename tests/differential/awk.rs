//! awk: small programs out of expressions and statements, without what reaches out of the program. What gawk and mawk agree on counts.

use super::random::Random;
use super::text::lines;
use super::{Case, Status, Target};

pub const TARGETS: &[Target] =
    &[Target { name: "awk", peers: &[&["gawk"], &["mawk"]], status: Status::Success, runs: 600, generate: awk }];

fn pick(random: &mut Random, words: &[&str]) -> String {
    random.pick(words).copied().unwrap_or_default().into()
}

/// An expression; deeper ones while `depth` lasts.
fn expression(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.below(4) == 0 {
        let leaves = [
            "$1", "$2", "$NF", "$0", "NR", "NF", "x", "y", "1", "0", "2.5", "-3", "\"abc\"", "\"10\"", "\"\"",
            "\"3x\"", "a[1]", "a[x]", "length", "$(NF-1)", "1e3", "\"0x1A\"", "a[\"k\"]",
        ];
        return pick(random, &leaves);
    }
    let sub = |random: &mut Random| expression(random, depth - 1);
    match random.below(16) {
        0 | 1 => format!("({} {} {})", sub(random), pick(random, &["+", "-", "*"]), sub(random)),
        2 => format!("({} {} ({} + 7.5))", sub(random), pick(random, &["/", "%"]), pick(random, &["NR", "NF", "1"])),
        3 | 4 => {
            let operator = pick(random, &["<", "<=", "==", "!=", ">", ">="]);
            format!("({} {operator} {})", sub(random), sub(random))
        }
        5 => format!("({} {})", sub(random), sub(random)),
        6 => format!("({} {} {})", sub(random), pick(random, &["&&", "||"]), sub(random)),
        7 => format!("({} ? {} : {})", sub(random), sub(random), sub(random)),
        8 => format!(
            "({} {} /{}/)",
            sub(random),
            pick(random, &["~", "!~"]),
            pick(random, &["a", "^[0-9]+$", "o+1?", "b|x", "."])
        ),
        9 => format!(
            "substr({}, {}, {})",
            sub(random),
            pick(random, &["1", "2", "0", "-1", "1.5", "NR"]),
            pick(random, &["1", "3", "NF", "99"])
        ),
        10 => format!("index({}, {})", sub(random), pick(random, &["\"a\"", "\"o\"", "\"\"", "$1"])),
        11 => format!("length({})", sub(random)),
        12 => format!("{}({})", pick(random, &["toupper", "tolower", "int"]), sub(random)),
        13 => format!(
            "sprintf(\"{}\", {}, {})",
            pick(random, &["%s-%d", "%5s|%-4d|", "%.2f %s", "%x %o", "%c%s", "%e:%5.1f", "%i%%%g"]),
            sub(random),
            sub(random)
        ),
        14 => format!("(!{})", sub(random)),
        _ => format!(
            "{}{}",
            pick(random, &["x++ + ", "++y - ", "-", "+", "match($0, /[a-z]+/) ", "split($0, a, /[: ,]/) + "]),
            sub(random)
        ),
    }
}

fn statement(random: &mut Random, depth: usize) -> String {
    let value = |random: &mut Random| expression(random, 2);
    if depth > 0 {
        match random.below(8) {
            0 => {
                return format!(
                    "if ({}) {{ {} }} else {{ {} }}",
                    value(random),
                    statement(random, depth - 1),
                    statement(random, depth - 1)
                );
            }
            1 => {
                return format!("for (i = 0; i < {}; i++) {{ {} }}", 1 + random.below(3), statement(random, depth - 1));
            }
            2 => {
                return format!(
                    "n = 0; while (n++ < 2) {{ if (n == 2 && {}) break; {} }}",
                    value(random),
                    statement(random, depth - 1)
                );
            }
            _ => {}
        }
    }
    match random.below(14) {
        0..=4 => format!("print {}, {}", value(random), value(random)),
        5 => format!("x = {}", value(random)),
        6 => format!("y {} {}", pick(random, &["+=", "-=", "*="]), value(random)),
        7 => format!("${} = {}; print; print NF", pick(random, &["1", "2", "NF", "(NF+2)", "0"]), value(random)),
        8 => format!("a[{}] = {}; print (({}) in a)", value(random), value(random), value(random)),
        9 => format!(
            "t = $0; print {}sub(/{}/, \"{}\", t), t",
            pick(random, &["", "g"]),
            pick(random, &["a", "o*", "[0-9]+", "^.", "b?$", "x|a"]),
            pick(random, &["X", "<&>", "", "\\\\&", "&&"])
        ),
        10 => format!("NF = {}; print", pick(random, &["1", "2", "NF", "NF+1", "4"])),
        11 => pick(
            random,
            &["next", "delete a", "delete a[1]", "OFS = \"-\"", "getline; print NR", "k = split($0, b, \"\"); print k"],
        ),
        12 => format!("printf \"%s|%s\\n\", f({}), x", value(random)),
        _ => format!("print substr({}, 2) > \"/dev/stdout\"", value(random)),
    }
}

fn awk(random: &mut Random) -> Case {
    let mut case = Case::default();
    if random.below(3) == 0 {
        case.push(["-F:", "-F,", "-F[:,]", "-Ft", "-F "][random.below(5)]);
    }
    if random.below(4) == 0 {
        case.push("-v");
        case.push(["x=10", "x=abc", "y=0x10", "y= 3 ", "OFS=<>"][random.below(5)]);
    }
    let mut program = String::from("function f(p, q) { q = p; x = x + 1; return q \"!\" }\n");
    if random.below(3) == 0 {
        program.push_str(&format!(
            "BEGIN {{ {} }}\n",
            pick(random, &["RS = \"\"", "FS = \":\"", "x = \"a\"; y = 3", "CONVFMT = \"%.2g\"", "SUBSEP = \":\""])
        ));
    }
    for _ in 0..1 + random.below(2) {
        let pattern = match random.below(6) {
            0 => format!("NR == {}", 1 + random.below(4)),
            1 => format!("/{}/", pick(random, &["a", "^[0-9]", "o$", "b.", "x-y"])),
            2 => "NR == 2, /a/".into(),
            3 => expression(random, 1),
            _ => String::new(),
        };
        program.push_str(&format!("{pattern} {{ {}; {} }}\n", statement(random, 2), statement(random, 1)));
    }
    if random.below(2) == 0 {
        program.push_str(&format!(
            "END {{ print NR, {}, {} }}\n",
            expression(random, 2),
            pick(random, &["x", "y", "$0", "NF"])
        ));
    }
    case.push(program);
    case.input = lines(random, 7);
    case.input.retain(u8::is_ascii);
    case
}

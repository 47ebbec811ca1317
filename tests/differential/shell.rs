//! sh and bash: scripts of arithmetic, expansions, quoting, file name patterns and control flow.
//!
//! `sh` is compared with dash and bash where both agree, `bash` with bash.

use super::random::Random;
use super::{Case, Status, Target};

pub const TARGETS: &[Target] = &[
    Target { name: "sh", peers: &[&["dash"], &["bash", "--posix"]], status: Status::Compared, runs: 400, generate: sh },
    Target { name: "bash", peers: &[&["bash"]], status: Status::Compared, runs: 300, generate: bash },
];

/// What a script is made with.
struct Writer<'a> {
    random: &'a mut Random,
    bash: bool,
}

const TEXTS: [&str; 14] =
    ["a", "b c", "", "*", "/usr/lib/x.tar.gz", "  x  y ", "a:b::c", "-n", "1", "42", "d*", "[ab]", "a\\b", "~"];
const PATTERNS: [&str; 12] = ["*", "a*", "*/", ".*", "[!a]", "?", "*.*", "[a-c]*", "\"*\"", "x", "\\*", "*[0-9]"];
const VARIABLES: [&str; 5] = ["a", "b", "c", "n", "u"];

impl Writer<'_> {
    fn one<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.random.below(list.len())]
    }

    fn arithmetic(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.below(4) == 0 {
            return match self.random.below(6) {
                0 => "n".into(),
                1 => "$n".into(),
                2 => format!("0x{:x}", self.random.below(300)),
                3 => format!("0{:o}", self.random.below(80)),
                _ => self.random.below(50).to_string(),
            };
        }
        let (left, right) = (self.arithmetic(depth - 1), self.arithmetic(depth - 1));
        let operators = [
            "+", "-", "*", "/", "%", "+", "-", "*", "<<", ">>", "<", "<=", ">", ">=", "==", "!=", "&", "^", "|", "&&",
            "||",
        ];
        // A division by zero ends what differs from shell to shell.
        let operators = if self.bash { &operators[5..] } else { &operators[..] };
        match self.random.below(8) {
            0 => format!("({left})"),
            1 => format!("{}{right}", self.one(&["- ", "!", "~", "+ "])),
            2 => format!("{left} ? {right} : {}", self.random.below(9)),
            3 => format!("(n {} {right})", self.one(&["=", "+=", "-=", "*=", "|=", "<<="])),
            _ => format!("{left} {} {right}", self.one(operators)),
        }
    }

    fn parameter(&mut self, depth: usize) -> String {
        let name = match self.random.below(8) {
            0 => self.one(&["1", "2", "3", "9", "#", "@", "*"]),
            _ => self.one(&VARIABLES),
        };
        let special = matches!(name, "#" | "@" | "*");
        match self.random.below(if self.bash && !special { 15 } else { 9 }) {
            0 | 1 => format!("${name}"),
            2 => format!("${{{name}}}"),
            3 if !special => format!("${{#{name}}}"),
            4 | 5 if !special => format!("${{{name}{}{}}}", self.one(&["#", "##", "%", "%%"]), self.one(&PATTERNS)),
            6 | 7 => {
                let operator = self.one(&["-", ":-", "+", ":+"]);
                let word = self.word(depth.saturating_sub(1));
                format!("${{{name}{operator}{word}}}")
            }
            9 => format!("${{{name}/{}/{}}}", self.one(&PATTERNS), self.one(&["", "Z", "\"y z\""])),
            10 => format!("${{{name}//{}/{}}}", self.one(&PATTERNS), self.one(&["", "Z", "-"])),
            11 => format!("${{{name}:{}}}", self.random.below(4)),
            12 => format!("${{{name}:{}:{}}}", self.random.below(4), self.random.below(4)),
            13 => format!("${{{name}{}}}", self.one(&["^^", ",,", "^", ","])),
            14 => format!("${{{name}@Q}}"),
            _ => format!("\"${name}\""),
        }
    }

    /// A word; quoted as a whole, in parts, or not at all.
    fn word(&mut self, depth: usize) -> String {
        let mut word = String::new();
        for _ in 0..=self.random.below(2) {
            let piece = match self.random.below(11) {
                0 | 1 => self.one(&["x", "yz", "1", "d/", "a.b"]).to_string(),
                2 => format!("'{}'", self.one(&TEXTS)),
                3 => format!("\"{}\"", self.one(&["a b", "", "*", "it's", "\\$a", "\\\\", "x"])),
                4 => self.one(&["\\ ", "\\*", "\\\\", "\\a", "\\'"]).to_string(),
                5 if depth > 0 => format!("$(({}))", self.arithmetic(2)),
                6 if depth > 0 => format!("\"{}\"", self.inside_quotes(depth - 1)),
                7 if depth > 0 => format!("$({})", self.simple(depth - 1)),
                8 => self.one(&["*", "d*", "f?", "[a-f]1", "nomatch*"]).to_string(),
                _ => self.parameter(depth),
            };
            word += &piece;
        }
        word
    }

    fn inside_quotes(&mut self, depth: usize) -> String {
        let name = self.one(&VARIABLES);
        match self.random.below(7) {
            0 => format!("<${name}>"),
            1 => format!("${{{name}{}{}}}", self.one(&["#", "%%"]), self.one(&["*", "a*", "?", "x"])),
            2 => format!("${{{name}:-{}}}", self.one(&["a  b", "\"q\"", "$b", "*"])),
            3 => "$*".into(),
            4 => "[$@]".into(),
            5 if depth > 0 => format!("$({})", self.simple(depth - 1)),
            _ => format!("$(({}))", self.arithmetic(1)),
        }
    }

    fn show(&mut self, depth: usize) -> String {
        let count = 1 + self.random.below(3);
        let words: Vec<String> = (0..count).map(|_| self.word(depth)).collect();
        format!("printf '<%s>' {}", words.join(" "))
    }

    fn simple(&mut self, depth: usize) -> String {
        match self.random.below(11) {
            0 | 1 => format!("{}={}", self.one(&["a", "b", "c"]), self.word(depth)),
            2 => format!("n=$(({}))", self.arithmetic(2)),
            3 => format!("set -- {} {}", self.word(depth), self.word(depth)),
            4 => "[ \"$a\" = \"$b\" ]".into(),
            // What bash makes of empty parameters under another IFS is its own.
            5 if self.bash => self.one(&["true", "false", "shift 2>/dev/null || :", "unset IFS"]).into(),
            5 => self.one(&["true", "false", "shift 2>/dev/null || :", "IFS=:", "unset IFS", "IFS=' x'"]).into(),
            6 => format!("echo {} | cat", self.word(0)),
            _ => self.show(depth),
        }
    }

    fn command(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.simple(2);
        }
        let (first, second) = (self.command(depth - 1), self.command(depth - 1));
        match self.random.below(14) {
            0 => format!("if {first}; then {second}; else {}; fi", self.simple(1)),
            1 => format!("for i in {} {}; do {first}; printf '(%s)' \"$i\"; done", self.word(1), self.word(1)),
            2 => format!(
                "case {} in {}) {first} ;; {} | {}) {second} ;; *) echo other ;; esac",
                self.word(1),
                self.one(&PATTERNS),
                self.one(&PATTERNS),
                self.one(&TEXTS[..2]).replace(' ', "\\ ")
            ),
            3 => format!("({first}; {second}); echo \"($?)\""),
            4 => format!("{{ {first}; {second}; }}"),
            5 => format!("{first} && {second} || echo no"),
            6 => format!("! {{ {first}; }}; echo \"($?)\""),
            7 => format!("f() {{ {first}; return {}; }}; f {}; echo \"($?)\"", self.random.below(5), self.word(1)),
            8 => format!(
                "i=0; while [ $i -lt 3 ]; do i=$((i + 1)); {first}; [ $i = {} ] && {}; echo $i; done",
                self.random.below(4),
                self.one(&["break", "continue"])
            ),
            // In bash, what a document assigns stays in cat's process.
            9 => {
                let last = if self.bash { "$n".into() } else { self.inside_quotes(1) };
                format!("cat <<E\n{} {last}\nE\n{second}", self.parameter(0))
            }
            10 => format!("eval '{}'", first.replace('\'', "'\\''")),
            11 => format!("a={} b={} command {second}", self.word(1), self.word(1)),
            _ => format!("{first}; {second}"),
        }
    }

    fn script(&mut self) -> String {
        let mut script = String::new();
        for name in ["a", "b", "c"] {
            script += &format!("{name}='{}'\n", self.one(&TEXTS));
        }
        script += "n=7\nset -- 'p q' '' r\n";
        if self.random.below(6) == 0 {
            // The status of an unset parameter is another in bash.
            script += self.one(&["set -f\n", "set -e\n", "set -C\n", if self.bash { "\n" } else { "set -u\n" }]);
        }
        for _ in 0..1 + self.random.below(4) {
            let depth = self.random.below(3);
            script += &self.command(depth);
            script += "\necho \"[$?]\"\n";
        }
        script + "printf '{%s}' \"$a\" \"$b\" \"$c\" \"$n\" \"$@\"\n"
    }
}

fn script(random: &mut Random, bash: bool) -> Case {
    let text = Writer { random, bash }.script();
    let mut case = Case::new(&["-c", &text]);
    case.files = vec![("f1", Vec::new()), ("f2", Vec::new()), ("d.x", b"text\n".to_vec())];
    case
}

fn sh(random: &mut Random) -> Case {
    script(random, false)
}

fn bash(random: &mut Random) -> Case {
    script(random, true)
}

//! What is read, and what is refused.

use super::*;
use crate::tree::Kind;

fn parse(text: &str) -> Result<Vec<List>, String> {
    let mut input = Input::string(text.as_bytes(), 1);
    let mut names = Names::new();
    let aliases = Aliases::new();
    let mut lists = Vec::new();
    loop {
        let known =
            Known { names: &mut names, aliases: &aliases, stack: Stack::here(), dialect: super::Dialect::default() };
        match Parser::new(&mut input, known).complete_command() {
            Ok(Some(list)) => lists.push(list),
            Ok(None) => return Ok(lists),
            Err(error) => return Err(format!("{}: {}", error.line, String::from_utf8_lossy(&error.text))),
        }
    }
}

#[test]
fn accepts() {
    for text in [
        "echo a; b & c\n",
        "if a; then b; elif c; then d; else e; fi",
        "while a; do b; done <x >y 2>&1",
        "for i in a b; do c; done; for i; do c; done; for i do c; done",
        "for i\nin a\ndo c\ndone",
        "case $x in (a|b) c;; d) ;& *) e;; esac; case x in esac",
        "case x in a) b\nesac",
        "f() { a; }; g ( ) ( b ) >x; function h { c; }",
        "( (a); b )",
        "((a)|b)",
        "(( a + (b) )) && c",
        "a=1 b= c=$(d) e; f='x' \"g\"",
        "cat <<A <<-'B'\n$x `y`\nA\n\tz\n\tB\n",
        "echo $(cat <<E\nx\nE\n) y",
        "echo ${a:-${b#\"c}\"}} ${#d} ${#} ${##} ${#-} ${e/f/g} ${h:1:2} $((1+(2)))",
        "echo \"$(echo \"a b\")\" `echo \\`x\\``",
        "! a | b |\n c && d ||\n e",
        "[[ -f a && ( $b == c* || ! d ) ]]",
        "[[ $a =~ ^(b|c)+$ ]]",
        "a\\\nb=c; ec\\\nho x",
        "echo $'a\\'b' >&2 2>&- <>x >|y &>z <<<w",
        "if(a)then(b)fi",
        "{ a;}",
        "echo {a } a} then",
        "# comment\n\n  # more",
    ] {
        assert_eq!(parse(text).map(|_| ()), Ok(()), "{text}");
    }
}

#[test]
fn refuses_with_line_and_expectation() {
    for (text, expected) in [
        ("if true; done", "1: unexpected \"done\" (expecting \"then\")"),
        ("a\nb\nif c\nthen d\n", "5: unexpected end of file (expecting \"fi\")"),
        ("echo 'a\nb", "1: unterminated quoted string"),
        ("x\necho \"a", "2: unterminated quoted string"),
        ("echo ${a", "1: missing '}'"),
        ("a ;; b", "1: unexpected \";;\""),
        ("| a", "1: unexpected \"|\""),
        ("a &&", "1: unexpected end of file"),
        (")", "1: unexpected \")\""),
        ("for 1 in a; do b; done", "1: bad for loop variable"),
        ("while a; do done", "1: unexpected \"done\""),
        ("a > ", "1: unexpected end of file"),
        ("a >\nb", "1: unexpected newline"),
        ("( a", "1: unexpected end of file (expecting \")\")"),
        ("f() a", "1: unexpected \"a\" (expecting \"{\")"),
        ("case a in b", "1: unexpected end of file (expecting \")\")"),
        ("fi", "1: unexpected \"fi\""),
    ] {
        assert_eq!(parse(text).map(|_| ()), Err(expected.to_string()), "{text}");
    }
}

#[test]
fn deep_nesting_is_an_error() {
    for open in ["(", "{ ", "$(", "${a-", "if ", "((", "\"$(", "`", "$((", "! ", "while ", "[[ ( ( ("] {
        let _ = parse(&open.repeat(100_000));
        let _ = parse(&format!("echo {}", open.repeat(100_000)));
    }
}

#[test]
fn any_bytes() {
    // A cheap generator: the parser must survive whatever it gives.
    let pieces: [&str; 36] = [
        "if", "then", "fi", " ", "\n", ";", "&", "|", "(", ")", "{", "}", "$", "${", "$(", "$((", "))", "`", "'", "\"",
        "\\", "<<E", "\nE\n", "<", ">", "case", "in", "esac", ";;", "a=", "x", "#", "[[", "]]", "for", "\u{e4}",
    ];
    let mut seed = 12345u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text.push_str(pieces.get((seed >> 33) as usize % pieces.len()).unwrap_or(&""));
        }
        let _ = parse(&text);
    }
}

#[test]
fn long_sequences_do_not_nest() {
    assert_eq!(parse(&"a;".repeat(100_000)).map(|lists| lists.len()), Ok(1));
    let piped = parse(&format!("{}a", "a|".repeat(50_000)));
    let count = piped
        .ok()
        .and_then(|mut lists| lists.pop())
        .and_then(|list| list.items.first().map(|item| item.first.commands.len()));
    assert_eq!(count, Some(50_001));
}

#[test]
fn assignments_and_words() {
    let lists = parse("a=1 b=2 c d=3").unwrap_or_default();
    let command = lists.first().and_then(|list| list.items.first()).and_then(|item| item.first.commands.first());
    let counts = command.map(|command| match &command.kind {
        Kind::Simple(simple) => (simple.assignments.len(), simple.words.len()),
        _ => (0, 0),
    });
    assert_eq!(counts, Some((2, 2)));
}

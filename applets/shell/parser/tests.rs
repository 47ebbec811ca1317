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

/// How far a body that begins there is gone past, if it is.
fn skimmed(text: &str) -> Option<usize> {
    let mut input = Input::string(text.as_bytes(), 1);
    super::skim::body(&mut input).then_some(input.position)
}

#[test]
fn skims_what_most_bodies_are_made_of() {
    for text in [
        " a; }",
        "\n  local x=\"$1\" y\n}",
        " if [ -n \"$x\" ] && test \"${x%%/*}\" != a; then\n    y=$(echo \"$x\" | sed -e s/a/b/)\n else b; fi; }",
        " case $x in a|b*) echo \"${y:-none}\" ;; *) return 1 ;; esac\n}",
        " for i in 1 2 3; do echo $((i + 1)) >/dev/null; done\n}",
        " while read -r a; do :; done <x 2>&1 | ( b; c ) # d }\n}",
        " ! a && 'b }' || c & d; { e; }; }",
    ] {
        assert_eq!(skimmed(text), Some(text.len()), "{text}");
    }
}

#[test]
fn only_plain_bodies_wait() {
    for (text, waits) in [
        ("f() { a; }\n", true),
        ("f() { a; }; g", true),
        ("f() { a; } >b", false),
        ("f() { `a`; }", false),
        ("f() ( a )", false),
        ("cat <<E; f() { a; }\nb\nE\n", false),
    ] {
        let lists = parse(text).unwrap_or_default();
        let kinds = lists.iter().flat_map(|list| &list.items).flat_map(|item| &item.first.commands);
        let waiting = kinds.filter_map(|command| match &command.kind {
            Kind::Function(function) => Some(function.unread.is_some() && function.body.get().is_none()),
            _ => None,
        });
        assert_eq!(waiting.collect::<Vec<_>>(), [waits], "{text}");
    }
}

/// Whether a text is one function's definition and nothing more, read without going past its body.
fn is_function(text: &str, dialect: Dialect) -> bool {
    let mut input = Input::string(text.as_bytes(), 1);
    let mut names = Names::new();
    let aliases: Aliases = vec![(b"no-word-of-these"[..].into(), Box::default())];
    let known = Known { names: &mut names, aliases: &aliases, stack: Stack::here(), dialect };
    let Ok(Some(list)) = Parser::new(&mut input, known).complete_command() else { return false };
    let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let is_one = matches!(&*list.items, [item] if item.rest.is_empty() && item.background.is_none());
    let function = list.items.first().and_then(|item| item.first.commands.first()).map(|command| &command.kind);
    is_one
        && matches!(function, Some(Kind::Function(function)) if function.unread.is_none())
        && input.position == text.len()
        && input.line as usize == lines
}

#[test]
fn what_is_skimmed_is_read_with_the_same_end() {
    let pieces = [
        "if a; then ",
        "if ",
        "then ",
        "elif b; then ",
        "else ",
        "fi",
        "fi;",
        " ",
        " ",
        "\n",
        ";",
        "; ",
        "&",
        " && ",
        " || ",
        "|",
        "(",
        ")",
        "{ ",
        "}",
        "; }",
        "$x",
        "${x}",
        "${x",
        ":-",
        "##",
        "%",
        "$(",
        "$((",
        "))",
        "`",
        "'",
        "'b c'",
        "\"",
        "\"d $x\"",
        "\\",
        "\\\n",
        "<<E",
        "\nE\n",
        "<",
        "> ",
        ">&2",
        "2>",
        "3",
        "case x in ",
        "in ",
        "esac",
        ";;",
        "a=",
        "x",
        "echo y",
        "#",
        " # z\n",
        "[[ ",
        " ]]",
        "[ ",
        "for i in ",
        "for i",
        "; do ",
        "do ",
        "done",
        "while a; do b; ",
        "until ",
        "! ",
        "time ",
        "a[1 ",
        "]=",
        "f() ",
        "()",
        "+=",
        "~",
        "*",
        "@",
        "{a,b}",
        "{n}>",
        "function ",
        "select ",
        "$'",
        "$\"",
        "$#",
        "${#x}",
        "${!x}",
        "${#",
        "}",
        "}",
        "\u{e4}",
        "=(",
    ];
    let mut seed = 4711u64;
    let mut skims = 0;
    for round in 0..300_000 {
        let mut body = String::from(if round % 2 == 0 { " " } else { "\n" });
        for _ in 0..1 + round % 9 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            body.push_str(pieces.get((seed >> 33) as usize % pieces.len()).unwrap_or(&""));
        }
        body.push_str(if round % 3 == 0 { "\n}" } else { "; }" });
        let Some(end) = skimmed(&body) else { continue };
        skims += 1;
        let text = format!("f() {{{}\n", body.get(..end).unwrap_or_default());
        let bash = Dialect { bash: true, braces: true, extglob: true };
        assert!(is_function(&text, Dialect::default()) && is_function(&text, bash), "{text:?}");
    }
    assert!(skims > 10_000, "only {skims} were gone past");
}

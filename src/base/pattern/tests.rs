//! What the patterns must match, as POSIX says it and as glibc does it.

use super::*;

fn find(pattern: &str, syntax: Syntax, text: &str) -> Option<(usize, usize)> {
    let options = Options { utf8: true, ..Options::default() };
    let pattern = Pattern::new(pattern.as_bytes(), syntax, &options).unwrap();
    let found = pattern.find_at(text.as_bytes(), 0);
    assert_eq!(found.is_some(), pattern.is_match(text.as_bytes()));
    if !pattern.program.has_back {
        let exact = Parallel::default().leftmost_longest(&pattern.program, &pattern.subject(text.as_bytes()), 0, false);
        assert_eq!(exact, found, "machines differ on {text}");
    }
    found
}

fn error(pattern: &str, syntax: Syntax) -> Option<PatternError> {
    Pattern::new(pattern.as_bytes(), syntax, &Options::default()).err()
}

#[test]
fn what_ends_with_the_text() {
    for (pattern, text, expected) in [
        ("[ \t]*$", "a b  ", Some((3, 5))),
        ("[ \t]*$", "ab", Some((2, 2))),
        ("[^ ]+$", "ab čeština", Some((3, 12))),
        ("(a|ab|bc)+$", "xabc", Some((1, 4))),
        (r"\bb.*$", "ab bc b", Some((3, 7))),
        ("^a|b$", "ab", Some((0, 1))),
        ("^$", "", Some((0, 0))),
        ("(é|x$)$", "éx", Some((2, 3))),
        ("[é-ž]{2}$", "aéž", Some((1, 5))),
        ("x$", "xa", None),
    ] {
        assert_eq!(find(pattern, Syntax::Extended, text), expected, "{pattern} in {text}");
    }
}

#[test]
fn what_begins_with_a_run() {
    for (pattern, text, expected) in [
        ("[a-c]+d", "abcabce cad", Some((8, 11))),
        ("a+b|c", "aaaca", Some((3, 4))),
        ("([a-z]+)(1|bc2)", "abcd abc2", Some((5, 9))),
        ("[^ ]+=[0-9]", "ab čž=x c=1", Some((10, 13))),
        ("[0-9]{2}:[0-9]{2}x", "1:23:45:67x", Some((5, 11))),
    ] {
        assert_eq!(find(pattern, Syntax::Extended, text), expected, "{pattern} in {text}");
    }
}

#[test]
fn extended() {
    for (pattern, text, expected) in [
        ("", "abc", Some((0, 0))),
        ("abc", "xabcy", Some((1, 4))),
        ("a|ab|abc", "xabcd", Some((1, 4))),
        ("b*", "abb", Some((0, 0))),
        ("x*y", "aaxxy", Some((2, 5))),
        ("(a|ab)(c|bcd)(d*)", "abcd", Some((0, 4))),
        ("^b", "ab", None),
        ("a$", "ab", None),
        ("b$", "ab", Some((1, 2))),
        ("^$", "", Some((0, 0))),
        ("[0-9]+", "ab123c", Some((2, 5))),
        ("[^a-c]+", "abcxyz", Some((3, 6))),
        ("[]a]+", "x]a]", Some((1, 4))),
        ("[^]a]+", "]xya", Some((1, 3))),
        ("[a-]+", "x-a", Some((1, 3))),
        ("[[:alpha:]_]+", "12ab_3", Some((2, 5))),
        ("[[=a=]b]+", "xab", Some((1, 3))),
        ("[[.-.]]", "a-b", Some((1, 2))),
        ("a{2,3}", "aaaa", Some((0, 3))),
        ("a{2}", "aaaa", Some((0, 2))),
        ("a{,2}b", "aaab", Some((1, 4))),
        ("a{0}b", "ab", Some((1, 2))),
        ("(ab){2,}", "xababab", Some((1, 7))),
        ("a{x", "a{x", Some((0, 3))),
        ("a{", "a{", Some((0, 2))),
        ("*a", "*a", Some((1, 2))),
        ("a)", "a)", Some((0, 2))),
        ("()", "a", Some((0, 0))),
        ("a||b", "b", Some((0, 1))),
        (".", "é", Some((0, 2))),
        ("..", "é", None),
        ("[é-ü]+", "aéü", Some((1, 5))),
        ("[^é]+", "éab", Some((2, 4))),
        (r"\w+", "..é_9 ", Some((2, 6))),
        (r"\W+", "é..é", Some((2, 4))),
        (r"\s\S", "a b", Some((1, 3))),
        (r"\bfoo\b", "xfoo foo", Some((5, 8))),
        (r"\bfoo", "éfoo", None),
        (r"\bfoo", "“foo", Some((3, 6))),
        (r"\<", "  ab", Some((2, 2))),
        (r"\>", " ab ", Some((3, 3))),
        (r"\Bo", "oo", Some((1, 2))),
        (r"\`a", "a", Some((0, 1))),
        (r"a\'", "aa", Some((1, 2))),
        (r"\.", "a.", Some((1, 2))),
        (r"(.)\1", "abccd", Some((2, 4))),
        (r"^(.*)x\1$", "abxab", Some((0, 5))),
        (r"(a*)*b", "aaab", Some((0, 4))),
        (r"(b*)+\1c", "ac", Some((1, 2))),
        (r"(a|a)*b", "aaab", Some((0, 4))),
        (r"(x+x+)+y", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", None),
        ("^*", "^*", Some((0, 0))),
        ("a+?", "aa", Some((0, 2))),
        ("a**", "aa", Some((0, 2))),
        ("(^|x)a", "xa", Some((0, 2))),
        ("a($|x)", "bax", Some((1, 3))),
        ("cat|dog|bird|catalog", "a catalog", Some((2, 9))),
        ("(time|refuse)[a-z]*", "a long text, and then refused", Some((22, 29))),
        ("x(abc|bcd|cde)|yyyyy", "aaaaxxxxbcdyyyyxcdeyyyyy", Some((7, 11))),
        (".*", "a\nb", Some((0, 3))),
    ] {
        assert_eq!(find(pattern, Syntax::Extended, text), expected, "{pattern} in {text}");
    }
}

#[test]
fn basic() {
    for (pattern, text, expected) in [
        ("*a", "b*a", Some((1, 3))),
        (r"\(*a\)", "*a", Some((0, 2))),
        (r"x\|*a", "*a", Some((0, 2))),
        ("^*a", "*a", Some((0, 2))),
        ("a^b", "a^b", Some((0, 3))),
        ("a$b", "a$b", Some((0, 3))),
        (r"\(^a\)", "ba", None),
        (r"\(a$\)", "ab", None),
        (r"a\{2\}", "aaa", Some((0, 2))),
        (r"a\+", "baa", Some((1, 3))),
        (r"ab\?", "ab", Some((0, 2))),
        ("a+", "aa+", Some((1, 3))),
        ("a|b", "b", None),
        ("(a)", "(a)", Some((0, 3))),
        (r"\(a\)\1", "aa", Some((0, 2))),
        (r"a\|b", "b", Some((0, 1))),
        (r"\+a", "+a", Some((0, 2))),
        (r"[\n]", "n", Some((0, 1))),
        (r"[*]", "*", Some((0, 1))),
    ] {
        assert_eq!(find(pattern, Syntax::Basic, text), expected, "{pattern} in {text}");
    }
}

#[test]
fn errors() {
    use PatternError::*;
    for (pattern, expected) in [
        ("[a", Bracket),
        ("[[:alpha:", Bracket),
        ("[[:foo:]]", Class),
        ("[b-a]", Range),
        ("[[.foo.]]", Collation),
        ("a\\", TrailingBackslash),
        ("(a", Open),
        ("a{2,1}", Interval),
        ("a{99999}", TooBig),
        (r"(a)\2", BackReference),
        (r"(a\1)", BackReference),
        (r"(a)|\1", BackReference),
        ("((a{1,255}){1,255}){1,255}", TooBig),
    ] {
        assert_eq!(error(pattern, Syntax::Extended), Some(expected), "{pattern}");
    }
    for (pattern, expected) in
        [(r"\(a", Open), (r"a\)", Close), (r"a\{1", Brace), (r"a\{x\}", Interval), (r"\{1\}", NothingToRepeat)]
    {
        assert_eq!(error(pattern, Syntax::Basic), Some(expected), "{pattern}");
    }
    assert_eq!(error(&"(".repeat(100_000), Syntax::Extended), Some(TooBig));
    assert_eq!(error(&("a".to_owned() + &"{1}".repeat(100_000)), Syntax::Extended), Some(TooBig));
    assert_eq!(error(&("a".to_owned() + &"*".repeat(100_000)), Syntax::Extended), None);
}

#[test]
fn subexpressions() {
    let options = Options { utf8: true, ..Options::default() };
    for (pattern, text, expected) in [
        ("(a)(b)?", "a", &[0, 1, 0, 1, NOWHERE, NOWHERE][..]),
        ("(a|ab)(c|bcd)(d*)", "abcd", &[0, 4, 0, 1, 1, 4, 4, 4]),
        ("(.*)-(.*)", "a-b-c", &[0, 5, 0, 3, 4, 5]),
        ("(a|b)*", "ab", &[0, 2, 1, 2]),
        ("x(a)|x(b)", "xb", &[0, 2, NOWHERE, NOWHERE, 1, 2]),
        (r"(a)\1(b)", "aab", &[0, 3, 0, 1, 2, 3]),
    ] {
        let pattern = Pattern::new(pattern.as_bytes(), Syntax::Extended, &options).unwrap();
        let mut slots = Vec::new();
        assert!(pattern.captures_at(text.as_bytes(), 0, &mut slots));
        assert_eq!(slots, expected);
    }
    // Too long for the backtracker.
    let pattern = Pattern::new(b"(a*)(b*)(c|d)*", Syntax::Extended, &options).unwrap();
    let text = ["a".repeat(300_000), "b".repeat(300_000), "cd".to_owned()].concat();
    let mut slots = Vec::new();
    assert!(pattern.captures_at(text.as_bytes(), 0, &mut slots));
    assert_eq!(slots, [0, 600_002, 0, 300_000, 300_000, 600_000, 600_001, 600_002]);
}

#[test]
fn case() {
    for utf8 in [true, false] {
        let options = Options { icase: true, utf8, ..Options::default() };
        for (pattern, text) in [("Error", "an ERROR"), ("[a-c]+x", "ABCX"), ("[^a]", "b"), (r"(a)\1", "aA"), ("k", "K")]
        {
            let pattern = Pattern::new(pattern.as_bytes(), Syntax::Extended, &options).unwrap();
            assert!(pattern.is_match(text.as_bytes()));
            assert!(!pattern.is_match(b"a"));
        }
    }
    let options = Options { icase: true, utf8: true, ..Options::default() };
    let pattern = Pattern::new("éß".as_bytes(), Syntax::Basic, &options).unwrap();
    assert!(pattern.is_match("Éß".as_bytes()));
}

#[test]
fn lines() {
    let text = b"one foo\ntwo\n\nfoo bar\nlast foo";
    for (pattern, expected) in [
        ("foo", vec![(0, 7), (13, 20), (21, 29)]),
        ("^foo", vec![(13, 20)]),
        ("foo$", vec![(0, 7), (21, 29)]),
        ("^$", vec![(12, 12)]),
        ("^t.*o$", vec![(8, 11)]),
        ("o[^x]f", vec![]),
        ("[a-z]o", vec![(0, 7), (8, 11), (13, 20), (21, 29)]),
        ("", vec![(0, 7), (8, 11), (12, 12), (13, 20), (21, 29)]),
        (r"\<foo\>.", vec![(13, 20)]),
        (r"\(o\)\1", vec![(0, 7), (13, 20), (21, 29)]),
        (r"\Wb", vec![(13, 20)]),
    ] {
        let options = Options { line: Some(b'\n'), utf8: true, ..Options::default() };
        let pattern = Pattern::new(pattern.as_bytes(), Syntax::Basic, &options).unwrap();
        let mut found = Vec::new();
        let mut from = 0;
        while let Some((start, end)) = pattern.find_line(text, from) {
            found.push((start, end));
            from = end + 1;
        }
        assert_eq!(found, expected);
    }
}

#[test]
fn several_and_fixed() {
    let list: Vec<Vec<u8>> = (0..2000).map(|number| format!("word{number}x").into_bytes()).collect();
    let list: Vec<&[u8]> = list.iter().map(Vec::as_slice).collect();
    let pattern = Pattern::of_list(&list, Syntax::Fixed, &Options::default()).unwrap();
    assert_eq!(pattern.find_at(b"a word1234x", 0), Some((2, 11)));
    assert_eq!(pattern.find_at(b"a word12345x", 0), None);
    let none = Pattern::of_list(&[], Syntax::Fixed, &Options::default()).unwrap();
    assert!(!none.is_match(b"a") && !none.is_match(b""));
    let options = Options { word: true, utf8: true, ..Options::default() };
    let word = Pattern::new(b"a.c*", Syntax::Fixed, &options).unwrap();
    assert_eq!(word.find_at(b"xa.c* a.c* ", 0), Some((6, 10)));
    let shorter = Pattern::new(b"ab*", Syntax::Basic, &options).unwrap();
    assert_eq!(shorter.find_at(b"-a-abbx abb", 0), Some((1, 2)));
    let whole = Pattern::new(b"a\\|ab", Syntax::Basic, &Options { whole: true, ..options }).unwrap();
    assert!(whole.is_match(b"ab") && !whole.is_match(b"abc"));
}

#[test]
fn long_and_hostile() {
    let options = Options { utf8: true, ..Options::default() };
    for pattern in
        ["(a|a)*b", "(x+x+)+y", "(a*)*b", "(a?){50}a{50}", "[a-q][^u-z]{13}x", "a*a*a*a*a*a*b", "(.*)(.*)(.*)b"]
    {
        let pattern = Pattern::new(pattern.as_bytes(), Syntax::Extended, &options).unwrap();
        let text = vec![b'a'; 200_000];
        let _ = pattern.find_at(&text, 0);
        let text = vec![b'x'; 200_000];
        let _ = pattern.find_at(&text, 0);
    }
    let pattern = Pattern::new(br"\(a*\)*\(a*\)*\(a*\)*\1\2b", Syntax::Basic, &options).unwrap();
    assert!(!pattern.is_match(&[b'a'; 400]) && pattern.gave_up());
}

#[test]
fn newlines_within_the_text() {
    let options = Options { multiline: true, utf8: true, ..Options::default() };
    let pattern = Pattern::new(b"^b.*$", Syntax::Basic, &options).unwrap();
    assert_eq!(pattern.find_at(b"a\nbc\nd", 0), Some((2, 4)));
    let pattern = Pattern::new(b"\\`b", Syntax::Basic, &options).unwrap();
    assert_eq!(pattern.find_at(b"a\nb", 0), None);
}

#[test]
fn all_matches_of_a_long_text_are_found_in_time() {
    let options = Options { utf8: true, ..Options::default() };
    for (pattern, count) in [("x*y|x", 300_000), ("x(.*y)?", 300_000), ("xx|x*yy", 150_000)] {
        let pattern = Pattern::new(pattern.as_bytes(), Syntax::Extended, &options).unwrap();
        let text = vec![b'x'; 300_000];
        let (mut at, mut found) = (0, 0);
        while let Some((_, end)) = pattern.find_at(&text, at) {
            at = end;
            found += 1;
        }
        assert_eq!(found, count);
        // A text of the same length in the same place is another one when it is begun at its beginning.
        let mut text = text;
        text[299_999] = b'y';
        text[299_998] = b'y';
        assert_eq!(pattern.find_at(&text, 0).map(|found| found.1 > 1000), Some(true));
    }
}

fn perl(pattern: &str, text: &str) -> Option<(usize, usize)> {
    let options = Options { utf8: true, line: Some(b'\n'), ..Options::default() };
    Pattern::new(pattern.as_bytes(), Syntax::Perl, &options).unwrap().find_at(text.as_bytes(), 0)
}

#[test]
fn perl_looks_around_and_refers_back() {
    assert_eq!(perl("a(?=b)", "aab"), Some((1, 2)));
    assert_eq!(perl("a(?!a)", "aab"), Some((1, 2)));
    assert_eq!(perl("(?<=a|bc)d", "bd bcd"), Some((5, 6)));
    assert_eq!(perl("(?<!a)b", "ab b"), Some((3, 4)));
    assert_eq!(perl("(?<x>.)\\k<x>", "abccd"), Some((2, 4)));
    assert_eq!(perl("(?i)(a)\\1", "xaA"), Some((1, 3)));
    assert_eq!(perl("é\\Kà", "éà"), Some((2, 4)));
}

#[test]
fn perl_repeats_as_it_is_told() {
    assert_eq!(perl("a+?", "aaa"), Some((0, 1)));
    assert_eq!(perl("a++a", "aaa"), None);
    assert_eq!(perl("(?>a|ab)c", "abc"), None);
    assert_eq!(perl("(?:a|ab)c", "abc"), Some((0, 3)));
    assert_eq!(perl("(a*)*b", "aab"), Some((0, 3)));
    assert_eq!(perl("\\((?:[^()]|(?R))*\\)", "x(a(b)c)"), Some((1, 8)));
    assert_eq!(perl("^(<)?a(?(1)>|b)$", "<a>"), Some((0, 3)));
}

#[test]
fn perl_gives_up_in_the_end() {
    let options = Options { line: Some(b'\n'), ..Options::default() };
    let pattern = Pattern::new(b"^(?:(a|aa)+)(?<!b)$", Syntax::Perl, &options).unwrap();
    let text = [&[b'a'; 60][..], b"b"].concat();
    assert!(!pattern.is_match(&text) && pattern.gave_up());
    assert!(Pattern::new(b"(?<=a+)b", Syntax::Perl, &options).is_err());
    let deep = [b"(".repeat(100_000), b")".repeat(100_000)].concat();
    assert!(Pattern::new(&deep, Syntax::Perl, &options).is_err());
}

//! Interim: shell patterns for names until base::pattern offers them.

/// A compiled shell pattern.
pub struct Glob {
    pattern: Vec<u8>,
    icase: bool,
}

impl Glob {
    pub fn new(pattern: &[u8], icase: bool) -> Glob {
        Glob { pattern: if icase { pattern.to_ascii_lowercase() } else { pattern.to_vec() }, icase }
    }

    pub fn matches(&self, name: &[u8]) -> bool {
        if self.icase { matches(&self.pattern, &name.to_ascii_lowercase()) } else { matches(&self.pattern, name) }
    }
}

/// A regular expression that must match the whole of a path.
pub struct Regex;

impl Regex {
    pub fn new(_: &[u8], _: bool, _: bool) -> Result<Regex, &'static str> {
        Err("regular expressions are not there yet")
    }

    pub fn matches(&self, _: &[u8]) -> bool {
        false
    }
}

/// Whether `name` matches `pattern` (`* ? [...] \`), a leading dot and slashes being ordinary.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (pattern, name);
    let mut back: Option<(&[u8], &[u8])> = None;
    loop {
        let step = match p.split_first() {
            Some((b'*', rest)) => {
                back = Some((rest, n));
                p = rest;
                continue;
            }
            None if n.is_empty() => return true,
            None => None,
            Some((c, rest)) => n.split_first().and_then(|(b, after)| {
                let rest = match c {
                    b'?' => Some(rest),
                    b'[' => match class(rest, *b) {
                        Some((true, rest)) => Some(rest),
                        Some((false, _)) => None,
                        None => (*b == b'[').then_some(rest),
                    },
                    b'\\' => match rest.split_first() {
                        Some((q, rest)) if q == b => Some(rest),
                        _ => None,
                    },
                    _ => (c == b).then_some(rest),
                };
                rest.map(|rest| (rest, after))
            }),
        };
        match (step, back) {
            (Some((rest, after)), _) => (p, n) = (rest, after),
            (None, Some((rest, from))) => {
                let Some(from) = from.get(1..) else { return false };
                back = Some((rest, from));
                (p, n) = (rest, from);
            }
            (None, None) => return false,
        }
    }
}

fn class(pattern: &[u8], b: u8) -> Option<(bool, &[u8])> {
    let (negated, mut p) = match pattern {
        [b'!' | b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let mut hit = false;
    let mut first = true;
    loop {
        match p {
            [b']', rest @ ..] if !first => return Some((hit != negated, rest)),
            [low, b'-', high, rest @ ..] if *high != b']' => {
                hit |= (*low..=*high).contains(&b);
                p = rest;
            }
            [c, rest @ ..] => {
                hit |= *c == b;
                p = rest;
            }
            [] => return None,
        }
        first = false;
    }
}

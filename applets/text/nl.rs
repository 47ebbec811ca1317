//! nl - number the lines of files
//! Spec: POSIX.1-2024. Extras: several files, long options. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::chomp;
use base::number;
use base::pattern::{Options, Pattern, Syntax};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "nl",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Number the lines of each FILE",
    operands: "[FILE]...",
    notes: "STYLE is a (all lines), t (lines that are not empty), n (none), or pBRE (lines that match BRE).\n\
            A line of \\:\\:\\: begins a header, \\:\\: a body, \\: a footer of a logical page.",
    options: &[
        Opt::value("b", "body-numbering", "STYLE", Kind::Text, "number body lines by STYLE (default t)"),
        Opt::value("d", "section-delimiter", "CC", Kind::Text, "the characters of section lines (default \\:)"),
        Opt::value("f", "footer-numbering", "STYLE", Kind::Text, "number footer lines by STYLE (default n)"),
        Opt::value("h", "header-numbering", "STYLE", Kind::Text, "number header lines by STYLE (default n)"),
        Opt::value("i", "line-increment", "NUM", Kind::Number, "add NUM from line to line (default 1)"),
        Opt::value("l", "join-blank-lines", "NUM", Kind::Count, "count NUM empty lines as one"),
        Opt::value("n", "number-format", "FORMAT", Kind::Choice(&["ln", "rn", "rz"]), "ln left, rn right, rz zeros"),
        Opt::flag("p", "no-renumber", "do not begin again at a logical page"),
        Opt::value("s", "number-separator", "STRING", Kind::Text, "STRING after the number (default a tab)"),
        Opt::value("v", "starting-line-number", "NUM", Kind::Number, "the first number (default 1)"),
        Opt::value("w", "number-width", "NUM", Kind::Count, "NUM columns for the number (default 6)"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// Which lines of a section are numbered.
enum Style {
    All,
    NotEmpty,
    None,
    Matching(Box<Pattern>),
}

impl Style {
    fn parse(text: Option<&[u8]>, default: Style) -> Result<Style> {
        match text {
            None => Ok(default),
            Some(b"a") => Ok(Style::All),
            Some(b"t") => Ok(Style::NotEmpty),
            Some(b"n") => Ok(Style::None),
            Some([b'p', pattern @ ..]) => Pattern::new(pattern, Syntax::Basic, &Options::default())
                .map(|pattern| Style::Matching(Box::new(pattern)))
                .map_err(Error::from),
            Some(text) => Err(Error::usage_about("invalid numbering style", text)),
        }
    }

    fn numbers(&mut self, line: &[u8]) -> bool {
        match self {
            Style::All => true,
            Style::NotEmpty => !line.is_empty(),
            Style::None => false,
            Style::Matching(pattern) => pattern.is_match(line),
        }
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut styles = [
        Style::parse(args.text("h"), Style::None)?,
        Style::parse(args.text("b"), Style::NotEmpty)?,
        Style::parse(args.text("f"), Style::None)?,
    ];
    let delimiter: Vec<u8> = match args.text("d") {
        None => b"\\:".to_vec(),
        // One character leaves the second as it is (POSIX).
        Some([one]) => vec![*one, b':'],
        Some(text) => text.to_vec(),
    };
    let separator = args.text("s").unwrap_or(b"\t");
    let width = match args.count("w").unwrap_or(6) {
        0 => return Err(Error::usage("invalid line number field width: '0'")),
        width => usize::try_from(width).unwrap_or(usize::MAX).min(4096),
    };
    let join = args.count("l").unwrap_or(1).max(1);
    let start = args.number("v").unwrap_or(1);
    let increment = args.number("i").unwrap_or(1);
    let format = args.choice("n").unwrap_or("rn");
    let keep = args.has("p");
    let mut line_number = start;
    let mut section = 1;
    let mut empty = 0;
    let mut out = Vec::new();
    cx.each_input(&args.operands, &mut |cx, input| {
        while let Some(line) = input.line(b'\n')? {
            let text = chomp(line, b'\n');
            out.clear();
            if let Some(new) = section_line(text, &delimiter) {
                section = new;
                if !keep {
                    line_number = start;
                }
                cx.stdout.byte(b'\n')?;
                continue;
            }
            let Some(style) = styles.get_mut(section) else { continue };
            let mut numbered = style.numbers(text);
            if numbered && text.is_empty() {
                empty += 1;
                numbered = empty >= join;
            }
            if numbered {
                empty = 0;
                push_number(&mut out, line_number, format, width);
                out.extend_from_slice(separator);
                line_number =
                    line_number.checked_add(increment).ok_or_else(|| Error::message("line number overflow"))?;
            } else {
                out.resize(width.saturating_add(separator.len()), b' ');
            }
            out.extend_from_slice(text);
            out.push(b'\n');
            cx.stdout.put(&out)?;
        }
        Ok(())
    })?;
    Ok(cx.status())
}

/// The section that a line of one to three delimiters begins: 0 header, 1 body, 2 footer.
fn section_line(line: &[u8], delimiter: &[u8]) -> Option<usize> {
    if delimiter.is_empty() || line.is_empty() || !line.len().is_multiple_of(delimiter.len()) {
        return None;
    }
    if line.chunks(delimiter.len()).any(|part| part != delimiter) {
        return None;
    }
    3usize.checked_sub(line.len() / delimiter.len())
}

fn push_number(out: &mut Vec<u8>, number: i64, format: &str, width: usize) {
    let mut digits = Vec::new();
    number::push_i64(&mut digits, number);
    let missing = width.saturating_sub(digits.len());
    match format {
        "ln" => {
            out.extend_from_slice(&digits);
            out.extend(core::iter::repeat_n(b' ', missing));
        }
        "rz" => {
            let (sign, digits) = if number < 0 { digits.split_at(1) } else { (&[][..], digits.as_slice()) };
            out.extend_from_slice(sign);
            out.extend(core::iter::repeat_n(b'0', missing));
            out.extend_from_slice(digits);
        }
        _ => {
            out.extend(core::iter::repeat_n(b' ', missing));
            out.extend_from_slice(&digits);
        }
    }
}

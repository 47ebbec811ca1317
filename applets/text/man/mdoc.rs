//! The macros of mdoc(7), the language of BSD's pages.

use super::chars::look_up;
use super::man7::{INDENT, hang_below, heading, nth, put_three, section_title, title};
use super::page::{BOLD, Cell, ITALIC, NO_BREAK, width};
use super::roff::Roff;
use super::syntax::arguments;
use base::bytes::fill;

/// Macros that may stand among the arguments of others.
const CALLABLE: &str = "Ac Ad An Ao Ap Aq Ar At Bc Bo Bq Brc Bro Brq Bsx Bx Cd Cm Dc Do Dq Dv Dx Ec Em En Eo Er Ev Fa Fc Fl Fn Fo Fr \
Ft Fx Ic In Li Lk Ms Mt Nm No Ns Nx Oc Oo Op Ot Ox Pa Pc Pf Po Pq Qc Ql Qo Qq Sc So Sq Sx Sy Ta Tn Ux Va Vt Xc Xo Xr";

/// What encloses its arguments: the macro without its last letter, and the marks.
const ENCLOSURES: &str = "O=[,] Q=\",\" D=“,” S=‘,’ P=(,) B=[,] Br={,} A=<,> E=,";

/// The macros that stand for a system's name.
const SYSTEMS: &str = "Ux=UNIX Nx=NetBSD Fx=FreeBSD Ox=OpenBSD Dx=DragonFly Bsx=BSD/OS";

/// The kinds of lists: what a list's item does is told by the letter.
const LISTS: &str = "-bullet=b -dash=d -hyphen=d -enum=e -item=i -column=c -ohang=o -inset=n -diag=n -tag=t -hang=t";

/// Lists in lists at most.
const DEPTH: usize = 50;

#[derive(Default)]
pub struct Mdoc {
    /// The page is written in mdoc.
    pub is_on: bool,
    name: Vec<u8>,
    title: Vec<u8>,
    date: Vec<u8>,
    footer: bool,
    synopsis: bool,
    lists: Vec<List>,
    /// Margins and filling that `.Ed` goes back to.
    displays: Vec<(usize, bool)>,
    /// The next word comes directly behind the last.
    joins: bool,
    /// `.Sm off`.
    dense: bool,
    /// A tag that `Xo` keeps open, and by how much text hangs below it.
    tag: Option<usize>,
    open: usize,
    /// The parts of a reference come between commas.
    references: Option<bool>,
    /// An argument of `.Fo` has been.
    in_function: Option<bool>,
}

struct List {
    kind: u8,
    hang: usize,
    left: usize,
    outer: usize,
    compact: bool,
    items: u64,
    columns: Vec<usize>,
}

/// The marks of the enclosure `name` and its last letter (`q`, `o`, `c`, `p` and `l` for `Op` and `Ql`).
fn enclosure(name: &[u8]) -> Option<(&'static str, &'static str, u8)> {
    if name == b"Ql" {
        return Some(("‘", "’", b'q'));
    }
    if name == b"Op" {
        return Some(("[", "]", b'q'));
    }
    let (last, stem) = name.split_last()?;
    if !matches!(last, b'q' | b'o' | b'c') || name == b"Fo" || name == b"Fc" {
        return None;
    }
    let (open, close) = look_up(ENCLOSURES, stem)?.split_once(',')?;
    Some((open, close, *last))
}

fn is_callable(word: &[u8]) -> bool {
    matches!(word.len(), 2 | 3) && base::bytes::place(CALLABLE, word).is_some()
}

#[inline(never)]
fn closes(word: &[u8]) -> bool {
    matches!(word, [mark] if b".,:;)]?!".contains(mark))
}

/// Comes between this word and the last: a blank, or nothing.
fn separate(roff: &mut Roff) {
    if core::mem::take(&mut roff.mdoc.joins) {
        if roff.page.is_word_empty() {
            roff.page.gap = 0;
        }
        return;
    }
    if roff.page.fill {
        roff.page.end_word(1);
    } else if !roff.page.is_word_empty() {
        roff.page.put(NO_BREAK);
    }
}

/// Puts a word.
fn word(roff: &mut Roff, text: &[u8], font: Cell) {
    if closes(text) {
        roff.mdoc.joins = true;
    }
    separate(roff);
    let old = core::mem::replace(&mut roff.font, font);
    // Blanks of quoted words stay.
    roff.put(text);
    roff.font = old;
    roff.mdoc.joins = roff.mdoc.dense || matches!(text, b"(" | b"[");
}

/// Puts text directly behind the last word.
fn glue(roff: &mut Roff, text: &str) {
    roff.mdoc.joins = true;
    word(roff, text.as_bytes(), 0);
}

/// Does a line that begins with a macro.
pub fn request(roff: &mut Roff, name: &[u8], rest: &[u8]) {
    let args = arguments(rest);
    let first = nth(&args, 0);
    let joined = || args.join(&b' ');
    match name {
        b"Dd" => {
            roff.mdoc.is_on = true;
            // CVS writes `$Mdocdate: January 2 2006 $`.
            roff.mdoc.date = match args.as_slice() {
                [dollar, month, day, year, _] if dollar.starts_with(b"$") => fill("% %, %", &[month, day, year]),
                _ => joined(),
            };
        }
        b"Dt" => {
            let title = title(&args);
            put_three(roff, &title, section_title(nth(&args, 1)).as_bytes(), &title);
            roff.mdoc.title = title;
            roff.mdoc.footer = true;
            roff.page.space(1);
            roff.page.left = INDENT;
        }
        b"Os" | b"Bk" | b"Ek" | b"Bf" | b"Ef" | b"Db" | b"Hf" => {}
        b"Sh" | b"Ss" => {
            roff.mdoc.lists.clear();
            roff.mdoc.displays.clear();
            roff.mdoc.tag = None;
            roff.mdoc.synopsis = first == b"SYNOPSIS";
            let mut text = Vec::new();
            for arg in &args {
                if !is_callable(arg) {
                    text.extend_from_slice(arg);
                    text.push(b' ');
                }
            }
            heading(roff, text.trim_ascii_end(), if name == b"Ss" { 3 } else { 0 });
        }
        b"Pp" | b"Lp" => roff.page.space(1),
        b"Bl" => begin_list(roff, &args),
        b"El" => {
            roff.page.end_line();
            if let Some(list) = roff.mdoc.lists.pop() {
                roff.page.left = list.outer;
            }
        }
        b"It" => item(roff, &args),
        b"Bd" => {
            let compact = has(&args, b"-compact");
            roff.page.space(usize::from(!compact));
            roff.mdoc.displays.push((roff.page.left, roff.page.fill));
            roff.page.left = roff.page.left.saturating_add(offset(roff, &args)).min(roff.page.width / 2);
            roff.page.fill = !has(&args, b"-literal") && !has(&args, b"-unfilled");
        }
        b"Ed" => {
            roff.page.end_line();
            roff.page.fill = true;
            if let Some((left, fill)) = roff.mdoc.displays.pop() {
                (roff.page.left, roff.page.fill) = (left, fill);
            }
        }
        b"D1" | b"Dl" => {
            roff.page.end_line();
            let left = roff.page.left;
            roff.page.left = left.saturating_add(6);
            words(roff, &args);
            roff.page.end_line();
            roff.page.left = left;
        }
        b"Nd" => {
            word(roff, "–".as_bytes(), 0);
            words(roff, &args);
            end(roff, rest);
        }
        b"Rs" => {
            if roff.page.column() > roff.page.left {
                roff.page.space(usize::from(!roff.mdoc.synopsis));
            }
            roff.mdoc.references = Some(false);
        }
        b"Re" => {
            if roff.mdoc.references.take() == Some(true) {
                glue(roff, ".");
            }
            roff.page.end_line();
        }
        [b'%', _] => {
            if roff.mdoc.references == Some(true) {
                glue(roff, ",");
            }
            let font = if matches!(name, b"%B" | b"%J" | b"%T" | b"%I") { ITALIC } else { 0 };
            for arg in &args {
                word(roff, arg, font);
            }
            if roff.mdoc.references.is_some() {
                roff.mdoc.references = Some(true);
            }
            end(roff, rest);
        }
        b"Fo" => {
            word(roff, first, BOLD);
            glue(roff, "(");
            roff.mdoc.in_function = Some(false);
        }
        b"Fc" => {
            roff.mdoc.in_function = None;
            glue(roff, ")");
            if roff.mdoc.synopsis {
                glue(roff, ";");
                roff.page.end_line();
            }
            words(roff, &args);
        }
        b"Fd" => {
            word(roff, &joined(), BOLD);
            roff.page.end_line();
        }
        b"Ex" | b"Rv" => {
            let own = roff.mdoc.name.clone();
            let subject = args.get(1).unwrap_or(&own);
            let after = if name == b"Ex" {
                "utility exits 0 on success, and >0 if an error occurs."
            } else {
                "function returns the value 0 if successful; otherwise the value -1 is returned and the global variable \
                 errno is set to indicate the error."
            };
            word(roff, b"The", 0);
            word(roff, subject, BOLD);
            if name == b"Rv" {
                glue(roff, "()");
            }
            word(roff, after.as_bytes(), 0);
            end(roff, b".");
        }
        b"Lb" => {
            word(roff, b"library", 0);
            word(roff, &joined(), 0);
            end(roff, b"");
        }
        b"Sm" => {
            roff.mdoc.dense = match first {
                b"off" => true,
                b"on" => false,
                _ => !roff.mdoc.dense,
            };
            roff.mdoc.joins = false;
            if !roff.mdoc.dense {
                end(roff, b"");
            }
        }
        _ if is_callable(name) || name == b"St" => {
            if roff.mdoc.synopsis && matches!(name, b"Nm" | b"Ft" | b"In" | b"Vt") && roff.mdoc.open == 0 {
                roff.page.end_line();
            }
            let mut all = vec![name.to_vec()];
            all.extend(args);
            words(roff, &all);
            if roff.mdoc.synopsis && matches!(name, b"Fn" | b"In") {
                roff.page.end_line();
            }
            end(roff, rest);
        }
        _ => {}
    }
}

/// The end of a line of input.
fn end(roff: &mut Roff, rest: &[u8]) {
    if let Some(hang) = roff.mdoc.tag.filter(|_| roff.mdoc.open == 0) {
        roff.mdoc.tag = None;
        roff.page.end_word(0);
        hang_below(roff, hang);
        roff.mdoc.joins = false;
        return;
    }
    if roff.mdoc.open == 0 && !core::mem::take(&mut roff.mdoc.joins) {
        roff.end_input(rest);
    }
}

/// Takes the first of `rest` where it is an operand.
#[inline(never)]
fn operand<'a>(rest: &mut &'a [Vec<u8>], is_one: bool) -> &'a [u8] {
    match rest.split_first() {
        Some((next, after)) if is_one => {
            *rest = after;
            next
        }
        _ => &[],
    }
}

/// Puts words, among them macros.
fn words(roff: &mut Roff, args: &[Vec<u8>]) {
    let trailing = args.iter().rev().take_while(|arg| closes(arg)).count();
    let (args, tail) = args.split_at_checked(args.len().saturating_sub(trailing)).unwrap_or((args, &[]));
    let mut closers: Vec<&'static str> = Vec::new();
    let mut font: Cell = 0;
    let mut rest = args;
    while let Some((arg, after)) = rest.split_first() {
        rest = after;
        if !is_callable(arg) && arg != b"St" {
            word(roff, arg, if closes(arg) || matches!(arg.as_slice(), b"(" | b"[" | b"|") { 0 } else { font });
            continue;
        }
        if arg == b"An" && rest.first().is_some_and(|next| next.starts_with(b"-")) {
            // `-nosplit` and `-split` say how names are listed.
            rest = rest.get(1..).unwrap_or_default();
        }
        let has_operand = rest.first().is_some_and(|next| !is_callable(next) && !closes(next));
        font = match arg.as_slice() {
            b"Cm" | b"Ic" | b"Sy" | b"Cd" | b"Ms" => BOLD,
            b"Em" | b"Va" | b"Vt" | b"Ft" | b"Ad" | b"Fr" | b"Sx" => ITALIC,
            _ => 0,
        };
        if let Some((open, close, last)) = enclosure(arg) {
            if last == b'c' {
                glue(roff, close);
            } else {
                separate(roff);
                let old = core::mem::replace(&mut roff.font, 0);
                roff.put(open.as_bytes());
                roff.font = old;
                roff.mdoc.joins = true;
                if last == b'q' {
                    closers.push(close);
                }
            }
            continue;
        }
        match arg.as_slice() {
            b"Fl" => {
                font = BOLD;
                if !has_operand {
                    word(roff, b"\\-", BOLD);
                }
                while let Some((next, after)) = rest.split_first().filter(|(next, _)| !is_callable(next)) {
                    rest = after;
                    let plain = closes(next) || next == b"|";
                    let text = if plain { next.clone() } else { fill("\\-%", &[next]) };
                    word(roff, &text, if plain { 0 } else { BOLD });
                }
            }
            b"Ar" => {
                font = ITALIC;
                if !has_operand {
                    word(roff, b"file", ITALIC);
                    word(roff, b"...", ITALIC);
                }
            }
            b"Pa" => {
                font = ITALIC;
                if !has_operand {
                    word(roff, b"~", ITALIC);
                }
            }
            b"Nm" => {
                let own = roff.mdoc.name.clone();
                let name = operand(&mut rest, has_operand);
                if own.is_empty() {
                    roff.mdoc.name = name.to_vec();
                }
                word(roff, if name.is_empty() { &own } else { name }, BOLD);
                font = BOLD;
            }
            b"Fa" => {
                font = ITALIC;
                if roff.mdoc.in_function.is_some() {
                    while let Some((next, after)) = rest.split_first().filter(|(next, _)| !is_callable(next)) {
                        rest = after;
                        if roff.mdoc.in_function == Some(true) {
                            glue(roff, ",");
                        } else {
                            roff.mdoc.joins = true;
                        }
                        roff.mdoc.in_function = Some(true);
                        word(roff, next, ITALIC);
                    }
                }
            }
            b"Fn" => {
                word(roff, operand(&mut rest, has_operand), BOLD);
                glue(roff, "(");
                let mut had = false;
                while let Some((next, after)) =
                    rest.split_first().filter(|(next, _)| !is_callable(next) && !closes(next))
                {
                    rest = after;
                    if had {
                        glue(roff, ",");
                    } else {
                        roff.mdoc.joins = true;
                    }
                    had = true;
                    word(roff, next, ITALIC);
                }
                glue(roff, if roff.mdoc.synopsis { ");" } else { ")" });
            }
            b"Xr" => {
                word(roff, operand(&mut rest, has_operand), 0);
                if let Some((section, after)) =
                    rest.split_first().filter(|(next, _)| !is_callable(next) && !closes(next))
                {
                    rest = after;
                    roff.mdoc.joins = true;
                    word(roff, &fill("\\&(%)", &[section]), 0);
                }
            }
            b"In" => {
                let template = if roff.mdoc.synopsis { "#include <%>" } else { "<%>" };
                word(roff, &fill(template, &[operand(&mut rest, has_operand)]), BOLD);
            }
            b"Ns" => roff.mdoc.joins = true,
            b"Ap" => {
                glue(roff, "'");
                roff.mdoc.joins = true;
            }
            b"Pf" => {
                word(roff, operand(&mut rest, has_operand), 0);
                roff.mdoc.joins = true;
            }
            b"Xo" => roff.mdoc.open = roff.mdoc.open.saturating_add(1),
            b"Xc" => roff.mdoc.open = roff.mdoc.open.saturating_sub(1),
            b"Ta" => next_column(roff),
            b"Bx" => {
                let version = operand(&mut rest, has_operand);
                word(roff, &fill("%BSD", &[version]), 0);
            }
            b"At" => word(roff, b"AT&T UNIX", 0),
            b"St" => {
                let name = operand(&mut rest, has_operand);
                word(roff, &standard(name), 0);
            }
            other => {
                if let Some(system) = look_up(SYSTEMS, other) {
                    word(roff, system.as_bytes(), 0);
                }
            }
        }
    }
    for close in closers.iter().rev() {
        glue(roff, close);
    }
    for mark in tail {
        word(roff, mark, 0);
    }
}

/// The standard that `.St` names.
fn standard(name: &[u8]) -> Vec<u8> {
    let text = name.strip_prefix(b"-").unwrap_or(name);
    match text.strip_prefix(b"p1003.") {
        Some(number) => {
            let volume = number.split(|byte| *byte == b'-').next().unwrap_or_default();
            fill("IEEE Std 1003.% (“POSIX.%”)", &[number, volume])
        }
        None if text == b"ansiC" => "ANSI X3.159-1989 (“ANSI C89”)".as_bytes().to_vec(),
        None if text == b"isoC-99" => "ISO/IEC 9899:1999 (“ISO C99”)".as_bytes().to_vec(),
        None => text.to_vec(),
    }
}

/// Whether an option of `.Bl` or `.Bd` is given.
fn has(args: &[Vec<u8>], name: &[u8]) -> bool {
    args.iter().any(|arg| arg == name)
}

/// The argument behind an option of `.Bl` or `.Bd`.
fn option<'a>(args: &'a [Vec<u8>], name: &[u8]) -> Option<&'a [u8]> {
    let at = args.iter().position(|arg| arg == name)?;
    args.get(at + 1).map(Vec::as_slice)
}

/// How wide a text is that says a width: a number with its unit, or a sample.
fn sample(roff: &mut Roff, text: &[u8]) -> usize {
    let is_number = text.first().is_some_and(u8::is_ascii_digit)
        && text.last().is_some_and(|unit| unit.is_ascii_digit() || b"nmicu".contains(unit))
        && text
            .get(..text.len().saturating_sub(1))
            .is_some_and(|head| head.iter().all(|b| b.is_ascii_digit() || *b == b'.'));
    if is_number {
        return usize::try_from(roff.evaluate(text)).unwrap_or(0).min(roff.page.width);
    }
    if matches!(text, b"indent" | b"Ds") {
        return 6;
    }
    let kept = roff.page.take_word();
    let (mut wide, mut blanks) = (0usize, 0usize);
    for part in arguments(text) {
        // A macro in the sample is no part of its width, but for its dash.
        if part == b"Fl" {
            blanks += 1;
        } else if !is_callable(&part) {
            wide = wide.saturating_add(width(&roff.cells_of(&part)));
            blanks += 1;
        }
    }
    for cell in kept {
        roff.page.put(cell);
    }
    wide.saturating_add(blanks)
}

fn offset(roff: &mut Roff, args: &[Vec<u8>]) -> usize {
    match option(args, b"-offset") {
        None | Some(b"left") => 0,
        Some(b"indent-two") => 12,
        Some(text) => sample(roff, text),
    }
}

#[inline(never)]
fn begin_list(roff: &mut Roff, args: &[Vec<u8>]) {
    let kind = args.iter().find_map(|arg| look_up(LISTS, arg)).and_then(|kind| kind.bytes().next()).unwrap_or(b'i');
    let shift = offset(roff, args);
    let hang = match (option(args, b"-width"), kind) {
        (Some(text), _) => sample(roff, text).saturating_add(1),
        (None, b'b' | b'd') => 2,
        (None, b'e') => 4,
        (None, b't') => 8,
        _ => 0,
    };
    let mut columns = Vec::new();
    if kind == b'c' {
        let mut skip = false;
        for arg in args {
            if core::mem::take(&mut skip) || arg.starts_with(b"-") {
                skip = arg == b"-width" || arg == b"-offset";
                continue;
            }
            let wide = sample(roff, arg);
            columns.push(wide.saturating_add(3));
        }
    }
    roff.page.end_line();
    let outer = roff.page.left;
    let left = outer.saturating_add(shift).min(roff.page.width / 2);
    let compact = has(args, b"-compact");
    if roff.mdoc.lists.len() < DEPTH {
        roff.mdoc.lists.push(List { kind, hang, left, outer, compact, items: 0, columns });
    }
    roff.page.left = left;
}

#[inline(never)]
fn item(roff: &mut Roff, args: &[Vec<u8>]) {
    let Some(list) = roff.mdoc.lists.last_mut() else { return };
    list.items = list.items.saturating_add(1);
    let (kind, hang, left, number) = (list.kind, list.hang, list.left, list.items);
    let is_tight = list.compact || kind == b'c';
    roff.mdoc.tag = None;
    roff.mdoc.joins = false;
    roff.page.space(usize::from(!is_tight));
    roff.page.left = left;
    match kind {
        b'b' => word(roff, "•".as_bytes(), 0),
        b'd' => word(roff, b"-", 0),
        b'e' => {
            let mut text = Vec::new();
            base::number::push_u64(&mut text, number);
            text.push(b'.');
            word(roff, &text, 0);
        }
        b'c' => {
            for (index, cell) in args.join(&b' ').split(|byte| *byte == b'\t').enumerate() {
                if index > 0 {
                    next_column(roff);
                }
                words(roff, &arguments(cell));
            }
            end(roff, b"");
            return;
        }
        b'i' => return,
        _ => {
            words(roff, args);
            if kind == b't' {
                roff.mdoc.tag = Some(hang);
                end(roff, b"");
            } else if kind == b'o' {
                roff.page.end_line();
            } else {
                roff.page.end_word(2);
            }
            return;
        }
    }
    roff.page.end_word(0);
    hang_below(roff, hang);
}

/// Goes on in the next column of a table.
fn next_column(roff: &mut Roff) {
    roff.page.end_word(0);
    roff.mdoc.joins = false;
    let here = roff.page.column();
    let Some(list) = roff.mdoc.lists.last() else { return };
    let mut column = list.left;
    for wide in &list.columns {
        column = column.saturating_add(*wide);
        if column > here {
            break;
        }
    }
    if column > here {
        roff.page.go_to(column);
    }
}

/// The end of the page.
pub fn end_page(roff: &mut Roff) {
    if core::mem::take(&mut roff.mdoc.footer) {
        roff.page.tight = false;
        roff.page.fill = true;
        roff.page.space(1);
        let (date, title) = (core::mem::take(&mut roff.mdoc.date), core::mem::take(&mut roff.mdoc.title));
        put_three(roff, b"", &date, &title);
    }
}

//! The macros of man(7), with GNU's additions.

use super::page::{BOLD, Cell, ITALIC, pad, width};
use super::roff::{Fails, Roff};
use super::syntax::arguments;
use base::bytes::fill;

/// The indentation of text, and of what hangs below a tag.
pub const INDENT: usize = 7;

#[derive(Default)]
pub struct Man {
    /// The left margin: sections' and what `.RS` adds.
    margin: usize,
    /// How far text hangs below its tag, until something else is said.
    hang: usize,
    /// What `.RE` goes back to.
    outer: Vec<(usize, usize)>,
    /// A tag is being set, and text will hang so far below it.
    tag: Option<usize>,
    /// What font comes back after the next line.
    restored: Option<Cell>,
    url: Vec<u8>,
    /// The arguments of `.TH`, for the page's last line.
    footer: Option<Vec<Vec<u8>>>,
}

impl Man {
    /// The left margin.
    pub fn margin(&self) -> usize {
        self.margin
    }
}

fn font(letter: u8) -> Cell {
    match letter {
        b'B' => BOLD,
        b'I' => ITALIC,
        _ => 0,
    }
}

/// Sets a line with one text at the left, one in the middle, one at the right.
pub fn put_three(roff: &mut Roff, left: &[u8], middle: &[u8], right: &[u8]) {
    roff.page.end_line();
    let whole = roff.page.width;
    let mut line: Vec<Cell> = Vec::new();
    for (share, text) in [left, middle, right].into_iter().enumerate() {
        let cells = roff.cells_of(text);
        let wide = width(&cells);
        let free = whole.saturating_sub(wide);
        let from = if share == 1 { free.div_ceil(2) } else { free };
        let used = width(&line);
        let blanks = if share == 0 { 0 } else { from.saturating_sub(used).max(usize::from(used > 0)) };
        pad(&mut line, blanks, u32::from(' '));
        line.extend_from_slice(&cells);
    }
    roff.page.put_line(line);
}

/// The name of a section of the manual.
pub fn section_title(section: &[u8]) -> &'static str {
    match section.first() {
        Some(b'1') => "General Commands Manual",
        Some(b'2') => "System Calls Manual",
        Some(b'3') => "Library Functions Manual",
        Some(b'4') => "Kernel Interfaces Manual",
        Some(b'5') => "File Formats Manual",
        Some(b'6') => "Games Manual",
        Some(b'7') => "Miscellaneous Information Manual",
        Some(b'8') => "System Manager's Manual",
        Some(b'9') => "Kernel Developer's Manual",
        _ => "",
    }
}

/// A section's heading.
pub fn heading(roff: &mut Roff, text: &[u8], left: usize) {
    end_tag(roff);
    roff.page.fill = true;
    roff.page.space(1);
    roff.man.margin = INDENT;
    roff.man.hang = INDENT;
    roff.man.outer.clear();
    roff.page.left = left;
    roff.font = BOLD;
    roff.put(text);
    roff.page.end_line();
    roff.font = 0;
    roff.page.left = INDENT;
    roff.page.tight = true;
}

/// Ends a tag: text goes on below it, or beside it where there is room.
fn end_tag(roff: &mut Roff) {
    if let Some(hang) = roff.man.tag.take() {
        hang_below(roff, hang);
    }
}

/// What was set is a tag; text hangs `hang` columns right of where it began.
pub fn hang_below(roff: &mut Roff, hang: usize) {
    let to = roff.page.left.saturating_add(hang);
    roff.page.go_to(to);
    roff.page.left = to;
}

/// Whether a tag is still to come.
pub fn is_waiting(roff: &Roff) -> bool {
    roff.man.tag.is_some()
}

/// What is due at the end of a line of text.
pub fn after_line(roff: &mut Roff) {
    if let Some(font) = roff.man.restored.take() {
        roff.font = font;
    }
    end_tag(roff);
}

/// The end of the page.
pub fn end(roff: &mut Roff) {
    if let Some(args) = roff.man.footer.take() {
        roff.page.fill = true;
        roff.page.tight = false;
        roff.page.space(1);
        put_three(roff, nth(&args, 3), nth(&args, 2), &title(&args));
    }
}

/// An argument; nothing where there are fewer.
#[inline(never)]
pub fn nth(args: &[Vec<u8>], index: usize) -> &[u8] {
    args.get(index).map(Vec::as_slice).unwrap_or_default()
}

/// The page's title by its first arguments: `NAME(1)`.
pub fn title(args: &[Vec<u8>]) -> Vec<u8> {
    fill("%(%)", &[nth(args, 0), nth(args, 1)])
}

/// A new paragraph.
fn paragraph(roff: &mut Roff) {
    roff.man.tag = None;
    roff.page.space(1);
    roff.page.left = roff.man.margin;
    roff.font = 0;
}

/// Puts text in a font, which stays.
fn put_in(roff: &mut Roff, text: &[u8], font: Cell) {
    roff.font = font;
    roff.put(text);
}

/// Does a macro. Gives whether it was one.
#[inline(never)]
pub fn request(roff: &mut Roff, name: &[u8], rest: &[u8]) -> Fails<bool> {
    let args = arguments(rest);
    let arg = |index: usize| nth(&args, index);
    let amount = |roff: &Roff, text: &[u8], default: usize| {
        if text.is_empty() { default } else { usize::try_from(roff.evaluate(text)).unwrap_or(0).min(roff.page.width) }
    };
    match name {
        b"TH" => {
            roff.mdoc.is_on = false;
            let title = title(&args);
            let middle = if args.len() < 5 { section_title(arg(1)).as_bytes() } else { arg(4) };
            put_three(roff, &title, middle, &title);
            roff.man.footer = Some(args.clone());
            roff.page.space(1);
            (roff.man.margin, roff.man.hang, roff.page.left) = (INDENT, INDENT, INDENT);
        }
        b"SH" | b"SS" => {
            let mut text = args.join(&b' ');
            if args.is_empty() {
                let mut line = Vec::new();
                roff.next_line(&mut line)?;
                text = arguments(line.strip_prefix(b".B ").unwrap_or(&line)).join(&b' ');
            }
            heading(roff, &text, if name == b"SS" { 3 } else { 0 });
        }
        b"B" | b"I" | b"R" | b"SM" | b"SB" | b"BI" | b"BR" | b"IB" | b"IR" | b"RB" | b"RI" => {
            let old = roff.font;
            let single = name.len() == 1 || name.starts_with(b"S");
            let fonts = match name {
                b"SM" => [old, old],
                b"SB" => [BOLD, BOLD],
                _ => [font(arg_letter(name, 0)), font(arg_letter(name, name.len().saturating_sub(1)))],
            };
            let [first, second] = fonts;
            if args.is_empty() {
                roff.man.restored = Some(old);
                roff.font = first;
                return Ok(true);
            }
            for (index, arg) in args.iter().enumerate() {
                if single && index > 0 {
                    roff.put(b" ");
                }
                roff.font = if index % 2 == 0 { first } else { second };
                roff.put(arg);
            }
            roff.font = old;
            roff.end_input(rest);
        }
        b"PP" | b"P" | b"LP" => {
            paragraph(roff);
            roff.man.hang = INDENT;
        }
        b"TP" | b"TQ" => {
            let hang = amount(roff, arg(0), roff.man.hang);
            if name == b"TP" {
                paragraph(roff);
            } else {
                end_tag(roff);
                roff.page.end_line();
                roff.page.left = roff.man.margin;
            }
            roff.man.hang = hang;
            roff.man.tag = Some(hang);
        }
        b"IP" => {
            let hang = amount(roff, arg(1), roff.man.hang);
            paragraph(roff);
            roff.man.hang = hang;
            if arg(0).is_empty() {
                roff.page.left = roff.man.margin.saturating_add(hang);
            } else {
                // A tag is one word, blanks and all.
                let fill = core::mem::replace(&mut roff.page.fill, false);
                roff.put(arg(0));
                roff.page.fill = fill;
                hang_below(roff, hang);
            }
            roff.font = 0;
        }
        b"HP" => {
            let hang = amount(roff, arg(0), roff.man.hang);
            paragraph(roff);
            roff.page.once = Some(roff.man.margin);
            roff.page.left = roff.man.margin.saturating_add(hang);
        }
        b"RS" => {
            end_tag(roff);
            roff.page.end_line();
            if roff.man.outer.len() < 100 {
                roff.man.outer.push((roff.man.margin, roff.man.hang));
            }
            let by = if arg(0).is_empty() { roff.man.hang as i64 } else { roff.evaluate(arg(0)) };
            let margin = usize::try_from((roff.man.margin as i64).saturating_add(by)).unwrap_or(0);
            roff.man.margin = margin.min(roff.page.width.saturating_sub(20));
            roff.man.hang = INDENT;
            roff.page.left = roff.man.margin;
        }
        b"RE" => {
            end_tag(roff);
            roff.page.end_line();
            if let Some((margin, hang)) = roff.man.outer.pop() {
                (roff.man.margin, roff.man.hang) = (margin, hang);
            }
            roff.page.left = roff.man.margin;
        }
        b"EX" | b"Vb" | b"EE" | b"Ve" => {
            roff.page.end_line();
            roff.page.fill = name.starts_with(b"EE") || name == b"Ve";
        }
        b"UR" | b"MT" => roff.man.url = arg(0).to_vec(),
        b"UE" | b"ME" => {
            let url = core::mem::take(&mut roff.man.url);
            if roff.page.column() > roff.page.left {
                roff.put(b" ");
            }
            roff.put(b"<");
            roff.put(&url);
            roff.put(b">");
            roff.put(arg(0));
            roff.end_input(arg(0));
        }
        b"OP" => {
            put_in(roff, b"[", 0);
            put_in(roff, arg(0), BOLD);
            if !arg(1).is_empty() {
                put_in(roff, b"\\ ", 0);
                put_in(roff, arg(1), ITALIC);
            }
            put_in(roff, b"]", 0);
            roff.end_input(b"");
        }
        b"SY" => {
            paragraph(roff);
            put_in(roff, arg(0), BOLD);
            roff.font = 0;
            let wide = roff.page.column().saturating_sub(roff.man.margin).saturating_add(1);
            roff.page.left = roff.man.margin.saturating_add(wide);
            roff.page.once = Some(roff.man.margin);
            roff.page.end_word(1);
        }
        b"YS" => {
            roff.page.end_line();
            roff.page.left = roff.man.margin;
        }
        b"MR" => {
            put_in(roff, arg(0), ITALIC);
            put_in(roff, b"(", 0);
            roff.put(arg(1));
            roff.put(b")");
            roff.put(arg(2));
            roff.end_input(arg(2));
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn arg_letter(name: &[u8], index: usize) -> u8 {
    name.get(index).copied().unwrap_or(b'R')
}

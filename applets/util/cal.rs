//! cal - print a calendar
//! Spec: POSIX.1-2024. Extras: -j, -m, -s, -y, -1, -3, -n (util-linux, BusyBox). Deviations: names are English always.

use base::number::{parse_u32, push_right, push_u64};
use base::time::{Zone, now};
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "cal",
    exec: Exec::no_fork("asks for the time and writes"),
    summary: "Print the calendar of this month, of YEAR, or of a MONTH of it",
    operands: "[[[DAY] MONTH] YEAR]",
    notes: "MONTH is a number or a name. The calendar is Julian before 14 September 1752, Gregorian from then on.",
    options: &[
        Opt::flag("1", "one", "one month (default)"),
        Opt::flag("3", "three", "the month before and the one after too"),
        Opt::value("n", "months", "NUM", Kind::Count, "NUM months from this one"),
        Opt::flag("y", "year", "the whole year"),
        Opt::flag("j", "julian", "number the days from 1 January"),
        Opt::flag("m", "monday", "weeks begin on Monday"),
        Opt::flag("s", "sunday", "weeks begin on Sunday (default)"),
        Opt::hidden("h", ""),
    ],
    run,
    ..Declaration::DEFAULT
});

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"];

/// How the pages look.
struct Style {
    monday: bool,
    julian: bool,
    /// Today, to be shown reversed on a terminal.
    today: Option<(u32, u32, u32)>,
}

impl Style {
    /// The width of a day with the blank before it.
    fn cell(&self) -> usize {
        if self.julian { 4 } else { 3 }
    }

    fn width(&self) -> usize {
        if self.julian { 27 } else { 20 }
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let moment = now();
    let today = Zone::load(cx.env.get(b"TZ")).civil(moment.sec);
    let mut month = today.month;
    let mut year = u32::try_from(today.year).unwrap_or(1970);
    let mut whole_year = args.has("y");
    let mut marked = (year, today.month, today.day);
    match *args.between(0, 3)? {
        [only] => {
            // A lone name is a month; a lone number is a year.
            match month_name(only) {
                Some(named) => month = named,
                None => {
                    year = in_range(only, 9999, "year")?;
                    whole_year = !args.has("3") && !args.has("n") && !args.has("1");
                    month = if whole_year { month } else { 1 };
                }
            }
        }
        [first, second] => (month, year) = (month_of(first)?, in_range(second, 9999, "year")?),
        [first, second, third] => {
            (month, year) = (month_of(second)?, in_range(third, 9999, "year")?);
            let day = in_range(first, 31, "day")?;
            if !has_day(year, month, day) {
                return Err(Error::message_about("illegal day value", first));
            }
            marked = (year, month, day);
        }
        _ => {}
    }
    if !(1..=9999).contains(&year) {
        return Err(Error::message("the year is not in 1..9999"));
    }
    let style = Style {
        monday: args.last_of(&["m", "s"]) == Some("m"),
        julian: args.has("j"),
        today: cx.stdout.is_terminal().then_some(marked).filter(|_| !args.has("h")),
    };
    let mut out = Vec::new();
    let across = if style.julian { 2 } else { 3 };
    if whole_year {
        let mut title = Vec::new();
        push_u64(&mut title, u64::from(year));
        let gap = 2;
        let width = across * style.width() + (across - 1) * gap;
        centre(&mut out, &title, width);
        trim_line(&mut out);
        out.extend_from_slice(b"\n\n");
        rows_of(&mut out, year * 12, 12, across, &style, false);
    } else {
        let (before, count) = match (args.has("3"), args.count("n")) {
            (true, _) => (1, 3),
            (false, Some(count)) => (0, u32::try_from(count).unwrap_or(u32::MAX).clamp(1, 120_000)),
            (false, None) => (0, 1),
        };
        // Nothing comes before January of year 1.
        let first = (year * 12 + month - 1).saturating_sub(before).max(12);
        rows_of(&mut out, first, count, if args.has("3") && !style.julian { 3 } else { across }, &style, true);
    }
    cx.stdout.put(&out)?;
    Ok(cx.status())
}

fn in_range(text: &[u8], most: u32, what: &str) -> Result<u32> {
    parse_u32(text).ok().filter(|number| (1..=most).contains(number)).ok_or_else(|| {
        let mut message = base::bytes::fill("% '%' is not in 1..", &[what.as_bytes(), text]);
        push_u64(&mut message, u64::from(most));
        Error::message(message)
    })
}

fn month_name(text: &[u8]) -> Option<u32> {
    let matches = |name: &str| {
        let start = name.as_bytes().get(..text.len());
        text.len() >= 3 && start.is_some_and(|start| start.eq_ignore_ascii_case(text))
    };
    MONTHS.iter().position(|name| matches(name)).and_then(|index| u32::try_from(index + 1).ok())
}

fn month_of(text: &[u8]) -> Result<u32> {
    month_name(text).map_or_else(|| in_range(text, 12, "month"), Ok)
}

/// Whether a month has that day: eleven are missing where the calendar changed.
fn has_day(year: u32, month: u32, day: u32) -> bool {
    let last = match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=last).contains(&day) && ((year, month) != (1752, 9) || !(3..=13).contains(&day))
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (year <= 1752 || !year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// The weekday of a date, 0 for Sunday.
fn weekday(year: u32, month: u32, day: u32) -> u32 {
    if (year, month, day) >= (1752, 9, 14) {
        return base::time::weekday(i64::from(year), month, day);
    }
    // Before, each fourth year was a leap year. 1 January of year 1 was a Saturday.
    let before = (year - 1) * 365 + (year - 1) / 4;
    (before + yearday(year, month, day) + 5) % 7
}

/// The number of the day in its year, from 1.
fn yearday(year: u32, month: u32, day: u32) -> u32 {
    let mut number = 0;
    for other in 1..=month {
        for day in 1..=if other == month { day } else { 31 } {
            number += u32::from(has_day(year, other, day));
        }
    }
    number
}

/// `count` months from `first` on (numbered through all years), so many side by side.
fn rows_of(out: &mut Vec<u8>, first: u32, count: u32, across: usize, style: &Style, with_year: bool) {
    let mut pages = Vec::new();
    for at in first..first.saturating_add(count) {
        pages.push(page(at / 12, at % 12 + 1, style, with_year));
        if pages.len() == across {
            row(out, &pages, style);
            pages.clear();
        }
    }
    if !pages.is_empty() {
        row(out, &pages, style);
    }
}

/// Months side by side.
fn row(out: &mut Vec<u8>, pages: &[Vec<(Vec<u8>, usize)>], style: &Style) {
    let last = pages.len().saturating_sub(1);
    for row in 0..8 {
        for (index, page) in pages.iter().enumerate() {
            let (text, width) = page.get(row).map_or((&[][..], 0), |(text, width)| (text.as_slice(), *width));
            out.extend_from_slice(text);
            if index < last {
                out.resize(out.len() + (style.width() + 2).saturating_sub(width), b' ');
            }
        }
        trim_line(out);
        out.push(b'\n');
    }
}

/// The lines of a month with their widths: title, weekdays, six weeks.
fn page(year: u32, month: u32, style: &Style, with_year: bool) -> Vec<(Vec<u8>, usize)> {
    let mut lines = Vec::with_capacity(8);
    let name = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
    let mut title = name.as_bytes().to_vec();
    if with_year {
        title.push(b' ');
        push_u64(&mut title, u64::from(year));
    }
    let mut line = Vec::new();
    centre(&mut line, &title, style.width());
    lines.push((line, style.width()));
    let mut line = Vec::new();
    for index in 0..7 {
        line.resize(line.len() + style.cell() - if index == 0 { 3 } else { 2 }, b' ');
        let day = DAYS.get((index + usize::from(style.monday)) % 7).copied().unwrap_or_default();
        line.extend_from_slice(day.as_bytes());
    }
    lines.push((line, style.width()));
    let mut week = Vec::new();
    let mut width = 0;
    let mut column = 0;
    for day in 1..=31 {
        if !has_day(year, month, day) {
            continue;
        }
        if week.is_empty() {
            column = (weekday(year, month, day) + 7 - u32::from(style.monday)) % 7;
            let skipped = column as usize * style.cell();
            week.resize(skipped.saturating_sub(usize::from(column > 0)), b' ');
            width = week.len();
        }
        let number = if style.julian { yearday(year, month, day) } else { day };
        if width > 0 {
            week.push(b' ');
        }
        let digits = style.cell() - 1;
        let is_today = style.today == Some((year, month, day));
        week.extend_from_slice(if is_today { b"\x1b[7m" } else { b"" });
        push_right(&mut week, u64::from(number), digits);
        week.extend_from_slice(if is_today { b"\x1b[m" } else { b"" });
        width += digits + usize::from(width > 0);
        column += 1;
        if column == 7 {
            lines.push((core::mem::take(&mut week), width));
            width = 0;
        }
    }
    if !week.is_empty() {
        lines.push((week, width));
    }
    lines
}

/// Appends `text` with as many blanks on both sides, the odd one after it.
fn centre(out: &mut Vec<u8>, text: &[u8], width: usize) {
    let blanks = width.saturating_sub(text.len());
    out.resize(out.len() + blanks / 2, b' ');
    out.extend_from_slice(text);
    out.resize(out.len() + blanks - blanks / 2, b' ');
}

fn trim_line(out: &mut Vec<u8>) {
    while out.last() == Some(&b' ') {
        out.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(weekday(1752, 9, 2), 3);
        assert_eq!(weekday(1752, 9, 14), 4);
        assert_eq!(weekday(1, 1, 1), 6);
        assert_eq!(weekday(2024, 2, 29), 4);
        assert_eq!(weekday(1582, 10, 4), 4);
        assert_eq!(yearday(1752, 12, 31), 355);
        assert_eq!(yearday(2024, 12, 31), 366);
    }
}

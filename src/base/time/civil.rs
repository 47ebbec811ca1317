//! The proleptic Gregorian calendar, for every second an i64 can name whose year fits i64 too.

/// A date and a time of day as a clock on the wall shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    /// 0 to 60.
    pub second: u32,
}

impl Civil {
    /// The calendar at `seconds` since 1970-01-01 00:00, both by the same clock.
    pub fn from_seconds(seconds: i64) -> Civil {
        let days = seconds.div_euclid(86400);
        let rest = seconds.rem_euclid(86400) as u32;
        // Counted in eras of 400 years that begin on March 1: the leap day then comes last.
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        Civil {
            year: yoe + era * 400 + i64::from(month <= 2),
            month: month as u32,
            day: (doy - (153 * mp + 2) / 5 + 1) as u32,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }

    /// Seconds since 1970-01-01 00:00 by the same clock; `None` where the year is out of reach.
    pub fn seconds(&self) -> Option<i64> {
        let days = days_from_civil(self.year, self.month, self.day)?;
        let of_day = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        days.checked_mul(86400)?.checked_add(of_day)
    }

    /// The day of the week, Sunday 0.
    pub fn weekday(&self) -> u32 {
        weekday(self.year, self.month, self.day)
    }

    /// The day of the year, January 1st 0.
    pub fn yearday(&self) -> u32 {
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let days = before.get(self.month.saturating_sub(1) as usize).copied().unwrap_or(0);
        days + self.day.saturating_sub(1) + u32::from(self.month > 2 && is_leap(self.year))
    }

    /// The year and the week that ISO 8601 counts (weeks begin on Monday; week 1 holds January 4th).
    pub fn iso_week(&self) -> (i64, u32) {
        let monday0 = (self.weekday() + 6) % 7;
        let thursday = i64::from(self.yearday()) + 3 - i64::from(monday0);
        let len = |y| 365 + i64::from(is_leap(y));
        if thursday < 0 {
            let year = self.year - 1;
            (year, ((thursday + len(year)) / 7 + 1) as u32)
        } else if thursday >= len(self.year) {
            (self.year + 1, 1)
        } else {
            (self.year, (thursday / 7 + 1) as u32)
        }
    }
}

/// Whether `year` has a February 29th.
pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// How many days `month` (1 to 12) of `year` has.
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01; `day` may lie outside its month, as `mktime` takes it. `None` when the year is out of reach.
pub fn days_from_civil(year: i64, month: u32, day: u32) -> Option<i64> {
    // The limit keeps the seconds of every such day in an i64.
    if !(-292_000_000_000..=292_000_000_000).contains(&year) {
        return None;
    }
    let y = year - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (i64::from(month) + 9) % 12;
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    Some(era * 146_097 + doe - 719_468)
}

/// The day of the week of a date, Sunday 0.
pub fn weekday(year: i64, month: u32, day: u32) -> u32 {
    // 1970-01-01 was a Thursday. 400 years are whole weeks.
    (days_from_civil(year.rem_euclid(400), month, day).unwrap_or(0) + 4).rem_euclid(7) as u32
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        for s in [0, -1, 951_782_400, 4_107_542_399, -62_135_596_800, -1 << 40, 1 << 45, i64::MAX / 4] {
            assert_eq!(Civil::from_seconds(s).seconds(), Some(s), "{s}");
        }
        let c = Civil::from_seconds(951_782_400);
        assert_eq!((c.year, c.month, c.day), (2000, 2, 29));
        assert_eq!(c.weekday(), 2);
        assert_eq!(c.yearday(), 59);
        // The extremes do not overflow.
        Civil::from_seconds(i64::MIN);
        Civil::from_seconds(i64::MAX);
    }

    #[test]
    fn iso_weeks() {
        let week = |year, month, day| Civil { year, month, day, ..Civil::default() }.iso_week();
        assert_eq!(week(2005, 1, 1), (2004, 53));
        assert_eq!(week(2008, 12, 29), (2009, 1));
        assert_eq!(week(2010, 1, 3), (2009, 53));
        assert_eq!(week(2024, 1, 1), (2024, 1));
    }
}

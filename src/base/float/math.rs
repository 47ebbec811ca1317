//! The exponential, the logarithm, powers, sines and cosines, right to a little more than half a unit in the last place.
//!
//! They are computed in pairs of doubles, by short series: the C library's are no better, and with their tables 20 KB.

use super::pair::{Pair, add, divide, multiply, sum};
use core::f64::consts::{LOG2_E, SQRT_2};

const LN_2: Pair = Pair(core::f64::consts::LN_2, 2.3190468138462996e-17);
const HALF_PI: Pair = Pair(core::f64::consts::FRAC_PI_2, 6.123233995736766e-17);

/// What a function gives where it has no value: the NaN that most processors make, which awk shows as -nan.
const INVALID: f64 = -f64::NAN;

/// What the terms of the series for e^x, sines and cosines are divided by, 0! to 23!, inverted.
const INVERSE_FACTORIALS: [f64; 24] = {
    let mut table = [1.0; 24];
    let mut factorial = 1u128;
    let mut count = 1;
    while count < 24 {
        factorial *= count as u128;
        table[count] = 1.0 / factorial as f64;
        count += 1;
    }
    table
};

/// The sum of x^k / (start + k * step)! over all that the table has, in no more than a double.
#[cfg_attr(speed_marks, optimize(speed))]
fn series(x: f64, start: usize, step: usize) -> f64 {
    let terms = INVERSE_FACTORIALS.get(start..).unwrap_or_default();
    terms.iter().step_by(step).rfold(0.0, |rest, term| rest * x + term)
}

/// 2^exponent, from -1022 to 1023.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(u64::from(1023i32.wrapping_add(exponent).unsigned_abs()) << 52)
}

/// e^x.
pub fn exp(x: f64) -> f64 {
    exp_pair(Pair(x, 0.0))
}

fn exp_pair(x: Pair) -> f64 {
    if x.0.is_nan() {
        return x.0;
    }
    if x.0 > 709.8 {
        return f64::INFINITY;
    }
    if x.0 < -745.2 {
        return 0.0;
    }
    // e^x = 2^n * e^r
    let exponent = (x.0 * LOG2_E + 0.5f64.copysign(x.0)) as i32;
    let r = add(x, multiply(LN_2, Pair(-f64::from(exponent), 0.0)));
    // The first terms as pairs; the rest is so much less that a double does.
    let square = multiply(r, r);
    let rest = Pair(square.0 * r.0 * series(r.0, 3, 1), 0.0);
    let result = add(Pair(1.0, 0.0), add(r, add(Pair(square.0 / 2.0, square.1 / 2.0), rest)));
    // In two steps: 2^1024 and what is less than 2^-1022 are no factors.
    let half = exponent / 2;
    result.0 * power_of_two(half) * power_of_two(exponent.wrapping_sub(half))
}

/// The natural logarithm.
pub fn ln(x: f64) -> f64 {
    if x > 0.0 && x < f64::INFINITY {
        ln_pair(x).0
    } else if x == 0.0 {
        f64::NEG_INFINITY
    } else if x < 0.0 {
        INVALID
    } else {
        x
    }
}

/// The logarithm of a finite number above 0.
fn ln_pair(x: f64) -> Pair {
    // 2^54 makes a normal number of any.
    let (bits, scale) = if x < f64::MIN_POSITIVE { ((x * power_of_two(54)).to_bits(), 54) } else { (x.to_bits(), 0) };
    let mut exponent = ((bits >> 52) as i32).wrapping_sub(1023).wrapping_sub(scale);
    let mut mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    if mantissa > SQRT_2 {
        mantissa /= 2.0;
        exponent = exponent.wrapping_add(1);
    }
    // ln m = 2 atanh z = 2 (z + z^3/3 + z^5/5 ...)
    let z = divide(Pair(mantissa - 1.0, 0.0), sum(mantissa, 1.0));
    let square = multiply(z, z);
    let mut rest = 0.0;
    for count in (3..=14).rev() {
        rest = rest * square.0 + 1.0 / f64::from(2 * count + 1);
    }
    // As in e^x. What a power makes of it must be right as well.
    let mut series = Pair(rest, 0.0);
    for inverse in [Pair(0.2, -1.1102230246251566e-17), Pair(1.0 / 3.0, 1.850371707708594e-17), Pair(1.0, 0.0)] {
        series = add(multiply(series, square), inverse);
    }
    let series = multiply(z, series);
    add(multiply(LN_2, Pair(f64::from(exponent), 0.0)), Pair(series.0 * 2.0, series.1 * 2.0))
}

/// x^y, with the special cases of C's `pow`.
pub fn pow(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    if x.is_nan() || y.is_nan() {
        return x + y;
    }
    // From 2^53 on all doubles are even.
    let whole = y.abs() >= 9_007_199_254_740_992.0 || (y as i64) as f64 == y;
    let odd = whole && y.abs() < 9_007_199_254_740_992.0 && y as i64 & 1 == 1;
    let size = x.abs();
    let value = if size == 0.0 || size.is_infinite() || y.is_infinite() {
        if size == 1.0 {
            1.0
        } else if (size > 1.0) == (y > 0.0) {
            f64::INFINITY
        } else {
            0.0
        }
    } else if x < 0.0 && !whole {
        return INVALID;
    } else {
        positive_power(size, y)
    };
    if odd && x.is_sign_negative() { -value } else { value }
}

/// The power of a finite number above 0 to a finite one.
fn positive_power(x: f64, y: f64) -> f64 {
    if y.abs() <= 64.0 && y == f64::from(y as i32) {
        // By squaring, unless that meets a number near the ends of what a double holds.
        let (mut result, mut square, mut left) = (Pair(1.0, 0.0), Pair(x, 0.0), (y as i32).unsigned_abs());
        while left > 0 {
            if left & 1 == 1 {
                result = multiply(result, square);
            }
            left >>= 1;
            if left > 0 {
                square = multiply(square, square);
            }
        }
        let result = if y < 0.0 { divide(Pair(1.0, 0.0), result) } else { result };
        if result.0.abs() > 1e-250 && result.0.abs() < 1e250 {
            return result.0;
        }
    }
    let logarithm = ln_pair(x);
    let rough = logarithm.0 * y;
    if rough.abs() > 800.0 { exp(rough) } else { exp_pair(multiply(logarithm, Pair(y, 0.0))) }
}

/// The sine of an angle in radians.
pub fn sin(x: f64) -> f64 {
    sine(x, 0)
}

/// The cosine of an angle in radians.
pub fn cos(x: f64) -> f64 {
    sine(x, 1)
}

/// The sine of `x` and `more` right angles.
fn sine(x: f64, more: u64) -> f64 {
    if !x.is_finite() {
        return if x.is_nan() { x } else { INVALID };
    }
    if x.abs() < 1e-8 {
        // What the series would take off is less than half a unit in the last place.
        return if more == 0 { x } else { 1.0 };
    }
    let (quadrant, rest) = reduce(x);
    let quadrant = quadrant.wrapping_add(more);
    let square = multiply(rest, rest);
    let square = Pair(-square.0, -square.1);
    // 1 - r^2/2! + r^4/4! ... or 1 - r^2/3! + r^4/5! ...
    let (first, start) =
        if quadrant & 1 == 0 { (Pair(1.0 / 6.0, 9.25185853854297e-18), 5) } else { (Pair(0.5, 0.0), 4) };
    let behind = add(first, Pair(square.0 * series(square.0, start, 2), 0.0));
    let series = add(Pair(1.0, 0.0), multiply(square, behind));
    let value = if quadrant & 1 == 0 { multiply(series, rest).0 } else { series.0 };
    if quadrant & 2 == 0 { value } else { -value }
}

/// How many right angles `x` is, modulo 4 at least, and what it is more or less than so many: at most half of one (M. Payne
/// and R. Hanek, Radian reduction for trigonometric functions, 1983).
fn reduce(x: f64) -> (u64, Pair) {
    // The bits of 2/pi behind its point, with 128 zeros before them.
    const TWO_BY_PI: [u64; 21] = [
        0x0000000000000000,
        0x0000000000000000,
        0xa2f9836e4e441529,
        0xfc2757d1f534ddc0,
        0xdb6295993c439041,
        0xfe5163abdebbc561,
        0xb7246e3a424dd2e0,
        0x06492eea09d1921c,
        0xfe1deb1cb129a73e,
        0xe88235f52ebb4484,
        0xe99c7026b45f7e41,
        0x3991d639835339f4,
        0x9c845f8bbdf9283b,
        0x1ff897ffde05980f,
        0xef2f118b5a0a6d1f,
        0x6d367ecf27cb09b7,
        0x4f463f669e5fea2d,
        0x7527bac7ebe5f17b,
        0x3d0739f78a5292ea,
        0x6bfb5fb11f8d5d08,
        0x56033046fc7b6bab,
    ];
    let bits = x.to_bits();
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    // |x| = mantissa * 2^(place - 126): the bits of 2/pi before that place make whole circles. x is not tiny: place > 0.
    let place = (bits >> 52 & 0x7ff).wrapping_sub(1075 - 126) as usize;
    let word = |index: usize| {
        let at = |index: usize| TWO_BY_PI.get((place / 64).wrapping_add(index)).copied().unwrap_or(0);
        let pair = u128::from(at(index)) << 64 | u128::from(at(index.wrapping_add(1)));
        (pair << (place % 64) >> 64) as u64
    };
    // The lowest 192 bits of their product: two of right angles and 190 of their fraction.
    let low = u128::from(mantissa).wrapping_mul(u128::from(word(2)));
    let middle = u128::from(mantissa).wrapping_mul(u128::from(word(1))).wrapping_add(low >> 64);
    let high = mantissa.wrapping_mul(word(0)).wrapping_add((middle >> 64) as u64);
    let fraction = u128::from(high) << 66 | u128::from(middle as u64) << 2 | u128::from(low as u64 >> 62);
    // As a number with a sign it is what is above or below the nearest right angle.
    let signed = fraction as i128;
    let quadrant = (high >> 62).wrapping_add(u64::from(signed < 0));
    let first = signed as f64;
    let second = signed.wrapping_sub(first as i128) as f64;
    let unit = power_of_two(-128);
    let rest = multiply(Pair(first * unit, second * unit), HALF_PI);
    if x < 0.0 { (quadrant.wrapping_neg(), Pair(-rest.0, -rest.1)) } else { (quadrant, rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many doubles lie between two.
    fn apart(a: f64, b: f64) -> u64 {
        if a.is_nan() && b.is_nan() || a == b { 0 } else { a.to_bits().abs_diff(b.to_bits()) }
    }

    fn random() -> impl Iterator<Item = f64> {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        core::iter::repeat_with(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / 9_007_199_254_740_992.0 - 0.5
        })
    }

    /// The host's C library is right to less than a unit in the last place: no result is further than one from its, and
    /// few differ at all.
    fn compare(name: &str, ours: impl Fn(f64) -> f64, theirs: impl Fn(f64) -> f64, inputs: impl Iterator<Item = f64>) {
        let mut differ = 0;
        for x in inputs.take(20_000) {
            let (a, b) = (ours(x), theirs(x));
            assert!(apart(a, b) <= 1, "{name}({x:e}): {a:e} and {b:e}");
            differ += u32::from(apart(a, b) > 0);
        }
        assert!(differ < 1_000, "{name}: {differ} differ");
    }

    #[test]
    fn as_the_hosts_functions() {
        compare("exp", exp, f64::exp, random().map(|x| x * 1480.0));
        compare("exp", exp, f64::exp, random().map(|x| x * 4.0));
        compare("exp", exp, f64::exp, random().map(|x| x * 1e-9));
        compare("ln", ln, f64::ln, random().map(|x| x.abs() * 1e3));
        compare("ln", ln, f64::ln, random().map(|x| 1.0 + x * 1e-6));
        compare("ln", ln, f64::ln, random().map(|x| f64::from_bits(((x.abs() * 9e18) as u64).min(0x7ff << 52))));
        compare("sin", sin, f64::sin, random().map(|x| x * 20.0));
        compare("cos", cos, f64::cos, random().map(|x| x * 20.0));
        compare("sin", sin, f64::sin, random().map(|x| x * 1e300));
        compare("cos", cos, f64::cos, random().map(|x| x * 1e17));
        compare("sin", sin, f64::sin, random().map(|x| x * 1e-7));
        compare("sin", sin, f64::sin, (0..).map(|count| f64::from(count) * core::f64::consts::PI));
        compare("cos", cos, f64::cos, (0..).map(|count| f64::from(count) * core::f64::consts::FRAC_PI_2));
        for y in [0.5, -0.5, 2.0, 3.0, 7.0, 64.0, 65.0, -3.0, -63.0, 0.1, 17.3, 100.0, -311.0] {
            compare("pow", |x| pow(x, y), |x| x.powf(y), random().map(|x| x * 24.0));
        }
        compare("pow", |y| pow(10.0, y), |y| 10f64.powf(y), (-340..).map(f64::from));
        compare("pow", |y| pow(1.000_001, y), |y| 1.000_001f64.powf(y), random().map(|y| y * 1.5e9));
    }

    #[test]
    fn special_cases() {
        const INF: f64 = f64::INFINITY;
        let values =
            [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 1e300, -1e300, 5e-324, INF, -INF, f64::NAN];
        for x in values {
            for y in values {
                assert_eq!(apart(pow(x, y), x.powf(y)), 0, "pow({x}, {y})");
            }
            for (name, ours, theirs) in
                [("exp", exp as fn(f64) -> f64, f64::exp as fn(f64) -> f64), ("ln", ln, f64::ln)]
            {
                assert_eq!(apart(ours(x), theirs(x)), 0, "{name}({x})");
            }
            assert!(apart(sin(x), x.sin()) == 0 && apart(cos(x), x.cos()) == 0, "sine of {x}");
        }
        assert!(sin(-0.0).is_sign_negative());
    }
}

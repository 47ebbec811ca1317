//! Pairs of doubles, for what must be right in 100 bits (T. J. Dekker, A floating-point technique for extending the available
//! precision, 1971).

/// The unrounded sum of two doubles, of which the second is less than half a unit in the first one's last place.
#[derive(Clone, Copy)]
pub struct Pair(pub f64, pub f64);

/// The exact sum.
#[inline(always)]
pub fn sum(a: f64, b: f64) -> Pair {
    let sum = a + b;
    let part = sum - a;
    Pair(sum, (a - (sum - part)) + (b - part))
}

/// The exact product, where nothing overflows.
#[inline(always)]
pub fn product(a: f64, b: f64) -> Pair {
    // Halves of 26 bits, whose products are exact.
    let halves = |x: f64| {
        let scaled = 134_217_729.0 * x;
        let high = scaled - (scaled - x);
        (high, x - high)
    };
    let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
    let product = a * b;
    Pair(product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low)
}

#[inline(never)]
#[cfg_attr(speed_marks, optimize(speed))]
pub fn add(a: Pair, b: Pair) -> Pair {
    let high = sum(a.0, b.0);
    sum(high.0, high.1 + (a.1 + b.1))
}

#[inline(never)]
#[cfg_attr(speed_marks, optimize(speed))]
pub fn multiply(a: Pair, b: Pair) -> Pair {
    let high = product(a.0, b.0);
    sum(high.0, high.1 + (a.0 * b.1 + a.1 * b.0))
}

#[inline(never)]
#[cfg_attr(speed_marks, optimize(speed))]
pub fn divide(a: Pair, b: Pair) -> Pair {
    let quotient = a.0 / b.0;
    let back = product(quotient, b.0);
    sum(quotient, ((a.0 - back.0 - back.1) + (a.1 - quotient * b.1)) / b.0)
}

//! Natural numbers as limbs of nine decimal digits, the lowest first, without zero limbs at the top; zero has none.
//! What is here knows neither sign nor scale.
#![allow(clippy::indexing_slicing, reason = "the indices are bounded by the lengths the loops run over")]

use core::cmp::Ordering;

/// One more than the largest limb.
pub const BASE: u32 = 1_000_000_000;
/// Decimal digits of a limb.
pub const DIGITS: usize = 9;
/// From this many limbs on, Karatsuba's multiplication pays.
const KARATSUBA: usize = 48;

/// Quotient and remainder by BASE. The compiler makes a division of it where it builds for size, and that is five times slower.
#[inline]
fn split(number: u64) -> (u64, u32) {
    // 10^9 is 2^9 * 5^9; the factor is 2^75 / 5^9, rounded up: exact for all 64-bit numbers.
    let quotient = ((u128::from(number >> 9) * 0x0044_B82F_A09B_5A53) >> 75) as u64;
    (quotient, (number - quotient * u64::from(BASE)) as u32)
}

/// Takes away the zero limbs at the top.
pub fn trim(a: &mut Vec<u32>) {
    while a.last() == Some(&0) {
        a.pop();
    }
}

/// Without the zero limbs at the top.
fn trimmed(mut a: &[u32]) -> &[u32] {
    while let Some((0, rest)) = a.split_last() {
        a = rest;
    }
    a
}

/// The order of two numbers.
pub fn compare(a: &[u32], b: &[u32]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// `a += b * BASE^shift`
pub fn add(a: &mut Vec<u32>, b: &[u32], shift: usize) {
    if b.is_empty() {
        return;
    }
    if a.len() < b.len() + shift {
        a.resize(b.len() + shift, 0);
    }
    let mut carry = 0;
    for (to, from) in a[shift..].iter_mut().zip(b) {
        let sum = *to + from + carry;
        carry = u32::from(sum >= BASE);
        *to = if carry == 1 { sum - BASE } else { sum };
    }
    let mut at = shift + b.len();
    while carry == 1 {
        match a.get_mut(at) {
            Some(limb) if *limb == BASE - 1 => *limb = 0,
            Some(limb) => {
                *limb += 1;
                carry = 0;
            }
            None => {
                a.push(1);
                carry = 0;
            }
        }
        at += 1;
    }
}

/// `a -= b`, where `a` is not the smaller.
pub fn subtract(a: &mut Vec<u32>, b: &[u32]) {
    let mut borrow = 0;
    for (at, to) in a.iter_mut().enumerate() {
        let from = match b.get(at) {
            Some(limb) => *limb + borrow,
            None if borrow == 0 => break,
            None => borrow,
        };
        borrow = u32::from(*to < from);
        *to = if borrow == 1 { *to + BASE - from } else { *to - from };
    }
    trim(a);
}

/// `a = a * factor + carry`, for factors below 2^32.
pub fn scale_up(a: &mut Vec<u32>, factor: u64, carry: u64) {
    let mut carry = scale_in_place(a, factor, carry);
    while carry > 0 {
        let (high, low) = split(carry);
        a.push(low);
        carry = high;
    }
}

/// As [`scale_up`] within the limbs there are; gives what does not fit.
pub fn scale_in_place(a: &mut [u32], factor: u64, mut carry: u64) -> u64 {
    for limb in a {
        (carry, *limb) = split(u64::from(*limb) * factor + carry);
    }
    carry
}

/// Divides by a number below 2^32 and gives the remainder.
pub fn divide_small(a: &mut Vec<u32>, divisor: u64) -> u64 {
    let mut rest = 0;
    for limb in a.iter_mut().rev() {
        let number = rest * u64::from(BASE) + u64::from(*limb);
        *limb = (number / divisor) as u32;
        rest = number % divisor;
    }
    trim(a);
    rest
}

/// The product.
pub fn multiply(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (a, b) = if a.len() >= b.len() { (trimmed(a), trimmed(b)) } else { (trimmed(b), trimmed(a)) };
    if b.is_empty() || a.is_empty() {
        return Vec::new();
    }
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if b.len() < KARATSUBA {
        return multiply_columns(a, b);
    }
    let mut result = Vec::with_capacity(a.len() + b.len());
    if a.len() >= 2 * b.len() {
        for (index, part) in a.chunks(b.len()).enumerate() {
            add(&mut result, &multiply(part, b), index * b.len());
        }
        return result;
    }
    let half = a.len().div_ceil(2);
    let (a0, a1) = a.split_at(half);
    let (b0, b1) = b.split_at(half.min(b.len()));
    let low = multiply(a0, b0);
    let high = multiply(a1, b1);
    let (mut a_sum, mut b_sum) = (a0.to_vec(), b0.to_vec());
    add(&mut a_sum, a1, 0);
    add(&mut b_sum, b1, 0);
    let mut middle = multiply(&a_sum, &b_sum);
    subtract(&mut middle, &low);
    subtract(&mut middle, &high);
    add(&mut result, &low, 0);
    add(&mut result, &middle, half);
    add(&mut result, &high, 2 * half);
    trim(&mut result);
    result
}

/// The product column by column, so that there is one division a column, not one a pair of limbs.
#[inline(never)]
fn multiply_columns(a: &[u32], b: &[u32]) -> Vec<u32> {
    /// Half of what 64 bits hold, or nearly: eight squares of BASE.
    const LIMIT: u64 = 8 * BASE as u64 * BASE as u64;
    let columns = a.len() + b.len() - 1;
    let mut result = Vec::with_capacity(columns + 1);
    let mut carry: u64 = 0;
    for column in 0..columns {
        let from = (column + 1).saturating_sub(b.len());
        let to = (column + 1).min(a.len());
        let mut sum = 0;
        let mut limits: u64 = 0;
        for (x, y) in a[from..to].iter().zip(b[..=column - from].iter().rev()) {
            sum += u64::from(*x) * u64::from(*y);
            if sum >= LIMIT {
                sum -= LIMIT;
                limits += 1;
            }
        }
        // LIMIT is a multiple of BASE: it goes to the carry whole.
        let (high, low) = split(sum);
        let (more, limb) = split(u64::from(low) + carry);
        result.push(limb);
        carry = high + more + limits * (LIMIT / u64::from(BASE));
    }
    while carry > 0 {
        let (high, limb) = split(carry);
        result.push(limb);
        carry = high;
    }
    trim(&mut result);
    result
}

/// Quotient and remainder: Knuth's algorithm D. The divisor is not zero (if it is, both results are).
pub fn divide(a: &[u32], b: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let (a, b) = (trimmed(a), trimmed(b));
    if b.is_empty() || compare(a, b) == Ordering::Less {
        return (Vec::new(), a.to_vec());
    }
    if let [divisor] = b {
        let mut quotient = a.to_vec();
        let rest = divide_small(&mut quotient, u64::from(*divisor));
        return (quotient, if rest == 0 { Vec::new() } else { vec![rest as u32] });
    }
    // A divisor whose first limb is at least BASE / 2 makes the guesses below good.
    let factor = u64::from(BASE) / (u64::from(b[b.len() - 1]) + 1);
    let (mut u, mut v) = (a.to_vec(), b.to_vec());
    scale_in_place(&mut v, factor, 0);
    let over = scale_in_place(&mut u, factor, 0);
    u.push(over as u32);
    let n = v.len();
    let (top, next) = (u64::from(v[n - 1]), u64::from(v[n - 2]));
    let base = u64::from(BASE);
    let mut quotient = vec![0; u.len() - n];
    for j in (0..quotient.len()).rev() {
        let high = u64::from(u[j + n]) * base + u64::from(u[j + n - 1]);
        let mut guess = high / top;
        let mut rest = high - guess * top;
        while guess >= base || guess * next > rest * base + u64::from(u[j + n - 2]) {
            guess -= 1;
            rest += top;
            if rest >= base {
                break;
            }
        }
        let mut carry = 0;
        for (limb, of_v) in u[j..j + n].iter_mut().zip(&v) {
            let (more, low) = split(guess * u64::from(*of_v) + carry);
            let borrow = *limb < low;
            *limb = if borrow { *limb + BASE - low } else { *limb - low };
            carry = more + u64::from(borrow);
        }
        let rest = u64::from(u[j + n]);
        if rest < carry {
            // The guess was one too large: add the divisor back.
            guess -= 1;
            let mut carry = 0;
            for (limb, of_v) in u[j..j + n].iter_mut().zip(&v) {
                let sum = *limb + of_v + carry;
                carry = u32::from(sum >= BASE);
                *limb = if carry == 1 { sum - BASE } else { sum };
            }
        }
        u[j + n] = 0;
        quotient[j] = guess as u32;
    }
    u.truncate(n);
    trim(&mut u);
    divide_small(&mut u, factor);
    trim(&mut quotient);
    (quotient, u)
}

/// The largest number whose square is not above `a`.
pub fn root(a: &[u32]) -> Vec<u32> {
    let a = trimmed(a);
    let small = match a {
        [] => return Vec::new(),
        [low] => Some(u64::from(*low)),
        [low, high] => Some(u64::from(*high) * u64::from(BASE) + u64::from(*low)),
        _ => None,
    };
    if let Some(number) = small {
        let (high, low) = split(base::number::square_root(number.into()));
        let mut result = vec![low, high as u32];
        trim(&mut result);
        return result;
    }
    // The root of the upper half has half of the digits; one step of Newton's doubles them. Three and four limbs start from
    // a power of BASE above the root instead, from where Newton's iteration falls.
    let mut guess;
    if a.len() < 5 {
        guess = vec![0; a.len().div_ceil(2)];
        guess.push(1);
    } else {
        let known = (a.len() - 1) / 4;
        let mut upper = root(&a[2 * known..]);
        add(&mut upper, &[1], 0);
        guess = vec![0; known];
        guess.extend_from_slice(&upper);
    }
    loop {
        let (mut next, _) = divide(a, &guess);
        add(&mut next, &guess, 0);
        divide_small(&mut next, 2);
        if compare(&next, &guess) != Ordering::Less {
            return guess;
        }
        guess = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn natural(mut number: u128) -> Vec<u32> {
        let mut limbs = Vec::new();
        while number > 0 {
            limbs.push((number % 1_000_000_000) as u32);
            number /= 1_000_000_000;
        }
        limbs
    }

    /// A generator of its own, so that a failure comes again (Marsaglia's xorshift).
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }

        /// Numbers of all lengths, with many limbs at their ends.
        fn wide(&mut self, bits: u32) -> u128 {
            let number = u128::from(self.next()) << 64 | u128::from(self.next());
            let length = self.next() % u64::from(bits) + 1;
            let number = number >> (128 - length);
            if self.next().is_multiple_of(4) { number / 1_000_000_000 * 1_000_000_000 } else { number }
        }

        fn limbs(&mut self, most: u64) -> Vec<u32> {
            let mut limbs: Vec<u32> = (0..self.next() % most)
                .map(|_| match self.next() % 8 {
                    0 => 0,
                    1 => BASE - 1,
                    _ => (self.next() % u64::from(BASE)) as u32,
                })
                .collect();
            trim(&mut limbs);
            limbs
        }
    }

    #[test]
    fn splits() {
        let mut random = Random(1);
        for number in [0, 1, 999_999_999, 1_000_000_000, u64::MAX, u64::MAX - 1, 999_999_999_999_999_999] {
            assert_eq!(split(number), (number / 1_000_000_000, (number % 1_000_000_000) as u32));
        }
        for _ in 0..100_000 {
            let number = random.next() >> (random.next() % 64);
            assert_eq!(split(number), (number / 1_000_000_000, (number % 1_000_000_000) as u32));
        }
    }

    #[test]
    fn agrees_with_the_machine() {
        let mut random = Random(2);
        for _ in 0..50_000 {
            let (a, b) = (random.wide(126), random.wide(126));
            let (x, y) = (natural(a), natural(b));
            assert_eq!(compare(&x, &y), a.cmp(&b));
            let mut sum = x.clone();
            add(&mut sum, &y, 0);
            assert_eq!(sum, natural(a + b));
            let (mut larger, smaller) = (natural(a.max(b)), natural(a.min(b)));
            subtract(&mut larger, &smaller);
            assert_eq!(larger, natural(a.abs_diff(b)));
            if let (Some(quotient), Some(rest)) = (a.checked_div(b), a.checked_rem(b)) {
                assert_eq!(divide(&x, &y), (natural(quotient), natural(rest)));
            }
            assert_eq!(root(&x), natural(a.isqrt()));
            let (a, b) = (random.wide(63), random.wide(63));
            assert_eq!(multiply(&natural(a), &natural(b)), natural(a * b));
        }
    }

    #[test]
    fn takes_all_of_a_machine_word() {
        let mut limbs = Vec::new();
        scale_up(&mut limbs, 1, u64::MAX);
        assert_eq!(limbs, [709_551_615, 446_744_073, 18]);
    }

    #[test]
    fn long_ones_fit_together() {
        let mut random = Random(3);
        for round in 0..300 {
            let (a, b) = (random.limbs(400), random.limbs(if round % 2 == 0 { 400 } else { 60 }));
            let product = multiply(&a, &b);
            if !a.is_empty() && !b.is_empty() {
                assert_eq!(product, multiply_columns(&a, &b));
                assert_eq!(divide(&product, &a), (b.clone(), Vec::new()));
                let (quotient, rest) = divide(&a, &b);
                assert_eq!(compare(&rest, &b), Ordering::Less);
                let mut back = multiply(&quotient, &b);
                add(&mut back, &rest, 0);
                assert_eq!(back, a);
            }
            let root = root(&a);
            assert_ne!(compare(&multiply(&root, &root), &a), Ordering::Greater);
            let mut next = root.clone();
            add(&mut next, &[1], 0);
            assert_eq!(compare(&multiply(&next, &next), &a), Ordering::Greater);
        }
    }
}

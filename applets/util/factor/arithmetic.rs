//! Prime factors: trial division by the small primes, Miller and Rabin's test, Brent's form of Pollard's rho. Products are
//! taken by Montgomery's method, with R = 2^64 where the modulus fits 64 bits, else 2^128.
#![allow(clippy::arithmetic_side_effects, reason = "residues are below the modulus, and what may wrap says so")]

/// Trial division goes up to here; what is left below its square is prime.
const TRIAL: usize = 1024;

/// The odd primes below TRIAL, each with its inverse modulo 2^64 and the largest quotient by it: the product of a number with
/// the inverse is no larger than that where the prime divides it, and it is the quotient then. That is much faster than division.
pub struct Trial(Vec<(u64, u64, u64)>);

impl Trial {
    pub fn new() -> Trial {
        let mut primes: Vec<(u64, u64, u64)> = Vec::with_capacity(171);
        for number in (3..TRIAL as u64).step_by(2) {
            if primes.iter().all(|(prime, ..)| !number.is_multiple_of(*prime)) {
                let mut inverse = number;
                for _ in 0..5 {
                    inverse = inverse.wrapping_mul(2u64.wrapping_sub(number.wrapping_mul(inverse)));
                }
                primes.push((number, inverse, u64::MAX / number));
            }
        }
        Trial(primes)
    }

    /// Takes the small factors out of `number` and gives what is left.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn divide(&self, number: u128, found: &mut Vec<u128>) -> u128 {
        let twos = number.trailing_zeros();
        found.resize(twos as usize, 2);
        let mut rest = number >> twos;
        let mut primes = self.0.iter();
        // Most numbers fit 64 bits.
        while rest > u128::from(u64::MAX)
            && let Some((prime, ..)) = primes.next()
        {
            while rest.is_multiple_of(u128::from(*prime)) {
                found.push(u128::from(*prime));
                rest /= u128::from(*prime);
            }
        }
        let Ok(mut small) = u64::try_from(rest) else { return rest };
        for (prime, inverse, most) in primes {
            if prime * prime > small {
                break;
            }
            loop {
                let quotient = small.wrapping_mul(*inverse);
                if quotient > *most {
                    break;
                }
                found.push(u128::from(*prime));
                small = quotient;
            }
        }
        u128::from(small)
    }
}

/// Makes `found` the prime factors of `number` in ascending order; none of 0 and 1.
pub fn factors(number: u128, trial: &Trial, found: &mut Vec<u128>) {
    found.clear();
    if number < 2 {
        return;
    }
    let rest = trial.divide(number, found);
    if rest < (TRIAL * TRIAL) as u128 {
        if rest > 1 {
            found.push(rest);
        }
        return;
    }
    let mut composites = vec![rest];
    while let Some(number) = composites.pop() {
        if is_prime(number) {
            found.push(number);
            continue;
        }
        let part = divide(number);
        composites.push(part);
        composites.push(number / part);
    }
    base::order::sort(found, &mut Ord::cmp);
}

/// An odd modulus with what Montgomery's method needs.
struct Modulus {
    n: u128,
    /// -1/n modulo R.
    inverse: u128,
    /// R modulo n, which stands for 1.
    one: u128,
    narrow: bool,
}

impl Modulus {
    fn new(n: u128) -> Modulus {
        // Newton's iteration: each step doubles the number of right bits, from three.
        let mut inverse = n;
        for _ in 0..6 {
            inverse = inverse.wrapping_mul(2u128.wrapping_sub(n.wrapping_mul(inverse)));
        }
        let narrow = n <= u128::from(u64::MAX);
        let one = if narrow { (1u128 << 64) % n } else { (u128::MAX % n + 1) % n };
        Modulus { n, inverse: inverse.wrapping_neg(), one, narrow }
    }

    #[inline]
    fn add(&self, a: u128, b: u128) -> u128 {
        let (sum, carried) = a.overflowing_add(b);
        if carried || sum >= self.n { sum.wrapping_sub(self.n) } else { sum }
    }

    #[inline]
    fn sub(&self, a: u128, b: u128) -> u128 {
        if a >= b { a - b } else { self.n - (b - a) }
    }

    /// a * b / R modulo n.
    #[inline]
    fn mul(&self, a: u128, b: u128) -> u128 {
        if self.narrow {
            let product = u128::from(a as u64) * u128::from(b as u64);
            let m = (product as u64).wrapping_mul(self.inverse as u64);
            let (sum, carried) = product.overflowing_add(u128::from(m) * u128::from(self.n as u64));
            let high = (sum >> 64) | (u128::from(carried) << 64);
            return if high >= self.n { high - self.n } else { high };
        }
        let (high, low) = widening(a, b);
        let m = low.wrapping_mul(self.inverse);
        let (high_m, low_m) = widening(m, self.n);
        // The low halves add up to 0 or R.
        let (_, carry) = low.overflowing_add(low_m);
        let (sum, first) = high.overflowing_add(high_m);
        let (sum, second) = sum.overflowing_add(u128::from(carry));
        if first || second || sum >= self.n { sum.wrapping_sub(self.n) } else { sum }
    }

    /// What stands for `number`.
    fn enter(&self, number: u128) -> u128 {
        let mut result = 0;
        for bit in (0..128 - number.leading_zeros()).rev() {
            result = self.add(result, result);
            if number >> bit & 1 == 1 {
                result = self.add(result, self.one);
            }
        }
        result
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn power(&self, base: u128, exponent: u128) -> u128 {
        let mut result = self.one;
        for bit in (0..128 - exponent.leading_zeros()).rev() {
            result = self.mul(result, result);
            if exponent >> bit & 1 == 1 {
                result = self.mul(result, base);
            }
        }
        result
    }
}

/// The product of two numbers in two halves, the high one first.
#[inline]
fn widening(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let other = a0 * b1 + (middle & LOW);
    (a1 * b1 + (middle >> 64) + (other >> 64), (other << 64) | (low & LOW))
}

/// Miller and Rabin's test. The first twelve primes decide every number below 2^64 (Sorenson and Webster); above, no composite
/// that passes all these is known.
#[cfg_attr(speed_marks, optimize(speed))]
fn is_prime(n: u128) -> bool {
    const BASES: [u8; 24] =
        [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89];
    if n < (TRIAL * TRIAL) as u128 {
        // Whatever is that small has been divided by all that it could be.
        return true;
    }
    let modulus = Modulus::new(n);
    let minus_one = modulus.sub(0, modulus.one);
    let twos = (n - 1).trailing_zeros();
    let odd = (n - 1) >> twos;
    // Two bases are enough below 1,373,653, and the one composite below 2^32 that four bases pass has a factor below TRIAL.
    let count = if n < 1_373_653 {
        2
    } else if n < 1 << 32 {
        4
    } else if modulus.narrow {
        12
    } else {
        BASES.len()
    };
    BASES.iter().take(count).all(|base| {
        let mut power = modulus.power(modulus.enter(u128::from(*base)), odd);
        if power == modulus.one || power == minus_one {
            return true;
        }
        for _ in 1..twos {
            power = modulus.mul(power, power);
            if power == minus_one {
                return true;
            }
        }
        false
    })
}

#[cfg_attr(speed_marks, optimize(speed))]
fn gcd(mut a: u128, mut b: u128) -> u128 {
    // b is odd.
    while a != 0 {
        a >>= a.trailing_zeros();
        if a < b {
            (a, b) = (b, a);
        }
        a -= b;
    }
    b
}

/// A proper factor of an odd composite number.
fn divide(n: u128) -> u128 {
    let root = n.isqrt();
    if root * root == n {
        return root;
    }
    let modulus = Modulus::new(n);
    let mut constant = modulus.one;
    loop {
        if let Some(factor) = rho(&modulus, constant) {
            return factor;
        }
        constant = modulus.add(constant, modulus.one);
    }
}

/// Brent's cycle finding on x^2 + constant; differences are multiplied up, so that a gcd is taken once in a batch. None where
/// the cycle shows no factor.
#[cfg_attr(speed_marks, optimize(speed))]
fn rho(modulus: &Modulus, constant: u128) -> Option<u128> {
    const BATCH: u64 = 128;
    let step = |x| modulus.add(modulus.mul(x, x), constant);
    let mut fast = modulus.add(modulus.one, modulus.one);
    let mut length = 1u64;
    loop {
        let slow = fast;
        for _ in 0..length {
            fast = step(fast);
        }
        let mut done = 0;
        while done < length {
            let start = fast;
            let count = BATCH.min(length - done);
            let mut product = modulus.one;
            for _ in 0..count {
                fast = step(fast);
                product = modulus.mul(product, modulus.sub(slow, fast));
            }
            let common = gcd(product, modulus.n);
            if common == modulus.n || product == 0 {
                // Both factors fell into this batch: go through it one by one.
                let mut fast = start;
                for _ in 0..count {
                    fast = step(fast);
                    let common = gcd(modulus.sub(slow, fast), modulus.n);
                    if common != 1 {
                        return Some(common).filter(|common| *common != modulus.n);
                    }
                }
                return None;
            }
            if common != 1 {
                return Some(common);
            }
            done += count;
        }
        length = length.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::Trial;

    fn factors(number: u128) -> Vec<u128> {
        let mut found = Vec::new();
        super::factors(number, &Trial::new(), &mut found);
        found
    }

    #[test]
    fn small() {
        assert!(factors(0).is_empty() && factors(1).is_empty());
        for number in 2..70_000u128 {
            let found = factors(number);
            assert_eq!(found.iter().product::<u128>(), number);
            for prime in found {
                assert!((2..).take_while(|divisor| divisor * divisor <= prime).all(|divisor| prime % divisor != 0));
            }
        }
    }

    #[test]
    fn large() {
        assert_eq!(factors(18_446_744_073_709_551_615), [3, 5, 17, 257, 641, 65537, 6_700_417]);
        assert_eq!(factors(18_446_744_073_709_551_557), [18_446_744_073_709_551_557]);
        assert_eq!(factors(4_295_098_369 * 3), [3, 65537, 65537]);
        assert_eq!(factors(1_000_000_007 * 1_000_000_009), [1_000_000_007, 1_000_000_009]);
        assert_eq!(factors(3_825_123_056_546_413_051), [149_491, 747_451, 34_233_211]);
        let two = 18_446_744_073_709_551_557u128;
        assert_eq!(factors(two * 1_000_003), [1_000_003, two]);
        assert_eq!(factors(two * two), [two, two]);
        assert_eq!(factors((1 << 127) - 1), [(1 << 127) - 1]);
        assert_eq!(
            factors(1_000_000_007 * 10_000_000_019 * 100_000_000_003),
            [1_000_000_007, 10_000_000_019, 100_000_000_003]
        );
    }
}

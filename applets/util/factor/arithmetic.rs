//! Prime factors: trial division by the small primes, Miller and Rabin's test, Brent's form of Pollard's rho. Products are
//! taken by Montgomery's method, in 64 bits where the modulus fits these, else in 128.
#![allow(clippy::arithmetic_side_effects, reason = "residues are below the modulus, and what may wrap says so")]

/// Trial division goes up to here; what is left below its square is prime.
const TRIAL: usize = 1060;

/// The odd primes below TRIAL, each with its inverse modulo 2^64 and the largest quotient by it: the product of a number with
/// the inverse is no larger than that where the prime divides it, and it is the quotient then. That is much faster than division. Their count is a multiple of eight.
pub struct Trial(Vec<(u64, u64, u64)>);

impl Trial {
    pub fn new() -> Trial {
        let mut primes: Vec<(u64, u64, u64)> = Vec::with_capacity(176);
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
    #[inline(never)]
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
        for group in self.0.as_chunks::<8>().0 {
            let [(first, ..), ..] = group;
            if first * first > small {
                break;
            }
            // Nearly always none of the eight divides it, which is found without a branch for each.
            if !group.iter().fold(false, |any, (_, inverse, most)| any | (small.wrapping_mul(*inverse) <= *most)) {
                continue;
            }
            for (prime, inverse, most) in group {
                loop {
                    let quotient = small.wrapping_mul(*inverse);
                    if quotient > *most {
                        break;
                    }
                    found.push(u128::from(*prime));
                    small = quotient;
                }
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
    let part_of = |number: u128| match u64::try_from(number) {
        Ok(number) => divide(number).map(u128::from),
        Err(_) => divide(number),
    };
    // Mostly it is prime, and then nothing is to be kept or sorted.
    let Some(part) = part_of(rest) else { return found.push(rest) };
    let mut composites = vec![part, rest / part];
    while let Some(number) = composites.pop() {
        match part_of(number) {
            None => found.push(number),
            Some(part) => composites.extend([part, number / part]),
        }
    }
    base::order::sort(found, &mut Ord::cmp);
}

/// What a residue is kept in; R is 2 to the power of its bits. What is called as an operator is wraps.
trait Word: Copy + Ord + From<u32> + Into<u128> {
    fn add(self, other: Self) -> (Self, bool);
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn rem(self, other: Self) -> Self;
    fn shr(self, bits: u32) -> Self;
    fn trailing_zeros(self) -> u32;
    fn root(self) -> Self;
    /// The product in two halves, the high one first.
    fn widening(self, other: Self) -> (Self, Self);
}

macro_rules! word {
    ($word:ty, $widening:expr) => {
        impl Word for $word {
            #[inline(always)]
            fn add(self, other: Self) -> (Self, bool) {
                self.overflowing_add(other)
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            fn rem(self, other: Self) -> Self {
                self % other
            }
            #[inline(always)]
            fn shr(self, bits: u32) -> Self {
                self >> bits
            }
            #[inline(always)]
            fn trailing_zeros(self) -> u32 {
                <$word>::trailing_zeros(self)
            }
            fn root(self) -> Self {
                base::number::square_root(self.into()) as $word
            }
            #[inline(always)]
            fn widening(self, other: Self) -> (Self, Self) {
                $widening(self, other)
            }
        }
    };
}

word!(u64, |a, b| {
    let product = u128::from(a) * u128::from(b);
    ((product >> 64) as u64, product as u64)
});
word!(u128, |a, b| {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let other = a0 * b1 + (middle & LOW);
    (a1 * b1 + (middle >> 64) + (other >> 64), (other << 64) | (low & LOW))
});

/// An odd modulus with what Montgomery's method needs.
struct Modulus<W> {
    n: W,
    /// 1/n modulo R.
    inverse: W,
    /// R modulo n, which stands for 1.
    one: W,
}

impl<W: Word> Modulus<W> {
    fn new(n: W) -> Self {
        // Newton's iteration: each step doubles the number of right bits, from three.
        let mut inverse = n;
        for _ in 0..6 {
            inverse = inverse.mul(W::from(2).sub(n.mul(inverse)));
        }
        Modulus { n, inverse, one: W::from(0).sub(n).rem(n) }
    }

    #[inline(always)]
    fn add(&self, a: W, b: W) -> W {
        let (sum, carried) = a.add(b);
        if carried || sum >= self.n { sum.sub(self.n) } else { sum }
    }

    #[inline(always)]
    fn sub(&self, a: W, b: W) -> W {
        let difference = a.sub(b);
        if a < b { difference.add(self.n).0 } else { difference }
    }

    /// a * b / R modulo n: the multiple of n that has the same low half is taken away, and the high half is left.
    #[inline(always)]
    fn mul(&self, a: W, b: W) -> W {
        let (high, low) = a.widening(b);
        self.sub(high, low.mul(self.inverse).widening(self.n).0)
    }

    /// What stands for `number`.
    fn enter(&self, number: u32) -> W {
        let mut result = W::from(0);
        for bit in (0..32 - number.leading_zeros()).rev() {
            result = self.add(result, result);
            if number >> bit & 1 == 1 {
                result = self.add(result, self.one);
            }
        }
        result
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn power(&self, base: W, exponent: W) -> W {
        let mut result = self.one;
        let zeros = exponent.into().leading_zeros();
        for bit in (0..128 - zeros).rev() {
            result = self.mul(result, result);
            if exponent.shr(bit).trailing_zeros() == 0 {
                result = self.mul(result, base);
            }
        }
        result
    }
}

/// The bases that tell the composites below a limit by Miller and Rabin's test (Jaeschke; Sinclair; Sorenson and Webster). Above
/// the last limit, no composite that passes all of the last bases is known.
const BASES: [(u128, &[u32]); 5] = [
    (9_080_191, &[31, 73]),
    (4_759_123_141, &[2, 7, 61]),
    (1 << 64, &[2, 325, 9_375, 28_178, 450_775, 9_780_504, 1_795_265_022]),
    (3_317_044_064_679_887_385_961_981, &[2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41]),
    (u128::MAX, &[2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89]),
];

fn is_prime<W: Word>(modulus: &Modulus<W>) -> bool {
    let n: u128 = modulus.n.into();
    let minus_one = modulus.sub(W::from(0), modulus.one);
    let even = modulus.n.sub(W::from(1));
    let twos = even.trailing_zeros();
    let odd = even.shr(twos);
    let bases = BASES.iter().find(|(limit, _)| n < *limit).map_or(&[][..], |(_, bases)| bases);
    bases.iter().all(|base| {
        let mut power = modulus.power(modulus.enter(*base), odd);
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
#[inline(never)]
fn gcd<W: Word>(mut a: W, mut b: W) -> W {
    // b is odd.
    while a != W::from(0) {
        a = a.shr(a.trailing_zeros());
        if a < b {
            (a, b) = (b, a);
        }
        a = a.sub(b);
    }
    b
}

/// A proper factor of an odd number without one below TRIAL; None where it is prime.
fn divide<W: Word>(n: W) -> Option<W> {
    if n < W::from((TRIAL * TRIAL) as u32) {
        return None;
    }
    let modulus = Modulus::new(n);
    if is_prime(&modulus) {
        return None;
    }
    let root = n.root();
    if root.mul(root) == n {
        return Some(root);
    }
    let mut constant = modulus.one;
    loop {
        if let Some(factor) = rho(&modulus, constant) {
            return Some(factor);
        }
        constant = modulus.add(constant, modulus.one);
    }
}

/// Brent's cycle finding on x^2 + constant; differences are multiplied up, so that a gcd is taken once in a batch. None where
/// the cycle shows no factor.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn rho<W: Word>(modulus: &Modulus<W>, constant: W) -> Option<W> {
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
            if common == modulus.n {
                // Both factors fell into this batch: go through it one by one.
                let mut fast = start;
                for _ in 0..count {
                    fast = step(fast);
                    let common = gcd(modulus.sub(slow, fast), modulus.n);
                    if common != W::from(1) {
                        return Some(common).filter(|common| *common != modulus.n);
                    }
                }
                return None;
            }
            if common != W::from(1) {
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

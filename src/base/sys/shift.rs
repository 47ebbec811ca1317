//! Moving a range of bytes, sixteen at once. The compiler makes no vectors of loops in crates that are built for size.

/// Adds `by`, with wrapping, to each byte of `text` that is `first` or one of the `more` behind it; gives the end of the text that
/// it left as it was: less than sixteen bytes, or all of it where the processor is not known to have such instructions.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(always)]
pub fn shift(text: &mut [u8], first: u8, more: u8, by: u8) -> &mut [u8] {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::*;
        let (blocks, rest) = text.as_chunks_mut::<16>();
        // SAFETY: every x86-64 has SSE2; what is read and written are the sixteen bytes of a block, aligned or not.
        unsafe {
            let [first, more, by] = [first, more, by].map(|byte| _mm_set1_epi8(byte.cast_signed()));
            for block in blocks {
                let bytes = _mm_loadu_si128(block.as_ptr().cast());
                let place = _mm_sub_epi8(bytes, first);
                let inside = _mm_cmpeq_epi8(_mm_min_epu8(place, more), place);
                _mm_storeu_si128(block.as_mut_ptr().cast(), _mm_add_epi8(bytes, _mm_and_si128(inside, by)));
            }
        }
        rest
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (first, more, by);
        text
    }
}

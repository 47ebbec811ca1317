//! Counting a byte. The compiler makes no vectors of loops in crates that are built for size, and memchr's count, which adds up
//! bits where every processor can, takes twice the time of this on lines of text.

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    r"
    .text
    .globl cairn_count
    .p2align 4
cairn_count:
    movd xmm0, edx
    punpcklbw xmm0, xmm0
    pshuflw xmm0, xmm0, 0
    punpcklqdq xmm0, xmm0
    mov r9d, ecx
    movd xmm7, ecx
    punpcklbw xmm7, xmm7
    pshuflw xmm7, xmm7, 0
    punpcklqdq xmm7, xmm7
    pxor xmm4, xmm4
    pxor xmm5, xmm5
    xor eax, eax
    # In each place of two vectors up to 255 are counted, then all are added up.
2:
    mov rcx, rsi
    shr rcx, 5
    jz 4f
    mov r8d, 255
    cmp rcx, r8
    cmova rcx, r8
    mov r8, rcx
    shl r8, 5
    sub rsi, r8
    pxor xmm1, xmm1
    pxor xmm2, xmm2
3:
    movdqu xmm3, [rdi]
    movdqu xmm6, [rdi + 16]
    pand xmm3, xmm7
    pand xmm6, xmm7
    pcmpeqb xmm3, xmm0
    pcmpeqb xmm6, xmm0
    psubb xmm1, xmm3
    psubb xmm2, xmm6
    add rdi, 32
    dec ecx
    jnz 3b
    psadbw xmm1, xmm4
    psadbw xmm2, xmm4
    paddq xmm5, xmm1
    paddq xmm5, xmm2
    jmp 2b
4:
    test rsi, rsi
    jz 5f
    movzx r8d, byte ptr [rdi]
    and r8d, r9d
    xor ecx, ecx
    cmp r8b, dl
    sete cl
    add rax, rcx
    inc rdi
    dec rsi
    jmp 4b
5:
    movq rcx, xmm5
    add rax, rcx
    punpckhqdq xmm5, xmm5
    movq rcx, xmm5
    add rax, rcx
    ret
"
);

/// How often `byte` is in `text`.
pub fn count(byte: u8, text: &[u8]) -> usize {
    count_masked(byte, 0xff, text)
}

/// How many bytes of `text` have just those bits of `mask` that `byte` has.
#[cfg(target_arch = "x86_64")]
pub fn count_masked(byte: u8, mask: u8, text: &[u8]) -> usize {
    unsafe extern "C" {
        fn cairn_count(text: *const u8, length: usize, byte: u32, mask: u32) -> usize;
    }
    // SAFETY: it reads `length` bytes from `text` on, and keeps to the calling convention.
    unsafe { cairn_count(text.as_ptr(), text.len(), u32::from(byte), u32::from(mask)) }
}

/// How many bytes of `text` have just those bits of `mask` that `byte` has.
#[cfg(not(target_arch = "x86_64"))]
pub fn count_masked(byte: u8, mask: u8, text: &[u8]) -> usize {
    if mask == 0xff {
        return memchr::memchr_iter(byte, text).count();
    }
    text.iter().filter(|other| **other & mask == byte).count()
}

#[cfg(test)]
mod tests {
    #[test]
    fn count() {
        for length in (0..140).chain([1000, 255 * 32 - 1, 255 * 32, 255 * 32 + 33, 255 * 64 + 1, 50_000]) {
            let text: Vec<u8> = (0..length).map(|at| (at * 7 % 251 % 5) as u8).collect();
            for byte in [0, 4, 5, 255] {
                let expected = text.iter().filter(|other| **other == byte).count();
                assert_eq!(super::count(byte, &text), expected, "{length} {byte}");
                assert_eq!(super::count(byte, &vec![byte; length]), length);
                let expected = text.iter().filter(|other| **other & 6 == byte).count();
                assert_eq!(super::count_masked(byte, 6, &text), expected, "{length} {byte}");
            }
        }
    }
}

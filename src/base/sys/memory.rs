//! memcpy, memmove, memset and memcmp for x86-64, in place of musl's.
//!
//! musl copies with `rep movsq` whatever the length, which takes some 30 cycles to begin. Text programs and the shell copy a
//! line, a field or a name at a time: up to 40 % of their time went there. Lengths of up to 32 bytes are done here by two
//! overlapping moves, up to 2 KiB by SSE2, which every x86-64 has, and what is longer by `rep movsq`.

core::arch::global_asm!(
    r"
    .text
    .globl cairn_memmove
    .p2align 4
cairn_memmove:
    mov rcx, rdi
    sub rcx, rsi
    cmp rdx, 32
    jbe cairn_memcpy
    cmp rcx, rdx
    jae cairn_memcpy
    # The destination begins within the source: from the end, the first 32 bytes last.
    mov rax, rdi
    movups xmm2, [rsi]
    movups xmm3, [rsi + 16]
2:
    movups xmm0, [rsi + rdx - 16]
    movups xmm1, [rsi + rdx - 32]
    movups [rdi + rdx - 16], xmm0
    movups [rdi + rdx - 32], xmm1
    sub rdx, 32
    cmp rdx, 32
    ja 2b
    movups [rdi], xmm2
    movups [rdi + 16], xmm3
    ret

    # All loads of up to 32 bytes come before the stores, and longer copies go upwards: memmove may end here.
    .globl cairn_memcpy
    .p2align 4
cairn_memcpy:
    mov rax, rdi
    cmp rdx, 16
    jb 4f
    movups xmm2, [rsi + rdx - 16]
    lea r8, [rdi + rdx - 16]
    cmp rdx, 32
    ja 2f
    movups xmm0, [rsi]
    movups [rdi], xmm0
    movups [r8], xmm2
    ret
2:
    cmp rdx, 2048
    jae 5f
    movups xmm3, [rsi + rdx - 32]
    sub r8, 16
3:
    movups xmm0, [rsi]
    movups xmm1, [rsi + 16]
    movups [rdi], xmm0
    movups [rdi + 16], xmm1
    add rsi, 32
    add rdi, 32
    cmp rdi, r8
    jb 3b
    movups [r8], xmm3
    movups [r8 + 16], xmm2
    ret
4:
    cmp edx, 8
    jae 6f
    cmp edx, 4
    jae 7f
    test edx, edx
    jz 8f
    movzx ecx, byte ptr [rsi]
    movzx r8d, byte ptr [rsi + rdx - 1]
    mov r9, rdx
    shr r9
    movzx r10d, byte ptr [rsi + r9]
    mov [rdi], cl
    mov [rdi + r9], r10b
    mov [rdi + rdx - 1], r8b
8:
    ret
5:
    mov rcx, rdx
    shr rcx, 3
    rep movsq
    movups [r8], xmm2
    ret
6:
    mov rcx, [rsi]
    mov r8, [rsi + rdx - 8]
    mov [rdi], rcx
    mov [rdi + rdx - 8], r8
    ret
7:
    mov ecx, [rsi]
    mov r8d, [rsi + rdx - 4]
    mov [rdi], ecx
    mov [rdi + rdx - 4], r8d
    ret

    .globl cairn_memset
    .p2align 4
cairn_memset:
    mov r9, rdi
    movzx eax, sil
    mov rcx, 0x0101010101010101
    imul rax, rcx
    cmp rdx, 16
    jb 4f
    movq xmm0, rax
    punpcklqdq xmm0, xmm0
    lea r8, [rdi + rdx - 16]
    movups [r8], xmm0
    cmp rdx, 2048
    jae 5f
3:
    movups [rdi], xmm0
    add rdi, 16
    cmp rdi, r8
    jb 3b
    mov rax, r9
    ret
4:
    cmp edx, 8
    jae 6f
    cmp edx, 4
    jae 7f
    test edx, edx
    jz 8f
    mov [rdi], al
    mov [rdi + rdx - 1], al
    shr rdx
    mov [rdi + rdx], al
8:
    mov rax, r9
    ret
5:
    mov rcx, rdx
    shr rcx, 3
    rep stosq
    mov rax, r9
    ret
6:
    mov [rdi], rax
    mov [rdi + rdx - 8], rax
    mov rax, r9
    ret
7:
    mov [rdi], eax
    mov [rdi + rdx - 4], eax
    mov rax, r9
    ret

    .globl cairn_memcmp
    .p2align 4
cairn_memcmp:
    cmp rdx, 16
    jb 4f
    lea r8, [rdx - 16]
    xor ecx, ecx
    jmp 3f
2:
    movups xmm0, [rdi + rcx]
    movups xmm1, [rsi + rcx]
    pcmpeqb xmm0, xmm1
    pmovmskb eax, xmm0
    xor eax, 0xffff
    jnz 5f
    add rcx, 16
3:
    cmp rcx, r8
    jb 2b
    # The last 16 bytes, some of which may have been compared.
    mov rcx, r8
    movups xmm0, [rdi + rcx]
    movups xmm1, [rsi + rcx]
    pcmpeqb xmm0, xmm1
    pmovmskb eax, xmm0
    xor eax, 0xffff
    jnz 5f
    ret
5:
    bsf eax, eax
    add rcx, rax
    movzx eax, byte ptr [rdi + rcx]
    movzx ecx, byte ptr [rsi + rcx]
    sub eax, ecx
    ret
4:
    cmp edx, 8
    jae 6f
    cmp edx, 4
    jae 7f
    xor ecx, ecx
    xor eax, eax
9:
    cmp rcx, rdx
    je 8f
    movzx eax, byte ptr [rdi + rcx]
    movzx r8d, byte ptr [rsi + rcx]
    inc rcx
    sub eax, r8d
    jz 9b
8:
    ret
7:
    mov eax, [rdi]
    mov ecx, [rsi]
    cmp eax, ecx
    jne 3f
    mov eax, [rdi + rdx - 4]
    mov ecx, [rsi + rdx - 4]
    cmp eax, ecx
    jne 3f
    xor eax, eax
    ret
6:
    mov rax, [rdi]
    mov rcx, [rsi]
    cmp rax, rcx
    jne 2f
    mov rax, [rdi + rdx - 8]
    mov rcx, [rsi + rdx - 8]
    cmp rax, rcx
    jne 2f
    xor eax, eax
    ret
3:
    shl rax, 32
    shl rcx, 32
2:
    bswap rax
    bswap rcx
    cmp rax, rcx
    sbb eax, eax
    or eax, 1
    ret
"
);

// Only where they replace musl's: a test on the host keeps its C library's own.
#[cfg(target_env = "musl")]
core::arch::global_asm!(
    r"
    .globl memcpy
    .set memcpy, cairn_memcpy
    .globl memmove
    .set memmove, cairn_memmove
    .globl memset
    .set memset, cairn_memset
    .globl memcmp
    .set memcmp, cairn_memcmp
    .globl bcmp
    .set bcmp, cairn_memcmp
"
);

#[cfg(test)]
mod tests {
    use core::ffi::{c_int, c_void};

    unsafe extern "C" {
        fn cairn_memcpy(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void;
        fn cairn_memmove(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void;
        fn cairn_memset(to: *mut c_void, byte: c_int, count: usize) -> *mut c_void;
        fn cairn_memcmp(a: *const c_void, b: *const c_void, count: usize) -> c_int;
    }

    fn lengths() -> impl Iterator<Item = usize> {
        (0..140).chain([255, 256, 1000, 2047, 2048, 2049, 2055, 4096, 5003])
    }

    fn pattern(count: usize) -> Vec<u8> {
        (0..count).map(|at| (at * 7 + at / 256 * 3) as u8).collect()
    }

    #[test]
    fn copies() {
        for count in lengths() {
            for shift in 0..9 {
                let from = pattern(count + 16);
                let mut to = vec![0xee; count + 32];
                let mut expected = to.clone();
                expected[8 + shift..8 + shift + count].copy_from_slice(&from[shift..shift + count]);
                let start = to[8 + shift..].as_mut_ptr().cast::<c_void>();
                // SAFETY: both have room for `count` bytes there.
                let result = unsafe { cairn_memcpy(start, from[shift..].as_ptr().cast(), count) };
                assert_eq!((result, to), (start, expected), "{count} {shift}");
            }
        }
    }

    #[test]
    fn moves_within_itself() {
        for count in lengths() {
            for shift in [1usize, 2, 5, 8, 15, 16, 17, 31, 33, 64, 100, 2048] {
                for (from, to) in [(0, shift), (shift, 0)] {
                    let mut bytes = pattern(count + 2100);
                    let mut expected = bytes.clone();
                    let piece = bytes[from..from + count].to_vec();
                    expected[to..to + count].copy_from_slice(&piece);
                    let base = bytes.as_mut_ptr();
                    // SAFETY: all of it lies within `bytes`.
                    unsafe { cairn_memmove(base.add(to).cast(), base.add(from).cast(), count) };
                    assert_eq!(bytes, expected, "{count} {from} {to}");
                }
            }
        }
    }

    #[test]
    fn fills() {
        for count in lengths() {
            for shift in 0..9 {
                let mut bytes = vec![1u8; count + 32];
                let mut expected = bytes.clone();
                expected[8 + shift..8 + shift + count].fill(0xa5);
                let start = bytes[8 + shift..].as_mut_ptr().cast::<c_void>();
                // SAFETY: there is room for `count` bytes; only the low byte of the value counts.
                let result = unsafe { cairn_memset(start, 0x7a5, count) };
                assert_eq!((result, bytes), (start, expected), "{count} {shift}");
            }
        }
    }

    #[test]
    fn compares() {
        for count in lengths() {
            let a = pattern(count + 8);
            for shift in [0, 1, 7] {
                let same = a.get(..count).unwrap_or_default();
                let mut other = vec![0; shift];
                other.extend_from_slice(same);
                let compare = |other: &[u8]| {
                    // SAFETY: both have `count` bytes.
                    unsafe { cairn_memcmp(a.as_ptr().cast(), other[shift..].as_ptr().cast(), count) }.signum()
                };
                assert_eq!(compare(&other), 0, "{count}");
                for at in (0..count).step_by(1 + count / 40) {
                    for change in [1u8, 0x80, 0xff] {
                        let old = other[shift + at];
                        other[shift + at] = old.wrapping_add(change);
                        let expected = same.cmp(&other[shift..]) as i32;
                        assert_eq!(compare(&other), expected, "{count} {at} {change}");
                        other[shift + at] = old;
                    }
                }
            }
        }
    }
}

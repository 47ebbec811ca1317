//! Characters by name: `\(co`, `\[u2014]`.

/// Names and what they stand for.
const NAMES: &str = "aq=' dq=\" lq=“ rq=” oq=‘ cq=’ bq=‚ Bq=„ Fo=« Fc=» fo=‹ fc=› hy=‐ en=– em=— mi=− bu=• sq=□ ci=○ co=© rg=® tm=™ \
de=° ct=¢ Po=£ Ye=¥ Eu=€ eu=€ Do=$ sc=§ ps=¶ dg=† dd=‡ fm=′ sd=″ mc=µ Of=ª Om=º r!=¡ r?=¿ ga=` ha=^ ti=~ aa=´ a^=ˆ a~=˜ ad=¨ ac=¸ a-=¯ \
sl=/ rs=\\ lB=[ rB=] lC={ rC=} la=⟨ ra=⟩ lh=☜ rh=☞ at=@ sh=# ul=_ ru=_ rn=‾ br=│ ba=| bb=¦ or=| Bb=¦ pl=+ mu=× di=÷ \
===≡ !==≠ ne=≠ >==≥ <==≤ ~~=≈ ~==≅ +-=± t+-=± ->=→ <-=← ua=↑ da=↓ <>=↔ rA=⇒ lA=⇐ hA=⇔ uA=⇑ dA=⇓ if=∞ mo=∈ nm=∉ ap=∼ no=¬ **=∗ \
AN=∧ OR=∨ fa=∀ te=∃ es=∅ pd=∂ gr=∇ sr=√ is=∫ sum=∑ product=∏ ca=∩ cu=∪ sb=⊂ sp=⊃ ib=⊆ ip=⊇ c*=⊗ c+=⊕ md=⋅ pc=· .i=ı 12=½ 14=¼ 34=¾ \
S1=¹ S2=² S3=³ *a=α *b=β *g=γ *d=δ *e=ε *z=ζ *y=η *h=θ *i=ι *k=κ *l=λ *m=μ *n=ν *c=ξ *o=ο *p=π *r=ρ *s=σ *t=τ *u=υ *f=φ *x=χ *q=ψ *w=ω \
*A=Α *B=Β *G=Γ *D=Δ *E=Ε *Z=Ζ *Y=Η *H=Θ *I=Ι *K=Κ *L=Λ *M=Μ *N=Ν *C=Ξ *O=Ο *P=Π *R=Ρ *S=Σ *T=Τ *U=Υ *F=Φ *X=Χ *Q=Ψ *W=Ω \
'A=Á 'E=É 'I=Í 'O=Ó 'U=Ú 'a=á 'e=é 'i=í 'o=ó 'u=ú :A=Ä :E=Ë :I=Ï :O=Ö :U=Ü :a=ä :e=ë :i=ï :o=ö :u=ü ^A=Â ^E=Ê ^I=Î ^O=Ô ^U=Û ^a=â ^e=ê ^i=î \
^o=ô ^u=û `A=À `E=È `I=Ì `O=Ò `U=Ù `a=à `e=è `i=ì `o=ò `u=ù ~A=Ã ~N=Ñ ~O=Õ ~a=ã ~n=ñ ~o=õ ,C=Ç ,c=ç /L=Ł /l=ł /O=Ø /o=ø oA=Å oa=å vS=Š vs=š \
vZ=Ž vz=ž 'Y=Ý 'y=ý :y=ÿ 'C=Ć 'c=ć AE=Æ ae=æ OE=Œ oe=œ ss=ß -D=Ð Sd=ð TP=Þ Tp=þ ff=ff fi=fi fl=fl Fi=ffi Fl=ffl OK=✓ CR=↵ lz=◊ HE=♥ \
braceleft={ braceright=} bracketleft=[ bracketright=] lf=⌊ rf=⌋ lc=⌈ rc=⌉ radicalex=‾ ";

/// What the character of this name is shown as; None where there is none.
pub fn named(name: &[u8]) -> Option<&'static str> {
    if name == b"eq" { Some("=") } else { look_up(NAMES, name) }
}

/// What a name stands for in a list of `name=meaning`.
#[inline(never)]
pub fn look_up(list: &'static str, name: &[u8]) -> Option<&'static str> {
    list.split(' ').find_map(|entry| {
        let at = memchr::memrchr(b'=', entry.as_bytes())?;
        let (known, shown) = entry.split_at_checked(at)?;
        (known.as_bytes() == name).then(|| shown.get(1..)).flatten()
    })
}

/// A character by its code point: `u2014`, `char233`.
pub fn numbered(name: &[u8]) -> Option<char> {
    let (digits, radix) = match name.strip_prefix(b"char") {
        Some(digits) => (digits, 10),
        None => (name.strip_prefix(b"u")?, 16),
    };
    let digits = digits.split(|byte| *byte == b'_').next()?;
    char::from_u32(base::number::parse_radix(digits, radix).ok()?.try_into().ok()?).filter(|c| !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(named(b"co"), Some("©"));
        assert_eq!(named(b"!="), Some("≠"));
        assert_eq!(named(b"=="), Some("≡"));
        assert_eq!(named(b"eq"), Some("="));
        assert_eq!(named(b">="), Some("≥"));
        assert_eq!(named(b"zz"), None);
        assert_eq!(numbered(b"u2014"), Some('—'));
        assert_eq!(numbered(b"char233"), Some('é'));
        assert_eq!(numbered(b"u001B"), None);
    }
}

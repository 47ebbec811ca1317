//! Where the names stand in a long listing (-D): Emacs reads the places that follow it.

use base::number::push_u64;
use base::quote::Style;
use base::{Context, Result};

/// Places in the output, each name's first byte and the one behind its last.
#[derive(Default)]
pub struct Dired {
    pub written: usize,
    pub names: Vec<usize>,
    pub directories: Vec<usize>,
}

impl Dired {
    /// Writes the places and how the names are quoted.
    pub fn finish(&self, cx: &mut Context, quoting: Style) -> Result<()> {
        for (title, places) in [("//DIRED//", &self.names), ("//SUBDIRED//", &self.directories)] {
            if places.is_empty() {
                continue;
            }
            let mut line = title.as_bytes().to_vec();
            for place in places {
                line.push(b' ');
                push_u64(&mut line, u64::try_from(*place).unwrap_or(u64::MAX));
            }
            line.push(b'\n');
            cx.stdout.put(&line)?;
        }
        cx.stdout.put(&[b"//DIRED-OPTIONS// --quoting-style=", quoting.name().as_bytes(), b"\n"].concat())
    }
}

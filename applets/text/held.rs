//! Bytes that are held back: new ones come at the end, old ones go from the front.

#[derive(Default)]
pub struct Held {
    bytes: Vec<u8>,
    /// What lies before it has gone.
    start: usize,
}

impl Held {
    pub fn push(&mut self, bytes: &[u8]) {
        // Moved only when at least as much has gone as is left: each byte is moved about once.
        if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Lets the first `count` bytes go.
    pub fn release(&mut self, count: usize) {
        self.start = (self.start + count).min(self.bytes.len());
    }
}

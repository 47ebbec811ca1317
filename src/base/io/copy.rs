//! Copying a stream to its end, inside the kernel where both sides allow it.

use super::{Input, Output};
use crate::copy::{Copier, CopyError, Sparse};
use crate::error::Result;

/// Copies all that is left of `input` to `output` and gives the number of bytes. Errors name the side that failed.
pub fn copy(input: &mut Input, output: &mut Output) -> Result<u64> {
    let mut total: u64 = 0;
    // What is in memory already goes first, all of it where there is no descriptor.
    while !input.buffered().is_empty() || input.fd().is_none() || output.fd().is_none() {
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            return Ok(total);
        }
        output.put(chunk)?;
        let length = chunk.len();
        total = total.saturating_add(length as u64);
        input.consume(length);
    }
    output.finish()?;
    let (Some(from), Some(to)) = (input.fd(), output.fd()) else { return Ok(total) };
    match Copier::new().copy(from, to, None, Sparse::Never) {
        Ok(count) => Ok(total.saturating_add(count)),
        Err(CopyError::Read(errno)) => Err(input.error(errno)),
        Err(CopyError::Write(errno)) => Err(output.failure(errno)),
    }
}

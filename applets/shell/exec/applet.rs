//! applet - runs an applet in this process, its streams pointing where the redirections want them.

use super::redirect::Stream;
use crate::shell::Shell;
use base::applet::Applet;
use base::context::Context;
use base::io::{Input, Output};
use base::sys;

impl Shell {
    /// Runs a NoFork applet; its status.
    pub fn run_applet(
        &mut self,
        applet: &'static Applet,
        name: &[u8],
        arguments: &[&[u8]],
        streams: [Stream; 3],
    ) -> u8 {
        let [input, output, error] = streams;
        let capture = self.capture.take();
        let to_capture = matches!(output, Stream::Capture);
        let error_to_capture = matches!(error, Stream::Capture);
        let stdin = match input {
            Stream::Fd(fd) => Input::borrowed(sys::descriptor(fd), b"standard input"),
            Stream::Text(text) => Input::memory(text, b"standard input"),
            Stream::Closed | Stream::Capture => Input::borrowed(sys::descriptor(-1), b"standard input"),
        };
        let mut memory = capture;
        let stdout = match output {
            Stream::Capture => Output::memory_onto(memory.take().unwrap_or_default()),
            Stream::Fd(fd) => Output::borrowed(sys::descriptor(fd)),
            Stream::Closed | Stream::Text(_) => Output::borrowed(sys::descriptor(-1)),
        };
        let stderr = match error {
            Stream::Capture => Output::memory(),
            Stream::Fd(fd) => Output::unbuffered(sys::descriptor(fd)),
            Stream::Closed | Stream::Text(_) => Output::null(),
        };
        let environment = crate::vars::View { vars: &self.vars, names: &self.names };
        let mut cx = Context::new(name, applet, self.registry, &environment, stdin, stdout, stderr);
        let status = cx.run(arguments);
        let mut memory = if to_capture { Some(cx.stdout.take()) } else { memory };
        if error_to_capture && let Some(memory) = &mut memory {
            memory.extend_from_slice(&cx.stderr.take());
        }
        self.capture = memory;
        status
    }
}

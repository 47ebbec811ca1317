//! The layer that every applet is built on: declaration and options, streams, errors, patterns, walks, system calls.
//!
//! `applet` says what an applet is, `args` reads its command line by its table, `context` is what it is run with, `io` its
//! streams, `command` how it starts other programs. The rest are values and tools: one module a subject.

#![cfg_attr(speed_marks, feature(optimize_attribute))]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit
)]
#![deny(unsafe_code)]

pub mod applet;
pub mod args;
pub mod bytes;
pub mod command;
pub mod context;
pub mod copy;
pub mod echo;
pub mod error;
pub mod float;
pub mod fs;
pub mod help;
pub mod inflate;
pub mod inodes;
pub mod io;
pub mod manual;
pub mod meta;
pub mod mode;
pub mod nearest;
pub mod number;
pub mod order;
pub mod pattern;
pub mod printf;
pub mod prose;
pub mod quote;
pub mod replace;
pub mod signal;
pub mod size;
pub mod slurp;
#[allow(unsafe_code, reason = "the one place where it lives")]
pub mod sys;
pub mod term;
pub mod test;
pub mod time;
pub mod translate;
pub mod users;
pub mod utmp;
pub mod walk;

pub use applet::{Applet, Dashed, Declaration, Exec, Family, Kind, Opt, Order, Place, Registry};
pub use args::Args;
pub use context::{Context, Environment, Status};
pub use error::{Errno, Error, Result, ResultExt};

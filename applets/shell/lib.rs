//! The applets of the family `shell`.
//!
//! `parser` makes a `tree` of a script, `expand` its words, `exec` runs it, `builtin` has the commands that are part of
//! the shell; `shell` is the state they share, `start` feeds them text, `prompt` what a person types.

#![cfg_attr(speed_marks, feature(optimize_attribute))]

mod arith;
mod builtin;
mod condition;
mod cttyhack;
mod exec;
mod expand;
mod few;
mod flow;
mod frames;
mod input;
mod jobs;
mod names;
mod options;
mod parser;
mod prompt;
mod sh;
mod shell;
mod stack;
mod start;
mod strings;
mod trap;
mod tree;
mod vars;

use base::applet::Applet;

/// Every applet of the family, one line each.
pub static APPLETS: &[Applet] = &[cttyhack::APPLET, sh::APPLET];

//! The layer that every applet is built on: declaration and options, streams, errors, patterns, walks, system calls.

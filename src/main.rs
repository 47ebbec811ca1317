//! Finds out from `argv[0]` which applet this is, runs it, and leaves with its status.

#![no_main]
#![deny(unsafe_code)]

mod cairn;

use base::applet::{Applet, Registry};
use base::context::Context;
use base::sys::allocator::Allocator;
use core::ffi::{c_char, c_int};

/// Every family of applets, and `cairn` itself.
static REGISTRY: Registry = Registry {
    families: &[
        &[cairn::APPLET],
        shell::APPLETS,
        text::APPLETS,
        file::APPLETS,
        util::APPLETS,
        process::APPLETS,
        disk::APPLETS,
    ],
};

#[global_allocator]
#[allow(unsafe_code, reason = "it wants a promise")]
// SAFETY: nothing in cairn makes a thread but base::sys::thread.
static ALLOCATOR: Allocator = unsafe { Allocator::new() };

/// The entry point of the C runtime: Rust's own set-up is skipped, so that SIGPIPE keeps its inherited disposition and
/// nothing is allocated before the applet is known.
#[allow(unsafe_code, clippy::not_unsafe_ptr_arg_deref, reason = "the symbol that the C runtime calls")]
#[unsafe(no_mangle)]
pub extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: these are main's own arguments.
    let arguments = unsafe { base::sys::arguments(argc, argv) };
    base::sys::plug_standard();
    let Some((called, operands)) = arguments.split_first() else { return 127 };
    match identify(called) {
        Some((name, applet)) => {
            let mut cx = Context::of_process(name, applet, &REGISTRY);
            cx.is_login = called.starts_with(b"-");
            c_int::from(cx.run(operands))
        }
        None => c_int::from(cairn::unknown(base_name(called), &REGISTRY)),
    }
}

/// The applet that `argv[0]` means. Where that is no applet's name, the file that was executed may be (`exec -a`), and where
/// that is a link of the user's own, what it points at.
fn identify(called: &'static [u8]) -> Option<(&'static [u8], &'static Applet)> {
    let known = |name: &'static [u8]| REGISTRY.find(name).map(|applet| (name, applet));
    if let Some(found) = known(base_name(called)) {
        return Some(found);
    }
    let executed = base::sys::auxiliary::executed().to_bytes();
    if let Some(found) = known(base_name(executed)) {
        return Some(found);
    }
    let mut path = executed.to_vec();
    // As many links as the kernel follows.
    for _ in 0..40 {
        let target = base::fs::readlink(path.as_slice()).ok()?.into_bytes();
        if let Some(applet) = REGISTRY.find(base_name(&target)) {
            let name = applet.names().map(str::as_bytes).find(|name| *name == base_name(&target))?;
            return Some((name, applet));
        }
        if !target.starts_with(b"/") {
            let keep = base::bytes::name_start(&path);
            path.truncate(keep);
        } else {
            path.clear();
        }
        path.extend_from_slice(&target);
    }
    None
}

/// The last component of `path`, without the dash of a login shell.
fn base_name(path: &[u8]) -> &[u8] {
    let base = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    base.strip_prefix(b"-").unwrap_or(base)
}

//! `cairn --install`: a link for every name, in the directory of its catalogue place.

use base::applet::Applet;
use base::context::Context;
use base::error::{Errno, Error, Result, ResultExt};
use rustix::fs::{AtFlags, CWD, Mode, Stat};

/// Links every applet into its directory under `root`. What is a link to this executable already is left alone; any other file
/// stays, with a warning, unless `force` is set.
pub fn run(cx: &mut Context, root: &[u8], symbolic: bool, force: bool) -> Result<()> {
    let own = own_path()?;
    let own_status = base::fs::stat(own.as_slice()).at(&own)?;
    let root = root.strip_suffix(b"/").unwrap_or(root);
    for (name, applet) in cx.registry.names() {
        let directory = [root, applet.place.directory().as_bytes()].concat();
        if let Err(error) = make_directories(&directory) {
            cx.warn(error);
            continue;
        }
        let target = [directory.as_slice(), b"/", name.as_bytes()].concat();
        let source = if symbolic { link_text(root, &own, applet) } else { own.clone() };
        if let Err(error) = link(&source, &target, &own_status, symbolic, force) {
            cx.warn(error);
        }
    }
    Ok(())
}

/// The path of this executable: by the kernel's word, or where /proc is missing, by the path that was executed.
fn own_path() -> Result<Vec<u8>> {
    if let Ok(path) = base::fs::readlink("/proc/self/exe") {
        return Ok(path.into_bytes());
    }
    let executed = base::sys::auxiliary::executed().to_bytes();
    if executed.starts_with(b"/") {
        return Ok(executed.to_vec());
    }
    let here = rustix::process::getcwd(Vec::new()).at(b".")?.into_bytes();
    Ok([here.as_slice(), b"/", executed].concat())
}

/// What a symbolic link says: the executable as seen from inside `root` where it lies there, so that the root can be moved and
/// entered; else its path.
fn link_text(root: &[u8], own: &[u8], applet: &Applet) -> Vec<u8> {
    match own.strip_prefix(root) {
        Some(inside) if !root.is_empty() && inside.starts_with(b"/") => {
            let depth = applet.place.directory().split('/').count().saturating_sub(1);
            let mut text = b"../".repeat(depth);
            text.extend_from_slice(inside.strip_prefix(b"/").unwrap_or(inside));
            text
        }
        _ => own.to_vec(),
    }
}

fn make_directories(path: &[u8]) -> Result<()> {
    let mut end = 0;
    while end < path.len() {
        let next = path.iter().skip(end.saturating_add(1)).position(|byte| *byte == b'/');
        end = next.map_or(path.len(), |offset| end.saturating_add(1).saturating_add(offset));
        let part = path.get(..end).unwrap_or(path);
        match base::fs::mkdir(part, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(Error::system(part, errno)),
        }
    }
    Ok(())
}

fn same(a: &Stat, b: &Stat) -> bool {
    (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)
}

#[inline(never)]
fn link(source: &[u8], target: &[u8], own: &Stat, symbolic: bool, force: bool) -> Result<()> {
    let make = |path: &[u8]| {
        if symbolic { base::fs::symlink(source, path) } else { base::fs::link(source, path) }
    };
    match make(target) {
        Ok(()) => return Ok(()),
        Err(Errno::EXIST) => {}
        Err(errno) => return Err(Error::system(target, errno)),
    }
    let there = base::fs::lstat(target).at(target)?;
    // The executable itself, under its own name, must not be turned into a link to itself.
    if same(&there, own) {
        return Ok(());
    }
    let is_link = rustix::fs::FileType::from_raw_mode(there.st_mode).is_symlink();
    let is_ours = is_link
        && (base::fs::stat(target).is_ok_and(|status| same(&status, own))
            || base::fs::readlink(target).is_ok_and(|text| text.as_bytes() == source));
    if is_ours {
        return Ok(());
    }
    if !force {
        return Err(Error::message(base::bytes::fill("%: is a foreign file; -f replaces it", &[target])));
    }
    // Made beside and renamed over, so that the name is never missing.
    let mut temporary = base::bytes::fill("%.cairn-", &[target]);
    base::number::push_u64(&mut temporary, rustix::process::getpid().as_raw_nonzero().get().unsigned_abs().into());
    make(&temporary).at(&temporary)?;
    base::fs::rename(temporary.as_slice(), target).map_err(|errno| {
        let _ = base::fs::unlinkat(CWD, temporary.as_slice(), AtFlags::empty());
        Error::system(target, errno)
    })
}

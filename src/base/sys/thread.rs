//! A second thread for one piece of work: the standard library's threads bring names, handles, hooks and guard pages' maps
//! along, some 8 KB that nothing here asks for.

use super::allocator::OTHERS;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::sync::atomic::Ordering;

extern "C" fn enter(work: *mut c_void) -> *mut c_void {
    // SAFETY: `both` hands over a pointer to a reference that it keeps alive, and does not touch, until the thread is joined.
    let work = unsafe { &mut *work.cast::<&mut (dyn FnMut() + Send)>() };
    work();
    core::ptr::null_mut()
}

/// Runs `other` on a thread of its own while `own` runs here, and returns when both are done. Where no thread can be had,
/// they run one after the other.
pub fn both(mut other: &mut (dyn FnMut() + Send), own: &mut dyn FnMut()) {
    let mut thread = MaybeUninit::uninit();
    OTHERS.fetch_add(1, Ordering::SeqCst);
    let work = (&raw mut other).cast::<c_void>();
    // SAFETY: `enter` gets the pointer it expects, and the join below keeps what it points to in place until it has ended.
    let failed = unsafe { libc::pthread_create(thread.as_mut_ptr(), core::ptr::null(), enter, work) } != 0;
    own();
    if failed {
        other();
    } else {
        // SAFETY: the call above succeeded and so wrote the handle; it is joined once. The thread never ends by a panic.
        unsafe { libc::pthread_join(thread.assume_init(), core::ptr::null_mut()) };
    }
    OTHERS.fetch_sub(1, Ordering::SeqCst);
}

/// How many processors this process may run on.
pub fn processors() -> u32 {
    rustix::thread::sched_getaffinity(None).map_or(1, |set| set.count()).max(1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_run() {
        let (mut a, mut b) = (0, 0);
        super::both(&mut || a = 1, &mut || b = 2);
        assert_eq!((a, b), (1, 2));
    }
}

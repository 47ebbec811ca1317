//! The global allocator: the crate dlmalloc, with a lock that costs nothing while there is one thread.
//!
//! musl's own allocator makes twice the system calls at start, and takes a lock and checks a header at each of the shell's
//! many small allocations: a third of the time to read a long script.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use dlmalloc::Dlmalloc;

/// How many threads there may be beside the first. It leaves 0, and comes back to it, while there is only one.
pub(super) static OTHERS: AtomicUsize = AtomicUsize::new(0);

struct Heap {
    heap: UnsafeCell<Dlmalloc>,
    taken: AtomicBool,
}

// SAFETY: the heap is reached through `with` alone, which lets one thread in at a time.
unsafe impl Sync for Heap {}

static HEAP: Heap = Heap::new();

impl Heap {
    const fn new() -> Heap {
        let mut heap = Dlmalloc::new();
        // One mmap for each 64 KiB, its usual piece, is a part of the time of growing fast.
        heap.set_granularity(256 * 1024);
        Heap { heap: UnsafeCell::new(heap), taken: AtomicBool::new(false) }
    }

    #[inline]
    fn with<T>(&self, work: impl FnOnce(&mut Dlmalloc) -> T) -> T {
        let shared = OTHERS.load(Ordering::Relaxed) > 0;
        while shared && self.taken.swap(true, Ordering::Acquire) {
            core::hint::spin_loop();
        }
        // SAFETY: either there is no other thread, or `taken` was ours to set. `work` is one call of the heap's, which does
        // not come back here.
        let result = work(unsafe { &mut *self.heap.get() });
        if shared {
            self.taken.store(false, Ordering::Release);
        }
        result
    }
}

/// The allocator of a program whose threads are all made by [`both`](super::thread::both): for `#[global_allocator]`.
pub struct Allocator(());

impl Allocator {
    /// The one allocator there is.
    ///
    /// # Safety
    /// No thread of the program is made by other means than [`both`](super::thread::both).
    pub const unsafe fn new() -> Allocator {
        Allocator(())
    }
}

// SAFETY: the heap keeps GlobalAlloc's promises for each of these; the caller keeps its own.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: a layout is valid.
        HEAP.with(|heap| unsafe { heap.malloc(layout.size(), layout.align()) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller vouches that the pointer came from here with this layout.
        HEAP.with(|heap| unsafe { heap.free(pointer, layout.size(), layout.align()) });
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        HEAP.with(|heap| unsafe { heap.calloc(layout.size(), layout.align()) })
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`.
        HEAP.with(|heap| unsafe { heap.realloc(pointer, layout.size(), layout.align(), size) })
    }
}

/// What musl itself allocates comes from the same heap: its own allocator is left out of the program.
#[cfg(all(target_env = "musl", not(test)))]
mod of_c {
    use super::HEAP;
    use core::ffi::c_void;

    #[unsafe(no_mangle)]
    extern "C" fn malloc(size: usize) -> *mut c_void {
        // SAFETY: any size is valid.
        HEAP.with(|heap| unsafe { heap.c_malloc(size) }).cast()
    }

    #[unsafe(no_mangle)]
    extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
        let Some(size) = count.checked_mul(size) else { return core::ptr::null_mut() };
        let pointer = malloc(size);
        if !pointer.is_null() {
            // SAFETY: that many bytes were just allocated.
            unsafe { core::ptr::write_bytes(pointer.cast::<u8>(), 0, size) };
        }
        pointer
    }

    /// # Safety
    /// `pointer` is null, or from one of these functions and not freed.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn realloc(pointer: *mut c_void, size: usize) -> *mut c_void {
        // SAFETY: the caller's promise.
        HEAP.with(|heap| unsafe { heap.c_realloc(pointer.cast(), size) }).cast()
    }

    /// # Safety
    /// As for `realloc`.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn free(pointer: *mut c_void) {
        // SAFETY: the caller's promise.
        HEAP.with(|heap| unsafe { heap.c_free(pointer.cast()) });
    }

    /// What musl's own functions call (posix_spawn_file_actions_addclose(3)): without it they bring musl's allocator along, as they do
    /// in the development build, whose linker has met musl's before it comes here.
    #[cfg(not(debug_assertions))]
    #[unsafe(no_mangle)]
    extern "C" fn __libc_malloc(size: usize) -> *mut c_void {
        malloc(size)
    }

    /// # Safety
    /// As for `free`.
    #[cfg(not(debug_assertions))]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn __libc_free(pointer: *mut c_void) {
        // SAFETY: the caller's promise.
        unsafe { free(pointer) };
    }
}

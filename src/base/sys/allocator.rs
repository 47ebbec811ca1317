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

/// The allocator of a program whose threads are all made by [`both`](super::thread::both): for `#[global_allocator]`.
pub struct Allocator {
    heap: UnsafeCell<Dlmalloc>,
    taken: AtomicBool,
}

// SAFETY: the heap is reached through `with` alone, which lets one thread in at a time.
unsafe impl Sync for Allocator {}

impl Allocator {
    /// An allocator that has no memory yet.
    ///
    /// # Safety
    /// No thread of the program is made by other means than [`both`](super::thread::both).
    pub const unsafe fn new() -> Allocator {
        let mut heap = Dlmalloc::new();
        // One mmap for each 64 KiB, its usual piece, is a part of the time of growing fast.
        heap.set_granularity(256 * 1024);
        Allocator { heap: UnsafeCell::new(heap), taken: AtomicBool::new(false) }
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

// SAFETY: the heap keeps GlobalAlloc's promises for each of these; the caller keeps its own.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: a layout is valid.
        self.with(|heap| unsafe { heap.malloc(layout.size(), layout.align()) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller vouches that the pointer came from here with this layout.
        self.with(|heap| unsafe { heap.free(pointer, layout.size(), layout.align()) });
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        self.with(|heap| unsafe { heap.calloc(layout.size(), layout.align()) })
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`.
        self.with(|heap| unsafe { heap.realloc(pointer, layout.size(), layout.align(), size) })
    }
}

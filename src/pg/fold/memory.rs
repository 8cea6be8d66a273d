//! Memory that lives as long as its owner, whatever the current context.

use crate::pg::datum::Layout;
use pgrx::pg_sys::{self, Datum, MemoryContext};
use std::cell::Cell;
use std::collections::TryReserveError;

/// A memory context of our own, made when something is first allocated in it: most keys and states are numbers.
pub struct Memory(Cell<MemoryContext>);

impl Memory {
    /// Makes one.
    ///
    /// It hangs under the top of all, so that nothing but its owner ends it: an error of PostgreSQL's unwinds the owner
    /// before PostgreSQL cleans up, so it cannot leak either.
    pub const fn new() -> Self {
        Self(Cell::new(std::ptr::null_mut()))
    }

    /// Does some work whose memory comes from here.
    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        // SAFETY: the context is there for as long as this; where an error passes, its catcher restores the one before.
        unsafe {
            let before = pg_sys::MemoryContextSwitchTo(self.context());
            let done = work();
            pg_sys::MemoryContextSwitchTo(before);
            done
        }
    }

    /// Copies a value here, if it is not the datum itself.
    ///
    /// # Safety
    /// The value must be of the layout.
    pub unsafe fn copy(&self, layout: Layout, value: Datum) -> Datum {
        match layout.by_value {
            true => value,
            // SAFETY: the caller says so.
            false => unsafe { layout.copy(value, self.context()) },
        }
    }

    /// Gives the context, for what is allocated in it.
    pub fn context(&self) -> MemoryContext {
        if self.0.get().is_null() {
            // SAFETY: the parent is there for as long as the process; the name is static.
            self.0.set(unsafe {
                pg_sys::AllocSetContextCreateInternal(
                    pg_sys::TopMemoryContext,
                    c"pg_scoring fold".as_ptr(),
                    pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                    pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                    pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
                )
            });
        }
        self.0.get()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if !self.0.get().is_null() {
            // SAFETY: the context is ours alone, and all that points into it goes with its owner.
            unsafe { pg_sys::MemoryContextDelete(self.0.get()) };
        }
    }
}

/// Asks the processor for the memory of a value before it is needed.
#[inline]
pub fn prefetch<T>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: it reads nothing; the processor may ignore it.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>((&raw const *value).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = value;
}

/// Makes an empty vector with room for so much, in large pages where the system has some.
///
/// Events come in no order of customers. With pages of 4 kB each of them asks for a page that the processor has not at
/// hand; with pages of 2 MB it nearly always has.
pub fn spread<T>(count: usize) -> Result<Vec<T>, TryReserveError> {
    let mut vector: Vec<T> = Vec::new();
    vector.try_reserve_exact(count)?;
    #[cfg(target_os = "linux")]
    {
        use std::ffi::{c_int, c_void};
        unsafe extern "C" {
            fn madvise(start: *mut c_void, length: usize, advice: c_int) -> c_int;
        }
        const HUGE: usize = 2 << 20;
        const MADV_HUGEPAGE: c_int = 14;
        let start = vector.as_mut_ptr() as usize;
        let (first, end) = (start.next_multiple_of(HUGE), (start + count * size_of::<T>()) / HUGE * HUGE);
        if first < end {
            // SAFETY: whole pages in the vector's own room; the advice changes nothing of what they hold, and a system
            // that does not take it says so, which does not matter.
            unsafe { madvise(first as *mut c_void, end - first, MADV_HUGEPAGE) };
        }
    }
    Ok(vector)
}

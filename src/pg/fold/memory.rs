//! Memory that lives as long as its owner, whatever the current context.

use pgrx::pg_sys::{self, MemoryContext};

/// A memory context of our own.
pub struct Memory(MemoryContext);

impl Memory {
    /// Makes one.
    ///
    /// It hangs under the top of all, so that nothing but its owner ends it: an error of PostgreSQL's unwinds the owner
    /// before PostgreSQL cleans up, so it cannot leak either.
    pub fn new() -> Self {
        // SAFETY: the parent is there for as long as the process; the name is static.
        Self(unsafe {
            pg_sys::AllocSetContextCreateInternal(
                pg_sys::TopMemoryContext,
                c"pg_scoring fold".as_ptr(),
                pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
                pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
            )
        })
    }

    /// Gives the context, for what is allocated in it.
    pub fn context(&self) -> MemoryContext {
        self.0
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the context is ours alone, and all that points into it goes with its owner.
        unsafe { pg_sys::MemoryContextDelete(self.0) };
    }
}

//! What is done when PostgreSQL loads the library.

use super::{options, worker};
use pgrx::pg_sys;
use pgrx::pg_sys::submodules::panic::pgrx_extern_c_guard;

/// Defines the settings; where the DBA preloads the library, has the launcher started with the server.
#[unsafe(no_mangle)]
extern "C-unwind" fn _PG_init() {
    // SAFETY: PostgreSQL calls this once in a process, before any other function of the library; the flag only tells
    // whether that is the postmaster.
    unsafe {
        pgrx_extern_c_guard(|| {
            options::define();
            if pg_sys::process_shared_preload_libraries_in_progress {
                worker::launcher::register();
            }
        });
    }
}

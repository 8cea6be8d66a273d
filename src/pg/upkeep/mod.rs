//! Upkeep: scores kept true as rows change, and never in the way of who changes them.

mod bring;
pub mod bulk;
pub mod changes;
mod gather;
pub mod heal;
pub mod install;
mod keep;
pub mod marks;
pub mod model;
mod opened;
pub mod pause;
mod reader;
mod ready;
mod role;
mod rows;
mod scores;
mod seen;
pub mod step;
mod sweep;
pub mod tables;
pub mod touched;
pub mod turn;
mod version;
mod walk;
mod writer;

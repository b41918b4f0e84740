//! The Node-API boundary: what `ts/embedded/engine.ts` calls.
//!
//! Converts values, guards every export against panics, and owns the writer of each open database and the
//! walkers. Contains no algorithm: those are in `histo-core`.

#![expect(
    clippy::missing_errors_doc,
    reason = "every export throws the codes of `histo-core`'s error, named at its twin in TypeScript"
)]

pub mod convert;
pub mod database;
pub mod exports;
pub mod questions;
mod threads;
mod writes;

//! Writes `test/vectors/revisions.json`, which the Rust and the TypeScript tests read.
//!
//! Run by `npm run generate`. Its output depends only on its source.

mod cases;
mod render;

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test/vectors/revisions.json");
    std::fs::write(path, render::render(&cases::cases())?)?;
    Ok(())
}

//! Counts the cost of a put, a get and a question to the graph: allocations, and their bytes.
//!
//! Prints one JSON object a line, in the order of the calls of `measured`. `npm run check:costs` runs it and
//! compares with the recorded figures; under callgrind, if installed, it also counts instructions. Each run is
//! the same: data, refs and seeds are fixed, it runs on one thread, and reads no clock.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

mod counting;
mod questions;

use histo_core::{DiskOptions, Engine, MemoryOptions, SMALLEST_DELTA};
use questions::{Asked, Cost, Recorded, get, large, put, small};

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

/// Number counted, besides the first two.
const SMALL: usize = 200;
const LARGE: usize = 30;

fn main() -> Asked<()> {
    let smalls: Vec<String> = (0..SMALL + 2).map(small).collect();
    let larges: Vec<String> = (0..LARGE + 2).map(large).collect();
    let folder = tempfile::tempdir()?;
    let open = |name: &str| {
        // Nothing here depends on the disk: without syncs it costs the same.
        let options =
            DiskOptions { relaxed: true, smallest_delta: SMALLEST_DELTA, ..DiskOptions::default() };
        Engine::open(&folder.path().join(name), &options, 7, &|| "costs".into())
    };

    let memory = Engine::memory("costs".into(), 7, &MemoryOptions::default());
    let (refs, cost) = put(&memory, &smalls, 1)?;
    print("put, in memory", &cost);
    print("get, in memory", &get(&memory, &refs, &smalls)?);
    print("put, on disk, a commit each", &put(&open("one")?, &smalls, 1)?.1);
    let disk = open("many")?;
    let (refs, cost) = put(&disk, &smalls, SMALL)?;
    print("put, on disk, 200 in a commit", &cost);
    print("get, on disk", &get(&disk, &refs, &smalls)?);
    let edited = open("edited")?;
    let (refs, cost) = put(&edited, &larges, 1)?;
    print("put of 20 KB with an edited field, on disk", &cost);
    print("get of it", &get(&edited, &refs, &larges)?);
    for name in ["irmin", "jj"] {
        let recorded = Recorded::read(name)?;
        print(&format!("merge bases, {name}"), &recorded.merge_bases()?);
        print(&format!("difference, {name}"), &recorded.difference()?);
    }
    Ok(())
}

fn print(question: &str, (allocated, units): &Cost) {
    let (calls, bytes) = (allocated.calls, allocated.bytes);
    println!(
        "{}",
        serde_json::json!({ "question": question, "units": units, "allocations": calls, "bytes": bytes })
    );
}

//! How long questions may hold JavaScript's thread.
//!
//! A question is first worked on for a short time on the calling thread, since most end there and changing
//! threads costs some 50 us. Questions that follow each other without a turn of the event loop share a longer
//! slice. When that is used up, they go to the walkers, and the loop turns until they are back.

use std::cell::Cell;
use std::time::{Duration, Instant};

use histo_core::Result;
use histo_core::graph::Step;

/// At most this long for one question: some 20,000 to 50,000 visits.
const QUESTION: Duration = Duration::from_millis(1);
/// At most this long for all questions until the loop has certainly turned.
const TURN: Duration = Duration::from_millis(4);
/// Visits between two reads of the clock: some 25 us, of which the clock takes 0.1%.
const CLOCK_STRIDE: u64 = 1024;

thread_local! {
    /// Time spent since the loop was last known to turn.
    static SPENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Works on a question for as long as it may hold this thread; passes `work` the number of visits that it may
/// make.
///
/// # Errors
/// Any error of `work`.
pub(crate) fn run<A>(mut work: impl FnMut(u64) -> Result<Step<A>>) -> Result<Step<A>> {
    let spent = SPENT.get();
    let most = TURN.saturating_sub(spent).min(QUESTION);
    if most.is_zero() {
        return Ok(Step::Pending);
    }
    let start = Instant::now();
    loop {
        let step = work(CLOCK_STRIDE)?;
        let elapsed = start.elapsed();
        if matches!(step, Step::Done(_)) || elapsed >= most {
            SPENT.set(spent + elapsed);
            return Ok(step);
        }
    }
}

/// Notes that the event loop of this thread has turned.
pub(crate) fn turned() {
    SPENT.set(Duration::ZERO);
}

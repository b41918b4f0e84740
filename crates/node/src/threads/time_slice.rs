//! How long walks may hold JavaScript's thread.
//!
//! A question is worked on for a short time where it is asked, since most end there and going elsewhere
//! costs some 50 us. Questions that follow each other without a turn of the event loop share a longer
//! one; what it does not suffice for goes to the walkers, and the loop turns until it is back.

use std::cell::Cell;
use std::time::{Duration, Instant};

use histo_core::Result;
use histo_core::graph::Step;

use crate::questions::question::Question;

/// Longest for one question: some 20,000 to 50,000 visits.
const QUESTION: Duration = Duration::from_millis(1);
/// Longest for all questions until the loop has certainly turned.
const TURN: Duration = Duration::from_millis(4);
/// Visits between two looks at the clock: some 25 us, which the clock makes 0.1% longer.
const LOOK: u64 = 1024;

thread_local! {
    /// Spent since the loop was last known to turn.
    static SPENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Works on a question as long as it may hold this thread.
///
/// # Errors
/// As `Question::run`.
pub(crate) fn run(question: &mut Question) -> Result<Step<()>> {
    let spent = SPENT.get();
    let most = TURN.saturating_sub(spent).min(QUESTION);
    if most.is_zero() {
        return Ok(if question.is_answered() { Step::Done(()) } else { Step::Pending });
    }
    let start = Instant::now();
    loop {
        let step = question.run(LOOK)?;
        let elapsed = start.elapsed();
        if step == Step::Done(()) || elapsed >= most {
            SPENT.set(spent + elapsed);
            return Ok(step);
        }
    }
}

/// Notes that the event loop of this thread has turned.
pub(crate) fn turned() {
    SPENT.set(Duration::ZERO);
}

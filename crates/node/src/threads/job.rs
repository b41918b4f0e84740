//! Requests on their way to a writer.

use std::sync::Arc;

use histo_core::Error;
use histo_core::write::Outcome;

use crate::threads::caller::Caller;
use crate::writes::request::Request;

/// The requests that a database passes at once.
pub(crate) struct Job {
    pub(crate) caller: Arc<Caller>,
    pub(crate) requests: Vec<Request>,
    /// Whether the same tick will pass more.
    pub(crate) more: bool,
    /// Whether the database closes after the requests.
    pub(crate) close: bool,
}

impl Job {
    /// For a database that is dropped without anyone waiting for it.
    pub(crate) fn leave(caller: Arc<Caller>) -> Self {
        Self { caller, requests: Vec::new(), more: false, close: true }
    }

    /// Acknowledges every request with an error, and a close with success.
    pub(crate) fn fail(self, error: &Error) {
        let mut outcomes: Vec<_> = self.requests.iter().map(|_| Err(error.clone())).collect();
        if self.close {
            outcomes.push(Ok(Outcome::Done));
        }
        self.caller.ack.answer(outcomes);
    }
}

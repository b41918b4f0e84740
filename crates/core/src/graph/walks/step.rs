//! Step: the result of running a walk with a budget.

/// Outcome of running a walk for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a pending walk has not answered"]
pub enum Step<T> {
    /// The walk ended with this answer. Running it again adds nothing.
    Done(T),
    /// The budget or the room for answers ran out. Run it again to continue.
    Pending,
}

impl<T> Step<T> {
    /// Converts the answer.
    pub fn map<U, F: FnOnce(T) -> U>(self, make: F) -> Step<U> {
        match self {
            Self::Done(answer) => Step::Done(make(answer)),
            Self::Pending => Step::Pending,
        }
    }
}

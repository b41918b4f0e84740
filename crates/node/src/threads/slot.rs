//! The engine of a writer: open, being reopened after its medium failed, lost, or closed.
//!
//! After LMDB failed to write its meta page it refuses everything, and after it failed to get a larger map it
//! has none, until the file is reopened. The writer does that; other callers wait a little meanwhile. Has no
//! queue and starts no thread.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use histo_core::{Engine, Error, Result};

use crate::convert::guard::caught;

/// Longest wait for an engine that is being reopened. It ends the wait of a caller that holds the engine itself.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Calls hold the engine for less time than this, some ms; a backup for as long as it lasts.
const HOLDING: Duration = Duration::from_millis(200);

/// The place of the engine.
pub(crate) struct Slot {
    state: Mutex<State>,
    mended: Condvar,
    reopen: Box<dyn Fn() -> Result<Engine> + Send + Sync>,
}

enum State {
    Open(Arc<Engine>),
    /// Given up, and being reopened.
    Mending,
    /// It could not be reopened; the next caller has it tried again.
    Lost(Error),
    Closed,
}

impl Slot {
    /// A place for an open engine; `reopen` opens it again.
    pub(crate) fn new(
        engine: Engine,
        reopen: impl Fn() -> Result<Engine> + Send + Sync + 'static,
    ) -> Self {
        let state = Mutex::new(State::Open(Arc::new(engine)));
        Self { state, mended: Condvar::new(), reopen: Box::new(reopen) }
    }

    /// Returns the engine; `nudge` asks the writer to reopen it if needed.
    pub(crate) fn engine(&self, nudge: impl Fn()) -> Result<Arc<Engine>> {
        let mut state = self.locked();
        let mut deadline = None;
        loop {
            match &*state {
                State::Open(engine) if !engine.must_reopen() => return Ok(Arc::clone(engine)),
                State::Closed => return Err(Error::Closed),
                State::Lost(error) => {
                    nudge();
                    return Err(error.clone());
                }
                State::Open(_) | State::Mending => nudge(),
            }
            let now = Instant::now();
            let left = deadline.get_or_insert(now + TIMEOUT).saturating_duration_since(now);
            if left.is_zero() {
                return Err(too_long());
            }
            state = self.mended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Reopens the engine if its medium failed. Only the writer's thread may call it.
    pub(crate) fn mend(&self) {
        let mut state = self.locked();
        if !matches!(&*state, State::Lost(_))
            && !matches!(&*state, State::Open(engine) if engine.must_reopen())
        {
            return;
        }
        let old = std::mem::replace(&mut *state, State::Mending);
        drop(state);
        give_back(old);
        let opened = caught(|| (self.reopen)());
        *self.locked() = match opened {
            Ok(engine) => State::Open(Arc::new(engine)),
            Err(error) => State::Lost(error),
        };
        self.mended.notify_all();
    }

    /// Closes the files, replaces them by calling `exchange`, and opens the new ones. Only the writer's thread
    /// may call it. Callers of `engine` wait meanwhile, but not for long.
    pub(crate) fn exchange(
        &self,
        check: impl FnOnce() -> Result<()>,
        exchange: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let mut state = self.locked();
        if !matches!(&*state, State::Open(_)) {
            return Err(Error::Closed);
        }
        check()?;
        let old = std::mem::replace(&mut *state, State::Mending);
        drop(state);
        give_back(old);
        let exchanged = exchange();
        let opened = caught(|| (self.reopen)());
        let failed = opened.as_ref().err().cloned();
        *self.locked() = match opened {
            Ok(engine) => State::Open(Arc::new(engine)),
            Err(error) => State::Lost(error),
        };
        self.mended.notify_all();
        exchanged.and_then(|()| failed.map_or(Ok(()), Err))
    }

    /// Closes the files, calls `change` to set how to open them, and opens them; if that fails, as they were
    /// open before. Callers of `engine` wait meanwhile.
    ///
    /// # Errors
    /// `Locked` if the engine is held for long, as by a backup; any error of opening.
    pub(crate) fn reopen(&self, change: impl Fn(bool)) -> Result<()> {
        let mut state = self.settled()?;
        let State::Open(engine) = &*state else {
            return Err(Error::Closed);
        };
        let began = Instant::now();
        while Arc::strong_count(engine) > 1 {
            if began.elapsed() > HOLDING {
                return Err(Error::Locked(
                    "cannot open the database for writing: this process reads it, and it is being backed up".into(),
                ));
            }
            thread::sleep(Duration::from_millis(1));
        }
        drop(std::mem::replace(&mut *state, State::Mending));
        change(true);
        let opened = caught(|| (self.reopen)());
        let failed = opened.as_ref().err().cloned();
        let opened = opened.or_else(|_| {
            change(false);
            caught(|| (self.reopen)())
        });
        *state = match opened {
            Ok(engine) => State::Open(Arc::new(engine)),
            Err(error) => State::Lost(error),
        };
        self.mended.notify_all();
        failed.map_or(Ok(()), Err)
    }

    /// Returns the state, once nobody is reopening the files.
    fn settled(&self) -> Result<MutexGuard<'_, State>> {
        let waiting = |state: &mut State| matches!(state, State::Mending);
        let waited = self.mended.wait_timeout_while(self.locked(), TIMEOUT, waiting);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() { Err(too_long()) } else { Ok(state) }
    }

    /// Closes the files, before anyone can reopen them.
    pub(crate) fn close(&self) {
        let old = std::mem::replace(&mut *self.locked(), State::Closed);
        give_back(old);
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_long() -> Error {
    Error::Store {
        message: "the database is being reopened after a failure".into(),
        cause: "that takes longer than a call may wait".into(),
    }
}

/// Waits until nobody else holds the engine, and closes its files.
fn give_back(state: State) {
    let State::Open(engine) = state else {
        return;
    };
    // Calls and walkers hold it for about 1 ms at a time.
    while Arc::strong_count(&engine) > 1 {
        thread::sleep(Duration::from_millis(1));
    }
    drop(engine);
}

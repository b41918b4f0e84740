//! Opening, closing and draining.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use histo_core::write::Outcome;
use histo_core::{Engine, MemoryOptions};
use napi::bindgen_prelude::{External, Function, Unknown};
use napi::{Env, Result};
use napi_derive::napi;

use crate::convert::guard::{Code, caught, from_napi, guard};
use crate::database::{Database, Link};
use crate::threads::ack::Ack;
use crate::threads::caller::Caller;
use crate::threads::pool::Pool;
use crate::threads::registry::{self, Wanted};
use crate::threads::seed::seed;
use crate::threads::writer::Writer;
use crate::writes::prepare::Workbench;

/// Options for opening a database.
#[napi(object)]
pub struct OpenOptions {
    /// The folder; without one, the database is in memory.
    pub path: Option<String>,
    /// The name that it must have.
    pub name: Option<String>,
    /// The name for a new database if none was given.
    pub fallback_name: String,
    /// Whether a power loss may undo the last commits.
    pub relaxed: bool,
    /// Whether revisions may be stored as changes.
    pub deltas: bool,
    /// At most this many bytes in a payload.
    pub max_revision_bytes: f64,
    /// Whether only an existing database is opened, and nothing is written.
    pub read_only: bool,
    /// Days that the log keeps moves of heads; without it they are not logged.
    pub log_days: Option<u32>,
}

/// Starts to open a database. On disk, opening is the first outcome that `take` returns; in memory it is open
/// at once. Calls `wake` when there are outcomes to take.
#[napi(catch_unwind)]
pub fn open(
    env: Env,
    options: OpenOptions,
    wake: Function<'_, (), Unknown<'static>>,
) -> Result<External<Database>, Code> {
    guard(|| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "TypeScript lets only positive integers through"
        )]
        let limit = options.max_revision_bytes as u64;
        let Some(path) = options.path else {
            let name = options.name.unwrap_or(options.fallback_name);
            let kept = MemoryOptions { whole: !options.deltas, ..MemoryOptions::default() };
            let engine = Arc::new(Engine::memory(name, seed(), &kept));
            let last = engine.last_move();
            let link = Link::Memory(engine, Box::<Workbench>::default());
            let db = Database::new(Ack::silent(), (limit, options.log_days), None, link);
            db.joined().store(last, Ordering::Release);
            return Ok(External::new(db));
        };
        let ack = Ack::new(&wake).map_err(from_napi)?;
        let path = PathBuf::from(path);
        let read_only = options.read_only.then(|| path.clone());
        let db =
            Database::new(ack, (limit, options.log_days), read_only, Link::Opening(Vec::new()));
        let wanted = Wanted {
            name: options.name,
            fallback: options.fallback_name,
            relaxed: options.relaxed,
            deltas: options.deltas,
            read_only: options.read_only,
        };
        db.caller().ack.expect(env, 1).map_err(from_napi)?;
        open_apart(&db, path, wanted);
        Ok(External::new(db))
    })
}

/// Opens on another thread, one database after another: one lock guards the count of open paths.
fn open_apart(db: &Database, path: PathBuf, wanted: Wanted) {
    static OPENER: Pool = Pool::new("histo-opener", || 1, None);
    let (caller, link, mark) = (db.caller(), db.link(), db.joined());
    OPENER.send(Box::new(move |started| {
        let joined = started.and_then(|()| caught(|| registry::join(&path, &wanted)));
        answer(joined, &caller, &link, &mark);
        true
    }));
}

/// Reports the result of opening, and starts the jobs that were waiting for it.
fn answer(
    joined: histo_core::Result<Arc<Writer>>,
    caller: &Caller,
    link: &Mutex<Link>,
    mark: &AtomicU64,
) {
    let mut link = link.lock().unwrap_or_else(PoisonError::into_inner);
    let Link::Opening(waiting) = &mut *link else {
        return;
    };
    let waiting = std::mem::take(waiting);
    let closed = waiting.iter().any(|job| job.close);
    let (next, outcome) = match joined {
        Ok(writer) => {
            let last = writer.engine().map_or(0, |engine| engine.last_move());
            mark.store(last, Ordering::Release);
            (Link::Disk(writer), Ok(Outcome::Done))
        }
        Err(error) => (Link::Failed(error.clone()), Err(error)),
    };
    caller.ack.answer(vec![outcome]);
    for job in waiting {
        match &next {
            Link::Disk(writer) => writer.push(job),
            Link::Failed(error) => job.fail(error),
            Link::Opening(_) | Link::Memory(..) | Link::Closed => {}
        }
    }
    *link = if closed { Link::Closed } else { next };
}

/// Returns the database's name.
#[napi(catch_unwind)]
pub fn name(db: &External<Database>) -> Result<String, Code> {
    db.guarded(|engine| Ok(engine.name().to_owned()))
}

/// Closes after the writes passed; on disk that is one more outcome, in memory it is done at once.
#[napi(catch_unwind)]
pub fn close(env: Env, db: &External<Database>) -> Result<(), Code> {
    guard(|| {
        if db.close_memory() {
            return Ok(());
        }
        db.caller().ack.expect(env, 1).map_err(from_napi)?;
        db.close();
        Ok(())
    })
}

/// Blocks until all that was passed is on disk: for `process.on('exit')`.
#[napi(catch_unwind)]
pub fn drain(db: &External<Database>) -> Result<(), Code> {
    guard(|| {
        db.caller().ack.drain();
        Ok(())
    })
}

//! Reading the log of heads, by pages.

use histo_core::{LogEntry, LogId, LoggedPlace};
use napi::Result;
use napi::bindgen_prelude::{Either, External, Null};
use napi_derive::napi;

use crate::convert::guard::{Code, guard};
use crate::convert::values::RefHex;
use crate::database::Database;

/// Where a head was; `null` if there was none.
type Place = Either<RefHex, Null>;

/// A move of a head.
#[napi(object, object_from_js = false)]
pub struct LoggedMove {
    /// Its id; ids sort in order of time.
    pub id: String,
    /// In ms since 1970.
    pub time: f64,
    /// The branch.
    pub branch: String,
    /// The head before; missing if that revision was deleted.
    #[napi(ts_type = "string | null")]
    pub from: Option<Place>,
    /// The head after; missing if that revision was deleted.
    #[napi(ts_type = "string | null")]
    pub to: Option<Place>,
    /// The cause.
    pub action: &'static str,
    /// Number of moves of an undo or redo of several.
    pub steps: Option<u32>,
    /// The remote database that asked for the move.
    pub remote: Option<String>,
}

/// A part of the log.
#[napi(object, object_from_js = false)]
pub struct LoggedMoves {
    /// Newest first.
    pub moves: Vec<LoggedMove>,
    /// The `before` of the next part; none at the end.
    pub next: Option<String>,
}

/// Returns moves of heads below the id `before`, newest first, of one branch or of all, at most `limit`. May
/// return fewer so as not to take long.
#[napi(catch_unwind)]
pub fn log_page(
    db: &External<Database>,
    branch: Option<String>,
    before: Option<String>,
    limit: u32,
) -> Result<LoggedMoves, Code> {
    guard(move || {
        let before = before.as_deref().map(LogId::parse).transpose()?;
        let page =
            db.engine(|engine| engine.log_page(branch.as_deref(), before, limit as usize))?;
        let moves = page.entries.into_iter().map(logged).collect();
        Ok(LoggedMoves { moves, next: page.next.map(LogId::text) })
    })
}

fn logged(entry: LogEntry) -> LoggedMove {
    let place = |place| match place {
        LoggedPlace::None => Some(Either::B(Null)),
        LoggedPlace::At(reference) => Some(Either::A(RefHex(reference))),
        LoggedPlace::Gone => None,
    };
    LoggedMove {
        id: entry.id.text(),
        #[expect(clippy::cast_precision_loss, reason = "48 bits")]
        time: entry.time as f64,
        branch: entry.branch,
        from: place(entry.from),
        to: place(entry.to),
        action: entry.cause.name(),
        steps: (entry.steps > 1).then_some(entry.steps),
        remote: entry.remote,
    }
}

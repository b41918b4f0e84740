//! Work over a whole database: asked for here, carried on by `sendAway`, looked at between rounds.

use std::path::PathBuf;

use histo_core::Error;
use histo_core::graph::Graph;
use napi::bindgen_prelude::External;
use napi::{Env, Result};
use napi_derive::napi;

use crate::convert::guard::{Code, guard};
use crate::convert::values::RefHex;
use crate::database::Database;
use crate::exports::graph::resting;
use crate::exports::read::{Answer, Rows};
use crate::questions::maintenance::Maintenance;
use crate::questions::question::{self, Walk};
use crate::threads::walkers::Question;

/// Asks for every revision to be hashed anew, and all else to be looked at.
#[napi(catch_unwind)]
pub fn verify(db: &External<Database>) -> Result<External<Question>, Code> {
    guard(|| Ok(asked(Maintenance::verify(db.link()))))
}

/// Asks for a copy of the database in another folder, under another name where one is given.
#[napi(catch_unwind)]
pub fn backup(
    db: &External<Database>,
    path: String,
    name: Option<String>,
) -> Result<External<Question>, Code> {
    guard(move || Ok(asked(Maintenance::backup(&db.link(), PathBuf::from(path), name)?)))
}

/// Asks for a closed database in the folder `made`, below `path`, to be moved there for good.
#[napi(catch_unwind)]
pub fn publish(made: String, path: String) -> Result<External<Question>, Code> {
    guard(move || Ok(asked(Maintenance::publish(PathBuf::from(made), PathBuf::from(path)))))
}

/// Asks for a file that may be damaged, or the one in a folder, to be searched for whole revisions.
/// `dangling`: also for those whose ancestors are lost.
#[napi(catch_unwind)]
pub fn rescue(path: String, dangling: bool) -> Result<External<Question>, Code> {
    guard(move || Ok(asked(Maintenance::rescue(PathBuf::from(path), dangling))))
}

/// Takes the next revisions that a search found, ancestors first, up to `most` or what one text holds;
/// none at the end.
#[napi(catch_unwind)]
pub fn next_rescued(env: Env, question: &External<Question>, most: u32) -> Result<Answer, Code> {
    guard(|| {
        question.with(|question| {
            let rescue = question.maintenance().ok_or_else(no_chore)?.rescued()?;
            let mut rows = Rows::new(env.raw());
            let mut left = most;
            while left > 0 && rows.has_room() {
                let Some(rescued) = rescue.take() else { break };
                let ancestors = rescued.ancestors.iter();
                rows.revision(&rescued.reference, ancestors, rescued.kind, &rescued.payload);
                left -= 1;
            }
            rows.finish()
        })
    })
}

/// How far such work is.
#[napi(object, object_from_js = false)]
pub struct Progress {
    /// Whether it is done.
    pub ended: bool,
    /// Revisions, or bytes of a file.
    pub done: f64,
    /// The same in all.
    pub total: f64,
    /// Bytes so far: of payloads, or of a file.
    pub bytes: f64,
    /// Of a backup: how many it will have.
    pub revisions: u32,
}

/// Tells how far such work is, and lets it go on when it is next sent away.
#[napi(catch_unwind)]
pub fn go_on(question: &External<Question>) -> Result<Progress, Code> {
    guard(|| {
        question.with(|question| {
            let ended = question.has_ended();
            let maintenance = question.maintenance().ok_or_else(no_chore)?;
            maintenance.go_on();
            let progress = maintenance.progress();
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            Ok(Progress {
                ended,
                done: progress.done as f64,
                total: progress.total as f64,
                bytes: progress.bytes as f64,
                revisions: progress.revisions,
            })
        })
    })
}

/// What a verification found to be wrong.
#[napi(object, object_from_js = false)]
pub struct Findings {
    /// Revisions whose bytes are not what their refs say.
    #[napi(ts_type = "string[]")]
    pub damaged: Vec<RefHex>,
    /// Revisions that the graph has and the store has not.
    #[napi(ts_type = "string[]")]
    pub missing: Vec<RefHex>,
    /// Revisions with a direct ancestor that is missing.
    #[napi(ts_type = "string[]")]
    pub dangling: Vec<RefHex>,
    /// Heads and remotes that are damaged or name no revision.
    pub heads: Vec<LostHead>,
    /// How many are known without their data.
    pub tombstones: u32,
    /// What else does not hold together in the file.
    pub fault: Option<String>,
}

/// A head that leads nowhere.
#[napi(object, object_from_js = false)]
pub struct LostHead {
    /// `heads/<branch>` or `remotes/<name>`.
    pub key: String,
    /// What it names; nothing where it is damaged.
    #[napi(js_name = "ref", ts_type = "string")]
    pub reference: Option<RefHex>,
}

/// What a verification found.
#[napi(catch_unwind)]
pub fn findings_of(question: &External<Question>) -> Result<Findings, Code> {
    guard(|| {
        question.with(|question| {
            let found = question.maintenance().ok_or_else(no_chore)?.findings()?;
            let refs = |refs: &[histo_core::Ref]| refs.iter().copied().map(RefHex).collect();
            let head = |(key, head): &(String, Option<histo_core::Ref>)| LostHead {
                key: key.clone(),
                reference: head.map(RefHex),
            };
            Ok(Findings {
                damaged: refs(&found.damaged),
                missing: refs(&found.missing),
                dangling: refs(&found.dangling),
                heads: found.heads.iter().map(head).collect(),
                tombstones: found.tombstones,
                fault: found.fault.map(ToOwned::to_owned),
            })
        })
    })
}

fn asked(maintenance: Maintenance) -> External<Question> {
    resting(question::Question::new(Graph::default(), Walk::Maintenance(Box::new(maintenance))))
}

fn no_chore() -> Error {
    Error::Internal("a walk is no work over a whole database".into())
}

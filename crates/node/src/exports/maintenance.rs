//! Work on a whole database: started here, continued in rounds by `goOn`.

use std::path::PathBuf;
use std::time::Instant;

use histo_core::graph::Step;
use napi::bindgen_prelude::External;
use napi::{Env, Result};
use napi_derive::napi;

use crate::convert::guard::{Code, guard};
use crate::convert::values::{Made, RefHex};
use crate::database::Database;
use crate::exports::rows::{Answer, Rows};
use crate::questions::ask::{Withdrawal, ask_later};
use crate::questions::held::Held;
use crate::questions::maintenance::Maintenance;
use crate::threads::walkers;

/// The handle that JavaScript has of such work.
pub type OpenMaintenance = Held<Maintenance>;

/// Starts to hash every revision again, and to check everything else.
#[napi(catch_unwind)]
pub fn verify(db: &External<Database>) -> Result<External<OpenMaintenance>, Code> {
    guard(|| Ok(started(Maintenance::verify(db.link()))))
}

/// Starts to copy the database into another folder, under another name if one is given.
#[napi(catch_unwind)]
pub fn backup(
    db: &External<Database>,
    path: String,
    name: Option<String>,
) -> Result<External<OpenMaintenance>, Code> {
    guard(move || Ok(started(Maintenance::backup(&db.link(), PathBuf::from(path), name)?)))
}

/// Starts to move a closed database from the folder `made`, inside `path`, into `path`.
#[napi(catch_unwind)]
pub fn publish(made: String, path: String) -> Result<External<OpenMaintenance>, Code> {
    guard(move || Ok(started(Maintenance::publish(PathBuf::from(made), PathBuf::from(path)))))
}

/// Starts to search a file that may be damaged, or the one in a folder, for whole revisions. `dangling`: also
/// those whose ancestors are lost.
#[napi(catch_unwind)]
pub fn rescue(path: String, dangling: bool) -> Result<External<OpenMaintenance>, Code> {
    guard(move || Ok(started(Maintenance::rescue(PathBuf::from(path), dangling))))
}

/// Takes the next revisions that a search found, ancestors first, up to `most` or what fits in one text; none
/// at the end.
#[napi(catch_unwind)]
pub fn next_rescued(env: Env, work: &External<OpenMaintenance>, most: u32) -> Result<Answer, Code> {
    guard(|| {
        work.with(|work| {
            let rescue = work.rescued()?;
            let mut rows = Rows::new(env.raw());
            let mut left = most;
            while left > 0 && rows.has_room() {
                let Some(rescued) = rescue.take() else { break };
                let ancestors = rescued.ancestors.iter();
                let data = (rescued.kind, rescued.payload.as_slice());
                rows.revision(&rescued.reference, ancestors, data, rescued.meta.as_deref());
                left -= 1;
            }
            rows.finish()
        })
    })
}

/// The progress of such work.
#[napi(object, object_from_js = false)]
pub struct Progress {
    /// Whether it is done.
    pub ended: bool,
    /// Revisions done, or bytes of a file.
    pub done: f64,
    /// The total of these.
    pub total: f64,
    /// Bytes done: of payloads, or of a file.
    pub bytes: f64,
    /// Number of revisions that a backup will have.
    pub revisions: u32,
}

/// Continues such work for a round of 100 ms, on a thread of its own. Returns its progress.
#[napi(catch_unwind, ts_return_type = "Promise<Progress>")]
pub fn go_on(
    env: Env,
    work: &External<OpenMaintenance>,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    guard(|| {
        let held = work.share();
        let mut began = None;
        let round = move |_| {
            let began = *began.get_or_insert_with(Instant::now);
            held.with(|work| {
                let ended = work.run()? == Step::Done(());
                let is_over = ended || work.ends_round(began);
                let progress = work.progress();
                Ok(if is_over { Step::Done((ended, progress)) } else { Step::Pending })
            })
        };
        ask_later(env, end, walkers::send_apart, round, |_, (ended, progress)| {
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

/// Frees such work, and the files that it has open.
#[napi(catch_unwind)]
pub fn end_maintenance(work: &External<OpenMaintenance>) -> Result<(), Code> {
    guard(|| {
        work.end();
        Ok(())
    })
}

/// The faults that a verification found.
#[napi(object, object_from_js = false)]
pub struct Findings {
    /// Revisions whose bytes do not hash to their refs.
    #[napi(ts_type = "string[]")]
    pub damaged: Vec<RefHex>,
    /// Revisions that are in the graph but not in the store.
    #[napi(ts_type = "string[]")]
    pub missing: Vec<RefHex>,
    /// Revisions with a missing direct ancestor.
    #[napi(ts_type = "string[]")]
    pub dangling: Vec<RefHex>,
    /// Heads and remotes that are damaged or name no revision.
    pub heads: Vec<LostHead>,
    /// Number of revisions known without their data.
    pub tombstones: u32,
    /// Another inconsistency of the file.
    pub fault: Option<String>,
}

/// A head without a revision.
#[napi(object, object_from_js = false)]
pub struct LostHead {
    /// `heads/<branch>` or `remotes/<name>`.
    pub key: String,
    /// The ref that it names; missing if it is damaged.
    #[napi(js_name = "ref", ts_type = "string")]
    pub reference: Option<RefHex>,
}

/// Returns what a verification found.
#[napi(catch_unwind)]
pub fn findings_of(work: &External<OpenMaintenance>) -> Result<Findings, Code> {
    guard(|| {
        work.with(|work| {
            let found = work.findings()?;
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

fn started(work: Maintenance) -> External<OpenMaintenance> {
    External::new(Held::new(work))
}

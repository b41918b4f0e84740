//! The log of a database in memory, for a backup.

use super::Engine;
use crate::Result;
use crate::graph::{Graph, Pos};
use crate::store::View;
use crate::store::format::log::{self as format, Entry, Writer};
use crate::write::Step;

/// The rows of the log: records and names by number.
#[derive(Default)]
pub(super) struct LogCopy {
    records: Vec<(u64, Vec<u8>)>,
    names: Vec<(u32, Vec<u8>)>,
}

impl LogCopy {
    /// Takes all rows.
    pub(super) fn of(view: &dyn View) -> Result<Self> {
        let mut copy = Self::default();
        view.log_forward(&mut |number, value| {
            copy.records.push((number, value.to_vec()));
            Ok(true)
        })?;
        view.log_names(0, &mut |number, value| {
            copy.names.push((number, value.to_vec()));
            true
        })?;
        Ok(copy)
    }

    /// Writes all rows into a copy, whose revisions may have other positions than in `graph`.
    pub(super) fn write(self, graph: &Graph, copy: &Engine) -> Result<()> {
        let mut records = Vec::with_capacity(self.records.len());
        for (number, value) in self.records {
            let Some(record) = format::decode(number, &value) else { continue };
            let mut writer = Writer::new(number, record.first);
            for entry in record.entries {
                let Step { from, to, cause, steps } = entry.step;
                let [from, to] = [from, to].map(|pos| placed(pos, graph, copy));
                let step = Step { from: from?, to: to?, cause, steps };
                writer.add(&Entry { step, ..entry });
            }
            records.push((number, writer.value().to_vec()));
        }
        copy.medium.write(|txn| {
            for (number, value) in &records {
                txn.put_log(*number, Some(value))?;
            }
            for (number, value) in &self.names {
                txn.put_log_name(*number, Some(value.clone()))?;
            }
            txn.stamp()
        })?;
        Ok(())
    }
}

/// Returns the place of a revision in the copy, or, if nothing is left of it, a position that no revision gets.
fn placed(pos: Option<Pos>, graph: &Graph, copy: &Engine) -> Result<Option<Pos>> {
    let Some(pos) = pos else { return Ok(None) };
    if !graph.contains(pos) || graph.dead().is_deleted(pos) {
        return Ok(Some(Pos::MAX));
    }
    Ok(Some(copy.find(graph.ref_at(pos))?.unwrap_or(Pos::MAX)))
}

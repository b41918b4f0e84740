//! Several heads moved by one write, all or none.
//!
//! Each part is decided like a write of its own, on top of the parts before it. The error of a batch names the
//! part that failed.

use super::{Action, Group, Op, Outcome, head_key, remote_key};
use crate::{Error, Ref, Result};

impl<'o> Group<'_, 'o> {
    /// Decides the parts of a batch in order.
    ///
    /// # Errors
    /// `InBatch` with the error of the first part that fails. Heads are then as before; the rest is undone as
    /// for any write.
    pub(super) fn batch(&mut self, parts: &'o [Op]) -> Result<Outcome> {
        let before = self.heads_before(parts);
        let mut heads = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            match self.decide(part) {
                Ok(Outcome::Ref(reference)) => heads.push(Some(reference)),
                Ok(_) => heads.push(None),
                Err(error) => {
                    self.put_back(before);
                    return Err(Error::in_batch(index, error));
                }
            }
        }
        Ok(Outcome::Heads(heads))
    }

    /// Returns the heads that a batch names, as the writes before it left them.
    fn heads_before(&self, parts: &[Op]) -> Vec<(String, Option<Option<Ref>>)> {
        let keys = parts.iter().map(|part| match &part.action {
            Action::SetRemoteHead { name, .. } | Action::DeleteRemote { name } => remote_key(name),
            _ => head_key(&part.branch),
        });
        keys.map(|key| {
            let was = self.changed.get(&key).copied();
            (key, was)
        })
        .collect()
    }

    fn put_back(&mut self, before: Vec<(String, Option<Option<Ref>>)>) {
        for (key, was) in before {
            match was {
                Some(head) => drop(self.changed.insert(key, head)),
                None => drop(self.changed.remove(&key)),
            }
        }
    }
}

//! Storing short texts: whole, or as one hunk on the text of the first parent.

use super::deltas::{History, Writing};
use super::format::record::{Body, Form};
use crate::delta::chain::Known;
use crate::delta::short::Short;
use crate::graph::Pos;
use crate::write::Staged;

impl Writing {
    /// Chooses how to store a short text at `pos`; `list` and `read` as in `body_for`. The text takes the place of
    /// its parent's among those that are kept.
    pub(super) fn short_body_for<'b, E>(
        &mut self,
        history: &impl History,
        (pos, revision): (Pos, &Staged<'b>),
        list: &'b mut Vec<u8>,
        read: impl FnMut(Pos) -> Result<Option<Known>, E>,
    ) -> Result<Body<'b>, E> {
        let text = revision.payload;
        let parent = revision.parents.first().copied().filter(|&parent| history.is_there(parent));
        let before = self.short(parent, read)?;
        let mut body = Body::raw(text);
        let own = match (before, parent) {
            (Some(before), Some(base)) => {
                let is_based = before.hunk(text, list);
                if is_based {
                    body.form = Form::Hunks { base, unpacked: None, is_snapshot: false };
                    body.bytes = list;
                }
                before.followed_by(text, is_based)
            }
            _ => Short { text: text.to_vec(), records: 1 },
        };
        self.recent.put(pos.get(), own);
        Ok(body)
    }

    /// Returns the text of a parent, if it is short.
    fn short<E>(
        &mut self,
        parent: Option<Pos>,
        mut read: impl FnMut(Pos) -> Result<Option<Known>, E>,
    ) -> Result<Option<Short>, E> {
        let Some(parent) = parent else { return Ok(None) };
        if let Some(short) = self.recent.take(parent.get()) {
            return Ok(Some(short));
        }
        let known = read(parent)?;
        Ok(known.map(|known| Short { text: known.text.to_vec(), records: known.records() }))
    }
}

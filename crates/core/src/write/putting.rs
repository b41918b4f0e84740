//! Puts of a group: drafts get their ancestors and refs, and are staged.

use super::draft::repeated;
use super::group::Content;
use super::{Cause, Draft, Group, Op, Previous, head_key};
use crate::revision::Meta;
use crate::{Error, Ref, Result};

/// Refs that are looked up together, so that the processor waits for their places in memory at the same time.
const TOGETHER: usize = 16;

impl<'o> Group<'_, 'o> {
    /// Stages the drafts of a put, and moves the head to the last one.
    pub(super) fn put(
        &mut self,
        op: &Op,
        drafts: &'o [Draft],
        previous: Previous,
        move_head: bool,
    ) -> Result<Vec<Ref>> {
        if drafts.first().is_none_or(|draft| draft.ancestors.is_none()) {
            self.expect_unbroken(op)?;
        }
        let key = head_key(&op.branch);
        let head = self.expect(&key, previous)?;
        let from = head.and_then(|head| self.find(&head));
        let (mut latest, mut refs) = (head, Vec::with_capacity(drafts.len()));
        self.found.reserve(drafts.len().saturating_sub(1)); // the last one is not in it
        for some in drafts.chunks(TOGETHER) {
            self.drafts(some, &mut latest, &mut refs)?;
        }
        if move_head && latest != head {
            self.changed.insert(key, latest);
            let to = latest.and_then(|latest| self.find(&latest));
            self.record(op, &op.branch, (Cause::Put, 1), (from, to));
        }
        Ok(refs)
    }

    /// Stages at most `TOGETHER` drafts; the first follows `latest`, unless it names its ancestors.
    fn drafts(
        &mut self,
        drafts: &'o [Draft],
        latest: &mut Option<Ref>,
        refs: &mut Vec<Ref>,
    ) -> Result<()> {
        let (mut before, first) = (*latest, refs.len());
        for draft in drafts {
            let reference = draft.ref_on(ancestors_of(draft, latest.as_slice()));
            *latest = Some(reference);
            refs.push(reference);
        }
        let refs = refs.get(first..).unwrap_or_default();
        let mut indexed = [None; TOGETHER];
        for (place, reference) in indexed.iter_mut().zip(refs) {
            *place = self.index.find(reference);
        }
        for ((draft, &reference), indexed) in drafts.iter().zip(refs).zip(indexed) {
            let ancestors = ancestors_of(draft, before.as_slice());
            if let Some(twice) = repeated(ancestors) {
                return Err(Error::Misuse(format!("the ancestor {twice} is named twice")));
            }
            let there = self.find_staged(&reference).or(indexed);
            let meta = draft.meta.as_deref().map(Meta::json);
            let content = Content::of(draft.kind, &draft.payload, meta);
            self.stage((reference, there), ancestors, content, None)?;
            before = Some(reference);
        }
        Ok(())
    }
}

fn ancestors_of<'d>(draft: &'d Draft, latest: &'d [Ref]) -> &'d [Ref] {
    draft.ancestors.as_deref().unwrap_or(latest)
}

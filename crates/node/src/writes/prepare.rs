//! From a request of JavaScript to a write that can be decided.
//!
//! Takes no lock of the store.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use histo_core::json::Canonicalizer;
use histo_core::sync::{Batch, Taking};
use histo_core::write::{Action, Arrival, Cause, Chains, Deed, Draft, Logging, Op, Pruning};
use histo_core::{Engine, Error, Result, failpoint};

use crate::threads::caller::Caller;
use crate::writes::drafts::{draft_of, drafts_of};
use crate::writes::request::{Item, Items, Named, Request, Wish};

/// The first drafts of `putMany`s in progress, by caller and number, or the error that refused them.
type Parts = HashMap<(u64, u32), Result<Vec<Draft>>>;

/// The state that deciding writes keeps from one to the next.
#[derive(Default)]
pub(crate) struct Workbench {
    canonicalizer: Canonicalizer,
    parts: Parts,
    /// The chains that earlier groups left.
    pub(crate) chains: Chains,
}

impl Workbench {
    /// Makes a write from a request. A refused request becomes a write that fails, in its place.
    pub(crate) fn prepare(&mut self, engine: &Engine, caller: &Caller, request: Request) -> Op {
        failpoint::hit("prepare");
        let Request { branch, chain, wish, log } = request;
        let action = match &caller.read_only {
            Some(path) if !wish.only_reads() => Err(Error::read_only(path)),
            _ => self.action(engine, chain.caller, caller.limit, wish),
        };
        Op { branch, chain, action: action.unwrap_or_else(Action::Refuse), log }
    }

    /// Forgets what a caller has in progress.
    pub(crate) fn forget(&mut self, caller: u64) {
        self.parts.retain(|(id, _), _| *id != caller);
        self.chains.retain(|(id, _)| *id != caller);
    }

    fn action(&mut self, engine: &Engine, caller: u64, limit: u64, wish: Wish) -> Result<Action> {
        Ok(match wish {
            Wish::Put { items, previous, move_head, many, part } => {
                let drafts = self.drafts(caller, part, limit, items)?;
                Action::Put { drafts, previous, move_head, many }
            }
            Wish::Part { number, items } => {
                let drafts = self.drafts(caller, number, limit, items);
                self.parts.insert((caller, number), drafts);
                insert(Vec::new())
            }
            Wish::DropPart { number } => {
                self.parts.remove(&(caller, number));
                insert(Vec::new())
            }
            Wish::SetHead { reference, previous } => {
                Action::SetHead { reference: known_ref(reference)?, previous }
            }
            Wish::DeleteBranch { previous } => Action::DeleteBranch { previous },
            Wish::Travel { way, steps, previous } => Action::Travel { way, steps, previous },
            Wish::Batch(parts) => {
                let ops = parts.into_iter().map(|Request { branch, chain, wish, log }| {
                    let action = self.action(engine, caller, limit, wish);
                    let log = log.map(|log| Logging { cause: Some(Cause::Batch), ..log });
                    Op { branch, chain, action: action.unwrap_or_else(Action::Refuse), log }
                });
                Action::Batch(ops.collect())
            }
            Wish::SetRemoteHead { name, reference } => {
                Action::SetRemoteHead { name, reference: known_ref(reference)? }
            }
            Wish::DeleteRemote { name } => Action::DeleteRemote { name },
            Wish::Arrivals { reorder_buffer, items } => {
                let arrivals = items.into_iter().map(|item| self.arrival(limit, item));
                let arrivals = arrivals.collect::<Result<_>>()?;
                let arrivals = taking(&reorder_buffer, |reorder_buffer| {
                    reorder_buffer.add(arrivals, known_to(engine))
                })?;
                insert(arrivals)
            }
            Wish::Frame { taking, frame } => insert(take(engine, &taking, frame)?),
            Wish::FinishFrames { taking, last, remotes } => {
                let mut arrivals = match last {
                    Some(frame) => take(engine, &taking, frame)?,
                    None => Vec::new(),
                };
                let known = known_to(engine);
                arrivals.extend(self::taking(&taking, |taking| taking.finish(known))?);
                let remotes = remotes.into_iter().map(|(name, head)| Ok((name, known_ref(head)?)));
                Action::Insert { arrivals, remotes: remotes.collect::<Result<_>>()? }
            }
            Wish::Finish { reorder_buffer } => insert(taking(&reorder_buffer, |reorder_buffer| {
                reorder_buffer.finish(known_to(engine))
            })?),
            Wish::Erase { references, meta } => {
                Action::Alone(Deed::Erase { references: all_known(references)?, meta })
            }
            Wish::Prune { pruning, keep, before } => {
                let keep = all_known(keep)?;
                let before = before.map(all_known).transpose()?;
                Action::Alone(Deed::Prune(Pruning { keep, before, ..pruning }))
            }
            Wish::Sweep { start } => Action::Alone(Deed::Sweep(start)),
            Wish::Compact => Action::Alone(Deed::Compact),
        })
    }

    /// Returns the drafts of items, after those that came earlier under the same number; 0 has no earlier ones.
    fn drafts(&mut self, caller: u64, number: u32, limit: u64, items: Items) -> Result<Vec<Draft>> {
        let before = if number == 0 { None } else { self.parts.remove(&(caller, number)) };
        let mut before = before.unwrap_or(Ok(Vec::new()))?;
        let mut drafts = drafts_of(&mut self.canonicalizer, limit, items)?;
        if before.is_empty() {
            return Ok(drafts);
        }
        before.append(&mut drafts);
        Ok(before)
    }

    fn arrival(&mut self, limit: u64, item: Item) -> Result<Arrival> {
        let (draft, claimed) = draft_of(&mut self.canonicalizer, limit, item)?;
        let claimed = claimed.transpose().map_err(|text| Error::Corrupt {
            message: format!("revision {text} is forged: no revision has such a ref"),
            subject: Some(text),
        })?;
        Arrival::new(draft, claimed)
    }
}

fn insert(arrivals: Vec<Arrival>) -> Action {
    Action::Insert { arrivals, remotes: Vec::new() }
}

/// Returns what can be written with the next batch of a stream.
fn take(engine: &Engine, state: &Mutex<Taking>, frame: Batch) -> Result<Vec<Arrival>> {
    let mut lookup = |reference: &_, most| engine.base_text(reference, most);
    taking(state, |taking| taking.take(frame, known_to(engine), &mut lookup))
}

fn known_ref(named: Named) -> Result<histo_core::Ref> {
    named.map_err(Error::NotFound)
}

fn all_known(refs: Vec<Named>) -> Result<Vec<histo_core::Ref>> {
    refs.into_iter().map(known_ref).collect()
}

fn known_to(engine: &Engine) -> impl Fn(&histo_core::Ref) -> Result<bool> {
    |reference| engine.has_place(reference)
}

fn taking<T, R>(state: &Mutex<T>, take: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
    take(&mut state.lock().unwrap_or_else(PoisonError::into_inner))
}

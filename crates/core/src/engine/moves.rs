//! The heads that moved lately, so that followers read what changed and not all heads.
//!
//! Knows what this engine committed. Moves are numbered across all engines of the process. After a commit of
//! another process, or after too many moves, the list is unknown and the caller reads all heads.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Ref;

/// At most this many moves are remembered.
const KEPT_MOVES: usize = 4096;

static LATEST: AtomicU64 = AtomicU64::new(0);

fn next() -> u64 {
    LATEST.fetch_add(1, Ordering::Relaxed) + 1
}

/// A head that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// `heads/<branch>` or `remotes/<name>`.
    pub key: String,
    /// The head before.
    pub from: Option<Ref>,
    /// The head after.
    pub to: Option<Ref>,
}

impl Move {
    /// Whether something was written: deleting a missing head writes nothing.
    pub(super) const fn is_real(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }
}

#[derive(Debug)]
pub(super) struct Moves(Mutex<Known>);

#[derive(Debug)]
struct Known {
    /// All moves after this number are in the list.
    start: u64,
    list: VecDeque<(u64, Move)>,
    /// The last transaction whose moves are known.
    txn: usize,
    /// Moves of the transaction in progress.
    expected: Option<(usize, Vec<Move>)>,
}

impl Moves {
    /// `txn`: the last transaction that is known.
    pub(super) fn new(txn: usize) -> Self {
        Self(Mutex::new(Known { start: next(), list: VecDeque::new(), txn, expected: None }))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the moves of a transaction from inside of it: readers may see it before `committed` is called.
    pub(super) fn expect(&self, txn: usize, moves: Vec<Move>) {
        self.known().expected = Some((txn, moves));
    }

    /// Adds the moves of the expected transaction, which is committed.
    pub(super) fn committed(&self, txn: usize) {
        let mut known = self.known();
        if known.expected.as_ref().is_some_and(|(expected, _)| *expected == txn) {
            known.settle(txn);
        }
    }

    /// Drops the moves of the expected transaction, which failed.
    pub(super) fn given_up(&self) {
        self.known().expected = None;
    }

    /// The number of the last move.
    pub(super) fn last(&self) -> u64 {
        self.known().last()
    }

    /// Returns a mark for the next call, and the moves after `mark`, in order, or `None` if they are not known.
    /// `seen` is the last transaction that a reader sees now.
    pub(super) fn since(&self, mark: u64, seen: usize) -> (u64, Option<Vec<Move>>) {
        let mut known = self.known();
        // `seen` was read before the lock was taken and may be older than `known.txn`.
        if seen > known.txn {
            known.settle(seen);
        }
        let first = known.list.partition_point(|(number, _)| *number <= mark);
        let behind = || known.list.range(first..).map(|(_, each)| each.clone()).collect();
        (known.last(), (mark >= known.start).then(behind))
    }
}

impl Known {
    fn last(&self) -> u64 {
        self.list.back().map_or(self.start, |(number, _)| *number)
    }

    /// Records `txn` as the last transaction.
    fn settle(&mut self, txn: usize) {
        if txn == self.txn {
            return;
        }
        let expected = self.expected.take_if(|(expected, _)| *expected == txn);
        if expected.is_none() || txn != self.txn + 1 {
            self.list.clear();
            self.start = next();
        }
        self.txn = txn;
        self.add(expected.map(|(_, moves)| moves).unwrap_or_default());
    }

    fn add(&mut self, moves: Vec<Move>) {
        self.list.extend(moves.into_iter().map(|each| (next(), each)));
        while self.list.len() > KEPT_MOVES {
            self.start = self.list.pop_front().map_or(self.start, |(number, _)| number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(key: &str) -> Move {
        Move { key: key.into(), from: None, to: Some(Ref::from_bytes([1; 32])) }
    }

    fn keys(moves: &Moves, mark: u64) -> Option<Vec<String>> {
        let known = moves.known();
        let first = known.list.partition_point(|(number, _)| *number <= mark);
        let behind = || known.list.range(first..).map(|(_, each)| each.key.clone()).collect();
        (mark >= known.start).then(behind)
    }

    #[test]
    fn commits_of_others_are_noticed_and_own_moves_after_them_are_known() {
        let moves = Moves::new(5);
        let start = moves.known().start;
        moves.expect(6, vec![moved("a")]);
        moves.committed(6);
        assert_eq!(keys(&moves, start), Some(vec!["a".into()]));
        moves.expect(8, vec![moved("b")]); // 7 was another's
        moves.committed(8);
        assert_eq!(keys(&moves, start), None);
        let start = moves.known().start;
        assert_eq!(keys(&moves, start), Some(vec!["b".into()]));
    }

    #[test]
    fn own_moves_that_a_reader_sees_before_committed_is_called_are_known_once() {
        let moves = Moves::new(5);
        let start = moves.known().start;
        moves.expect(6, vec![moved("a")]);
        moves.known().settle(6);
        assert_eq!(keys(&moves, start), Some(vec!["a".into()]));
        moves.committed(6);
        assert_eq!(keys(&moves, start), Some(vec!["a".into()]));
    }

    #[test]
    fn a_failed_transaction_has_moved_nothing_and_anyone_may_get_its_id() {
        let moves = Moves::new(5);
        let start = moves.known().start;
        moves.expect(6, vec![moved("a")]);
        moves.given_up();
        moves.known().settle(6);
        assert_eq!(keys(&moves, start), None);
    }

    #[test]
    fn of_too_many_moves_only_the_last_are_known() {
        let moves = Moves::new(0);
        let start = moves.known().start;
        moves.known().add((0..=KEPT_MOVES).map(|number| moved(&number.to_string())).collect());
        assert_eq!(keys(&moves, start), None);
        let start = moves.known().start;
        let left = keys(&moves, start).unwrap();
        assert_eq!((left.len(), left.last()), (KEPT_MOVES, Some(&KEPT_MOVES.to_string())));
    }
}

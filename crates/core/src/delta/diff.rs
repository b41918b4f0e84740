//! Finding a delta: greedy, in one pass, and abandoned if it gets large.
//!
//! First the common beginning and end are cut off, which is all for an edit in one place. In the middle, the
//! texts are matched again near by, or else by blocks of the old one, which also find moved parts.

use super::{LONGEST, Piece, push};

/// Bytes of a block of the old text that is found anywhere in the new one.
const BLOCK: usize = 24;
/// Bytes that must be equal for the texts to match again near by.
const NEAR: usize = 12;
/// Bytes that are searched for such a match.
const REACH: usize = 384;
/// Bytes that must be equal for the texts to match again far away.
const FAR: usize = 64;
/// Bytes that must be equal for a copy from elsewhere.
const MOVED: usize = 32;
/// Cost of a hunk beside its bytes, so that a thousand small ones are abandoned too.
const HUNK: usize = 6;
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
const NOWHERE: u32 = u32::MAX;

/// Bytes compared at once: first many, at the speed of memory, then few.
const STEPS: [usize; 2] = [4096, 64];

/// Returns the number of bytes that both begin with.
pub(crate) fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let mut same = 0;
    for step in STEPS {
        let steps = a[same..].chunks_exact(step).zip(b[same..].chunks_exact(step));
        same += steps.take_while(|(a, b)| a == b).count() * step;
    }
    same + a[same..].iter().zip(&b[same..]).take_while(|(a, b)| a == b).count()
}

/// Returns the number of bytes that both end with.
pub(crate) fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let mut same = 0;
    for step in STEPS {
        let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
        let steps = a.rchunks_exact(step).zip(b.rchunks_exact(step));
        same += steps.take_while(|(a, b)| a == b).count() * step;
    }
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    same + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// Finds deltas; reuses the memory of its tables.
#[derive(Debug, Default)]
pub(crate) struct Differ {
    blocks: Blocks,
    near: Vec<u16>,
}

impl Differ {
    /// Finds the pieces that make `new` from `old`; `None` if they have more than `most` bytes of their own, or
    /// a text is too long for any.
    ///
    /// Costs two comparisons of memory if one place was edited, else some 3 ns for each byte that is not
    /// matched near by.
    pub(crate) fn diff<'n>(
        &mut self,
        old: &[u8],
        new: &'n [u8],
        most: usize,
    ) -> Option<Vec<Piece<'n>>> {
        if old.len().max(new.len()) >= LONGEST {
            return None;
        }
        let prefix = common_prefix(old, new);
        let suffix = common_suffix(&old[prefix..], &new[prefix..]);
        let mut made = Made { pieces: Vec::new(), before: prefix, left: most };
        let (old_end, new_end) = (old.len() - suffix, new.len() - suffix);
        push(&mut made.pieces, piece(0, prefix));
        self.middle(&old[prefix..old_end], &new[prefix..new_end], &mut made)?;
        push(&mut made.pieces, piece(old_end, suffix));
        Some(made.pieces)
    }

    fn middle<'n>(&mut self, old: &[u8], new: &'n [u8], made: &mut Made<'n>) -> Option<()> {
        if old.len() < BLOCK || new.len() < BLOCK {
            return made.data(new);
        }
        self.blocks.clear();
        let (mut at_old, mut at_new) = (0, 0);
        while at_new < new.len() {
            let (o, n) = (&old[at_old..], &new[at_new..]);
            let found = if let Some((skip, inserted)) = self.resume_near(o, n) {
                self.literal(old, &n[..inserted], made)?;
                (at_old + skip, at_new + inserted)
            } else {
                let (at, inserted) = self.resume_far(old, at_old, n, made)?;
                (at, at_new + inserted)
            };
            let len = common_prefix(&old[found.0..], &new[found.1..]);
            made.copy(found.0, len)?;
            (at_old, at_new) = (found.0 + len, found.1 + len);
        }
        Some(())
    }

    /// Returns where both match again near by: how many bytes of the old text are deleted, and how many
    /// inserted.
    fn resume_near(&mut self, old: &[u8], new: &[u8]) -> Option<(usize, usize)> {
        let (old, new) = (&old[..old.len().min(REACH)], &new[..new.len().min(REACH)]);
        self.near.clear();
        self.near.resize(1024, u16::MAX);
        let slot = |bytes: &[u8]| (word(bytes).wrapping_mul(MIX) >> 54) as usize;
        for (at, bytes) in old.windows(NEAR).enumerate().rev() {
            self.near[slot(bytes)] = u16::try_from(at).unwrap_or(u16::MAX);
        }
        let mut best: Option<(usize, usize)> = None;
        for (inserted, bytes) in new.windows(NEAR).enumerate() {
            if best.is_some_and(|(skip, before)| inserted > skip + before) {
                break;
            }
            let skip = usize::from(self.near[slot(bytes)]);
            let is_nearer = best.is_none_or(|(other, before)| skip + inserted < other + before);
            if is_nearer && old.get(skip..skip + NEAR) == Some(bytes) {
                best = Some((skip, inserted));
            }
        }
        let (mut skip, mut inserted) = best?;
        while skip > 0 && inserted > 0 && old[skip - 1] == new[inserted - 1] {
            (skip, inserted) = (skip - 1, inserted - 1);
        }
        Some((skip, inserted))
    }

    /// Writes the new text up to where it matches the old one again, from `from` on. Returns that place in both
    /// texts, or the end of the new one if there is none.
    fn resume_far<'n>(
        &mut self,
        old: &[u8],
        from: usize,
        new: &'n [u8],
        made: &mut Made<'n>,
    ) -> Option<(usize, usize)> {
        self.blocks.read(old);
        let (mut done, mut at) = (0, 0);
        while at + BLOCK <= new.len() {
            let Some((start, len, back)) = self.blocks.find(old, new, done, at) else {
                at += 1;
                if at - done > made.left {
                    return None;
                }
                continue;
            };
            let resumes = start >= from && len >= FAR && len >= (start - from) / 8;
            made.data(&new[done..at - back])?;
            if resumes {
                return Some((start, at - back));
            }
            made.copy(start, len)?;
            done = at - back + len;
            at = done;
        }
        made.data(&new[done..])?;
        Some((from, new.len()))
    }

    /// Writes inserted bytes, which may have been moved.
    fn literal<'n>(&mut self, old: &[u8], new: &'n [u8], made: &mut Made<'n>) -> Option<()> {
        if new.len() < 2 * BLOCK {
            return made.data(new);
        }
        self.resume_far(old, old.len(), new, made).map(|_| ())
    }
}

/// The result so far.
struct Made<'n> {
    pieces: Vec<Piece<'n>>,
    /// Where the middle of the old text begins.
    before: usize,
    /// Bytes that may still be inserted.
    left: usize,
}

impl<'n> Made<'n> {
    fn data(&mut self, bytes: &'n [u8]) -> Option<()> {
        self.left = self.left.checked_sub(bytes.len())?;
        push(&mut self.pieces, Piece::Data(bytes));
        Some(())
    }

    fn copy(&mut self, start: usize, len: usize) -> Option<()> {
        self.left = self.left.checked_sub(HUNK)?;
        push(&mut self.pieces, piece(self.before + start, len));
        Some(())
    }
}

/// The blocks of a text by their hash; the first of equal ones.
#[derive(Debug, Default)]
struct Blocks {
    places: Vec<u32>,
    shift: u32,
    is_read: bool,
}

impl Blocks {
    fn clear(&mut self) {
        self.is_read = false;
    }

    fn read(&mut self, text: &[u8]) {
        if std::mem::replace(&mut self.is_read, true) {
            return;
        }
        let bits = (2 * (text.len() / BLOCK)).max(1).ilog2().clamp(6, 20);
        self.shift = 64 - bits;
        self.places.clear();
        self.places.resize(1 << bits, NOWHERE);
        for (number, block) in text.chunks_exact(BLOCK).enumerate().rev() {
            let slot = self.slot(block);
            self.places[slot] = u32::try_from(number * BLOCK).unwrap_or(NOWHERE);
        }
    }

    /// Finds a range of `text` that equals `new` around `at`, not before `done`. Returns where it begins, its
    /// length, and how much of it is before `at`.
    fn find(
        &self,
        text: &[u8],
        new: &[u8],
        done: usize,
        at: usize,
    ) -> Option<(usize, usize, usize)> {
        let place = self.places[self.slot(&new[at..at + BLOCK])] as usize;
        let behind = text.get(place..)?;
        if !behind.starts_with(&new[at..at + BLOCK]) {
            return None;
        }
        let len = common_prefix(behind, &new[at..]);
        let before = text[..place].iter().rev().zip(new[done..at].iter().rev());
        let back = before.take_while(|(a, b)| a == b).count();
        (len + back >= MOVED).then_some((place - back, len + back, back))
    }

    fn slot(&self, block: &[u8]) -> usize {
        let mut hash = 0_u64;
        for bytes in block.chunks_exact(8) {
            hash = (hash.rotate_left(23) ^ word(bytes)).wrapping_mul(MIX);
        }
        usize::try_from(hash >> self.shift).unwrap_or(0)
    }
}

/// Returns the first 8 bytes.
fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn piece(start: usize, len: usize) -> Piece<'static> {
    // Both are below LONGEST.
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Piece::Copy { start: number(start), len: number(len) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::{list, makes};
    use proptest::prelude::*;

    fn bytes_of(old: &[u8], new: &[u8]) -> usize {
        let pieces = Differ::default().diff(old, new, usize::MAX).unwrap();
        assert!(makes(old, &pieces, new));
        let mut out = Vec::new();
        list::encode(u32::try_from(old.len()).unwrap(), &pieces, &mut out);
        out.len()
    }

    fn rows(count: u32) -> Vec<String> {
        let hash = |number: u32| blake3::hash(&number.to_le_bytes()).to_hex();
        (0..count)
            .map(|number| format!("{{\"id\":\"{}\",\"n\":{number}}},", hash(number)))
            .collect()
    }

    #[test]
    fn an_edit_costs_what_changed() {
        let mut rows = rows(1000);
        let old = rows.concat();
        rows[500] = rows[500].replace("\"n\":500", "\"n\":501");
        assert_eq!(bytes_of(old.as_bytes(), rows.concat().as_bytes()), 3 + 1 + 1 + 1);
    }

    #[test]
    fn three_edits_far_apart_cost_three() {
        let mut rows = rows(1000);
        let old = rows.concat();
        for at in [10, 500, 900] {
            rows[at] = rows[at].replace("\"n\":", "\"m\":");
        }
        assert!(bytes_of(old.as_bytes(), rows.concat().as_bytes()) <= 3 * 8);
    }

    #[test]
    fn a_row_moved_costs_no_row() {
        let mut rows = rows(1000);
        let old = rows.concat();
        for (from, to) in [(10, 800), (800, 10), (400, 402), (0, 999)] {
            let row = rows.remove(from);
            rows.insert(to, row);
            let new = rows.concat();
            let cost = bytes_of(old.as_bytes(), new.as_bytes());
            assert!(cost < 100, "{from} to {to}: {cost}");
        }
    }

    #[test]
    fn texts_that_have_nothing_in_common_are_given_up() {
        let noise = |seed: u8| {
            let mut out = vec![0; 10_000];
            blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut out);
            out
        };
        assert_eq!(Differ::default().diff(&noise(1), &noise(2), 2_500), None);
    }

    proptest! {
        #[test]
        fn the_pieces_found_make_the_text(
            old in proptest::collection::vec(0_u8..4, 0..600),
            edits in proptest::collection::vec((any::<u16>(), any::<u16>(), any::<u16>()), 0..6),
        ) {
            // Ranges are moved and doubled.
            let mut new = old.clone();
            for (from, len, to) in edits {
                let from = usize::from(from) % (new.len() + 1);
                let end = (from + usize::from(len) % 80).min(new.len());
                let part = new[from..end].to_vec();
                if len % 2 == 0 {
                    new.drain(from..end);
                }
                let to = usize::from(to) % (new.len() + 1);
                new.splice(to..to, part);
            }
            let pieces = Differ::default().diff(&old, &new, usize::MAX).unwrap();
            prop_assert!(makes(&old, &pieces, &new));
            let mut out = Vec::new();
            let (base, text) = (u32::try_from(old.len()).unwrap(), u32::try_from(new.len()).unwrap());
            list::encode(base, &pieces, &mut out);
            prop_assert_eq!(list::decode(base, text, &out), Some(pieces));
        }
    }
}

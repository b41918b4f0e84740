//! The state for storing texts: a cache of the latest ones, as bases for those that follow, and the coders.
//!
//! Used on the writer's thread, inside the transaction. Texts written in a transaction count for others only
//! once it is committed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::chain::Pool;
use super::format::record::{Body, Form};
use super::tail::Tail;
use crate::delta::LARGEST;
use crate::delta::chain::{Based, Known, Link, Plan, SHORTEST};
use crate::delta::diff::Differ;
use crate::delta::frame::Press;
use crate::delta::short::{Recent, SHORT};
use crate::delta::texts::{KEPT, Texts};
use crate::graph::{Graph, Pos};
use crate::write::Staged;
use crate::{Error, Result};

/// Lists of at most this many bytes are not compressed.
const SHORT_LIST: usize = 256;
/// Of texts with at least this many bytes a part is compressed first, to see whether compression pays.
const LARGE: usize = 1 << 20;
/// Bytes of that part.
const PART: usize = 1 << 16;

/// At most this many parents are candidates for a base.
const PARENTS: usize = 2;
/// At most this many ancestors of the first parent are candidates, if the parents have little in common with
/// the text.
const FURTHER: usize = 4;

/// The state for storing texts.
pub(super) struct Deltas {
    /// Whether texts may be stored other than whole.
    pub(super) is_on: bool,
    /// Texts with fewer bytes are stored as they are.
    pub(super) smallest: usize,
    pub(super) pool: Pool,
    writing: Mutex<Writing>,
}

/// The writer's state.
#[derive(Debug)]
pub(super) struct Writing {
    committed: Texts<Known>,
    /// Texts written in this transaction.
    fresh: Texts<Known>,
    /// Short texts, written in this transaction or before.
    pub(super) recent: Recent,
    pub(super) differ: Differ,
    press: Option<Press>,
    /// Bases of the last chunk.
    pub(super) tail: Tail,
}

/// The graph and the staged revisions before a revision that is being written.
pub(super) struct Before<'a, 'o> {
    pub(super) graph: &'a Graph,
    pub(super) staged: &'a [Staged<'o>],
}

impl Deltas {
    pub(super) fn new(is_on: bool, smallest: usize) -> Self {
        Self {
            is_on,
            smallest: smallest.max(SHORTEST),
            pool: Pool::default(),
            writing: Mutex::new(Writing::new()),
        }
    }

    pub(super) fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was written: transaction `txn` is committed.
    pub(super) fn committed(&self, txn: usize) {
        let writing = &mut *self.writing();
        writing.take_over();
        writing.tail.committed(txn);
    }

    /// Drops what was written: the transaction failed.
    pub(super) fn given_up(&self) {
        let mut writing = self.writing();
        writing.fresh.clear();
        writing.recent.clear();
        writing.tail.clear();
    }

    /// Stores a text whole, as a frame in `out` where allowed.
    pub(super) fn whole<'b>(&self, text: &'b [u8], out: &'b mut Vec<u8>) -> Result<Body<'b>> {
        if self.stores_changes_of(text.len()) {
            self.writing().whole(text, out)
        } else {
            Ok(Body::raw(text))
        }
    }

    /// Whether a text of this many bytes may be stored other than as it is.
    pub(super) fn stores_changes_of(&self, length: usize) -> bool {
        self.is_on && (self.smallest..LARGEST).contains(&length)
    }

    /// Drops what is known of chains, since bases changed.
    pub(super) fn forget(&self) {
        self.pool.wholes.forget();
        self.writing().forget();
    }
}

/// The history that a text is written into.
pub(super) trait History {
    /// Whether the data at a position exists.
    fn is_there(&self, pos: Pos) -> bool;

    fn first_parent(&self, pos: Pos) -> Option<Pos>;
}

impl<'o> Before<'_, 'o> {
    fn later(&self, pos: Pos) -> Option<&Staged<'o>> {
        self.staged.get(pos.get().checked_sub(self.graph.len())? as usize)
    }
}

impl History for Before<'_, '_> {
    fn is_there(&self, pos: Pos) -> bool {
        match self.later(pos) {
            Some(staged) => staged.erased.is_none(),
            None => self.graph.loss(pos).is_none() && !self.graph.dead().is_deleted(pos),
        }
    }

    fn first_parent(&self, pos: Pos) -> Option<Pos> {
        match self.later(pos) {
            Some(staged) => staged.parents.first().copied(),
            None => self.graph.parents(pos).next(),
        }
    }
}

impl Writing {
    pub(super) fn new() -> Self {
        Self {
            committed: Texts::new(KEPT / 2),
            fresh: Texts::new(KEPT / 2),
            recent: Recent::default(),
            differ: Differ::default(),
            press: None,
            tail: Tail::default(),
        }
    }

    /// Makes what was written available to all that follows.
    pub(super) fn take_over(&mut self) {
        self.committed.take_over(&mut self.fresh);
    }

    /// Drops all that is known.
    pub(super) fn forget(&mut self) {
        self.committed.clear();
        self.fresh.clear();
        self.recent.clear();
        self.tail.clear();
    }

    /// Finds the base of a text: a parent, or an older ancestor if the parents are of another kind. `read`
    /// looks up one that is not cached; `None` means it is damaged.
    pub(super) fn base_for<E>(
        &mut self,
        history: &impl History,
        (text, parents): (&[u8], &[Pos]),
        mut read: impl FnMut(Pos) -> Result<Option<Known>, E>,
    ) -> Result<Option<(Known, Based)>, E> {
        let near = parents.iter().copied().take(PARENTS);
        let further =
            std::iter::successors(parents.first().copied(), |&pos| history.first_parent(pos));
        let further = further.skip(1).take(FURTHER);
        for (nth, pos) in near.chain(further).enumerate() {
            if !history.is_there(pos) {
                continue;
            }
            let known = match self.known(pos) {
                Some(known) => known,
                // Older ancestors count only if cached.
                None if nth >= parents.len().min(PARENTS) => continue,
                None => match read(pos)? {
                    Some(known) => known,
                    None => continue,
                },
            };
            let may_anchor = history.is_there(Pos::new(known.anchor()));
            match known.plan(pos.get(), text, may_anchor, &mut self.differ) {
                Plan::Based(based) => return Ok(Some((known, based))),
                Plan::Whole => return Ok(None),
                Plan::Unlike => {}
            }
        }
        Ok(None)
    }

    fn known(&mut self, pos: Pos) -> Option<Known> {
        let known = self.fresh.get(pos.get());
        known.or_else(|| self.committed.get(pos.get())).cloned()
    }

    /// Chooses how to store, at `pos`, a text that may be changed (`stores_changes_of`). `list` and `out` are
    /// reused buffers. `read` as in `base_for`, for texts of at most that many bytes.
    pub(super) fn body_for<'b, E: From<Error>>(
        &mut self,
        history: &impl History,
        (pos, revision): (Pos, &Staged<'b>),
        (list, out): (&'b mut Vec<u8>, &'b mut Vec<u8>),
        mut read: impl FnMut(Pos, usize) -> Result<Option<Known>, E>,
    ) -> Result<Body<'b>, E> {
        let text = revision.payload;
        if text.len() < SHORT {
            return self.short_body_for(history, (pos, revision), list, |pos| read(pos, SHORT));
        }
        let keeps = self.fresh.has_room_for(text.len() + size_of::<Known>());
        let own = || Arc::<[u8]>::from(text);
        let read = |pos| read(pos, usize::MAX);
        let found = self.base_for(history, (text, &revision.parents), read)?;
        let Some((known, based)) = found else {
            let body = self.whole(text, out)?;
            if keeps {
                self.keep(pos, Known::whole(pos.get(), own(), body.bytes.len()));
            }
            return Ok(body);
        };
        *list = based.list;
        let sum = crc32c::crc32c(text);
        let base = (Pos::new(based.base), &**list, based.is_snapshot);
        let body = self.hunks((text.len(), sum), base, out)?;
        if keeps {
            let link = Link {
                at: pos.get(),
                list: Arc::from(&**list),
                length: u32::try_from(text.len()).unwrap_or(u32::MAX),
                stored: body.bytes.len(),
                is_snapshot: based.is_snapshot,
            };
            self.keep(pos, known.followed_by(own(), link));
        }
        Ok(body)
    }

    fn press(&mut self) -> Result<&mut Press> {
        let press = match self.press.take() {
            Some(press) => press,
            None => Press::new()?,
        };
        Ok(self.press.insert(press))
    }

    pub(super) fn keep(&mut self, pos: Pos, known: Known) {
        let size = known.size();
        self.fresh.put(pos.get(), known, size);
    }

    /// Stores a text that may be changed (`stores_changes_of`) whole: as a frame in `out`, or as it is.
    pub(super) fn whole<'b>(&mut self, text: &'b [u8], out: &'b mut Vec<u8>) -> Result<Body<'b>> {
        let mut body = Body::raw(text);
        if text.len() < SHORT {
            return Ok(body); // a frame would save little, and take as long to open as all the rest of a read
        }
        if self.pays(text)? && self.press()?.write(text, out)? {
            (body.form, body.bytes) = (Form::Zstd, out);
        }
        Ok(body)
    }

    fn pays(&mut self, text: &[u8]) -> Result<bool> {
        if text.len() < LARGE {
            return Ok(true);
        }
        self.press()?.write(&text[text.len() / 2..][..PART], &mut Vec::new())
    }

    /// Stores hunks, compressed if that pays.
    pub(super) fn hunks<'b>(
        &mut self,
        (text, sum): (usize, u32),
        (base, list, is_snapshot): (Pos, &'b [u8], bool),
        out: &'b mut Vec<u8>,
    ) -> Result<Body<'b>> {
        let packs = list.len() > SHORT_LIST && self.press()?.write(list, out)?;
        let unpacked = packs.then(|| u32::try_from(list.len()).unwrap_or(u32::MAX));
        let bytes: &[u8] = if packs { out } else { list };
        let form = Form::Hunks { base, unpacked, is_snapshot };
        Ok(Body { form, bytes, length: text, sum })
    }
}

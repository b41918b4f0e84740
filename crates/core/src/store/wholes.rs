//! Whole texts that reads took out of their frames, kept for the next text that is based on one.
//!
//! Decompressing the whole text is half of what a read of a large version costs natively. Git keeps the bases of
//! its deltas in the same way (`core.deltaBaseCacheLimit`). One bound holds for all databases of the process.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::format::record::Body;
use crate::delta::texts::Texts;
use crate::graph::Pos;

/// Bytes of texts that the process keeps.
const MOST: usize = 16 << 20;

/// A text with its checksum, by the number of its database and its position there.
type Kept = Texts<(u32, Arc<[u8]>), (u64, u32)>;

static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(|| Mutex::new(Texts::new(MOST)));
static DATABASES: AtomicU64 = AtomicU64::new(0);

/// The texts of one database; dropping it drops them.
pub(super) struct Wholes {
    database: u64,
    /// Whether any was ever kept.
    is_used: AtomicBool,
}

impl Default for Wholes {
    fn default() -> Self {
        let database = DATABASES.fetch_add(1, Ordering::Relaxed);
        Self { database, is_used: AtomicBool::new(false) }
    }
}

impl Wholes {
    /// Returns the text that a body at a position stands for. Since a position can get another text, by another
    /// process too, only one of the body's length and checksum counts.
    pub(super) fn get(&self, at: Pos, body: &Body<'_>) -> Option<Arc<[u8]>> {
        let mut kept = kept();
        let (sum, text) = kept.get((self.database, at.get()))?;
        (*sum == body.sum && text.len() == body.length).then(|| Arc::clone(text))
    }

    /// Keeps the text that a body at a position stands for.
    pub(super) fn keep(&self, at: Pos, body: &Body<'_>, text: &Arc<[u8]>) {
        self.is_used.store(true, Ordering::Relaxed);
        let key = (self.database, at.get());
        kept().put(key, (body.sum, Arc::clone(text)), text.len());
    }

    /// Drops the texts of this database, since some of them were deleted.
    pub(super) fn forget(&self) {
        if self.is_used.swap(false, Ordering::Relaxed) {
            kept().forget_those(|(database, _)| database == self.database);
        }
    }
}

impl Drop for Wholes {
    fn drop(&mut self) {
        self.forget();
    }
}

fn kept() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::format::record::Form;

    fn body(text: &[u8]) -> Body<'_> {
        Body { form: Form::Zstd, ..Body::raw(text) }
    }

    fn is_kept(wholes: &Wholes, at: u32, text: &[u8]) -> bool {
        wholes.get(Pos::new(at), &body(text)).is_some_and(|kept| *kept == *text)
    }

    #[test]
    fn a_text_is_kept_for_its_database_and_position_until_another_one_stands_there() {
        let (own, other) = (Wholes::default(), Wholes::default());
        own.keep(Pos::new(7), &body(b"before"), &Arc::from(&b"before"[..]));
        assert!(is_kept(&own, 7, b"before"));
        assert!(!is_kept(&own, 8, b"before"));
        assert!(!is_kept(&other, 7, b"before"));
        assert!(own.get(Pos::new(7), &body(b"behind")).is_none());
        own.keep(Pos::new(7), &body(b"behind"), &Arc::from(&b"behind"[..]));
        assert!(is_kept(&own, 7, b"behind"));
    }

    #[test]
    fn forgetting_drops_the_texts_of_one_database() {
        let (own, other) = (Wholes::default(), Wholes::default());
        for wholes in [&own, &other] {
            wholes.keep(Pos::new(7), &body(b"text"), &Arc::from(&b"text"[..]));
        }
        own.forget();
        assert!(!is_kept(&own, 7, b"text"));
        assert!(is_kept(&other, 7, b"text"));
        let key = (other.database, 7);
        drop(other);
        assert!(kept().get(key).is_none());
    }
}
